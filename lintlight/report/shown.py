"""Text made safe to show: paths, code lines and messages from files that nobody vouches for."""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache
from pathlib import Path

from lintlight.model import Cell, Report, Span

_TAB = "    "
_BIDI = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@lru_cache(maxsize=4096)
def shown_path(path: Path, root: Path) -> str:
    """A path relative to the report's root when below it, with forward slashes and nothing that cannot be printed."""
    relative = path.relative_to(root) if path.is_relative_to(root) else path
    return os.fsencode(str(relative)).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def printable(text: str) -> str:
    """One line that can neither move the cursor nor turn the writing direction: such characters become escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_character(character) for character in text)


def columns(text: str) -> int:
    """How many terminal columns printable text takes; East Asian wide characters take two."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _character(character: str) -> str:
    if character == "\t":
        return _TAB
    if character in _BIDI or unicodedata.category(character) in ("Cc", "Cs"):
        return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
    return character


def _width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cell_at(span: Span, report: Report) -> Cell | None:
    """The notebook cell that a range lies in."""
    source = report.sources.get(span.path)
    cells = source.cells if source is not None else ()
    return next((cell for cell in reversed(cells) if cell.row <= span.start.row), None)


def place(span: Span, report: Report) -> str:
    """`src/m.py:12:9`, as editors and terminals make it clickable; in a notebook `nb.ipynb:cell 3:2:9`."""
    cell = cell_at(span, report)
    row = span.start.row if cell is None else span.start.row - cell.row + 1
    inside = "" if cell is None else f"cell {cell.number}:"
    return f"{printable(shown_path(span.path, report.root))}:{inside}{row}:{span.start.column}"
