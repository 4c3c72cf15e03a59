"""Every rule's page holds: `Bad:` reports exactly what it marks, `Fixed:` and `Good:` are quiet."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.rule import Rule
from lintlight.settings import Settings
from tests.truth import fitting
from tests.truth.cases import Case, read_fixture
from tests.truth.load import is_lightning_module, load
from tests.truth.pages import Example, examples
from tests.truth.verdicts import judge_checkpoints, judge_modes, judge_steps

RULES = load_rules()
BLOCKS = [
    pytest.param(rule, example, id=f"{rule.code}-{example.kind}-{number}")
    for rule in RULES
    for number, example in enumerate(examples(rule.info.page))
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_page_has_bad_fixed_and_good(rule: Rule) -> None:
    kinds = [example.kind for example in examples(rule.info.page)]
    assert set(kinds) == {"Bad", "Fixed", "Good"}


@pytest.mark.parametrize(("rule", "example"), BLOCKS)
def test_block_reports_what_it_marks(rule: Rule, example: Example, tmp_path: Path) -> None:
    file = tmp_path / "example.py"
    file.write_text(example.text, encoding="utf-8")
    report = check([file], Settings(root=tmp_path, extend_select=(rule.code,)), RULES, root=tmp_path)
    assert report.errors == ()
    loud = [finding for finding in report.findings if finding.suppressed is None]
    assert [(finding.span.start.row, finding.code) for finding in loud] == example.expected
    if example.kind == "Bad":
        assert {code for _, code in example.expected} == {rule.code}
    else:
        assert example.expected == []


@pytest.mark.parametrize(("rule", "example"), [block for block in BLOCKS if block.values[0].code > "LL1"])
def test_block_runs_as_it_is_marked(
    rule: Rule, example: Example, in_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the real Trainer `Bad:` is really wrong, `Fixed:` and `Good:` are right."""
    file = tmp_path / "example.py"
    file.write_text(example.text, encoding="utf-8")
    if "batch[" not in example.code:
        monkeypatch.setattr(fitting, "ONLY", "features")
    judged = [case for case in read_fixture(file).cases if is_lightning_module(getattr(load(file), case.name))]
    for case in judged:
        judge(case, rule.code, tmp_path)
    assert judged
    assert any(case.wrong for case in judged) == (example.kind == "Bad")


def judge(case: Case, code: str, folder: Path) -> None:
    """Ask the judge that knows about rules like this one."""
    if code.startswith("LL1"):
        judge_modes(case)
    elif code.startswith("LL2"):
        judge_steps(case, folder)
    else:
        judge_checkpoints(case, folder)
