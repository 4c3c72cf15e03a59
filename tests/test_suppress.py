"""Comments that silence findings, and text that only looks like one."""

from pathlib import Path

import pytest

from lintlight.model import Suppression
from lintlight.suppress import directives, suppress
from tests.build import finding, source, span

HERE = Path("a.py")


def suppression(line: str, *, last: int = 0) -> Suppression | None:
    text = f"x = 0\n{line}\nz = 1\nfour = 4\n"
    [found] = suppress([finding(HERE, span=span(HERE, 2, 1, 2, last=last))], directives(source(HERE, text)))
    return found.suppressed


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("# lintlight: ignore[LL101] -- a teacher", "a teacher"),
        ("# lintlight: ignore[LL101]", ""),
        ("#lintlight:ignore[ LL201 , LL101 ]--why", "why"),
        ("# lintlight: ignore[pretrained-left-in-eval] -- why", "why"),
        ("# noqa: LL101", ""),
        ("# NOQA:E501,ll101", ""),
        ("# noqa: E501 LL101 -- why", "why"),
        ("# type: ignore[attr-defined]  # lintlight: ignore[LL101] -- why", "why"),
        ("# lintlight: ignore[LL101] -- why  # noqa: E501", "why"),
    ],
)
def test_silences(comment: str, reason: str) -> None:
    found = suppression(f"y = 1  {comment}")
    assert found is not None
    assert (found.reason, found.row) == (reason, 2)


@pytest.mark.parametrize(
    "line",
    [
        "y = 1  # lintlight: ignore",
        "y = 1  # lintlight: ignore[]",
        "y = 1  # lintlight: ignore[LL102]",
        "y = 1  # noqa",
        "y = 1  # noqa: E501",
        "y = 1  # noqa: LL1",
        "y = '# noqa: LL101'",
        "y = '''\n# lintlight: ignore[LL101]\n'''",
        "# lintlight: ignore[LL201]",
        "y = 1\nz = 2  # noqa: LL101",
    ],
)
def test_does_not_silence(line: str) -> None:
    assert suppression(line) is None


def test_any_line_of_the_finding_counts() -> None:
    assert suppression("y = f(\n)  # noqa: LL101", last=3) is not None
    assert suppression("y = f(\n)\nz = 1  # noqa: LL101", last=3) is None


def test_a_whole_file() -> None:
    found = suppression("y = 1\n\n# lintlight: ignore-file[LL101] -- generated")
    assert found == Suppression("# lintlight: ignore-file[LL101] -- generated", "generated", 4)


def test_comments_before_a_fault_still_count() -> None:
    assert suppression("y = 1  # noqa: LL101\n   w = (") is not None


def test_columns_and_line_ends() -> None:
    [found] = directives(source(HERE, "x = 1\r\né = 'é'  # keep  # noqa: LL101\r\n"))
    assert (found.row, found.column, found.comment) == (2, 18, "# noqa: LL101")
