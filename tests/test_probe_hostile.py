"""Modules that hang, crash, eat memory or leave things behind: each costs its own verdict and nothing else."""

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from lintlight.model import Claim, Confidence, Finding, Position, ProbeRequest, Severity, Span, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings

HOSTILE = Path(__file__).parent / "probe_cases" / "hostile"
LIMIT_S = 8.0
MEMORY_MB = 700.0
TIME = "make it shorter, or raise `timeout` in [tool.lintlight.probe]"
MEMORY = "give smaller arguments with --init, or raise `memory` in [tool.lintlight.probe]"
ENDS = "keep calls that end the process out of the module"
CRASHES = "run that part by itself: compiled code crashes in it"

EXPECTED = {
    "loop_at_import": ("importing the file of `Tagger` took longer than the time limit", TIME),
    "loop_in_init": ("constructing `Tagger` took longer than the time limit", TIME),
    "loop_in_hook": ("the first training steps of `Tagger` took longer than the time limit", TIME),
    "exits": ("constructing `Tagger` ended the process (SystemExit: 3)", ENDS),
    "exits_at_once": ("the first training steps of `Tagger` ended the process (exit 0)", ENDS),
    "segfault": ("constructing `Tagger` ended the process with signal 11", CRASHES),
    "too_big": (
        "constructing `Tagger` took more than the memory limit; built without weights, 30 of 30 submodules of `bert` "
        "are in eval mode after the constructor",
        MEMORY,
    ),
    "eats_memory": ("constructing `Tagger` took more than the memory limit", MEMORY),
    "network": (
        "constructing `Tagger` asks the network",
        "put what it loads on this machine, or load it later than that",
    ),
    "asks": (
        "constructing `Tagger` reads stdin",
        "take what it asks for from an argument, and give that with --init NAME=VALUE",
    ),
    "kills_parent": ("the probe's process was lost while `Tagger` was probed", "probe this file by itself"),
}
CONFIRMED = ("deletes", "forks", "forks_on", "shouts", "thread", "outlives")
"""What they do is cleared away, and the probe still sees what it came for."""

Verdicts = dict[tuple[str, str], Verdict]


def finding(path: Path) -> Finding:
    """A finding about the class in a file."""
    span = Span(path, Position(1, 1), Position(1, 2))
    request = ProbeRequest(path, "Tagger", "bert", Claim.TRAINED_IN_EVAL)
    return Finding("LL101", "a-rule", "message", Severity.ERROR, Confidence.HIGH, span, probe=request)


def tree_hash(folder: Path) -> str:
    """A digest of all names and contents below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode() + (path.read_bytes() if path.is_file() else b"/"))
    return digest.hexdigest()


def processes_in(folder: Path) -> list[str]:
    """The command lines of the processes that were given a temporary folder below this one."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


class Aftermath:
    """The project and what is left of it and of the processes when all was probed."""

    def __init__(self, folder: Path) -> None:
        self.project, self.temporary = folder / "project", folder / "temporary"
        self.temporary.mkdir()
        self.verdicts: Verdicts = {}
        self.before = self.after = ""
        self.left: list[str] = []


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """Every hostile module, and after each one a sibling that does no harm."""
    result = Aftermath(tmp_path_factory.mktemp("hostile"))
    result.project.mkdir()
    names = (*EXPECTED, *CONFIRMED)
    order = []
    for name in names:
        shutil.copy(HOSTILE / f"{name}.py", result.project)
        shutil.copy(HOSTILE / "sibling.py", result.project / f"after_{name}.py")
        order += [(name, name), (name, f"after_{name}")]
    result.before = tree_hash(result.project)
    settings = ProbeSettings(python=Path(sys.executable), root=result.project, timeout_s=LIMIT_S, memory_mb=MEMORY_MB)
    usual, tempfile.tempdir = tempfile.tempdir, str(result.temporary)
    try:
        probed = probe([finding(result.project / f"{file}.py") for _, file in order], settings)
    finally:
        tempfile.tempdir = usual
    result.verdicts = {key: found.verdict for key, found in zip(order, probed, strict=True) if found.verdict}
    result.after = tree_hash(result.project)
    result.left = processes_in(result.temporary)
    return result


def test_every_hostile_module_is_tried() -> None:
    assert {path.stem for path in HOSTILE.glob("*.py")} == {*EXPECTED, *CONFIRMED, "sibling"}


@pytest.mark.parametrize("name", EXPECTED)
def test_its_own_verdict(name: str, aftermath: Aftermath) -> None:
    verdict = aftermath.verdicts[name, name]
    assert (verdict.status, verdict.reason, verdict.hint) == (VerdictStatus.NOT_PROBED, *EXPECTED[name])


@pytest.mark.parametrize("name", CONFIRMED)
def test_what_does_not_disturb_is_probed(name: str, aftermath: Aftermath) -> None:
    verdict = aftermath.verdicts[name, name]
    assert verdict.status is VerdictStatus.CONFIRMED, verdict.reason


@pytest.mark.parametrize("name", [*EXPECTED, *CONFIRMED])
def test_the_next_class_is_judged_as_ever(name: str, aftermath: Aftermath) -> None:
    verdict = aftermath.verdicts[name, f"after_{name}"]
    assert verdict.status is VerdictStatus.CONFIRMED, verdict.reason


def test_no_process_survives(aftermath: Aftermath) -> None:
    assert aftermath.left == []


def test_the_project_is_as_it_was(aftermath: Aftermath) -> None:
    assert aftermath.after == aftermath.before


def test_nothing_is_left_in_the_temporary_folder(aftermath: Aftermath) -> None:
    assert os.listdir(aftermath.temporary) == []
