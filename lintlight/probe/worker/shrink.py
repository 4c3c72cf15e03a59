"""Configurations that fit a memory budget: the least shrunk one that does, real hidden size as long as possible."""

from __future__ import annotations

import copy
import functools
import math
from typing import Any, Callable, Iterator, Optional

import torch

LEVELS = (
    "as configured",
    "2 layers",
    "2 layers, small vocabulary",
    "2 layers, narrow feed-forward",
    "narrow",
    "narrow, all layers",
)
ALL_LAYERS = 5
"""The level for architectures whose layers differ so much that two of them cannot be picked out."""
SMALL_VOCABULARY = 1024
DEPTH = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers", "encoder_layers",
         "decoder_layers", "num_encoder_layers", "depth")  # fmt: skip
FEED_FORWARD = ("intermediate_size", "d_ff", "ffn_dim", "encoder_ffn_dim", "decoder_ffn_dim", "n_inner", "hidden_dim",
                "ffn_hidden_size", "moe_intermediate_size", "shared_expert_intermediate_size")  # fmt: skip
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts")
CHOSEN = ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "top_k_experts", "moe_k", "top_k",
          "num_selected_experts", "experts_per_token", "router_top_k")  # fmt: skip
"""How many of the experts a token goes to."""
GROUPS = ("n_group", "topk_group", "num_expert_group")
WIDTH = ("hidden_size", "d_model", "n_embd", "embed_dim", "dim", "num_attention_heads", "num_key_value_heads", "n_head",
         "num_heads", "encoder_attention_heads", "decoder_attention_heads", "intermediate_size", "d_ff", "ffn_dim",
         "embedding_size", "word_embed_proj_dim", "num_kv_heads", "ffn_hidden_size")  # fmt: skip


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
    if level == ALL_LAYERS:
        layers = None
    for key, value in data.items():
        if isinstance(value, dict) and value and all(str(name).isdigit() for name in value):
            small[key] = of_two_layers(value) if layers and "label" not in key else value
        elif isinstance(value, dict) and ("model_type" in value or key.endswith("_config")):
            small[key] = shrink(value, level)
        elif key in DEPTH and isinstance(value, int) and level != ALL_LAYERS:
            small[key] = min(value, 2)
        elif isinstance(value, list) and layers and len(value) == layers and layers > 2:
            small[key] = one_of_each(value)
        elif level >= 2 and key == "vocab_size" and isinstance(value, int):
            small[key] = min(value, SMALL_VOCABULARY)
        elif level >= 2 and is_token(key) and isinstance(value, int) and value >= SMALL_VOCABULARY:
            small[key] = value % SMALL_VOCABULARY
        elif level >= 3 and key in FEED_FORWARD and isinstance(value, int):
            small[key] = min(value, 256)
        elif level >= 3 and key in EXPERTS and isinstance(value, int):
            small[key] = min(value, 4)
        elif level >= 3 and key in CHOSEN and isinstance(value, int):
            small[key] = min(value, 2)
        elif level >= 3 and key in GROUPS and isinstance(value, int):
            small[key] = 1
        elif key in ("out_features", "out_indices", "stage_names"):
            small.pop(key)
    return narrow(small) if level >= 4 else small


def of_two_layers(values: dict[Any, Any]) -> dict[Any, Any]:
    """What is said about single layers, for two layers; the first entry goes to the second one if neither has any."""
    kept = {name: entry for name, entry in values.items() if int(name) < 2}
    first = next(iter(values))
    return kept or {type(first)(1): values[first]}


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
    if divisor == 1 and heads:
        # Falcon has 71 heads.
        divisor = math.gcd(*numbers.values())
    return {**data, **{key: value // divisor for key, value in numbers.items()}}


def fit(config: Any, build: Callable[[Any], Any], budget_mb: float) -> tuple[Any, int, Optional[float]]:
    """The least shrunk configuration within the budget, its level and size; the smallest one when none is.

    The size is None when no configuration can be built at all.
    """
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
