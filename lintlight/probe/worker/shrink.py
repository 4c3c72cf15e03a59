"""Configurations that fit a memory budget: the least shrunk one that does, real hidden size as long as possible."""

from __future__ import annotations

import contextlib
import copy
import functools
import re
from typing import Any, Callable, Iterator, Optional

import torch

LEVELS = (
    "as configured",
    "2 layers",
    "2 layers, small vocabulary and images, short sounds",
    "2 layers, narrow feed-forward",
    "narrow",
    "narrower",
    "narrow, each part by itself",
    "narrow, 12 layers",
)
SMALL_VOCABULARY_FROM, FEW_FROM, NARROW_FROM, BY_PART, MORE_LAYERS = 2, 3, 4, 6, 7
"""The levels from which on something is shrunk, and two that differ from the one before in how.

Layers of some architectures differ so much that two of them cannot be picked out: `MORE_LAYERS` keeps the first ones.
"""
FEW_LAYERS, SOME_LAYERS = 2, 12
SHORT_SOUND = 128
"""Positions of a sound's encoder."""
SMALL_VOCABULARY, LARGE_SIDE, FEW_QUERIES, FEED_FORWARD_WIDTH = 1024, 512, 50, 256
FAR_TOO_LARGE = 3.0
"""So many times the budget and no model is built to its end; below that, tied weights may have been counted twice."""

DEPTH = re.compile(r"^((num_)?((\w+_)?(encoder|decoder|hidden)_)?layers|n_layers?|depth|num_blocks)$")
FEED_FORWARD = re.compile(r"^(\w+_)?(intermediate_size|ffn_dim|ffn_hidden_size|mlp_dim)$|^(d_ff|n_inner|hidden_dim)$")
EXPERTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts")
CHOSEN = ("num_experts_per_tok", "num_experts_per_token", "moe_topk", "moe_top_k", "top_k_experts", "moe_k", "top_k",
          "num_selected_experts", "experts_per_token", "router_top_k")  # fmt: skip
"""How many of the experts a token goes to."""
GROUPS = ("n_group", "topk_group", "num_expert_group")
HEADS = re.compile(r"^(\w+_)?(attention_heads|num_heads|n_heads?)$")
SHARED_HEADS = re.compile(r"^(\w+_)?(key_value_heads|kv_heads)$|^n_mamba_heads$")
"""Heads that may be fewer than the others: one is left at least."""
WIDTH = re.compile(
    r"^(\w+_)?(hidden_size(_global)?|embed_dim|emb_dim|embedding_dim|embedding_size|proj_dim|projection_dim)$"
    r"|^(d_model|d_latents|n_embd|dim|num_filters|mamba_dt_rank)$"
)
NARROWEST = 16
"""The width that is left where no heads say how far it goes."""


class FarTooLarge(Exception):
    """A model that is built without memory has more parameters than any budget asks for."""


@contextlib.contextmanager
def without_memory() -> Iterator[None]:
    """Parameters have a shape and no values; what a constructor computes a list of numbers with has values."""
    real = torch.linspace

    def linspace(*arguments: Any, **options: Any) -> Any:
        # NOTE: older models turn the rates of stochastic depth into numbers.
        return real(*arguments, **{"device": "cpu", **options})

    torch.linspace = linspace
    try:
        with torch.device("meta"):
            yield
    finally:
        torch.linspace = real


def parameter_mb(build: Callable[[], Any], most_mb: float = float("inf")) -> float:
    """Megabytes of the parameters and buffers of a model that is built without memory; FarTooLarge beyond the most."""
    left = most_mb * 1e6

    def count(module: Any, name: str, parameter: Any) -> None:
        nonlocal left
        left -= size_of(parameter) if parameter is not None else 0
        if left < 0:
            raise FarTooLarge

    handle = torch.nn.modules.module.register_module_parameter_registration_hook(count)
    try:
        with without_memory(), no_initialisation():
            model = build()
    finally:
        handle.remove()
    tensors = {id(tensor): tensor for tensor in [*model.parameters(), *model.buffers()]}
    return sum(map(size_of, tensors.values())) / 1e6


def size_of(tensor: Any) -> float:
    """The bytes of a tensor."""
    return float(tensor.numel() * tensor.element_size())


def no_initialisation() -> Any:
    """The context in which transformers sets no weights: without memory there are none."""
    try:
        from transformers.initialization import no_init_weights
    except ImportError:
        # Versions before 5 have it elsewhere or nowhere; it only saves time.
        return contextlib.nullcontext()
    return no_init_weights()


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
    small = smaller(data, level)
    if level == BY_PART:
        return narrow_by_part(small)
    if level < NARROW_FROM:
        return small
    return narrow(small, divisor(small, heads_left=4 if level == NARROW_FROM else 2))


def smaller(data: dict[str, Any], level: int) -> dict[str, Any]:
    """A copy with fewer layers, a smaller vocabulary, fewer experts, as the level has it; widths as they were."""
    small = copy.deepcopy(data)
    layers = next((value for name, value in data.items() if DEPTH.match(name) and is_count(value)), 0)
    # Stages of several layers stay; where each layer is a stage, most of them go.
    stages_go = len(data.get("stage_names") or ()) == layers + 1
    for key, value in data.items():
        if key in ("out_features", "out_indices", "stage_names"):
            if stages_go:
                small.pop(key)
        elif isinstance(value, dict) and value and all(str(name).isdigit() for name in value):
            small[key] = of_first_layers(value, depth(level)) if layers and "label" not in key else value
        elif is_part(key, value):
            small[key] = smaller(value, level)
        elif isinstance(value, list):
            of_layers = layers > depth(level) and len(value) == layers
            kept = (one_of_each(value) if depth(level) == FEW_LAYERS else value[:SOME_LAYERS]) if of_layers else value
            small[key] = [fewer(key, each, level) if is_count(each) else each for each in kept]
        elif is_count(value):
            small[key] = fewer(key, value, level)
    return small


def depth(level: int) -> int:
    """The number of layers at a level."""
    return SOME_LAYERS if level == MORE_LAYERS else FEW_LAYERS


def fewer(key: str, value: int, level: int) -> int:
    """The number at a key as the level has it."""
    if DEPTH.match(key) or key == "depths":
        return min(value, depth(level))
    if key == "num_kv_shared_layers":
        return 0
    if "feature_layer" in key:
        return max(-depth(level), min(value, depth(level) - 1))
    if level >= SMALL_VOCABULARY_FROM:
        if "vocab" in key or key == "n_words" or key.endswith("_labels"):
            return min(value, SMALL_VOCABULARY)
        if is_token(key):
            return value % SMALL_VOCABULARY
        if key == "image_size":
            return small_side(value)
        if key == "num_queries":
            return min(value, FEW_QUERIES)
        if key == "max_source_positions":
            return min(value, SHORT_SOUND)
    if level >= FEW_FROM:
        if FEED_FORWARD.match(key):
            return min(value, FEED_FORWARD_WIDTH)
        most = 4 if key in EXPERTS else 2 if key in CHOSEN else 1 if key in GROUPS else value
        return min(value, most)
    return value


def is_count(value: Any) -> bool:
    """Whether a value is a number of something."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_part(key: str, value: Any) -> bool:
    """Whether an entry is a configuration inside another one."""
    return isinstance(value, dict) and ("model_type" in value or key.endswith("_config"))


def of_first_layers(values: dict[Any, Any], layers: int) -> dict[Any, Any]:
    """What is said about the first layers; the first entry goes to the second layer if there is none about them."""
    kept = {name: entry for name, entry in values.items() if int(name) < layers}
    first = next(iter(values))
    return kept or {type(first)(1): values[first]}


def is_token(key: str) -> bool:
    """Whether a key holds a token id."""
    return key.endswith(("_token_id", "_token_index", "token_ids"))


def one_of_each(values: list[Any]) -> list[Any]:
    """Two entries of a per-layer list, of two kinds if there are two."""
    first = values[0]
    return [first, next((value for value in values if value != first), first)]


def small_side(pixels: int) -> int:
    """The side of an image, halved while it is large: whatever patches divide it into, they still do."""
    while pixels > LARGE_SIDE // 2 and pixels % 2 == 0 and pixels * 2 > LARGE_SIDE:
        pixels //= 2
    return pixels


def narrow(data: dict[str, Any], by: int) -> dict[str, Any]:
    """A copy in which all widths and head counts are divided, so that the width of a head stays as it is."""
    return {key: narrow(value, by) if is_part(key, value) else divided(key, value, by) for key, value in data.items()}


def narrow_by_part(data: dict[str, Any]) -> dict[str, Any]:
    """A copy in which each configuration is narrowed as far as it goes, whatever the others allow."""
    by = divisor(data, inside=False)
    return {
        key: narrow_by_part(value) if is_part(key, value) else divided(key, value, by) for key, value in data.items()
    }


def divided(key: str, value: Any, by: int) -> Any:
    """The value at a key, divided if it is a width or a number of heads, or a list of them."""
    if isinstance(value, list) and value and all(map(is_count, value)):
        return [divided(key, each, by) for each in value]
    if is_count(value) and SHARED_HEADS.match(key):
        return max(1, value // by)
    return value // by if is_count(value) and is_width(key) and value % by == 0 else value


def is_width(key: str) -> bool:
    """Whether a key holds a width or a number of heads that goes with one."""
    return bool(HEADS.match(key) or (WIDTH.match(key) and not FEED_FORWARD.match(key)))


def divisor(data: dict[str, Any], inside: bool = True, heads_left: int = 2) -> int:
    """The largest number that divides all widths and head counts and leaves so many of the most heads.

    A prime number of heads, as Falcon's 71, can only become one head.
    """
    found = list(numbers(data, inside))
    heads, widths = [value for key, value in found if HEADS.match(key)], [value for _, value in found]
    top = min(heads) if heads else min(widths, default=0) // NARROWEST
    possible = [by for by in range(1, top + 1) if all(value % by == 0 for value in widths)]
    with_some = [by for by in possible if not heads or max(heads) // by >= heads_left]
    return max(possible if len(with_some) < 2 else with_some, default=1)


def numbers(data: dict[str, Any], inside: bool) -> Iterator[tuple[str, int]]:
    """The widths and head counts with their keys, those of sub-configurations included if they are asked for."""
    for key, value in data.items():
        if is_part(key, value):
            yield from numbers(value, inside) if inside else ()
        elif is_width(key):
            yield from ((key, each) for each in (value if isinstance(value, list) else [value])
                        if is_count(each) and each > 0)  # fmt: skip


def fit(config: Any, build: Callable[[Any], Any], budget_mb: float) -> tuple[Any, int, Optional[float]]:
    """The least shrunk configuration within the budget, its level and size; the smallest one when none is.

    The size is None when no configuration can be built at all.
    """
    best: tuple[Any, int, Optional[float]] = (config, 0, None)
    for level, candidate in ladder(config):
        # One of the last levels may be the smallest there is.
        most = FAR_TOO_LARGE * budget_mb if level < NARROW_FROM else float("inf")
        try:
            size = parameter_mb(functools.partial(build, candidate), most)
        except Exception:  # noqa: BLE001  # a constructor of any of some 600 models
            continue
        if best[2] is None or size < best[2]:
            best = (candidate, level, size)
        if size <= budget_mb:
            break
    return best
