"""Suppressions that silence nothing, say no reason or name no rule, and their fixes."""

from pathlib import Path

import pytest

from lintlight.add_ignore import with_ignores
from lintlight.hygiene import check_suppressions
from lintlight.model import Finding, Severity, SourceText
from lintlight.suppress import directives
from tests.build import INFOS, finding, info, source, span

HERE = Path("a.py")
RULES = {
    rule.code: rule
    for rule in (*INFOS, info("LL002", "unused-suppression"), info("LL004", "unknown-code-in-suppression"))
}
ENABLED = frozenset(RULES) - {"LL003", "LL201"}


def about(text: SourceText, *findings: Finding, enabled: frozenset[str] = ENABLED) -> list[Finding]:
    return check_suppressions(text, directives(text), findings, enabled=enabled, rules=RULES)


def fixed(text: SourceText, found: Finding) -> bytes:
    assert found.fix is not None
    [edit] = found.fix.edits
    return text.data[: edit.start] + edit.content + text.data[edit.stop :]


@pytest.mark.parametrize(
    ("line", "problem", "repaired"),
    [
        ("y = 1  # lintlight: ignore[LL101] -- why", "LL002 `LL101` silences nothing here; remove it", "y = 1"),
        (
            "y = 1  # lintlight: ignore[LL101, LL101] -- why",
            "LL002 `LL101` silences nothing here; remove it",
            "y = 1",
        ),
        ("y = 1  # noqa: LL101", "LL002 `LL101` silences nothing here; remove it", "y = 1"),
        ("y = 1  # noqa: F401, LL101", "LL002 `LL101` silences nothing here; remove it", "y = 1  # noqa: F401"),
        (
            "y = 1  # noqa: E1,LL101,F4 -- w",
            "LL002 `LL101` silences nothing here; remove it",
            "y = 1  # noqa: E1,F4 -- w",
        ),
        ("y = 1  # noqa: LL101 E501", "LL002 `LL101` silences nothing here; remove it", "y = 1  # noqa: E501"),
        (
            "y = 1  # noqa: E501, LL999",
            "LL004 `LL999` is no rule, so nothing is silenced; remove it",
            "y = 1  # noqa: E501",
        ),
        (
            "y = 1  # lintlight: ignore[LL101] -- see #12 and https://x/y#z",
            "LL002 `LL101` silences nothing here; remove it",
            "y = 1",
        ),
        (
            "y = 1  # lintlight: ignore[LL101]; pylint: disable=x",
            "LL002 `LL101` silences nothing here; remove it",
            "y = 1  # pylint: disable=x",
        ),
        (
            "y = 1  # lintlight: ignore[LL101] and more",
            "LL002 `LL101` silences nothing here; remove it",
            "y = 1  # and more",
        ),
        (
            "y = 1  # noqa: LL101, LL201",
            "LL002 `LL101` silences nothing here; remove it",
            "y = 1  # noqa: LL201",
        ),
        (
            "y = 1  # lintlight: ignore[LL201, LL101] -- why  # noqa: E501",
            "LL002 `LL101` silences nothing here; remove it",
            "y = 1  # lintlight: ignore[LL201] -- why  # noqa: E501",
        ),
        (
            "y = 1  # lintlight: ignore[quiet] -- why",
            "LL004 `quiet` is no rule, so nothing is silenced; remove it",
            "y = 1",
        ),
    ],
)
def test_problems_and_their_fixes(line: str, problem: str, repaired: str) -> None:
    text = source(HERE, f"é = 0\r\n{line}\r\nz = 2\r\n")
    [found] = about(text)
    assert f"{found.code} {found.message}" == problem
    assert fixed(text, found).decode() == f"é = 0\r\n{repaired}\r\nz = 2\r\n"


@pytest.mark.parametrize("name", ["LL101 LL102", "LL1O1", "ll101"])
def test_what_was_mistyped_is_not_taken_out(name: str) -> None:
    [found] = about(source(HERE, f"y = 1  # lintlight: ignore[{name}] -- why\n"))
    assert found.message == f"`{name}` is no rule, so nothing is silenced; did you mean `LL101`?"
    assert found.fix is None


@pytest.mark.parametrize("name", ["ALL", "LL", "LL1"])
def test_a_comment_names_whole_codes(name: str) -> None:
    [found] = about(source(HERE, f"y = 1  # lintlight: ignore[{name}] -- why\n"))
    assert found.message == f"`{name}` is no rule, so nothing is silenced; a comment names whole codes"
    assert found.fix is None


def test_a_fix_keeps_other_encodings() -> None:
    text = SourceText(HERE, "\ufeffé = 0  # noqa: LL101\n".encode(), "é = 0  # noqa: LL101\n", "utf-8-sig")
    [found] = about(text)
    assert fixed(text, found) == "\ufeffé = 0\n".encode()


def test_no_fix_where_the_text_does_not_go_back_to_the_same_bytes() -> None:
    """UTF-7 writes `é` in two ways."""
    data = b's = "+AOk-t+AOk-"\nx = 2  # noqa: LL101\ny = 1\n'
    text = SourceText(HERE, data, data.decode("utf-7"), "utf-7")
    [found] = about(text)
    assert found.fix is None
    assert with_ignores(text, [finding(HERE, span=span(HERE, 3))], "why").after == text


def test_what_is_used_is_quiet() -> None:
    text = source(HERE, "x = 0\ny = 1  # lintlight: ignore[LL101] -- why\n")
    assert about(text, finding(HERE, span=span(HERE, 2))) == []
    assert [found.code for found in about(text, finding(HERE, span=span(HERE, 1)))] == ["LL002"]


def test_codes_that_are_off_are_not_judged() -> None:
    assert about(source(HERE, "y = 1  # lintlight: ignore[LL201] -- why\n")) == []


def test_a_reason_is_asked_for_only_when_the_rule_is_on() -> None:
    text = source(HERE, "y = 1  # lintlight: ignore[LL201]\n")
    assert about(text) == []
    [found] = about(text, enabled=ENABLED | {"LL003"})
    assert (found.code, found.message) == ("LL003", "this suppression does not say why; add ` -- reason`")


def test_a_bare_comment_is_named() -> None:
    [found] = about(source(HERE, "y = 1  # lintlight: ignore\n"))
    assert found.message == "no rule is named, so nothing is silenced; write `# lintlight: ignore[CODE] -- reason`"
    assert (found.span.start.column, found.span.end.column, found.fix) == (8, 27, None)


def test_rules_that_are_off_say_nothing() -> None:
    assert about(source(HERE, "y = 1  # lintlight: ignore\n"), enabled=frozenset({"LL101"})) == []


def test_severity_is_the_rules_own() -> None:
    assert about(source(HERE, "y = 1  # noqa: LL101\n"))[0].severity is Severity.ERROR
