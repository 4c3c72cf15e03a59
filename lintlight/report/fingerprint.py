"""Fingerprints of lines that survive when the lines above them move, the same that GitHub's code scanning computes."""

from __future__ import annotations

from array import array
from collections import Counter
from functools import lru_cache

from lintlight.model import Finding, Report, SourceText

_BLOCK = 100
_FACTOR = 37
_MASK = (1 << 64) - 1
_DROPPED = _FACTOR**_BLOCK & _MASK
_END_OF_FILE = 0xFFFF
_SPACE, _TAB, _NEWLINE = ord(" "), ord("\t"), ord("\n")


def fingerprint(finding: Finding, report: Report) -> str:
    """`hash:occurrence` of the finding's first line; empty when the line cannot be seen."""
    source = report.sources.get(finding.span.path)
    if source is None:
        return ""
    hashes = line_hashes(source)
    row = finding.span.start.row
    return hashes[row - 1] if row <= len(hashes) else ""


@lru_cache(maxsize=64)
def line_hashes(source: SourceText) -> tuple[str, ...]:
    """For each line the hash of the 100 characters from its start, blanks left out, and how often it came before.

    Characters are UTF-16 units, as in the code that GitHub runs, so that both give the same value.
    """
    text = source.data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    units = array("H", text.encode("utf-16-le"))
    kept = [unit for unit in units if unit not in (_SPACE, _TAB)] + [_END_OF_FILE]
    starts = [0, *(place + 1 for place, unit in enumerate(kept) if unit == _NEWLINE)]
    sums = [0]
    for unit in [*kept, *([0] * _BLOCK)]:
        sums.append((sums[-1] * _FACTOR + unit) & _MASK)
    seen: Counter[str] = Counter()
    hashes = []
    for start in starts:
        value = f"{(sums[start + _BLOCK] - sums[start] * _DROPPED) & _MASK:x}"
        seen[value] += 1
        hashes.append(f"{value}:{seen[value]}")
    return tuple(hashes)
