"""Fixes: edits of the original bytes, taken only when the result parses and is quiet, until there are no more."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lintlight.model import Edit, Finding, Report, Safety, SourceText, disproved
from lintlight.source.edits import apply
from lintlight.source.files import UnreadableSource, decode_source
from lintlight.source.notebook import NotANotebook
from lintlight.source.parse import SyntaxFault, parse

MOST_ROUNDS = 100

Texts = Mapping[Path, SourceText]
Recheck = Callable[[Texts], Report]
"""What is found when these texts stand in for what is on the disk."""
_Key = tuple[Path, str, str | None, str | None]


@dataclass(frozen=True)
class Refusal:
    """A fix that was not made, and why."""

    finding: Finding
    reason: str


@dataclass(frozen=True)
class FixOutcome:
    """What fixing came to; nothing is written yet."""

    before: Texts
    after: Texts
    """The same files, changed."""
    fixed: tuple[Finding, ...]
    """The findings that are gone; their places are those of the text that they were found in."""
    refused: tuple[Refusal, ...]
    report: Report
    """What is left."""


@dataclass
class _Work:
    """A run of fixing."""

    recheck: Recheck
    report: Report
    before: dict[Path, SourceText] = field(default_factory=dict)
    after: dict[Path, SourceText] = field(default_factory=dict)
    fixed: list[Finding] = field(default_factory=list)
    refused: dict[tuple[_Key, str], Refusal] = field(default_factory=dict)

    def text(self, path: Path) -> SourceText:
        return self.after.get(path) or self.report.sources[path]

    def refuse(self, finding: Finding, reason: str) -> None:
        self.refused[_place(finding, self.text(finding.span.path))] = Refusal(finding, reason)

    def is_refused(self, finding: Finding) -> bool:
        return _place(finding, self.text(finding.span.path)) in self.refused


def fix_all(report: Report, recheck: Recheck, safeties: Collection[Safety] = (Safety.SAFE,)) -> FixOutcome:
    """Make every fix that is as safe as asked for, round by round until nothing changes.

    A finding that is suppressed or disproved is left alone. A fix whose result does not parse, is reported for the
    same thing again, or is reported for something new, is not made.
    """
    work = _Work(recheck, report)
    left_alone = {_key(finding) for finding in report.findings if disproved(finding)}
    for _ in range(MOST_ROUNDS):
        wanted = [
            finding
            for finding in work.report.findings
            if finding.fix is not None
            and finding.fix.safety in safeties
            and finding.suppressed is None
            and _key(finding) not in left_alone
            and not work.is_refused(finding)
        ]
        chosen = _chosen(wanted, work)
        if not chosen:
            break
        _take_some(chosen, work)
    left = _with_verdicts(work.report, report)
    return FixOutcome(work.before, work.after, tuple(work.fixed), tuple(work.refused.values()), left)


def _with_verdicts(report: Report, probed: Report) -> Report:
    """What the probe said of the findings that are left."""
    verdicts = {_key(finding): finding.verdict for finding in probed.findings}
    findings = (replace(finding, verdict=verdicts.get(_key(finding), finding.verdict)) for finding in report.findings)
    return replace(report, findings=tuple(findings))


def with_edits(report: Report) -> Report:
    """The report with the edits of every fix worked out; a fix that cannot be made is left out."""
    return replace(report, findings=tuple(_with_edits(finding, report) for finding in report.findings))


def _with_edits(finding: Finding, report: Report) -> Finding:
    if finding.fix is None or not finding.fix.changes:
        return finding
    from lintlight.concrete import CannotFix, edits_of

    try:
        edits = edits_of(finding.fix, report.sources[finding.fix.path])
    except (CannotFix, KeyError):  # a path that is not among the sources: the change belongs into another file
        return replace(finding, fix=None)
    return replace(finding, fix=replace(finding.fix, edits=edits, changes=()))


@dataclass(frozen=True)
class _Chosen:
    """A fix of this round, and the findings that it is for."""

    path: Path
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]


def _chosen(wanted: Iterable[Finding], work: _Work) -> list[_Chosen]:
    """The fixes that can be made at once: no two touch the same place; the same one for two findings is made once."""
    by_edits: dict[tuple[Path, tuple[Edit, ...]], list[Finding]] = {}
    for finding in wanted:
        edits = _worked_out(finding, work)
        if edits:
            by_edits.setdefault((finding.span.path, edits), []).append(finding)
    taken: dict[Path, list[Edit]] = {}
    chosen = []
    for (path, edits), findings in by_edits.items():
        there = taken.setdefault(path, [])
        if not any(_touch(one, other) for one in edits for other in there):
            there.extend(edits)
            chosen.append(_Chosen(path, edits, tuple(findings)))
    return chosen


def _worked_out(finding: Finding, work: _Work) -> tuple[Edit, ...]:
    fix = finding.fix
    assert fix is not None
    if fix.path != finding.span.path:
        work.refuse(finding, "the change belongs into another file")
        return ()
    if not fix.changes:
        return fix.edits
    from lintlight.concrete import CannotFix, edits_of

    try:
        return edits_of(fix, work.text(fix.path))
    except CannotFix as error:
        work.refuse(finding, str(error))
        return ()


def _touch(one: Edit, other: Edit) -> bool:
    return one.start <= other.stop and other.start <= one.stop


def _take(chosen: Sequence[_Chosen], work: _Work) -> bool:
    """Make all these fixes if the result is good; say of a single one why it is not."""
    tried: dict[Path, SourceText] = {}
    report: Report | None = None
    reason = ""
    try:
        for path in {fix.path: None for fix in chosen}:
            edits = [edit for fix in chosen if fix.path == path for edit in fix.edits]
            tried[path] = decode_source(path, _edited(work.text(path), edits))
            parse(tried[path])
            reason = reason or _what_is_other(work.text(path), tried[path], edits)
    except (UnreadableSource, SyntaxFault):
        reason = "the result would not parse"
    except NotANotebook as error:
        reason = f"the notebook {error}"
    if not reason:
        report = work.recheck({**work.after, **tried})
        reason = _what_is_wrong(chosen, work.report, report)
    if reason or report is None:
        if len(chosen) == 1:
            for finding in chosen[0].findings:
                work.refuse(finding, reason)
        return False
    for path in tried:
        work.before.setdefault(path, work.text(path))
    work.fixed.extend(finding for fix in chosen for finding in fix.findings)
    work.after.update(tried)
    work.report = report
    return True


def _take_some(chosen: Sequence[_Chosen], work: _Work) -> bool:
    """Make all these fixes; where they are not good together, some of them; refuse what is not good alone."""
    if _take(chosen, work):
        return True
    half = len(chosen) // 2
    # NOTE: once some are made, the places of the others have moved: they have their turn in the next round.
    return half > 0 and (_take_some(chosen[:half], work) or _take_some(chosen[half:], work))


def _what_is_other(before: SourceText, after: SourceText, edits: Sequence[Edit]) -> str:
    """Why the text is not the same code as far as only comments were to change; empty when it is.

    What stands behind a comment may begin to count without it: a coding line, or a line behind a backslash.
    """
    if before.encoding != after.encoding:
        return f"the result would be read as {after.encoding}"
    in_comments = [edit for edit in edits if _is_comment(before.data[edit.start : edit.stop], edit.content)]
    if not in_comments:
        return ""
    same = decode_source(before.path, _edited(before, in_comments))
    return "" if ast.dump(parse(same)) == ast.dump(parse(before)) else "the result would be other code"


def _is_comment(*parts: bytes) -> bool:
    """Whether what is taken out and what is put in are nothing but a comment."""
    lines = [line for part in parts for line in part.strip().splitlines()]
    return len(lines) in (1, 2) and all(line.startswith(b"#") for line in lines)


def _what_is_wrong(chosen: Sequence[_Chosen], before: Report, after: Report) -> str:
    """Why the findings after the fixes are not those before without the fixed ones; empty when they are."""
    gone = _counted(finding for fix in chosen for finding in fix.findings)
    more = _counted(after.findings) - (_counted(before.findings) - gone)
    if not more:
        return ""
    what = next(iter(more))
    return "the result would still be reported" if what in gone else f"the result would be reported as {what[1]}"


def _counted(findings: Iterable[Finding]) -> Counter[tuple[Path, str, str | None]]:
    """How many findings of each kind there are; which class of several led to one may change."""
    return Counter((found.span.path, found.code, found.attribute) for found in findings if found.suppressed is None)


def _key(finding: Finding) -> _Key:
    """What stays the same of a finding when lines move."""
    return finding.span.path, finding.code, finding.class_name, finding.attribute


def _place(finding: Finding, text: SourceText) -> tuple[_Key, str]:
    """A finding and the line that it stands on."""
    lines = text.lines()
    row = finding.span.start.row
    return _key(finding), lines[row - 1].strip() if row <= len(lines) else ""


def _edited(source: SourceText, edits: Sequence[Edit]) -> bytes:
    """The file after the edits. Raises NotANotebook."""
    if not source.raw:
        return apply(source.data, edits)
    from lintlight.source.notebook_edit import edited

    changed = edited(source, edits)
    if _filled_lines(decode_source(source.path, changed).data) != _filled_lines(apply(source.data, edits)):
        raise NotANotebook("does not keep its text")
    return changed


def _filled_lines(data: bytes) -> list[bytes]:
    """A cell that loses all of its lines keeps a blank one."""
    return [line for line in data.split(b"\n") if line.strip()]
