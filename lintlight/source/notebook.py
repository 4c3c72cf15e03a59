"""Jupyter notebooks: the code cells as one Python text, and the way back from its rows to cells."""

from __future__ import annotations

import ast
import json
import re
import warnings
from pathlib import Path
from typing import Any

from lintlight.model import Cell, SourceText

_CELL_MAGIC = re.compile(r"\s*%%\s*(\w+)")
_STILL_PYTHON = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun"})
"""Cell magics whose cell is Python below the first line."""
_LINE_MAGIC = re.compile(r"^(\s*)([%!].*|[\w.]+\?{1,2}\s*|\?{1,2}[\w.]+\s*)$")
_ASSIGNED = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")


class NotANotebook(ValueError):
    """Data that cannot be read as a notebook; the message says why."""


def notebook_source(path: Path, data: bytes) -> SourceText:
    """The code cells in order, each on rows of its own. Raises NotANotebook."""
    try:
        document = json.loads(data)
        cells = [cell for cell in enumerate(document["cells"], start=1) if cell[1]["cell_type"] == "code"]
        sources = [(number, "".join(cell["source"])) for number, cell in cells]
    except (ValueError, KeyError, TypeError) as error:
        raise NotANotebook("is no notebook of format 4; save it anew with Jupyter") from error
    if not _is_python(document):
        sources = []
    text, found = "", []
    for number, source in sources:
        found.append(Cell(number, text.count("\n") + 1))
        text += _python(source).rstrip("\n") + "\n"
    return SourceText(path, text.encode(errors="surrogatepass"), text, "utf-8", tuple(found), data)


def _is_python(document: Any) -> bool:
    metadata = document.get("metadata", {})
    language = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language")
    return language in (None, "python")


def _python(cell: str) -> str:
    """The cell with its magics made comments, row by row; a cell in another language is blank."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    magic = _CELL_MAGIC.match(cell)
    if magic is not None:
        first, _, rest = cell.partition("\n")
        return f"#{first}\n{_python(rest)}" if magic[1] in _STILL_PYTHON else "\n" * cell.count("\n")
    return cell if _parses(cell) else "\n".join(_without_magic(line) for line in cell.split("\n"))


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_magic(line: str) -> str:
    assigned = _ASSIGNED.match(line)
    if assigned is not None:
        return f"{assigned[1]}None"
    magic = _LINE_MAGIC.match(line)
    return f"{magic[1]}pass  # {magic[2]}" if magic is not None else line
