"""JSON: an array of findings, suppressed ones included; columns from 1, end exclusive, counted in characters."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lintlight.model import (
    Finding,
    Fix,
    ModuleTimeline,
    Position,
    Related,
    Report,
    Span,
    Suppression,
    Verdict,
)
from lintlight.report.fingerprint import fingerprint
from lintlight.report.shown import cell_at, shown_path
from lintlight.report.text import counted

SCHEMA_VERSION = 1
"""Of the object; a new key does not change it."""


def render(report: Report) -> str:
    """The whole report as one JSON array."""
    return json.dumps([as_data(finding, report) for finding in report.findings], indent=2) + "\n"


def render_full(report: Report) -> str:
    """All that a run has to say as one JSON object: the findings, what could not be checked, and how much was."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "findings": [as_data(finding, report) for finding in report.findings],
        "errors": [
            {"filename": shown_path(error.path, report.root), "message": error.message} for error in report.errors
        ],
        "files_checked": report.files_checked,
    }
    return json.dumps(data, indent=2) + "\n"


def render_lines(report: Report) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(as_data(finding, report)) + "\n" for finding in report.findings)


def statistics(report: Report) -> str:
    """How often each rule was broken, and how many of its findings have a fix, as one JSON array."""
    rows = [(found, sum(finding.fix is not None for finding in found)) for found in counted(report)]
    data = [
        {
            "code": found[0].code,
            "name": found[0].name,
            "count": len(found),
            "fixable": fixable > 0,
            "fixable_count": fixable,
        }
        for found, fixable in rows
    ]
    return json.dumps(data, indent=2) + "\n"


def as_data(finding: Finding, report: Report) -> dict[str, Any]:
    """One finding as plain data; the keys are stable."""
    return {
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        "help": finding.help,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        **_place(finding.span, report),
        "fingerprint": fingerprint(finding, report) or None,
        "class": finding.class_name,
        "attribute": finding.attribute,
        "related": [_related(related, report) for related in finding.related],
        "fix": finding.fix and _fix(finding.fix, report),
        "suppressed": finding.suppressed and _suppression(finding.suppressed, finding.span.path, report),
        "verdict": finding.verdict and _verdict(finding.verdict),
        "timeline": finding.timeline and _timeline(finding.timeline, report),
    }


def _place(span: Span, report: Report) -> dict[str, Any]:
    return {"filename": shown_path(span.path, report.root), **_range(span, report)}


def _range(span: Span, report: Report) -> dict[str, Any]:
    """Start and end; in a notebook, rows count inside the cell that is named."""
    cell, above = cell_at(span, report), _above(span, report)
    return {
        **({"cell": cell.number} if cell is not None else {}),
        "location": _position(span.start, above),
        "end_location": _position(span.end, above),
    }


def _above(span: Span, report: Report) -> int:
    """The rows of a notebook that come before the cell in which something lies."""
    cell = cell_at(span, report)
    return cell.row - 1 if cell is not None else 0


def _position(position: Position, above: int) -> dict[str, int]:
    return {"row": position.row - above, "column": position.column}


def _related(related: Related, report: Report) -> dict[str, Any]:
    return {"message": related.message, **_place(related.span, report)}


def _fix(fix: Fix, report: Report) -> dict[str, Any]:
    """Each edit replaces what stands between two places of the finding's file."""
    source = report.sources[fix.path]
    edits = []
    for edit in fix.edits:
        span = Span(fix.path, source.position_at(edit.start), source.position_at(edit.stop))
        edits.append({"content": edit.content.decode(source.encoding), **_range(span, report)})
    return {"applicability": fix.safety.value, "message": fix.title, "edits": edits}


def _suppression(suppression: Suppression, path: Path, report: Report) -> dict[str, Any]:
    """By what a finding is silenced; in a notebook the row counts inside the cell that it lies in."""
    place = Span(path, Position(suppression.row, 1), Position(suppression.row, 1))
    cell = cell_at(place, report)
    return {
        "kind": "baseline" if suppression.is_baseline else "comment",
        "comment": suppression.comment,
        "reason": suppression.reason,
        **({"cell": cell.number} if cell is not None else {}),
        "row": suppression.row - _above(place, report),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "status": verdict.status.value,
        "strength": verdict.strength.value,
        "reason": verdict.reason,
        "hint": verdict.hint,
        "evidence": _plain(verdict.evidence),
    }


def _timeline(timeline: ModuleTimeline, report: Report) -> dict[str, Any]:
    """What the finding's own submodule goes through, which is the first line."""
    states = [
        None
        if state is None
        else {
            "mode": state.mode.value,
            "gradients": state.grad.value,
            "runs": state.runs and state.runs.value,
            "switch": state.switch or None,
            "place": state.place and _place(state.place, report),
        }
        for state in timeline.lines[0].states
    ]
    return {"hooks": list(timeline.hooks), "second_epoch": timeline.second_epoch, "states": states}


def _plain(value: Any) -> Any:
    """Evidence as strict JSON: NaN and infinity, which JSON does not have, become their names."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)
