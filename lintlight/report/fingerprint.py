"""Fingerprints of lines that survive when the lines above them move, the same that GitHub's code scanning computes."""

from __future__ import annotations

from array import array
from collections import Counter
from functools import lru_cache

from lintlight.model import Finding, Report, SourceText

_BLOCK = 100
_FACTOR = 37
_MASK = (1 << 64) - 1
_END_OF_FILE = b"\xff\xff"
_NO_BLANKS = {ord(" "): None, ord("\t"): None}


def fingerprint(finding: Finding, report: Report) -> str:
    """`hash:occurrence` of the finding's first line; empty when the line cannot be seen."""
    source = report.sources.get(finding.span.path)
    if source is None:
        return ""
    blocks = line_blocks(source)
    row = finding.span.start.row
    if row > len(blocks):
        return ""
    block, occurrence = blocks[row - 1]
    return f"{_hash(block):x}:{occurrence}"


@lru_cache(maxsize=64)
def line_blocks(source: SourceText) -> tuple[tuple[bytes, int], ...]:
    """What is hashed for each line, the 100 characters from its start without blanks, and how often it came before.

    Characters are UTF-16 units, as in the code that GitHub runs, so that both give the same value.
    """
    text = source.data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.encode("utf-16-le") for line in text.translate(_NO_BLANKS).split("\n")]
    units = b"\n\0".join(lines) + _END_OF_FILE + bytes(2 * _BLOCK)
    seen: Counter[bytes] = Counter()
    blocks, start = [], 0
    for line in lines:
        block = units[start : start + 2 * _BLOCK]
        seen[block] += 1
        blocks.append((block, seen[block]))
        start += len(line) + 2
    return tuple(blocks)


def _hash(block: bytes) -> int:
    value = 0
    for unit in array("H", block):
        value = (value * _FACTOR + unit) & _MASK
    return value
