"""Any number of processes says the same, in the same order, and so does the index that a large run begins with."""

from pathlib import Path

import pytest

from lintlight import analysis, pool
from lintlight.check import check
from lintlight.model import Report
from lintlight.pool import in_pieces
from lintlight.registry import load_rules
from lintlight.semantics.index import Index, facts_of
from lintlight.settings import Settings
from lintlight.source.files import find_files

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def run(jobs: int) -> Report:
    files = find_files([FIXTURES], root=FIXTURES).files
    return check(files, Settings(root=FIXTURES, select=("ALL",)), load_rules(), root=FIXTURES, jobs=jobs)


@pytest.fixture(scope="module")
def alone() -> Report:
    return run(1)


@pytest.mark.parametrize("jobs", [2, 3])
def test_processes_change_nothing(alone: Report, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "WORTH_BYTES", 0)
    assert len(alone.findings) > 150
    assert run(jobs) == alone


def test_the_gate_changes_nothing(alone: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "FEW", 10**9)
    assert run(1) == alone


@pytest.mark.parametrize("count", [1, 2, 5, 100])
def test_pieces_hold_everything_in_order(count: int) -> None:
    costs = [number % 7 for number in range(50)]
    pieces = in_pieces(range(50), costs, count)
    assert [item for piece in pieces for item in piece] == list(range(50))
    assert all(pieces)
    assert len(pieces) <= 2 * count + 1


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("class A(pl.LightningModule):\n", (("A", ("LightningModule",)),)),
        ("class A(\n    Base,  # why\n    Mixin[int],\n):\n", (("A", ("Base", "Mixin", "why")),)),
        ("from lightning import LightningModule as LM\nclass A(LM):\n", (("A", ("LM", "LightningModule")),)),
        ("import lightning as L\nBase = L.LightningModule\nclass A(Base):\n", (("A", ("Base", "LightningModule")),)),
        ("class A[T](Base[T], metaclass=M):\n", (("A", ("Base", "M")),)),
        ("class A:\n    pass\n", ()),
        ("class A():\n    pass\n", (("A", ()),)),
    ],
)
def test_bases_are_read_off_the_bytes(text: str, classes: object) -> None:
    assert facts_of(text.encode()).classes == classes


def test_heirs_are_found_by_name_through_other_files(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text("import lightning as L\n\n\nclass A(L.LightningModule):\n    pass\n")
    (tmp_path / "b.py").write_text("from a import A as Parent\n\n\nclass B(Parent):\n    pass\n")
    (tmp_path / "c.py").write_text("import b\n\n\nclass C(b.B):\n    pass\n\n\nclass Plain(dict):\n    pass\n")
    names = Index(tmp_path).lightning_names(("ours.Special",))
    assert {"A", "B", "C", "Special", "LightningModule"} <= names
    assert "Plain" not in names
