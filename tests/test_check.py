"""A run over files: whatever one of them does, the others are checked."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lintlight import analysis as under_test
from lintlight.check import check, merged, visible
from lintlight.command import exit_code
from lintlight.model import Confidence, FileError, Report, Severity, Strength, VerdictStatus
from lintlight.rule import Rule
from lintlight.semantics.resolve.project import Project
from lintlight.settings import Settings
from lintlight.source.files import read_source
from lintlight.source.parse import parse
from tests.build import Crashing, Shouting, finding, info, report, span, verdict


class Syntax(Rule):
    code = "LL001"
    name = "syntax-error"
    since = "0.1.0"
    info = replace(info("LL001", "syntax-error"), lightning="")


def one_class_a_file(project: Project, path: Path) -> list[SimpleNamespace]:
    """Stands for the semantics: every file that parses has one class."""
    parse(read_source(path))
    return [SimpleNamespace(path=path, is_unfinished=False)]


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(under_test, "lightning_classes", one_class_a_file)


def run(root: Path, *rules: Rule, files: Sequence[str] | None = None, **settings: object) -> Report:
    paths = [root / name for name in files] if files is not None else sorted(root.glob("*.py"))
    return check(paths, Settings(root=root, **settings), rules or (Syntax(), Shouting()), root=root)  # type: ignore[arg-type]


def codes(report: Report) -> list[tuple[str, int, str]]:
    return [(found.span.path.name, found.span.start.row, found.code) for found in report.findings]


def test_every_file_has_its_say(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class A(B): 'shout'\n")
    (tmp_path / "b.py").write_text("class A:\n")
    (tmp_path / "c.py").write_text("[" * 5000 + "]" * 5000)
    (tmp_path / "d.py").write_text("")
    (tmp_path / "e.py").write_bytes(b"class A: '\xe9'")
    (tmp_path / "f.py").write_text("class A: '\0'")
    (tmp_path / "g.py").write_text("class A(B):\n  1\n  'shout'")
    report = run(tmp_path)
    assert codes(report) == [
        ("a.py", 1, "LL101"),
        ("b.py", 1, "LL001"),
        ("c.py", 1, "LL001"),
        ("f.py", 1, "LL001"),
        ("g.py", 3, "LL101"),
    ]
    assert [error.path.name for error in report.errors] == ["e.py"]
    assert report.files_checked == 6
    assert exit_code(report) == 2


def test_a_syntax_error_among_as_many_files_as_are_looked_at_one_by_one(tmp_path: Path) -> None:
    names = [f"f{number:02}.py" for number in range(under_test.FEW)]
    for name in names:
        (tmp_path / name).write_text("class A(B): 'shout'\n")
    (tmp_path / names[0]).write_text("class A(LightningModule): 'shout'\n")
    before = codes(run(tmp_path))
    (tmp_path / "wrong.py").write_text("class A(LightningModule): '\n")
    assert codes(run(tmp_path)) == [*before, ("wrong.py", 1, "LL001")]
    assert ("f00.py", 1, "LL101") in before


def test_a_syntax_error_in_a_class_that_others_derive_from(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'p'\n")
    (tmp_path / "child.py").write_text("from base import Base\n\n\nclass Child(Base):\n    pass\n")
    (tmp_path / "base.py").write_text("import lightning as L\n\n\nclass Base(L.LightningModule):\n    def f(self:\n")
    assert codes(run(tmp_path, files=["base.py"])) == [("base.py", 5, "LL001")]


def test_a_deep_nest_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("[" * 5000 + "]" * 5000)
    assert [found.message for found in run(tmp_path).findings] == [
        f"Python {sys.version_info.major}.{sys.version_info.minor} cannot parse this file: too many nested parentheses"
    ]


def test_a_crash_names_file_and_rule_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class A(B): 'crash'\n")
    (tmp_path / "b.py").write_text("class A(B): 'shout'\n")
    report = run(tmp_path, Crashing(), Shouting())
    assert codes(report) == [("b.py", 1, "LL101")]
    assert report.errors == (
        FileError(tmp_path / "a.py", "lintlight itself failed in rule LL101 pretrained-left-in-eval: Unprintable"),
    )
    assert exit_code(report, exit_zero=True) == 2


def test_settings_choose_the_rules(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class A(B): 'shout'\n")
    assert codes(run(tmp_path, ignore=("LL101",))) == []
    assert codes(run(tmp_path, per_file_ignores=(("a.py", ("LL1",)),))) == []
    assert codes(run(tmp_path, per_file_ignores=(("b.py", ("LL1",)),))) == [("a.py", 1, "LL101")]


def test_suppressed_findings_stay_marked(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class A(B): 'shout'  # lintlight: ignore[LL101] -- loud\n")
    [found] = run(tmp_path).findings
    assert found.suppressed is not None
    assert found.suppressed.reason == "loud"
    assert exit_code(run(tmp_path)) == 0


def test_one_finding_for_a_code_and_place_the_surest(tmp_path: Path) -> None:
    low, high = (finding(tmp_path / "a.py", confidence=sure) for sure in (Confidence.LOW, Confidence.HIGH))
    other = finding(tmp_path / "a.py", span=span(tmp_path / "a.py", 3))
    assert merged(iter([low, other, high])) == [high, other]


def test_a_note_does_not_hide_an_error_at_the_same_place(tmp_path: Path) -> None:
    error = finding(tmp_path / "a.py", confidence=Confidence.MEDIUM)
    note = finding(tmp_path / "a.py", severity=Severity.INFO)
    unlikely = replace(error, confidence=Confidence.LOW)
    assert merged([error, note]) == merged([note, error]) == [error]
    assert merged([unlikely, note]) == merged([note, unlikely]) == [note]


def test_min_confidence_hides_what_is_less_sure_unless_the_probe_confirmed_it(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    low = finding(path, confidence=Confidence.LOW)
    proven = replace(low, verdict=verdict(VerdictStatus.CONFIRMED))
    unproven = replace(low, verdict=verdict(VerdictStatus.NOT_PROBED))
    medium = finding(path, confidence=Confidence.MEDIUM)
    whole = report(tmp_path, low, proven, unproven, medium)
    assert visible(whole, Confidence.MEDIUM).findings == (proven, medium)
    assert visible(whole, Confidence.LOW).findings == whole.findings


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 1),
        ({"severity": Severity.WARNING}, 1),
        ({"severity": Severity.INFO}, 0),
        ({"verdict": verdict(VerdictStatus.CONFIRMED)}, 1),
        ({"verdict": verdict(VerdictStatus.NOT_PROBED)}, 1),
        ({"verdict": verdict(VerdictStatus.REFUTED)}, 0),
        ({"verdict": verdict(VerdictStatus.REFUTED, Strength.ASSUMED)}, 1),
    ],
)
def test_exit_code(tmp_path: Path, changes: dict[str, object], code: int) -> None:
    whole = report(tmp_path, finding(tmp_path / "a.py", **changes))
    assert exit_code(whole) == code
    assert exit_code(whole, exit_zero=True) == 0


def test_required_probe_fails_where_it_could_not_judge(tmp_path: Path) -> None:
    whole = report(tmp_path, finding(tmp_path / "a.py", verdict=verdict(VerdictStatus.NOT_PROBED)))
    assert exit_code(whole, probe_required=True) == 2
    whole = report(tmp_path, finding(tmp_path / "a.py", verdict=verdict(VerdictStatus.CONFIRMED)))
    assert exit_code(whole, probe_required=True) == 1
