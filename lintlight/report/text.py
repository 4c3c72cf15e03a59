"""Text for people, as lines of pieces and plain; `terminal` draws the same lines in colour."""

from __future__ import annotations

from collections.abc import Iterable

from lintlight.model import Finding, Report, Safety, VerdictStatus, disproved
from lintlight.report.frame import Line, Piece, finding_lines, heading, severity_counts


def render(report: Report) -> str:
    """The whole report as plain text."""
    return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in report_lines(report))


def concise(report: Report) -> str:
    """One line for each finding, then the summary."""
    findings = [heading(finding, report) for finding in report.findings if finding.suppressed is None]
    lines = [*findings, *summary_lines(report)]
    return "".join("".join(piece.text for piece in line).rstrip() + "\n" for line in lines)


def statistics(report: Report) -> str:
    """How often each rule was broken, most often first."""
    rows = counted(report)
    width = len(str(max((len(found) for found in rows), default=0)))
    return "".join(f"{len(found):>{width}}  {found[0].code}  {found[0].name}\n" for found in rows)


def counted(report: Report) -> list[list[Finding]]:
    """The findings of each rule that are not suppressed, the rule with most of them first."""
    by_code: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.suppressed is None:
            by_code.setdefault(finding.code, []).append(finding)
    return sorted(by_code.values(), key=len, reverse=True)


def report_lines(report: Report) -> Iterable[Line]:
    """Every line of the report: the findings that are not suppressed, then the summary."""
    for finding in report.findings:
        if finding.suppressed is None:
            yield from finding_lines(finding, report)
            yield []
    yield from summary_lines(report)


def summary_lines(report: Report) -> list[Line]:
    """What was found, in one line; what the probe said of it, in another."""
    if not report.with_summary:
        return []
    shown = [finding for finding in report.findings if finding.suppressed is None]
    standing = [finding for finding in shown if not disproved(finding)]
    parts = [
        Piece(severity.value, plural(count, {"info": "note"}.get(severity.value, severity.value)))
        for severity, count in severity_counts(standing).items()
        if count
    ]
    lines: list[Line] = []
    checked = plural(report.files_checked, "file")
    if parts:
        inside = plural(len({finding.span.path for finding in standing}), "file")
        where = f" in {inside} ({report.files_checked} checked)" if report.files_checked > 1 else f" in {inside}"
        lines.append([Piece("", "Found "), *_joined(parts), Piece("", where + ".")])
    elif report.files_checked:
        lines.append([Piece("good", "Nothing found"), Piece("", f" in {checked}.")])
    lines += _fix_summary(shown, report)
    lines += _probe_summary(shown)
    lines += _left_out(report)
    return lines


def _fix_summary(shown: list[Finding], report: Report) -> list[Line]:
    """What was fixed, and what could be."""
    lines: list[Line] = []
    if report.fixed:
        lines.append([Piece("good", f"Fixed {plural(report.fixed, 'finding')}"), Piece("", ".")])
    safeties = [finding.fix.safety for finding in shown if finding.fix is not None and not disproved(finding)]
    safe, unsafe = (safeties.count(safety) for safety in (Safety.SAFE, Safety.UNSAFE))
    if safe:
        more = f" ({unsafe} more with `--fix --unsafe-fixes`)" if unsafe else ""
        lines.append([Piece("", f"[*] {safe} fixable with `--fix`{more}.")])
    elif unsafe:
        lines.append([Piece("", f"[*] {unsafe} fixable with `--fix --unsafe-fixes`.")])
    return lines


def _probe_summary(shown: list[Finding]) -> list[Line]:
    said = [finding.verdict.status for finding in shown if finding.verdict is not None]
    words = {
        VerdictStatus.CONFIRMED: ("confirmed", "confirmed"),
        VerdictStatus.HARMLESS: ("harmless", "true but harmless"),
        VerdictStatus.REFUTED: ("refuted", "refuted"),
        VerdictStatus.NOT_PROBED: ("unknown", "not probed"),
    }
    parts = [Piece(kind, f"{said.count(status)} {word}") for status, (kind, word) in words.items() if status in said]
    return [[Piece("", "Probed by running the code: "), *_joined(parts), Piece("", ".")]] if parts else []


def _left_out(report: Report) -> list[Line]:
    silenced = [finding.suppressed for finding in report.findings if finding.suppressed is not None]
    known = sum(suppression.is_baseline for suppression in silenced)
    lines: list[Line] = []
    for count, how in ((len(silenced) - known, "suppressed by comments"), (known, "known from the baseline")):
        if count:
            verb = "is" if count == 1 else "are"
            lines.append([Piece("quiet", f"{plural(count, 'finding')} {verb} {how}.")])
    if report.errors:
        lines.append([Piece("error", f"{plural(len(report.errors), 'path')} could not be checked.")])
    return lines


def _joined(parts: list[Piece]) -> Line:
    line: Line = []
    for index, part in enumerate(parts):
        if index:
            line.append(Piece("", " and " if index == len(parts) - 1 else ", "))
        line.append(part)
    return line


def plural(count: int, noun: str) -> str:
    """How many there are: `1 file`, `2 files`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
