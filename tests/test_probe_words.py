"""What the worker writes into the evidence, and lintlight reads there: both sides have a copy of the words."""

import pytest

from lintlight.probe import evidence
from lintlight.probe.worker import record


@pytest.mark.parametrize("name", ["DEFAULT", "HARVESTED", "IMMATERIAL", "MADE_UP", "CLOSED", "REMOVED_HOOK"])
def test_both_sides_use_the_same_words(name: str) -> None:
    assert getattr(record, name) == getattr(evidence, name)


def test_no_word_of_theirs_is_unknown_to_the_other_side() -> None:
    written, read = (
        {name for name, value in vars(side).items() if isinstance(value, str) and name.isupper()}
        for side in (record, evidence)
    )
    assert written == read
