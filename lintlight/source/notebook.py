"""Jupyter notebooks: the code cells as one Python text, and the way back from its rows to cells."""

from __future__ import annotations

import ast
import json
import re
import warnings
from pathlib import Path
from typing import Any

from lintlight.model import Cell, SourceText
from lintlight.source.magics import without_magics

_CELL_MAGIC = re.compile(r"\s*(?P<mark>%%)\s*(?P<name>\w+)")
_STILL_PYTHON = frozenset({"capture", "debug", "lprun", "memit", "mprun", "prun", "time", "timeit", "wandb"})
"""Cell magics whose cell is Python below the first line."""
_BLOCK = "if True:\n"
"""A row that belongs to no cell, before a cell that is indented: IPython takes the indent away, and we keep places."""


class NotANotebook(ValueError):
    """Data that cannot be read as a notebook; the message says why."""


def notebook_source(path: Path, data: bytes) -> SourceText:
    """The code cells in order, each on rows of its own. Raises NotANotebook."""
    try:
        document = json.loads(data)
        if not isinstance(document["cells"], list):
            raise TypeError("no list of cells")
        cells = [cell for cell in enumerate(document["cells"], start=1) if cell[1]["cell_type"] == "code"]
        sources = [(number, "".join(cell["source"])) for number, cell in cells]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotANotebook("is no notebook of format 4; save it anew with Jupyter") from error
    if not _is_python(document):
        sources = []
    text, found = "", []
    for number, source in sources:
        code = _python(source)
        if code.lstrip("\n")[:1] in (" ", "\t") and not _parses(code) and _parses(_BLOCK + code):
            text += _BLOCK
        found.append(Cell(number, text.count("\n") + 1))
        text += code.rstrip("\n") + "\n"
    return SourceText(path, text.encode(errors="surrogatepass"), text, "utf-8", tuple(found), data)


def _is_python(document: Any) -> bool:
    language = _at(document, "metadata", "language_info", "name") or _at(document, "metadata", "kernelspec", "language")
    return language in (None, "python")


def _at(data: Any, *keys: str) -> Any:
    """What stands in tables inside tables; None where there is no such table."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _python(cell: str) -> str:
    """The cell with its magics made comments, as long as before; a cell in another language is blank."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    magic = _CELL_MAGIC.match(cell)
    if magic is not None:
        if magic["name"] not in _STILL_PYTHON:
            return "\n" * cell.count("\n")
        before, (first, newline, rest) = cell[: magic.start("mark")], cell[magic.start("mark") :].partition("\n")
        return f"{before}#{first[1:]}{newline}{_python(rest)}"
    return cell if _parses(cell) else without_magics(cell)


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
