"""`lintlight check` reports of every fixture file exactly the lines and codes that its comments name."""

import pytest

from lintlight.check import check, visible
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.truth.cases import FIXTURES, FixtureFile, fixture_files

FILES = fixture_files()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path.relative_to(FIXTURES).as_posix())
def test_exactly_the_marked_lines(file: FixtureFile) -> None:
    report = visible(check([file.path], Settings(root=FIXTURES), load_rules(), root=FIXTURES), Confidence.MEDIUM)
    assert report.errors == ()
    found = [(finding.span.start.row, finding.code) for finding in report.findings]
    missed = [line for line in file.expected if line not in found]
    false = [line for line in found if line not in file.expected]
    assert found == list(file.expected), f"missed alarms: {missed}; false alarms: {false}"


def test_every_rule_about_classes_has_loud_and_more_quiet_fixtures() -> None:
    """The folders are named after the rules, and quiet classes outnumber loud ones."""
    rules = {rule.info.name.replace("-", "_"): rule.code for rule in load_rules() if rule.code > "LL1"}
    assert rules.keys() <= {path.name for path in FIXTURES.iterdir()}
    for folder, code in rules.items():
        codes = {found for file in fixture_files(folder) for _, found in file.expected}
        assert codes == {code}
