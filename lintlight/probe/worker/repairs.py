"""Inputs that a model has refused, changed by what its exception says: a missing argument, a rank, a width."""

from __future__ import annotations

import inspect
import re
from typing import Any, Callable, Optional

import torch

from . import inputs

MOST_TRIES = 16
"""So many inputs are tried in all."""
LARGEST_SIDE = 448
MISSING = re.compile(r"missing \d+ required positional arguments?: (.*)")
RANK = (
    re.compile(r"values to unpack \(expected (\d)"),
    re.compile(r"(\d)D tensor"),
    re.compile(r"number of dims don't match in permute|does not match the desired ordering of dimensions"),
)
BEYOND = re.compile(r"expected to be in range of \[-(\d), \d\], but got \1\)")
CHANNELS = re.compile(r"expected input\[([\d, ]+)\] to have (\d+) channels, but got (\d+) channels")
WIDTH = re.compile(
    r"with shape \[\*, (?P<norm>\d+)\], but got input of size\[[\d, ]*?(?P<normed>\d+)\]"
    r"|shapes cannot be multiplied \(\d+x(?P<had>\d+) and (?P<linear>\d+)x"
)
LENGTH = re.compile(r"(?:length|size) \((\d+)(?:\*\d+)?\) doesn't match .*?\((\d+)", re.I)
SIZES = re.compile(r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)")
TOO_SMALL = re.compile(r"out of range|too small|non-empty list|smaller than|can't be greater than|larger than", re.I)


def until_accepted(model: Any, refused: Callable[[dict[str, Any]], Optional[BaseException]]) -> None:
    """Try inputs until the model takes some; `refused` runs it and returns what it raised.

    They are repaired for as long as each repair brings an exception that was not seen before.
    """
    tries = 0
    said: set[str] = set()
    for made in inputs.for_model(model):
        options: Optional[dict[str, Any]] = made
        while options is not None:
            error = refused(options)
            tries += 1
            if error is None or tries == MOST_TRIES:
                return
            message = f"{type(error).__name__}: {error}"
            options = repaired(model, options, error) if message not in said else None
            said.add(message)


def repaired(model: Any, options: dict[str, Any], error: BaseException) -> Optional[dict[str, Any]]:
    """Keyword arguments that the model may accept after this exception; None when it says nothing useful."""
    said = " ".join(str(error).split())
    config, parameters = inputs.config_of(model), inspect.signature(model.forward).parameters
    missing = MISSING.search(said)
    if missing:
        names = re.findall(r"'(\w+)'", missing.group(1))
        added = {name: inputs.named(name, config, options) for name in names if name in parameters}
        return {**options, **added} if added and all(value is not None for value in added.values()) else None
    if "'NoneType'" in said or "ou have to specify" in said or "ou must specify" in said:
        return with_optional(options, parameters, config)
    main = main_of(model, options)
    if main is None:
        return None
    changed = reshaped(options[main], said, config)
    if changed is None:
        return None
    return {**options, **{name: changed for name, value in options.items() if value is options[main]}, main: changed}


def with_optional(options: dict[str, Any], parameters: Any, config: Any) -> Optional[dict[str, Any]]:
    """The next input that the signature has and that was not given: one of the kind of the given ones first."""
    for name in sorted(parameters, key=lambda name: (not name.startswith("decoder"), "mask" not in name)):
        value = None if name in options or name in ("kwargs", "args") else inputs.named(name, config, options)
        if value is not None:
            return {**options, name: value}
    return None


def main_of(model: Any, options: dict[str, Any]) -> Optional[str]:
    """The name of the input that the others follow."""
    name = getattr(model, "main_input_name", "")
    if isinstance(options.get(name), torch.Tensor) and options[name].is_floating_point():
        return str(name)
    numbers = (key for key, value in options.items() if isinstance(value, torch.Tensor) and value.is_floating_point())
    return next(numbers, None)


def reshaped(value: Any, said: str, config: Any) -> Any:
    """The main input with the rank, the channels, the width or the size that an exception asks for; None if none."""
    beyond, channels, width = BEYOND.search(said), CHANNELS.search(said), WIDTH.search(said)
    rank = next((found for found in (pattern.search(said) for pattern in RANK) if found), None)
    if rank or beyond:
        wanted = int(rank.group(1)) if rank and rank.groups() else value.dim() + 1
        return lifted(value, wanted, config)
    if channels:
        return with_channels(value, int(channels.group(2)))
    if width:
        had, wanted = width["normed"] or width["had"], width["norm"] or width["linear"]
        return inputs.noise(*value.shape[:-1], int(wanted)) if int(had) == value.shape[-1] else None
    length, sizes = LENGTH.search(said), SIZES.search(said)
    if length and value.dim() == 3:
        return inputs.noise(value.shape[0], int(length.group(2)), value.shape[2])
    if value.dim() < 4:
        return None
    side = value.shape[-1]
    if sizes and int(sizes.group(1)) == side < int(sizes.group(2)) <= LARGEST_SIDE:
        return inputs.noise(*value.shape[:-2], int(sizes.group(2)), int(sizes.group(2)))
    larger = min(LARGEST_SIDE, 2 * side)
    return inputs.noise(*value.shape[:-2], larger, larger) if TOO_SMALL.search(said) and larger > side else None


def lifted(value: Any, rank: int, config: Any) -> Any:
    """The input with more dimensions: frames of a video, the channel of a sound; None when it has them already."""
    if value.dim() >= rank:
        return None
    frames = inputs.first_of(config, "num_frames", default=2) if value.dim() == 4 else 1
    while value.dim() < rank:
        value = value.unsqueeze(1)
    return value.expand(value.shape[0], int(frames), *value.shape[2:]).contiguous()


def with_channels(value: Any, channels: int) -> Any:
    """The input with another number of channels, which are the second dimension; a sound gets its only one."""
    if value.dim() == 2:
        return value.unsqueeze(1) if channels == 1 else None
    return inputs.noise(value.shape[0], channels, *value.shape[2:]) if value.shape[1] != channels else None
