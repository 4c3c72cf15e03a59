"""Fixes in notebooks change the strings of their cells and no other byte."""

import json
from pathlib import Path

import pytest

from lintlight.model import Edit
from lintlight.source.files import decode_source
from lintlight.source.notebook import NotANotebook
from lintlight.source.notebook_edit import edited
from tests.fixing import LOAD, MISTAKE, fix_files

FILE = Path("/project/nb.ipynb")
CODE = MISTAKE.decode()


def cell(source: object, kind: str = "code") -> dict[str, object]:
    return {
        "cell_type": kind,
        "metadata": {"tags": ["ü", '"source": ["x"]']},
        "source": source,
        "outputs": [1.50, None],
    }


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def pretty(*cells: object) -> bytes:
    """As Jupyter writes it."""
    return (json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}, indent=1, ensure_ascii=False) + "\n").encode()


def tight(*cells: object) -> bytes:
    """Without blanks, everything escaped, the cells last."""
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}, separators=(",", ":")).encode()


@pytest.mark.parametrize("write", [pretty, tight])
@pytest.mark.parametrize(
    "cells",
    [
        [cell(lines(CODE))],
        [cell(CODE)],
        [cell(["# Text\n"], "markdown"), cell("!pip install x\nx = 1"), cell(["y = '\U0001f680 \\t ü \"'\n", CODE])],
        [cell(lines("%%time\nx = 1\n" + CODE)), cell([])],
        [cell("!python x.py \\\n  --lr=1\n" + CODE), cell("  y = !ls")],
        [cell("z = 1"), cell(lines("".join(f"  {line}" for line in lines(CODE))))],
        [cell(CODE.replace("\n", "\r\n"))],
        [cell(lines(CODE.replace("self.part = _M", "self.name, self.part = '\U0001f680\\\"ü', _M")))],
    ],
    ids=["lines", "one string", "many cells", "cell magic", "magics", "indented", "CRLF", "odd letters before it"],
)
def test_only_the_call_changes(write: object, cells: list[object], tmp_path: Path) -> None:
    assert callable(write)
    before = write(*cells)
    call = json.dumps(LOAD.decode())[1:-1].encode()
    assert before.count(call) == 1
    file = tmp_path / "nb.ipynb"
    file.write_bytes(before)
    outcome = fix_files(file, select=("LL101",))
    assert outcome.refused == ()
    assert outcome.after[file].file_bytes == before.replace(call, call + b".train()")
    file.write_bytes(outcome.after[file].file_bytes)
    assert fix_files(file, select=("LL101",)).after == {}


def test_lines_come_and_go() -> None:
    source = decode_source(FILE, pretty(cell(["a = 1\n", "b = 2\n", "c = 3"])))
    assert json.loads(edited(source, [Edit(6, 12, b"")]))["cells"][0]["source"] == ["a = 1\n", "c = 3"]
    assert json.loads(edited(source, [Edit(6, 6, b"x = 0\n")]))["cells"][0]["source"] == [
        "a = 1\n",
        "x = 0\nb = 2\n",
        "c = 3",
    ]
    assert json.loads(edited(source, [Edit(17, 17, b"\nd = 4")]))["cells"][0]["source"][-1] == "c = 3\nd = 4"


def test_a_notebook_with_a_mark_is_refused() -> None:
    source = decode_source(FILE, b"\xef\xbb\xbf" + pretty(cell("a = 1")))
    with pytest.raises(NotANotebook, match="is not written as UTF-8 JSON"):
        edited(source, [Edit(0, 0, b"b")])
