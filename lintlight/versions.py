"""Versions and the conditions on them."""

from __future__ import annotations

import re

CONDITION = re.compile(r"(>=|<=|==|<|>)\s*(\d{1,9}(?:\.\d{1,9})*)")


def version_matches(version: str, specifier: str) -> bool:
    """Whether a version meets `>=2.2` or `>=1.8,<2`; an empty version or specifier always does."""
    if not version or not specifier:
        return True
    return all(_compares(version, part.strip()) for part in specifier.split(","))


def first_version(specifier: str) -> str:
    """The version that a condition begins with: `1.8` of `>=1.8,<2`; empty where it has no lower end."""
    conditions = [CONDITION.fullmatch(part.strip()) for part in specifier.split(",")]
    return next((each[2] for each in conditions if each is not None and each[1] in {">=", "=="}), "")


def is_specifier(text: str) -> bool:
    """Whether the text is one condition or several with commas between."""
    return all(CONDITION.fullmatch(part.strip()) for part in text.split(","))


def _compares(version: str, condition: str) -> bool:
    match = CONDITION.fullmatch(condition)
    if match is None:
        raise ValueError(f"not a version condition: {condition!r}")
    width = max(version.count("."), match[2].count(".")) + 1
    left, right = _numbers(version, width), _numbers(match[2], width)
    return {
        ">=": left >= right,
        "<=": left <= right,
        "==": left == right,
        "<": left < right,
        ">": left > right,
    }[match[1]]


def _numbers(version: str, width: int) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return (*numbers, *([0] * (width - len(numbers))))
