"""Fixes of the pages and the fixtures: `Bad:` becomes `Fixed:` to the byte, and what was wrong runs right."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lintlight.model import Safety
from lintlight.registry import load_rules
from lintlight.rule import Rule
from tests.fixing import fix_files
from tests.truth.cases import FIXTURES, Case, fixture_files, read_fixture
from tests.truth.load import is_run
from tests.truth.pages import examples
from tests.truth.verdicts import judge_checkpoints, judge_modes, judge_steps

EXPECTED = re.compile(r"  # expect: LL\d{3}$", re.MULTILINE)
FIXED = {"LL002", "LL004", "LL101", "LL104", "LL202", "LL301", "LL303"}
"""The rules that offer fixes."""
FOLDERS = (
    "pretrained_left_in_eval",
    "mode_switch_without_effect",
    "uncounted_optimizer",
    "dropped_keys_strict_loading",
    "strict_loading_ignored",
)
WITHOUT_FIX = {
    "dropped_keys_strict_loading/loud_emptied",
    "dropped_keys_strict_loading/loud_other_names",
    "pretrained_left_in_eval/loud_bases",
    "pretrained_left_in_eval/loud_configured",
    "pretrained_left_in_eval/loud_other_file",
    "pretrained_left_in_eval/loud_wrapped_here",
    "uncounted_optimizer/loud_inside_others",
    "uncounted_optimizer/loud_scaler_and_sam",
}
"""Where the load stands elsewhere or serves a frozen part too, another optimizer is stepped, or nothing is saved."""
PRETRAINED = 'AutoModel.from_pretrained("google-bert/bert-base-uncased").requires_grad_(False)'
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
    folder = tmp_path / "fixtures" / path.parent.name  # some things in it are named by their dotted names
    (tmp_path / "pyproject.toml").write_text("")
    shutil.copytree(path.parent, folder)
    file = folder / path.name
    outcome = fix_files(file, select=("LL1", "LL2", "LL3"))
    assert outcome.refused == ()
    if file not in outcome.after:
        assert f"{path.parent.name}/{path.stem}" in WITHOUT_FIX
        return
    left = {(finding.span.start.row, finding.code) for finding in outcome.report.findings}
    before = read_fixture(path)
    assert len(left) + len(outcome.fixed) == len(before.expected) + len(before.low)
    file.write_bytes(_without_marks(outcome.after[file].text, left).encode())
    again = fix_files(file, select=("LL1", "LL2", "LL3"))
    assert again.after == {}
    repaired = read_fixture(file)
    assert left == {*repaired.expected, *repaired.low}
    wrong = {case.name for case in before.cases if case.codes}
    judged = [case for case in repaired.cases if case.name in wrong and not case.codes and is_run(case)]
    assert judged
    for number, case in enumerate(judged):
        (tmp_path / str(number)).mkdir()
        _judge(case)(case, tmp_path / str(number))


def _without_marks(text: str, left: set[tuple[int, str]]) -> str:
    """The text without the marks of what was fixed; without those of heirs too, when nothing is left."""
    lines = text.split("\n")
    for row in {*range(1, len(lines) + 1)} - {row for row, _ in left}:
        lines[row - 1] = re.sub(r"  # (expect|low|unsure): .*", "", lines[row - 1])
    return "\n".join(line if left else re.sub(r"  # inherits: .*", "", line) for line in lines)


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


@pytest.mark.parametrize(
    ("encoder", "safety"),
    [
        (PRETRAINED, Safety.SAFE),
        ("nn.Linear(4, 4).requires_grad_(False)", Safety.UNSAFE),
    ],
    ids=["pretrained", "random"],
)
def test_leaving_out_what_comes_back_is_safe(encoder: str, safety: Safety, tmp_path: Path) -> None:
    [page] = [rule.info.page for rule in load_rules() if rule.code == "LL301"]
    file = tmp_path / "example.py"
    file.write_text(examples(page)[0].text.replace(PRETRAINED, encoder))
    assert [found.fix and found.fix.safety for found in fix_files(file, select=("LL301",)).fixed] == [safety]


@pytest.mark.parametrize("code", ["LL301", "LL303"])
def test_no_fix_is_offered_where_other_code_shares_the_line(code: str, tmp_path: Path) -> None:
    [page] = [rule.info.page for rule in load_rules() if rule.code == code]
    text = examples(page)[0].text
    for old, new in (
        ("super().__init__()\n", "super().__init__();\n"),
        ("super().__init__()", "super().__init__() ; x = 1"),
    ):
        shared = tmp_path / "example.py"
        shared.write_text(text.replace(old, new))
        outcome = fix_files(shared, select=(code,))
        assert [found.fix for found in outcome.report.findings] == [None]
        assert outcome.refused == ()
