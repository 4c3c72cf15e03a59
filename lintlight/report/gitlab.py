"""GitLab's code quality report."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from lintlight.model import Finding, Position, Report, Severity, disproved
from lintlight.report.fingerprint import fingerprint
from lintlight.report.shown import cell_at, place, printable, shown_path

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: Report) -> str:
    """A JSON array of what is neither suppressed nor disproved."""
    shown = [finding for finding in report.findings if finding.suppressed is None and not disproved(finding)]
    return json.dumps([_issue(finding, report) for finding in shown], indent=2) + "\n"


def _issue(finding: Finding, report: Report) -> dict[str, Any]:
    path = shown_path(finding.span.path, report.root)
    start, end = finding.span.start, finding.span.end
    if cell_at(finding.span, report) is not None:
        start = end = Position(1, 1)
    key = "\n".join((path, finding.code, finding.attribute or "", fingerprint(finding, report) or str(start.row)))
    return {
        "type": "issue",
        "categories": ["Bug Risk"],
        "check_name": f"{finding.code} {finding.name}",
        "description": printable(finding.message + _cell(finding, report)),
        "severity": _SEVERITIES[finding.severity],
        "fingerprint": hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest(),
        "location": {
            "path": path,
            "positions": {
                "begin": {"line": start.row, "column": start.column},
                "end": {"line": end.row, "column": end.column},
            },
        },
    }


def _cell(finding: Finding, report: Report) -> str:
    return f" ({place(finding.span, report)})" if cell_at(finding.span, report) is not None else ""
