"""Fixes of the pages and the fixtures: `Bad:` becomes `Fixed:` to the byte, and what was wrong runs right."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lintlight.model import Finding
from lintlight.registry import load_rules
from lintlight.rule import Rule
from tests.fixing import fix_files
from tests.truth.cases import FIXTURES, Case, fixture_files, read_fixture
from tests.truth.load import is_lightning_module, load
from tests.truth.pages import examples
from tests.truth.verdicts import judge_checkpoints, judge_modes, judge_steps

EXPECTED = re.compile(r"  # expect: LL\d{3}$", re.MULTILINE)
FIXED = {"LL002", "LL004", "LL101", "LL104", "LL202"}
"""The rules that offer fixes."""
FOLDERS = ("pretrained_left_in_eval", "mode_switch_without_effect", "uncounted_optimizer")
WITHOUT_FIX = {
    "pretrained_left_in_eval/loud_bases",
    "pretrained_left_in_eval/loud_other_file",
    "pretrained_left_in_eval/loud_wrapped_here",
    "uncounted_optimizer/loud_scaler_and_sam",
}
"""Where the load stands elsewhere or serves a frozen part too, or where another optimizer is stepped."""
LOUD = [file.path for file in fixture_files(*FOLDERS) if file.expected]


@pytest.mark.parametrize("rule", load_rules(), ids=lambda rule: rule.code)
def test_bad_becomes_fixed(rule: Rule, tmp_path: Path) -> None:
    bad, repaired = (next(e for e in examples(rule.info.page) if e.kind == kind).text for kind in ("Bad", "Fixed"))
    file = tmp_path / "example.py"
    file.write_text(EXPECTED.sub("", bad), encoding="utf-8")
    outcome = fix_files(file)
    assert outcome.refused == ()
    assert bool(outcome.fixed) == (rule.code in FIXED)
    if outcome.fixed:
        assert outcome.after[file].text == repaired
        assert outcome.report.findings == ()
        file.write_bytes(outcome.after[file].data)
        assert fix_files(file).after == {}


@pytest.mark.parametrize("path", LOUD, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_was_wrong_runs_right(path: Path, in_models: Path, tmp_path: Path) -> None:
    """Every class with a fix in it is run again by the judge that saw it go wrong."""
    folder = tmp_path / path.parent.name
    shutil.copytree(path.parent, folder)
    file = folder / path.name
    outcome = fix_files(file, select=("LL1", "LL2", "LL3"))
    assert outcome.refused == ()
    if file not in outcome.after:
        assert f"{path.parent.name}/{path.stem}" in WITHOUT_FIX
        return
    whole = not outcome.report.findings
    file.write_text(_without_marks(outcome.after[file].text, outcome.fixed, whole=whole), encoding="utf-8")
    again = fix_files(file, select=("LL1", "LL2", "LL3"))
    assert again.after == {}
    marked = [(finding.span.start.row, finding.code) for finding in again.report.findings]
    repaired = read_fixture(file)
    assert marked == sorted((*repaired.expected, *repaired.low))
    wrong = {case.name for case in read_fixture(path).cases if case.codes}
    judged = [case for case in repaired.cases if case.name in wrong and not case.codes and is_run(case)]
    assert judged
    for number, case in enumerate(judged):
        _judge(case)(case, tmp_path / str(number))


def _without_marks(text: str, fixed: tuple[Finding, ...], *, whole: bool) -> str:
    """The text without the marks of what was fixed; without those of heirs too, when the whole file was."""
    lines = text.split("\n")
    for finding in fixed:
        row = finding.span.start.row - 1
        lines[row] = re.sub(r"  # (expect|low|unsure): .*", "", lines[row])
    return "\n".join(re.sub(r"  # inherits: .*", "", line) if whole else line for line in lines)


def is_run(case: Case) -> bool:
    """Whether the case is a script or a LightningModule; other classes are parts of those."""
    return case.script or is_lightning_module(getattr(load(case.path), case.name))


def _judge(case: Case) -> Callable[[Case, Path], None]:
    code = case.path.parent.name
    if code == "uncounted_optimizer":
        return judge_steps
    if code.startswith(("dropped_keys", "strict_loading")):
        return judge_checkpoints
    return lambda case, folder: judge_modes(case)


def test_fixtures_are_read() -> None:
    assert len(LOUD) > 10
    assert all(path.is_relative_to(FIXTURES) for path in LOUD)
