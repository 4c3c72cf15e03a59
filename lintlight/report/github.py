"""GitHub's workflow commands: one annotation for each finding that counts, what was confirmed first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lintlight.model import Finding, Report, Severity, VerdictStatus, disproved
from lintlight.report.shown import cell_at, place, shown_path

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, environment: Mapping[str, str] = os.environ) -> str:
    """Annotations as lines; paths are relative to `GITHUB_WORKSPACE`, which need not be the working folder."""
    workspace = Path(environment.get("GITHUB_WORKSPACE") or report.root)
    shown = [finding for finding in report.findings if finding.suppressed is None and not disproved(finding)]
    shown.sort(key=_urgency)
    lines = [_annotation(finding, report, workspace) for finding in shown]
    lines += [
        f"::error title=lintlight,file={escaped_property(shown_path(error.path, workspace))}::{escaped(error.message)}"
        for error in report.errors
    ]
    return "".join(line + "\n" for line in lines)


def escaped(text: str) -> str:
    """Message text for a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Text for one of a workflow command's properties."""
    return escaped(text).replace(":", "%3A").replace(",", "%2C")


def _annotation(finding: Finding, report: Report, workspace: Path) -> str:
    path = shown_path(finding.span.path, workspace)
    start, end = finding.span.start, finding.span.end
    properties = {"title": f"lintlight ({finding.code})", "file": path, "line": str(start.row)}
    if cell_at(finding.span, report) is not None:
        # What GitHub shows of a notebook has no lines that ours could be told as.
        properties["line"] = "1"
    elif start.row == end.row:
        # GitHub refuses columns on an annotation of several lines.
        properties["col"] = str(start.column)
        properties["endLine"] = str(end.row)
        properties["endColumn"] = str(end.column)
    else:
        properties["endLine"] = str(end.row)
    joined = ",".join(f"{name}={escaped_property(value)}" for name, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {joined}::{escaped(_text(finding, replace(report, root=workspace)))}"


def _text(finding: Finding, report: Report) -> str:
    lines = [f"{place(finding.span, report)}: {finding.code} {finding.message}"]
    if finding.help:
        lines.append(finding.help)
    if finding.verdict is not None:
        lines.append(f"{finding.verdict.status.value}: {finding.verdict.reason}")
    return "\n".join(lines)


def _urgency(finding: Finding) -> tuple[int, int]:
    """GitHub shows ten annotations of a level for each step: proven findings go first, doubtful ones last."""
    order = {VerdictStatus.CONFIRMED: 0, VerdictStatus.HARMLESS: 2, VerdictStatus.REFUTED: 3}
    status = finding.verdict.status if finding.verdict is not None else VerdictStatus.NOT_PROBED
    return list(_LEVELS).index(finding.severity), order.get(status, 1)
