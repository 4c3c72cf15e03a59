"""What `--show-settings` prints, and what `--add-ignore` writes."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import Enum
from pathlib import Path

from lintlight.add_ignore import with_ignores
from lintlight.model import Report, SourceText, counts
from lintlight.report.shown import place, printable, shown_path
from lintlight.rewrite import NotWritten, write
from lintlight.semantics.index import project_root
from lintlight.settings import Settings


def settings_json(settings: Settings) -> str:
    """The settings as JSON, under the names that configuration files give them."""
    plain = {name.replace("_", "-"): value for name, value in asdict(settings).items()}
    return json.dumps(plain, indent=2, default=_plain) + "\n"


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else str(value)


def add_ignores(report: Report, reason: str) -> int:
    """Write a comment for every finding that counts; the exit code is 1 when one is left, 2 for a failure."""
    failed, left, added = bool(report.errors), 0, 0
    for path in dict.fromkeys(finding.span.path for finding in report.findings if counts(finding)):
        findings = [finding for finding in report.findings if finding.span.path == path and counts(finding)]
        done = with_ignores(report.sources[path], findings, reason)
        for finding in done.left:
            _say(f"{printable(place(finding.span, report))}: {finding.code} cannot be suppressed by a comment here")
        left += len(done.left)
        is_written = _written(report.sources[path], done.after, report.root)
        added += len(findings) - len(done.left) if is_written else 0
        failed |= not is_written
    if report.with_summary:
        print(f"Suppressed {added} finding{'' if added == 1 else 's'}.")
    return 2 if failed else int(left > 0)


def _written(before: SourceText, after: SourceText, root: Path) -> bool:
    if before.data == after.data:
        return True
    try:
        write(before, after, project_root)
    except NotWritten as error:
        _say(f"{printable(shown_path(before.path, root))}: {error}")
        return False
    return True


def _say(message: str) -> None:
    print(f"lintlight: {message}", file=sys.stderr)
