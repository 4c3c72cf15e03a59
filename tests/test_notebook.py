"""Notebooks: their code cells are checked, magics and all, and findings are told by cell."""

import json
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import Cell, Report, SourceText
from lintlight.report import github, gitlab, sarif, text
from lintlight.report import json as as_json
from lintlight.source.files import UnreadableSource, decode_source
from tests.build import finding, report, span
from tests.test_cli import BAD, lintlight

ROOT = Path("/project")
NOTEBOOK = ROOT / "nb.ipynb"


def notebook(*cells: str | tuple[str, str], **metadata: Any) -> bytes:
    """A notebook of code cells; a pair is another type of cell and its text."""
    made = [("code", cell) if isinstance(cell, str) else cell for cell in cells]
    document = {
        "nbformat": 4,
        "metadata": metadata,
        "cells": [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in made],
    }
    return json.dumps(document).encode()


def read(*cells: str | tuple[str, str], **metadata: Any) -> SourceText:
    return decode_source(NOTEBOOK, notebook(*cells, **metadata))


def test_code_cells_in_order_with_the_way_back() -> None:
    source = read("x = 1", ("markdown", "# title"), "y = 2\nz = 3\n\n", "")
    assert source.text == "x = 1\ny = 2\nz = 3\n\n"
    assert source.cells == (Cell(1, 1), Cell(3, 2), Cell(4, 4))


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass  # %matplotlib inline\nx = 1"),
        ("if x:\n    !pip install y", "if x:\n    pass  # !pip install y"),
        ("files = !ls\nmodel?", "files = None\npass  # model?"),
        ("%%time\nx = 1", "#%%time\nx = 1"),
        ("%%time\n%cd x\n", "#%%time\npass  # %cd x"),
        ("%%bash\nls\nrm", ""),
        ("x = (7\n     % 2)", "x = (7\n     % 2)"),
        ("x = await f()", "x = await f()"),
    ],
)
def test_magics_keep_their_rows(cell: str, python: str) -> None:
    assert read(cell, "end").text == f"{python}\nend\n"


def test_other_languages_have_no_python() -> None:
    assert read("x <- 1", language_info={"name": "R"}).text == ""
    assert read("x = 1", kernelspec={"language": "python"}).text == "x = 1\n"


@pytest.mark.parametrize("data", [b"", b"[]", b'{"cells": 1}', b'{"cells": [{}]}', b"\xff"])
def test_what_is_no_notebook_is_named(data: bytes) -> None:
    with pytest.raises(UnreadableSource, match="is no notebook of format 4; save it anew with Jupyter"):
        decode_source(NOTEBOOK, data)


def whole() -> Report:
    source = read("x = 1\n", ("markdown", "hi"), "a = 0\n    y = bert()", "z = 1")
    return report(ROOT, finding(NOTEBOOK, span=span(NOTEBOOK, 3)), sources={NOTEBOOK: source})


def test_text_counts_inside_the_cell() -> None:
    assert text.render(whole()).splitlines()[:6] == [
        "nb.ipynb:cell 3:2:8 error LL101 `self.bert` is trained in eval mode; call `.train()` on it",
        "  |",
        "1 | a = 0",
        "2 |     y = bert()",
        "  |        ^^^^^",
        "  |",
    ]


def test_json_names_the_cell() -> None:
    [data] = json.loads(as_json.render(whole()))
    assert (data["cell"], data["location"], data["end_location"]) == (
        3,
        {"row": 2, "column": 8},
        {"row": 2, "column": 13},
    )


def test_formats_without_cells_say_it_in_words() -> None:
    assert github.render(whole(), {}).startswith(
        "::error title=lintlight (LL101),file=nb.ipynb,line=1::nb.ipynb:cell 3:2:8: LL101"
    )
    [issue] = json.loads(gitlab.render(whole()))
    assert issue["description"].endswith("(nb.ipynb:cell 3:2:8)")
    [result] = json.loads(sarif.render(whole()))["runs"][0]["results"]
    assert result["message"]["text"].startswith("Cell 3: ")
    assert "region" not in result["locations"][0]["physicalLocation"]


def test_on_the_command_line(tmp_path: Path) -> None:
    imports, cls = BAD.format(comment="").split("\n\n\n", 1)
    (tmp_path / "nb.ipynb").write_bytes(notebook("%cd ..\n" + imports, cls))
    done = lintlight("check", "--output-format", "concise", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("nb.ipynb:cell 2:4:21 error LL101")
    silenced = cls.replace('uncased")', 'uncased")  # noqa: LL101')
    (tmp_path / "nb.ipynb").write_bytes(notebook("%cd ..\n" + imports, silenced))
    assert lintlight("check", cwd=tmp_path).returncode == 0
