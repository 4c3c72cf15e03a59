"""Edits of a text: made, and made as small as they can be."""

from __future__ import annotations

from collections.abc import Iterable

from lintlight.model import Edit


def apply(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes after the edits, none of which overlap."""
    out, done = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.stop)):
        out += [data[done : edit.start], edit.content]
        done = edit.stop
    return b"".join([*out, data[done:]])


def narrowed(start: int, old: str, new: str) -> tuple[int, int, str]:
    """The smallest replacement that makes `new` out of `old`."""
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return start + same, start + len(old) - tail, new[same : len(new) - tail]
