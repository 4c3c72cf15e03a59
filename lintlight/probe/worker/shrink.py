"""Configurations that fit a memory budget: the least shrunk one that does, real hidden size as long as possible."""

from __future__ import annotations

import copy
import functools
from typing import Any, Callable, Iterator, Optional

import torch

LEVELS = ("as configured", "2 layers", "2 layers, small vocabulary", "2 layers, narrow feed-forward", "narrow")
SMALL_VOCABULARY = 1024
DEPTH = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers", "encoder_layers",
         "decoder_layers", "num_encoder_layers", "depth")  # fmt: skip
FEED_FORWARD = ("intermediate_size", "d_ff", "ffn_dim", "encoder_ffn_dim", "decoder_ffn_dim", "n_inner", "hidden_dim",
                "moe_intermediate_size", "shared_expert_intermediate_size")  # fmt: skip
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts")
WIDTH = ("hidden_size", "d_model", "n_embd", "embed_dim", "dim", "num_attention_heads", "num_key_value_heads", "n_head",
         "num_heads", "encoder_attention_heads", "decoder_attention_heads", "intermediate_size", "d_ff", "ffn_dim",
         "embedding_size", "word_embed_proj_dim")  # fmt: skip


def parameter_mb(build: Callable[[], Any]) -> float:
    """Megabytes of the parameters and buffers of a model that is built without memory."""
    with torch.device("meta"):
        model = build()
    tensors = {id(tensor): tensor for tensor in [*model.parameters(), *model.buffers()]}
    return float(sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())) / 1e6


def ladder(config: Any) -> Iterator[tuple[int, Any]]:
    """The configuration as it is, then smaller and smaller copies; those that the class refuses are left out."""
    yield 0, config
    for level in range(1, len(LEVELS)):
        data = shrink(config.to_dict(), level)
        try:
            yield level, type(config).from_dict(data)
        except Exception:  # noqa: BLE001  # a validator of any of some 600 configuration classes
            continue


def shrink(data: dict[str, Any], level: int) -> dict[str, Any]:
    """A smaller copy of a configuration's data, sub-configurations included."""
    small = copy.deepcopy(data)
    layers = next((data[name] for name in DEPTH if isinstance(data.get(name), int)), None)
    for key, value in data.items():
        if isinstance(value, dict) and ("model_type" in value or key.endswith("_config")):
            small[key] = shrink(value, level)
        elif key in DEPTH and isinstance(value, int):
            small[key] = min(value, 2)
        elif isinstance(value, list) and layers and len(value) == layers and layers > 2:
            small[key] = one_of_each(value)
        elif isinstance(value, dict) and layers and value and all(str(name).isdigit() for name in value):
            small[key] = (
                {name: entry for name, entry in value.items() if int(name) < 2} if "label" not in key else value
            )
        elif level >= 2 and key == "vocab_size" and isinstance(value, int):
            small[key] = min(value, SMALL_VOCABULARY)
        elif level >= 2 and is_token(key) and isinstance(value, int) and value >= SMALL_VOCABULARY:
            small[key] = value % SMALL_VOCABULARY
        elif level >= 3 and key in FEED_FORWARD and isinstance(value, int):
            small[key] = min(value, 256)
        elif level >= 3 and key in EXPERTS and isinstance(value, int):
            small[key] = min(value, 4)
        elif key in ("out_features", "out_indices", "stage_names"):
            small.pop(key)
    return narrow(small) if level >= 4 else small


def is_token(key: str) -> bool:
    """Whether a key holds a token id."""
    return key.endswith(("_token_id", "_token_index", "token_ids"))


def one_of_each(values: list[Any]) -> list[Any]:
    """Two entries of a per-layer list, of two kinds if there are two."""
    first = values[0]
    return [first, next((value for value in values if value != first), first)]


def narrow(data: dict[str, Any]) -> dict[str, Any]:
    """Widths and head counts divided by one power of two that all of them allow."""
    numbers = {key: data[key] for key in WIDTH if isinstance(data.get(key), int) and data[key] > 0}
    heads = [value for key, value in numbers.items() if "head" in key]
    divisor = 1
    while heads and all(value % (divisor * 2) == 0 for value in numbers.values()) and max(heads) // divisor > 2:
        divisor *= 2
    return {**data, **{key: value // divisor for key, value in numbers.items()}}


def fit(config: Any, build: Callable[[Any], Any], budget_mb: float) -> tuple[Any, int, Optional[float]]:
    """The least shrunk configuration within the budget, its level and size; the smallest one when none is."""
    best: tuple[Any, int, Optional[float]] = (config, 0, None)
    for level, candidate in ladder(config):
        try:
            size = parameter_mb(functools.partial(build, candidate))
        except Exception:  # noqa: BLE001  # a constructor of any of some 600 models
            continue
        if best[2] is None or size < best[2]:
            best = (candidate, level, size)
        if size <= budget_mb:
            break
    return best
