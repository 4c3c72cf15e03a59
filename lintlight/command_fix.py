"""What `--fix` and `--diff` do: findings are fixed in memory, then written or shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lintlight.console import say
from lintlight.fix import FixOutcome, fix_all
from lintlight.model import FileError, Report, Safety, SourceText
from lintlight.report.shown import place, printable
from lintlight.report.text import plural
from lintlight.rewrite import NotWritten, unified, write


@dataclass(frozen=True)
class Fixes:
    """Which fixes are asked for, and what is to become of them."""

    unsafe: bool
    diff: bool
    """Show what would change, and write nothing."""


def fix_report(
    report: Report, recheck: Callable[[Mapping[Path, SourceText]], Report], wanted: Fixes
) -> tuple[Report, bytes]:
    """The report of what is left after fixing, and the diff when that was asked for."""
    outcome = fix_all(report, recheck, set(Safety) if wanted.unsafe else {Safety.SAFE})
    _say_refused(outcome)
    if wanted.diff:
        diffs = (unified(old, outcome.after[path], _name(path, report)) for path, old in outcome.before.items())
        if outcome.fixed:
            say(f"would fix {_counted(outcome)}")
        return replace(outcome.report, fixed=len(outcome.fixed)), b"".join(diffs)
    errors = tuple(_write_all(outcome))
    if errors:
        # What could not be written is still there.
        kept = {error.path for error in errors}
        left = recheck({path: text for path, text in outcome.after.items() if path not in kept})
        fixed = sum(finding.span.path not in kept for finding in outcome.fixed)
        return replace(left, errors=(*left.errors, *errors), fixed=fixed), b""
    return replace(outcome.report, fixed=len(outcome.fixed)), b""


def _write_all(outcome: FixOutcome) -> list[FileError]:
    """Write every changed file; those that could not be written."""
    errors = []
    for path, before in outcome.before.items():
        try:
            write(before, outcome.after[path])
        except NotWritten as error:
            errors.append(FileError(path, str(error)))
    return errors


def _say_refused(outcome: FixOutcome) -> None:
    for refusal in outcome.refused:
        finding = refusal.finding
        say(f"{printable(place(finding.span, outcome.report))}: {finding.code} was not fixed: {refusal.reason}")


def _counted(outcome: FixOutcome) -> str:
    return f"{plural(len(outcome.fixed), 'finding')} in {plural(len(outcome.before), 'file')}"


def _name(path: Path, report: Report) -> bytes:
    """The path below the report's root if it lies there, as the system has it."""
    relative = path.relative_to(report.root) if path.is_relative_to(report.root) else path
    return os.fsencode(relative.as_posix())
