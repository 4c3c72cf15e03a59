"""`lintlight check` reports of every fixture file exactly the lines and codes that its comments name."""

from collections.abc import Sequence

import pytest

from lintlight.check import check
from lintlight.model import Confidence, Finding
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.truth.cases import FIXTURES, FixtureFile, fixture_files

FILES = fixture_files()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.relative_to(FIXTURES).as_posix())
def test_exactly_the_marked_lines(file: FixtureFile) -> None:
    report = check([file.path], Settings(root=FIXTURES), load_rules(), root=FIXTURES)
    assert report.errors == ()
    low = [finding for finding in report.findings if finding.confidence is Confidence.LOW]
    sure = [finding for finding in report.findings if finding not in low]
    _compare(sure, file.expected, "with medium or high confidence")
    _compare(low, file.low, "with low confidence")


def _compare(findings: Sequence[Finding], expected: Sequence[tuple[int, str]], what: str) -> None:
    found = [(finding.span.start.row, finding.code) for finding in findings]
    missed = [line for line in expected if line not in found]
    false = [line for line in found if line not in expected]
    assert found == list(expected), f"{what}: missed alarms: {missed}; false alarms: {false}"


def test_every_folder_is_about_the_rule_of_its_name() -> None:
    rules = {rule.info.name.replace("-", "_"): rule.code for rule in load_rules() if rule.code > "LL1"}
    assert rules.keys() <= {path.name for path in FIXTURES.iterdir()}
    for folder, code in rules.items():
        codes = {found for file in fixture_files(folder) for _, found in file.expected}
        assert codes == {code}
