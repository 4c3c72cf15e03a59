"""Any number of processes says the same, in the same order, and so does the index that a large run begins with."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lintlight import analysis, pool, reading
from lintlight.check import check
from lintlight.model import Report
from lintlight.pool import Shares
from lintlight.registry import load_rules
from lintlight.semantics.resolve import index
from lintlight.semantics.resolve.index import Index, facts_of
from lintlight.semantics.resolve.trail import Search
from lintlight.settings import Settings
from lintlight.source import outline
from lintlight.source.files import find_files
from tests.command import lintlight, write
from tests.sources import BAD

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def run(jobs: int) -> Report:
    files = find_files([FIXTURES], root=FIXTURES).files
    return check(files, Settings(root=FIXTURES, select=("ALL",)), load_rules(), root=FIXTURES, jobs=jobs)


@pytest.fixture(scope="module")
def alone() -> Report:
    return run(1)


@pytest.mark.parametrize("jobs", [2, 3])
def test_processes_change_nothing(alone: Report, jobs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WORTH_BYTES", 0)
    assert len(alone.findings) > 150
    assert run(jobs) == alone


LEARNED_FROM = {
    "sound.py": "import whole\n\n\nclass Sound(whole.Base):\n    pass\n",
    "whole.py": BAD.format(comment="").replace("Classifier", "Base"),
    "misled.py": "import broken\n\n\nclass Misled(broken.Base):\n    pass\n",
    "broken.py": BAD.format(comment="").replace("Classifier", "Base") + "\n\ndef f(:\n    pass\n",
    "beside.py": "print 'Python 2'\n",
}


@pytest.mark.parametrize("begun", [0, 2, 100])
@pytest.mark.parametrize("without", ["nothing", "broken.py"])
def test_what_was_learned_from_a_file_with_a_syntax_error_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: int, without: str
) -> None:
    """The classes of some files are looked at while the syntax of others is still checked."""
    files = [write(tmp_path, name, text) for name, text in LEARNED_FROM.items() if name != without]

    def checked(jobs: int) -> Report:
        return check(files, Settings(root=tmp_path, select=("ALL",)), load_rules(), root=tmp_path, jobs=jobs)

    monkeypatch.setattr(outline, "SMALL", 0)  # a small file is parsed as a whole
    alone = checked(1)
    looks = iter(range(begun))
    monkeypatch.setattr(reading, "WORTH_BYTES", 0)
    monkeypatch.setattr(reading.Pieces, "are_done", property(lambda _: next(looks, None) is None))
    assert checked(2) == alone
    assert next(looks, None) is None or begun == 100
    found = [(finding.code, finding.span.path.name) for finding in alone.findings]
    broken = [("LL001", "broken.py")] if without == "nothing" else []
    assert sorted(found) == sorted([("LL001", "beside.py"), *broken, ("LL101", "whole.py")])


def test_a_process_killed_by_a_files_syntax_costs_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [write(tmp_path, f"{name}.py", BAD.format(comment="")) for name in ("a", "killed", "z")]
    here = os.getpid()

    def killing(path: Path, read: reading.Reader) -> None:
        if path.stem == "killed" and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(reading, "WORTH_BYTES", 0)
    monkeypatch.setattr(reading, "syntax_fault", killing)
    monkeypatch.setattr(reading.Pieces, "_taken", lambda _: ())  # all of it is left to the other process
    report = check(files, Settings(root=tmp_path), load_rules(), root=tmp_path, jobs=2)
    assert [(error.path.name, error.message) for error in report.errors] == [("killed.py", pool.KILLED)]
    assert [finding.span.path.name for finding in report.findings] == ["a.py", "z.py"]


def test_the_gate_changes_nothing(alone: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "FEW", 10**9)
    assert run(1) == alone


def test_what_is_parsed_when_changes_nothing(alone: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline, "SMALL", 0)
    assert run(1) == alone
    monkeypatch.setattr(outline, "SMALL", 10**9)
    assert run(1) == alone


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


def test_files_deriving_from_a_class_are_found_through_its_heirs(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text("class A(Base):\n    pass\n")
    (tmp_path / "b.py").write_text("class B(A):\n    pass\n")
    (tmp_path / "c.py").write_text("class C(dict):\n    pass\n")
    assert {path.name for path in Index(tmp_path).deriving_from(["Base"])} == {"a.py", "b.py"}
    assert {path.name for path in Index(tmp_path).deriving_from(["A"])} == {"b.py"}


@pytest.mark.parametrize(("count", "workers"), [(7, 2), (1, 3), (50, 4), (0, 2), (100, 1)])
@pytest.mark.parametrize("cost", [lambda number: number % 7, lambda number: 0, lambda number: 10])
def test_every_file_is_dealt_once_and_neighbours_to_one_worker(
    count: int, workers: int, cost: Callable[[int], int]
) -> None:
    shares = Shares([cost(number) for number in range(count)], workers)
    dealt: list[range] = []
    while any(pieces := [shares.next_for(worker) for worker in range(workers)]):
        dealt += filter(None, pieces)
    assert sorted(number for piece in dealt for number in piece) == list(range(count))
    assert all(piece == range(piece[0], piece[-1] + 1) for piece in dealt)


def test_two_workers_begin_at_the_two_ends_and_meet_wherever_the_slower_one_is() -> None:
    shares = Shares([10] * 12, 2)
    assert [shares.next_for(1), shares.next_for(0), shares.next_for(1)] == [range(10, 12), range(1), range(9, 10)]
    assert [list(shares.next_for(0)) for _ in range(9)] == [[1], [2], [3], [4], [5], [6], [7], [8], []]
    assert not shares.next_for(1)


def test_a_worker_that_is_done_helps_where_most_is_left() -> None:
    shares = Shares([10] * 9, 3)
    assert [list(shares.next_for(2)) for _ in range(4)] == [[6], [7], [8], [0]]
    assert [list(shares.next_for(0)), list(shares.next_for(1))] == [[1], [5]]


def test_the_last_pieces_are_the_smallest() -> None:
    shares = Shares([1] * 600, 2)
    sizes = [len(shares.next_for(turn % 2)) for turn in range(40)]
    assert sizes[0] == 100
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 0
    assert sizes.count(1) > 5


@pytest.mark.parametrize("on", [True, False])
def test_the_search_for_cycles_is_off_only_meanwhile(on: bool) -> None:
    before = gc.isenabled()
    (gc.enable if on else gc.disable)()
    try:
        with pool.uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is on
    finally:
        (gc.enable if before else gc.disable)()


def test_many_searches_find_what_few_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text("x = Model1()\n# Model2\n")
    (tmp_path / "b.py").write_text("get_Model1 = 1\ny.fit()\n")
    (tmp_path / "c.py").write_text("z = 'Größe'\n@register\ndef f(): pass\n")
    searches = [
        Search(("Model1",)),
        Search(("Model2",)),
        Search(("odel",)),
        Search(("Größe",)),
        Search(("@register",)),
        Search(("Model1", "f"), ("fit",)),
        Search(("Model1",), in_scripts=True),
        Search(("Missing",)),
    ]
    few = [Index(tmp_path).found_by(search) for search in searches]
    monkeypatch.setattr(index, "MANY_SEARCHES", 0)
    assert [Index(tmp_path).found_by(search) for search in searches] == few
    assert [[path.name for path in found] for found in few] == [
        ["a.py", "b.py"],
        [],
        ["a.py", "b.py"],
        ["c.py"],
        ["c.py"],
        ["b.py"],
        ["b.py"],
        [],
    ]


KILLS = '''"""A rule whose process is killed, as for want of memory."""
import os, signal
from lintlight.api import Rule


class Kills(Rule):
    code = "ACME102"
    since = "1.0"

    def check_class(self, cls):
        if cls.qualified_name.startswith("killed."):
            os.kill(os.getpid(), signal.SIGKILL)
        yield from ()
'''


def test_a_killed_process_costs_one_file(tmp_path: Path) -> None:
    for name in (*(f"m{number}" for number in range(9)), "killed"):
        write(tmp_path, f"{name}.py", BAD.format(comment=""))
    write(tmp_path, "pack/kills.py", KILLS)
    done = lintlight("check", "--output-format", "concise", "-j", "2", "--rules", "pack", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"lintlight: killed.py: {pool.KILLED}\n"
    assert done.stdout.count(" LL101 ") == 9


SLEEPS = """import os, pathlib, time
from lintlight.api import Rule


class Sleeps(Rule):
    code = "ACME103"
    since = "1.0"

    def check_class(self, cls):
        pathlib.Path(f"{os.getpid()}.pid").touch()
        time.sleep(15)
        yield from ()
"""


def test_ctrl_c_ends_all_processes_at_once(tmp_path: Path) -> None:
    for number in range(9):
        write(tmp_path, f"m{number}.py", BAD.format(comment=""))
    write(tmp_path, "pack/sleeps.py", SLEEPS)
    command = [sys.executable, "-m", "lintlight", "check", "-j", "2", "--rules", "pack", "."]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None and len(list(tmp_path.glob("*.pid"))) < 2:
            time.sleep(0.05)
        workers = [int(path.stem) for path in tmp_path.glob("*.pid")]
        os.kill(workers[0], signal.SIGINT)  # a terminal sends it to them, too
        time.sleep(0.2)
        assert running.poll() is None
        os.kill(workers[0], 0)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=10)
    assert (running.returncode, out, err.strip()) == (130, "", "")


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_processes_end_with_the_one_that_started_them(tmp_path: Path, ending: signal.Signals) -> None:
    """They hold its stdout: whoever reads that would wait for them."""
    for number in range(9):
        write(tmp_path, f"m{number}.py", BAD.format(comment=""))
    write(tmp_path, "pack/sleeps.py", SLEEPS.replace("15", "60"))
    command = [sys.executable, "-m", "lintlight", "check", "-j", "2", "--rules", "pack", "."]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None and len(list(tmp_path.glob("*.pid"))) < 2:
            time.sleep(0.05)
        running.send_signal(ending)
        assert running.communicate(timeout=10) == ("", "")
    assert running.returncode == -ending
