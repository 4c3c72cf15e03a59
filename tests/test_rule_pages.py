"""Every rule's page holds: `Bad:` reports exactly what it marks, `Fixed:` and `Good:` are quiet."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.rule import Rule
from lintlight.settings import Settings
from tests.truth.pages import Example, examples

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
