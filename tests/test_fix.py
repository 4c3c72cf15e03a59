"""What fixing takes, leaves and refuses."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lintlight.concrete import CannotFix, edits_of
from lintlight.fix import FixOutcome, fix_all, with_edits
from lintlight.model import (
    Change,
    Edit,
    Finding,
    Fix,
    How,
    Position,
    Report,
    Safety,
    SourceText,
    Span,
    Strength,
    Suppression,
    VerdictStatus,
)
from lintlight.rewrite import unified
from lintlight.source.edits import apply
from lintlight.source.files import decode_source
from tests.build import finding, report, source, span, verdict

FILE = Path("/project/m.py")
BAD, GOOD = "shout", "quiet"


def shouts(text: SourceText, content: str = GOOD, **changes: object) -> Report:
    """A report with a finding on every line that shouts, and a fix that puts something else there."""
    found = []
    for row, line in enumerate(text.lines(), start=1):
        if BAD in line:
            start = sum(len(before) + 1 for before in text.lines()[: row - 1]) + line.index(BAD)
            fix = Fix("be quiet", Safety.SAFE, FILE, (Edit(start, start + len(BAD), content.encode()),))
            found.append(finding(FILE, span=span(FILE, row), fix=fix, **changes))
    return replace(report(FILE.parent, *found), sources={FILE: text})


def fixed(
    text: str, content: str = GOOD, safeties: tuple[Safety, ...] = (Safety.SAFE,), **changes: object
) -> FixOutcome:
    """Fix all the shouting."""
    before = source(FILE, text)

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        return shouts(texts.get(FILE, before), content, **changes)

    return fix_all(recheck({}), recheck, safeties)


def test_all_of_a_round_at_once() -> None:
    outcome = fixed("shout()\nx = 1\nshout()\n")
    assert outcome.after[FILE].data == b"quiet()\nx = 1\nquiet()\n"
    assert outcome.before[FILE].data == b"shout()\nx = 1\nshout()\n"
    assert [found.span.start.row for found in outcome.fixed] == [1, 3]
    assert (outcome.report.findings, outcome.refused) == ((), ())


def test_nothing_to_do() -> None:
    assert fixed("x = 1\n").after == {}


def test_a_result_that_does_not_parse_is_not_taken() -> None:
    outcome = fixed("shout()\n", "(")
    assert outcome.after == {}
    assert [refusal.reason for refusal in outcome.refused] == ["the result would not parse"]
    assert len(outcome.report.findings) == 1


def test_a_result_that_is_still_loud_is_not_taken() -> None:
    outcome = fixed("shout()\n", "shout, shout")
    assert outcome.after == {}
    assert [refusal.reason for refusal in outcome.refused] == ["the result would still be reported"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("# shout\n\n# coding: latin-1\ns = 'é'\n", "the result would be read as iso-8859-1"),
        ("x = 1 \\\n# shout\n+ 2\n", "the result would be other code"),
    ],
    ids=["coding", "backslash"],
)
def test_a_comment_that_hides_something_is_left(text: str, reason: str) -> None:
    before = decode_source(FILE, text.encode())

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        now = texts.get(FILE, before)
        at = now.data.find(b"# shout\n")
        fix = Fix("", Safety.SAFE, FILE, (Edit(at, at + 8, b""),))
        found = [finding(FILE, fix=fix)] if at >= 0 else []
        return replace(report(FILE.parent, *found), sources={FILE: now})

    outcome = fix_all(recheck({}), recheck)
    assert outcome.after == {}
    assert [refusal.reason for refusal in outcome.refused] == [reason]


def test_one_bad_fix_does_not_hinder_the_others() -> None:
    before = source(FILE, "a = shout\nb = shout\n")

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        now = shouts(texts.get(FILE, before))
        first, *rest = now.findings
        if first.span.start.row > 1 or first.fix is None:
            return now
        return replace(now, findings=(replace(first, fix=replace(first.fix, edits=(Edit(4, 9, b"("),))), *rest))

    outcome = fix_all(recheck({}), recheck)
    assert outcome.after[FILE].data == b"a = shout\nb = quiet\n"
    assert [(refusal.finding.span.start.row, refusal.reason) for refusal in outcome.refused] == [
        (1, "the result would not parse")
    ]


def test_a_fix_that_leads_to_another_finding_is_not_taken() -> None:
    before = source(FILE, "shout()\n")

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        text = texts.get(FILE, before)
        worse = [finding(FILE, code="LL302")] if GOOD in text.text else []
        now = shouts(text)
        return replace(now, findings=(*now.findings, *worse))

    outcome = fix_all(recheck({}), recheck)
    assert [refusal.reason for refusal in outcome.refused] == ["the result would be reported as LL302"]


def test_fixes_that_touch_take_turns() -> None:
    before = source(FILE, "aab\n")

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        text = texts.get(FILE, before).text
        found = [
            finding(FILE, attribute=str(at), fix=Fix("", Safety.SAFE, FILE, (Edit(at, at + 1, b"b"),)))
            for at in range(2)
            if text[at] == "a"
        ]
        return replace(report(FILE.parent, *found), sources={FILE: source(FILE, text)})

    outcome = fix_all(recheck({}), recheck)
    assert outcome.after[FILE].data == b"bbb\n"
    assert len(outcome.fixed) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"suppressed": Suppression("# noqa: LL101", "", 1)},
        {"suppressed": Suppression("", "", 1, is_baseline=True)},
        {"verdict": verdict(VerdictStatus.REFUTED, Strength.FULL)},
        {"fix": None},
        {"fix": Fix("", Safety.UNSAFE, FILE, (Edit(0, 5, b"quiet"),))},
    ],
    ids=["suppressed", "baseline", "disproved", "no fix", "unsafe"],
)
def test_left_alone(changes: dict[str, object]) -> None:
    text = source(FILE, "shout()\n")
    given = replace(report(FILE.parent, finding(FILE, **changes)), sources={FILE: text})
    outcome = fix_all(given, lambda texts: given)
    assert (outcome.after, outcome.refused, outcome.report) == ({}, (), given)


def test_what_is_disproved_is_left_alone_in_later_rounds_too() -> None:
    """The second round knows nothing of what the probe said in the first."""
    before = source(FILE, "a = shout\nb = shout\n")

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        now = shouts(texts.get(FILE, before))
        named = [replace(found, attribute=f"row {found.span.start.row}") for found in now.findings]
        return replace(now, findings=tuple(named))

    first, second = recheck({}).findings
    disproved = replace(first, verdict=verdict(VerdictStatus.REFUTED))
    outcome = fix_all(replace(recheck({}), findings=(disproved, second)), recheck)
    assert outcome.after[FILE].data == b"a = shout\nb = quiet\n"
    assert [found.verdict for found in outcome.report.findings] == [disproved.verdict]


def test_unsafe_fixes_are_made_when_asked_for() -> None:
    text = source(FILE, "shout()\n")
    loud = finding(FILE, fix=Fix("", Safety.UNSAFE, FILE, (Edit(0, 5, b"quiet"),)))

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        return replace(report(FILE.parent, *([] if texts else [loud])), sources={FILE: text})

    assert fix_all(recheck({}), recheck, tuple(Safety)).after[FILE].data == b"quiet()\n"


def test_apply_keeps_the_order_of_places() -> None:
    assert apply(b"abc", [Edit(2, 3, b"C"), Edit(0, 0, b"<"), Edit(1, 1, b"-")]) == b"<a-bC"


def changed(text: str, how: How, code: str, of: str) -> str:
    """The text after one change of the first place where `of` stands."""
    before = source(FILE, text)
    result = apply(before.data, edits_of(Fix("", Safety.SAFE, FILE, changes=(change(text, how, code, of),)), before))
    return result.decode()


def change(text: str, how: How, code: str, of: str) -> Change:
    start = text.index(of)
    return Change(how, Span(FILE, position(text, start), position(text, start + len(of))), code)


def position(text: str, offset: int) -> Position:
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return Position(before.count("\n") + 1, len(before) - before.rfind("\n"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f(1)\n", "x = f(1).train()\n"),
        ("x = f(1).to(d)\n", "x = f(1).to(d).train()\n"),
        ("x = f(1).half().requires_grad_(True)\n", "x = f(1).half().requires_grad_(True).train()\n"),
        ("x = f(1).encoder\n", "x = f(1).train().encoder\n"),
        ("x = f(1).to\n", "x = f(1).train().to\n"),
        ("x = (f(1))\n", "x = (f(1).train())\n"),
        ("x = (f(1)).to(d)\n", "x = (f(1)).to(d).train()\n"),
        ("x = (\n    f(1)\n    .to(d)  # there\n)\n", "x = (\n    f(1)\n    .to(d).train()  # there\n)\n"),
        ("x = f(1) \\\n    .to(d)\n", "x = f(1) \\\n    .to(d).train()\n"),
        ("x = y or f(1) if z else None\n", "x = y or f(1).train() if z else None\n"),
        ("x = [f(1) for _ in y]\n", "x = [f(1).train() for _ in y]\n"),
        ("g(a, é='ü', *[f(1)], **k)\n", "g(a, é='ü', *[f(1).train()], **k)\n"),
        ("def g(x=f(1)): pass\n", "def g(x=f(1).train()): pass\n"),
        ("with f(1) as x:\n  pass\n", "with f(1).train() as x:\n  pass\n"),
        ("@d(f(1))\ndef g(): pass\n", "@d(f(1).train())\ndef g(): pass\n"),
        ("if (x := f(1)): pass\n", "if (x := f(1).train()): pass\n"),
        ("é = 1; x = f(1); y = 2\n", "é = 1; x = f(1).train(); y = 2\n"),
        ("x = -f(1)\n", "x = -f(1).train()\n"),
        ("async def g():\n    x = [await h(f(1))]\n", "async def g():\n    x = [await h(f(1).train())]\n"),
    ],
)
def test_append(before: str, after: str) -> None:
    assert changed(before, How.APPEND, ".train()", "f(1)") == after


def test_append_behind_a_call_over_several_lines() -> None:
    call = "f(  # one (\n    1,  # two )\n)"
    assert changed(f"x = {call}  # three\n", How.APPEND, ".train()", call) == f"x = {call}.train()  # three\n"


def test_append_behind_an_attribute() -> None:
    assert changed("self.bert.train  # now\n", How.APPEND, "()", "self.bert.train") == "self.bert.train()  # now\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = o(raw=False)\n", "x = o()\n"),
        ("x = o(1, raw=False)\n", "x = o(1)\n"),
        ("x = o(1, raw=False,)\n", "x = o(1,)\n"),
        ("x = o(raw=False, **k)\n", "x = o(**k)\n"),
        ("x = o( raw = False )\n", "x = o()\n"),
        ("x = o(\n    raw=False,\n)\n", "x = o()\n"),
        ("x = o(\n    1,\n    raw=False,\n)\n", "x = o(\n    1,\n)\n"),
    ],
)
def test_drop_argument(before: str, after: str) -> None:
    assert changed(before, How.DROP_ARGUMENT, "raw", before.rstrip("\n").removeprefix("x = ")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    s()\n    x = 1\n", "def f():\n    s()\n    y = 1\n    x = 1\n"),
        ("def f():\r\n\ts()  # first\r\n", "def f():\r\n\ts()  # first\r\n\ty = 1\r\n"),
        ("def f():\n    s()", "def f():\n    s()\n    y = 1"),
        ("def f():\r\r\n    s()", "def f():\r\r\n    s()\r\n    y = 1"),
    ],
)
def test_add_line(before: str, after: str) -> None:
    assert changed(before, How.ADD_LINE, "y = 1", "s()") == after


def test_add_line_above() -> None:
    before = "class A:\r\n\t'A.'\r\n\r\n\tdef f(self):\r\n\t\tpass\r\n"
    after = "class A:\r\n\t'A.'\r\n\r\n\ty = 1\r\n\r\n\tdef f(self):\r\n\t\tpass\r\n"
    assert changed(before, How.ADD_LINE_ABOVE, "y = 1", "def f(self):") == after


@pytest.mark.parametrize(
    ("above", "between"),
    [
        ("    'A.'\n\n", "    # on saving:\n    # nothing\n"),
        ("    x = 2\n\n    # of the class\n\n", "    # of f\n"),
        ("    x = 2\n# of the module\n", "    # of f\n"),
        ('    """A.\n    # the end"""\n', "    # of f\n"),
        ('    """A.\n    # the end"""\n', ""),
    ],
)
def test_a_line_above_a_method_goes_above_its_comments(above: str, between: str) -> None:
    method = f"{between}    def f(self):\n        pass\n"
    after = f"class A:\n{above}    y = 1\n\n{method}"
    assert changed(f"class A:\n{above}{method}", How.ADD_LINE_ABOVE, "y = 1", "def f(self):") == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    s()\n    x = 1\n", "def f():\n    x = 1\n"),
        ("def f():\r\n\tx = 1\r\n\ts()  # why\r\ny = 2", "def f():\r\n\tx = 1\r\ny = 2"),
    ],
)
def test_delete_line(before: str, after: str) -> None:
    assert changed(before, How.DELETE_LINE, "", "s()") == after


@pytest.mark.parametrize(
    ("text", "how", "code", "of"),
    [
        ("def f():\n    s()\nx = 1\n", How.DELETE_LINE, "", "s()"),
        ("async def g():\n    x = await f(1)\n", How.APPEND, ".train()", "f(1)"),
        ("x = f(1) + 2\n", How.APPEND, ".train()", "(1) +"),
        ("x = o(\n    raw=False,  # why\n)\n", How.DROP_ARGUMENT, "raw", "o(\n    raw=False,  # why\n)"),
        ("x = o(1)\n", How.DROP_ARGUMENT, "raw", "o(1)"),
        ("def f(): s()\n", How.ADD_LINE, "y = 1", "s()"),
        ("s(); x = 1\n", How.ADD_LINE, "y = 1", "s()"),
        ("x = (\n", How.APPEND, ".train()", "x"),
    ],
    ids=[
        "empty block",
        "awaited",
        "elsewhere",
        "comment",
        "no such argument",
        "one line",
        "two statements",
        "syntax error",
    ],
)
def test_cannot_fix(text: str, how: How, code: str, of: str) -> None:
    with pytest.raises(CannotFix):
        changed(text, how, code, of)


def test_a_fix_that_cannot_be_worked_out_is_said_and_not_shown() -> None:
    text = source(FILE, "async def g():\n    x = await f(1)\n")
    loud: Finding = finding(
        FILE, fix=Fix("", Safety.SAFE, FILE, changes=(change(text.text, How.APPEND, ".train()", "f(1)"),))
    )
    given = replace(report(FILE.parent, loud), sources={FILE: text})
    assert [refusal.reason for refusal in fix_all(given, lambda texts: given).refused] == ["what comes back is awaited"]
    assert [found.fix for found in with_edits(given).findings] == [None]


def test_the_diff_marks_what_has_no_line_end_and_keeps_other_ends() -> None:
    old, new = source(FILE, "a\r\n\x0cb\nc"), source(FILE, "a\r\n\x0cB\nc")
    assert unified(old, new, b"m.py") == (
        b"--- m.py\n+++ m.py\n@@ -1,3 +1,3 @@\n a\r\n-\x0cb\n+\x0cB\n c\n\\ No newline at end of file\n"
    )
