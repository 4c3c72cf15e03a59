"""The nearest of the names that exist, for one that was mistyped."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

_CODE = re.compile(r"[A-Z]+\d+")


def nearest(name: str, known: Sequence[str]) -> str:
    """`; did you mean ...?`, or an empty string when nothing comes near: all codes are alike."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close and _CODE.fullmatch(name) and _CODE.fullmatch(close[0]):
        return ""
    return f"; did you mean `{close[0]}`?" if close else ""


def nearest_rule(name: str, known: Sequence[str]) -> str:
    """The same for a rule; where to find all of them when nothing comes near."""
    return nearest(name, known) or "; `lintlight rules` lists them"
