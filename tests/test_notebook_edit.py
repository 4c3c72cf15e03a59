"""Fixes in notebooks change the strings of their cells and no other byte."""

import json
from pathlib import Path

import pytest

from lintlight.model import Edit, Safety
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


COMMENT = "# lintlight: ignore[LL101] -- frozen"


@pytest.mark.parametrize("as_lines", [True, False])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"x = 1\n{COMMENT}", "x = 1"),
        (f"x = 1\n{COMMENT}\n", "x = 1\n"),
        (f"x = 1\n\n{COMMENT}\n\n", "x = 1\n\n\n"),
        (f"x = 1\r\n{COMMENT}", "x = 1"),
        (f"{COMMENT}\nx = 1", "x = 1"),
        (COMMENT, ""),
        (f"x = 1  {COMMENT}", "x = 1"),
    ],
)
@pytest.mark.parametrize(
    "behind", [[], ["y = 2"], ["%%bash\nls"], [""], ["    y = 2"], [COMMENT.replace("#", "y = 1  #")]]
)
def test_a_line_goes_out_of_its_own_cell(
    before: str, after: str, behind: list[str], *, as_lines: bool, tmp_path: Path
) -> None:
    text = cell(["# Precious notes"], "markdown")
    first = cell(lines(before) if as_lines else before)
    others = [text, *(cell(each) for each in behind), text]
    file = tmp_path / "nb.ipynb"
    file.write_bytes(pretty(text, first, *others))
    outcome = fix_files(file, select=("LL002", "LL101"), safeties=[Safety.SAFE])
    assert outcome.refused == ()
    assert len(outcome.fixed) == 1 + (COMMENT[2:] in "".join(behind))
    [_, changed, *left] = json.loads(outcome.after[file].file_bytes)["cells"]
    assert "".join(changed["source"]) == after
    assert {**changed, "source": ""} == {**first, "source": ""}
    assert [each for each in left if each["source"] != "y = 1"] == [
        each for each in others if COMMENT[2:] not in str(each["source"])
    ]


def test_an_edit_that_spans_two_cells_is_refused() -> None:
    source = decode_source(FILE, pretty(cell("a = 1"), cell("b = 2")))
    for edit in (Edit(2, 8, b""), Edit(0, 12, b"")):
        with pytest.raises(NotANotebook, match="has another cell there"):
            edited(source, [edit])


FILTERED = """\
import lightning as L
import torch
from transformers import AutoModel


class M(L.LightningModule):
    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch)).mean()

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = {k: v for k, v in checkpoint["state_dict"].items() if not k.startswith("bert")}

    def build(self):
        self.bert = AutoModel.from_pretrained("x").requires_grad_(False)
        self.head = torch.nn.Linear(4, 2)

    def __init__(self):
        self.__dict__["x"] = 1
        super().__init__()"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_is_added_to_the_cell_of_its_statement_with_the_ends_of_that_cell(end: str, tmp_path: Path) -> None:
    file = tmp_path / "nb.ipynb"
    file.write_bytes(pretty(cell(lines(FILTERED.replace("\n", end))), cell("y = 2")))
    outcome = fix_files(file, select=("LL301",))
    [first, second] = json.loads(outcome.after[file].file_bytes)["cells"]
    assert "".join(first["source"]).endswith(f"super().__init__(){end}        self.strict_loading = False")
    assert second["source"] == "y = 2"


@pytest.mark.parametrize("write", [pretty, tight])
def test_the_rest_of_a_comment_stays_as_it_is_written(write: object, tmp_path: Path) -> None:
    assert callable(write)
    before = write(cell("x = 1  # noqa: LL101, E501 -- für \U0001f680"))
    file = tmp_path / "nb.ipynb"
    file.write_bytes(before)
    assert fix_files(file, select=("LL002", "LL101")).after[file].file_bytes == before.replace(b"LL101, ", b"")


@pytest.mark.parametrize(
    "magic",
    [
        "!sed -i 's/# noqa: LL101//' model.py",
        f"!echo 'self.bert = f()  {COMMENT}' >> model.py",
        f"x = !echo '{COMMENT}'",
        f"%timeit f('{COMMENT}')",
        f"!echo '{COMMENT.replace('ignore', 'ignore-file')}' | tee other.py",
    ],
)
def test_a_command_is_no_comment(magic: str, tmp_path: Path) -> None:
    file = tmp_path / "nb.ipynb"
    file.write_bytes(pretty(cell(f"{magic}\ny = 1"), cell(lines(CODE))))
    outcome = fix_files(file, select=("LL002", "LL101"), safeties=[Safety.SAFE])
    assert outcome.after == {}
    assert [(finding.code, finding.suppressed) for finding in outcome.report.findings] == [("LL101", None)]


def test_prose_in_a_cell_that_is_no_python_silences_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "nb.ipynb"
    prose = "Write `# lintlight: ignore-file[LL101, LL001] -- x` at the top"
    file.write_bytes(pretty(cell(lines(CODE)), cell(prose)))
    found = fix_files(file, select=("LL001", "LL101"), safeties=[]).report.findings
    assert {finding.code for finding in found if finding.suppressed is None} == {"LL001", "LL101"}
    file.write_bytes(pretty(cell(lines(CODE)), cell("x = = 1  # lintlight: ignore[LL001] -- a draft")))
    found = fix_files(file, select=("LL001", "LL101"), safeties=[]).report.findings
    assert {finding.code for finding in found if finding.suppressed is None} == {"LL101"}


def test_a_notebook_with_a_mark_is_refused() -> None:
    source = decode_source(FILE, b"\xef\xbb\xbf" + pretty(cell("a = 1")))
    with pytest.raises(NotANotebook, match="is not written as UTF-8 JSON"):
        edited(source, [Edit(0, 0, b"b")])
