"""What `--add-ignore` writes."""

from __future__ import annotations

from pathlib import Path

from lintlight.add_ignore import with_ignores
from lintlight.console import emit, say
from lintlight.exit_codes import ExitCode
from lintlight.model import Report, SourceText, counts
from lintlight.report.shown import place, printable, shown_path
from lintlight.report.text import plural
from lintlight.rewrite import NotWritten, write
from lintlight.source.files import NOTEBOOK

IN_A_NOTEBOOK = "is in a notebook; write its comment by hand"


def add_ignores(report: Report, reason: str) -> ExitCode:
    """Write a comment for every finding that counts; FOUND when one is left, FAILED where a file was not written."""
    failed, left, added = bool(report.errors), 0, 0
    for path in dict.fromkeys(finding.span.path for finding in report.findings if counts(finding)):
        findings = [finding for finding in report.findings if finding.span.path == path and counts(finding)]
        done = with_ignores(report.sources[path], findings, reason)
        for finding in done.left:
            why = "cannot be suppressed by a comment here" if path.suffix != NOTEBOOK else IN_A_NOTEBOOK
            say(f"{printable(place(finding.span, report))}: {finding.code} {why}")
        left += len(done.left)
        is_written = _write(report.sources[path], done.after, report.root)
        added += len(findings) - len(done.left) if is_written else 0
        failed |= not is_written
    if report.with_summary:
        emit(f"Suppressed {plural(added, 'finding')}.\n")
    if failed:
        return ExitCode.FAILED
    return ExitCode.FOUND if left else ExitCode.OK


def _write(before: SourceText, after: SourceText, root: Path) -> bool:
    if before.data == after.data:
        return True
    try:
        write(before, after)
    except NotWritten as error:
        say(f"{printable(shown_path(before.path, root))}: {error}")
        return False
    return True
