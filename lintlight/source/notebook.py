"""Jupyter notebooks: the code cells as one Python text, and the way back from its rows to cells."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lintlight.model import Cell, Fault, SourceText
from lintlight.source.magics import without_magics
from lintlight.source.parse import SyntaxFault, plain_tree_of, tree_of

_CELL_MAGIC = re.compile(r"\s*(?P<mark>%%)\s*(?P<name>\w+)")
_STILL_PYTHON = frozenset({"capture", "debug", "lprun", "memit", "mprun", "prun", "time", "timeit", "wandb"})
"""Cell magics whose cell is Python below the first line."""
_OTHER_CELLS = frozenset(
    "bash sh script cmd system sx html HTML javascript js latex markdown svg SVG perl ruby sql bigquery R cython julia "
    "python python2 python3 pypy writefile file appendfile skip skip_if".split()
)
"""Cell magics whose cell is in another language, or runs elsewhere."""
_WRITES_PYTHON = re.compile(r"\s*%%\s*(?:writefile|file)\b(.*\.py)[\"']?[ \t]*(?:\n|\Z)")
_DEFINES = re.compile(r"^(?:class|def)[ \t]+(?!main\b)(\w+)", re.MULTILINE)
_SAYS_SOMETHING = re.compile(r"^(?:class|def|import|from)[ \t]", re.MULTILINE)
_OTHER_LANGUAGE = re.compile(r"\s*%(?:sql|md|sh|scala|r|fs)\b")
"""With one `%` Databricks takes the whole cell for another language, IPython only the line."""
_BLOCK = "if True:\n"
"""A row that belongs to no cell, before a cell that is indented: IPython takes the indent away, and we keep places."""

_CELL_ENDS = "\n\f\n"
_BEARS_ON_OTHERS = re.compile(r"\.(?:train|eval|fit|\w*grad\w*|\w*freez\w*)\b|\bTrainer\b|\bstrict_loading\b")
"""What a cell that cannot be read may say of the classes in other cells: without it they cannot be judged."""
_UNREADABLE = re.compile(r"[\0\ud800-\udfff]")


class NotANotebook(ValueError):
    """Data that cannot be read as a notebook; the message says why."""


def notebook_source(path: Path, data: bytes) -> SourceText:
    """The code cells in order, each on rows of its own; an empty file has none. Raises NotANotebook."""
    if not data.strip():
        return SourceText(path, b"", "", "utf-8", raw=data)
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
    files = [source for _, source in sources if _WRITES_PYTHON.match(source)]
    writes = _are_of_one_program(files)
    names = _written_by(files) if writes else []
    for number, source in sources:
        written = source.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
        code, fault = _python(written, writes=writes)
        code = _without_own_imports(code, names)
        if fault is not None and code.lstrip("\n")[:1] in (" ", "\t") and _fault_in(_BLOCK + code) is None:
            text, fault = text + _BLOCK, None
        row = text.count("\n") + 1
        if fault is not None and not _BEARS_ON_OTHERS.search(code):
            code = _as_comments(code)
            fault = replace(fault, row=row + fault.row - 1, in_cell=True)
        has_its_rows = code != written and code.count("\n") == written.count("\n")
        left_out = fault if fault is not None and fault.in_cell else None
        found.append(Cell(number, row, written if has_its_rows else "", left_out))
        text += code + "\n"
    return SourceText(path, text.encode(errors="surrogatepass"), text, "utf-8", tuple(found), data)


def _are_of_one_program(files: Sequence[str]) -> bool:
    """Whether the files that a notebook writes can be read as one.

    None is written anew, nothing is defined in two of them, and none is taken as a module by another.
    """
    names = _written_by(files)
    defined = [name for each in files for name in _DEFINES.findall(each)]
    is_module = any(re.search(rf"^[ \t]*import[ \t]+{name}\b", each, re.MULTILINE) for name in names for each in files)
    return len(set(names)) == len(names) and len(set(defined)) == len(defined) and not is_module


def _written_by(files: Sequence[str]) -> list[str]:
    """The names of the modules that cells write."""
    found = [_WRITES_PYTHON.match(each) for each in files]
    return [re.split(r"[/\s\"']", each[1])[-1].removesuffix(".py") for each in found if each is not None]


def _without_own_imports(code: str, names: Sequence[str]) -> str:
    """The code without the imports of what other cells define, as long as before."""
    names = [name for name in names if name.isidentifier()]
    if not names:
        return code
    ours = re.compile(rf"^([ \t]*)from([ \t]+(?:\w+\.)*\.?(?:{'|'.join(names)})[ \t]+import[ \t]+[^(\n\\]+)$", re.M)
    return ours.sub(lambda found: f"{found[1]}pass#{found[2][1:]}", code)


def code_in_cells(data: bytes) -> bytes:
    """What stands in the code cells, as it stands there; nothing where that cannot be read.

    Where one ends can be told. It takes a fraction of the time of `notebook_source`: no cell is parsed.
    """
    try:
        document = json.loads(data)
        sources = ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return b""
    return _CELL_ENDS.join(sources).encode(errors="surrogatepass") if _is_python(document) else b""


def _is_python(document: Any) -> bool:
    language = _at(document, "metadata", "language_info", "name") or _at(document, "metadata", "kernelspec", "language")
    return language in (None, "python")


def _at(data: Any, *keys: str) -> Any:
    """What stands in tables inside tables; None where there is no such table."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _python(cell: str, *, writes: bool = False) -> tuple[str, Fault | None]:
    """The cell with its magics made comments, as long as before, and why it is no Python even so.

    A cell in another language is blank; so is the text of a file, unless it `writes` those of one program.
    """
    magic = _CELL_MAGIC.match(cell)
    if magic is None:
        if _is_plain(cell):
            return cell, None
        code = without_magics(cell)
        if _OTHER_LANGUAGE.match(cell) and not _is_plain(code):
            code = ""
    elif magic["name"] in _STILL_PYTHON or _is_of_its_author(magic["name"], cell):
        before, (first, newline, rest) = cell[: magic.start("mark")], cell[magic.start("mark") :].partition("\n")
        code = f"{before}#{first[1:]}{newline}{_python(rest)[0]}"
    elif writes and _WRITES_PYTHON.match(cell):  # a file that the other cells import
        code = cell[: magic.start("mark")] + "#" + cell[magic.start("mark") + 1 :]
        code = code if _is_plain(code) else ""
    else:
        code = ""
    return code, _fault_in(code)


def _is_of_its_author(name: str, cell: str) -> bool:
    """Whether a magic that nobody knows stands over Python."""
    rest = cell.lstrip().partition("\n")[2]
    return name not in _OTHER_CELLS and _SAYS_SOMETHING.search(rest) is not None and _is_plain(rest)


def _is_plain(code: str) -> bool:
    try:
        plain_tree_of(code)
    except SyntaxFault:
        return False
    return True


def _fault_in(code: str) -> Fault | None:
    try:
        tree_of(code)
    except SyntaxFault as fault:
        return fault.fault
    return None


def _as_comments(code: str) -> str:
    """As many rows, each a comment as long as before."""
    return "\n".join("#" + _UNREADABLE.sub(" ", row[1:]) if row else "" for row in code.split("\n"))
