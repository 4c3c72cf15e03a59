"""Notebooks: their code cells are checked, magics and all, and findings are told by cell."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import Cell, Fault, Report, SourceText
from lintlight.report import github, gitlab, sarif, text
from lintlight.report import json as as_json
from lintlight.source.files import UnreadableSource, decode_source
from lintlight.source.parse import SyntaxFault, parse
from tests.build import finding, report, span
from tests.command import lintlight
from tests.sources import BAD, notebook

ROOT = Path("/project")
NOTEBOOK = ROOT / "nb.ipynb"


def read(*cells: str | tuple[str, str], **metadata: Any) -> SourceText:
    return decode_source(NOTEBOOK, notebook(*cells, **metadata))


def faults(source: SourceText) -> list[Fault]:
    return [cell.fault for cell in source.cells if cell.fault is not None]


def test_code_cells_in_order_with_the_way_back() -> None:
    source = read("x = 1", ("markdown", "# title"), "y = 2\nz = 3\n\n", "")
    assert source.text == "x = 1\ny = 2\nz = 3\n\n"
    assert source.cells == (Cell(1, 1), Cell(3, 2), Cell(4, 4))


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "#matplotlib inline\nx = 1"),
        ("if x:\n    !pip install y", "if x:\n    _#ip install y"),
        ("if x:\n    !", "if x:\n    _"),
        ("files = !ls\nmodel?", "files = _#s\n#odel?"),
        ("a, b = f(x=1), %env A", "#, b = f(x=1), %env A"),
        ("a = %env A", "a = _#nv A"),
        ("?model.fit\n??model\nmodel.layers[0]??", "#model.fit\n#?model\n#odel.layers[0]??"),
        ("!!ls\n%%unknown", "#!ls\n#%unknown"),
        ("!python run.py \\\n  --lr=1 \\\nit's\nx = 1", "#python run.py \\\n# --lr=1 \\\n#t's\nx = 1"),
        ("if x:\n  !a \\\n\n  y = 1", "if x:\n  _# \\\n\n  y = 1"),
        ("x = !a \\\n--b\ny = 1", "x = _# \\\n#-b\ny = 1"),
        ('!ls\nx = """\n!ls\n""" \\\n    % 2', '#ls\nx = """\n!ls\n""" \\\n    % 2'),
        ("!ls\nx = (7  # it's (\n     % 2)\nf(y=\n!ls)", "#ls\n# = (7  # it's (\n#    % 2)\n#(y=\n#ls)"),
        ("pip install y", "#ip install y"),
        ("!pip install y  # noqa: LL101", "#pip install y  # noqa: LL101"),
        ("\n %%time\nx = 1", "\n #%time\nx = 1"),
        ("%%time\n%cd x\n", "#%time\n#cd x"),
        ("%%time", "#%time"),
        ("%%bash\nls\nrm", ""),
        ("%%writefile x.py\nx = <a>", ""),
        ("%%writefile x.txt\nx = 1", ""),
        ("%%writefile -a 'a b.py'\nx = 1", "#%writefile -a 'a b.py'\nx = 1"),
        ("%%file x.py\nx = 1", "#%file x.py\nx = 1"),
        ("%sql\nselect * from x", ""),
        ("%sql select * from x\ny = 1", "#sql select * from x\ny = 1"),
        ("x = (7\n     % 2)", "x = (7\n     % 2)"),
        ("x = await f()", "x = await f()"),
    ],
)
def test_magics_keep_their_places(cell: str, python: str) -> None:
    assert read(cell, "end").text == f"{python}\nend\n"


@pytest.mark.parametrize(
    ("cell", "row", "column"),
    [
        ("!ls\npath = <your path>", 3, 8),
        ("x = 1; !ls", 2, 8),
        ("pip install y\nx = 1", 2, 5),
        ("ls = , 1", 2, 6),
        ("!ls\nx = 'it\n", 3, 5),
    ],
    ids=["a placeholder", "behind a semicolon", "no magic without % among others", "an assignment", "an open string"],
)
def test_what_ipython_refuses_too_is_a_syntax_error(cell: str, row: int, column: int) -> None:
    source = read("z = 0", cell, "y = 0")
    assert [(fault.row, fault.column) for fault in faults(source)] == [(row, column)]
    assert [node.lineno for node in parse(source).body] == [1, source.cells[2].row]


@pytest.mark.parametrize(
    "cell",
    [
        "model.train()\nepochs = <N>",
        "trainer = Trainer(max_epochs=<N>)",
        "for p in <model>:\n    p.requires_grad = False",
    ],
)
def test_without_a_cell_that_bears_on_others_none_is_judged(cell: str) -> None:
    source = read("z = 0", cell)
    assert faults(source) == []
    with pytest.raises(SyntaxFault):
        parse(source)


def test_a_cell_with_what_no_text_may_hold_is_left_out() -> None:
    source = read("a = '\0'\nb", "c = \ud800", "d = 1")
    assert [(fault.row, fault.column) for fault in faults(source)] == [(1, 1), (3, 1)]
    assert source.text == "# = ' '\n#\n# =  \nd = 1\n"
    assert source.written_lines() == ["a = '\0'", "b", "c = \ud800", "d = 1", ""]
    parse(source)


def test_people_read_a_cell_as_it_was_written() -> None:
    source = read("!ls\nx = <a>", "%%bash\nls\nrm", "y = !ls", "    z = 1")
    assert source.written_lines() == ["!ls", "x = <a>", "", "y = !ls", "if True:", "    z = 1", ""]


def test_a_long_cell_takes_no_time() -> None:
    cell = "!ls \\\n" * 9000 + "\n" + "a.b" * 20000 + " ?"
    before = time.perf_counter()
    assert read(cell, "end").text.startswith("#ls")
    assert time.perf_counter() - before < 5


@pytest.mark.parametrize(
    "cell", ["    x = 1\n    y = 2", "\n  !ls\n  x = 1\n", "\tx = 1"], ids=["whole", "with a magic", "a tab"]
)
def test_an_indented_cell_keeps_its_places(cell: str) -> None:
    source = read("z = 0", cell, "end")
    assert [c.number for c in source.cells] == [1, 2, 3]
    parse(source)
    code = source.lines()[source.cells[1].row - 1 : source.cells[2].row - 1]
    assert "\n".join(code) == cell.rstrip("\n").replace("!ls", "_#s")


def test_other_languages_have_no_python() -> None:
    assert read("x <- 1", language_info={"name": "R"}).text == ""
    assert read("x = 1", kernelspec={"language": "python"}).text == "x = 1\n"


@pytest.mark.parametrize("data", [b"[]", b'{"cells": 1}', b'{"cells": [{}]}', b"\xff"])
def test_what_is_no_notebook_is_named(data: bytes) -> None:
    with pytest.raises(UnreadableSource, match="is no notebook of format 4; save it anew with Jupyter"):
        decode_source(NOTEBOOK, data)


@pytest.mark.parametrize("data", [b"", b"\n"])
def test_an_empty_file_is_an_empty_notebook(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "nb.ipynb").write_bytes(data)
    done = lintlight("check", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing found in 1 file.\n", "")


def test_a_pointer_to_a_notebook_is_named() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:505a\nsize 8255\n"
    with pytest.raises(UnreadableSource, match="fetch the file itself with `git lfs pull`"):
        decode_source(NOTEBOOK, pointer)


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
    [data] = json.loads(lintlight("check", "--output-format", "json", cwd=tmp_path).stdout)
    assert data["suppressed"]["row"] == data["location"]["row"] == 4


def test_the_cells_beside_one_that_is_no_python_are_checked(tmp_path: Path) -> None:
    imports, cls = BAD.format(comment="").split("\n\n\n", 1)
    (tmp_path / "nb.ipynb").write_bytes(notebook(imports, "!ls\nGPU 0: H100", cls, "x = <your path>"))
    done = lintlight("check", "--output-format", "concise", cwd=tmp_path)
    assert done.returncode == 1
    first, second, *_ = done.stdout.splitlines()
    assert first.startswith("nb.ipynb:cell 2:2:5 error LL001")
    assert first.endswith(
        "cannot parse this cell (the others are checked): invalid syntax; 1 more cell is no Python, either"
    )
    assert second.startswith("nb.ipynb:cell 3:4:21 error LL101")
    shown = lintlight("check", cwd=tmp_path).stdout.splitlines()
    assert "1 | !ls" in shown and "2 | GPU 0: H100" in shown
    for _ in range(2):  # the second answer comes out of the cache
        assert lintlight("check", "--output-format", "concise", cwd=tmp_path).stdout == done.stdout
    one = notebook(imports, "x = <a>  # noqa: LL001", cls, "y = <b>", "z = <c>", "a = <d>")
    (tmp_path / "nb.ipynb").write_bytes(one)
    told = [line for line in lintlight("check", cwd=tmp_path).stdout.splitlines() if "LL001" in line]
    assert [line[:22] for line in told] == ["nb.ipynb:cell 4:1:5 er"]
    assert told[0].endswith("2 more cells are no Python, either")
    silenced = notebook(imports, "GPU 0: H100  # noqa: LL001", cls.replace('uncased")', 'uncased")  # noqa: LL101'))
    (tmp_path / "nb.ipynb").write_bytes(silenced)
    assert lintlight("check", cwd=tmp_path).returncode == 0


def test_a_fix_beside_a_cell_that_is_no_python_leaves_it_as_it_is(tmp_path: Path) -> None:
    imports, cls = BAD.format(comment="").split("\n\n\n", 1)
    before = notebook(imports, "é = <your path>", cls)
    (tmp_path / "nb.ipynb").write_bytes(before)
    assert lintlight("check", "--fix", "--unsafe-fixes", cwd=tmp_path).returncode == 1
    after = (tmp_path / "nb.ipynb").read_bytes()
    assert after == before.replace(b'uncased\\")', b'uncased\\").train()')


@pytest.mark.parametrize(
    ("cells", "is_read"),
    [
        (["model.py\nclass Model: ..."], True),
        (["model.py\nclass Model: ...", "train.py\nfrom model import Model"], True),
        (["model.py\nclass Model: ...", "model.py\nclass Other: ..."], False),
        (["one.py\nclass Model: ...", "two.py\nclass Model: ..."], False),
        (["one.py\ndef load(): ...\nclass A: ...", "two.py\ndef load(): ...\nclass B: ..."], False),
        (["one.py\nclass A: ...\ndef main(): ...", "two.py\nclass B: ...\ndef main(): ..."], True),
        (["one.py\nclass A: ...", "two.py\nimport one\nclass B: ..."], False),
    ],
)
def test_the_files_that_a_notebook_writes_are_read_as_one_program(cells: list[str], is_read: bool) -> None:
    """Unless one is written anew, or two of them have a class of the same name."""
    text = read(*(f"%%writefile {cell}" for cell in cells), "x = 1").text
    assert ("class" in text) is is_read
    assert text.endswith("x = 1\n")


@pytest.mark.parametrize(
    ("cell", "is_read"),
    [
        ("%%write_and_run model.py\nclass Model: ...", True),
        ("%%cached\nimport torch", True),
        ("%%cached\nx = 1", False),
        ("%%javascript\nimport torch", False),
        ("%%python3\nimport torch", False),
        ("%%skip\nimport torch", False),
    ],
)
def test_a_magic_that_nobody_knows_over_python(cell: str, is_read: bool) -> None:
    assert (cell.partition("\n")[2] in read(cell).text) is is_read


def test_what_one_file_takes_from_another_is_defined_already() -> None:
    cells = ("%%writefile src/model.py\nclass Model: ...", "%%writefile train.py\nfrom model import Model\nModel()")
    assert (
        read(*cells).text
        == "#%writefile src/model.py\nclass Model: ...\n#%writefile train.py\npass#model import Model\nModel()\n"
    )
