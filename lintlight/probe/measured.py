"""What two forwards of a module tell about its mode, read off the worker's measurements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Measured = Sequence[Mapping[str, Any]]
ABOVE_NOISE = 10.0
"""A difference between modes counts when it is so many times the one between two forwards in the same mode."""
STEADY = 1e-3
"""The largest difference between two forwards in one mode that rounding explains, as a part of the largest output: what
a device's sums leave to chance is smaller, what a module keeps from one forward to the next is larger."""


def difference(measured: Measured, key: str = "delta") -> float:
    """The largest difference between two modes under one seed; 0 when none stands out from noise."""
    apart = ((each.get(key) or 0.0, each.get("noise") or 0.0) for each in measured)
    return max((delta for delta, noise in apart if delta > ABOVE_NOISE * noise), default=0.0)


def loses_random_numbers(measured: Measured) -> bool:
    """Whether train mode draws random numbers where the mode found draws none."""
    return any(each.get("drew_train") and not each.get("drew_found") for each in measured)


def unsteadiness(measured: Measured) -> float:
    """How far two forwards in the same mode are apart under one seed; 0 where rounding explains it."""
    noises = ((each.get("noise") or 0.0, each.get("largest") or 0.0) for each in measured)
    return max((noise for noise, largest in noises if noise > STEADY * largest), default=0.0)


def fused_dropouts(measured: Measured) -> int:
    """How many times dropout was drawn inside an attention kernel in train mode."""
    return sum(
        count for each in measured for name, count in (each.get("draws") or {}).items() if "scaled_dot_product" in name
    )
