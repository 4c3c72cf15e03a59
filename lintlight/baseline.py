"""Findings that were there before: known by what they are about and the text they stand on, not by their line."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from lintlight.model import Finding, Report, Suppression
from lintlight.report.shown import shown_path

_VERSION = 1


class BadBaseline(ValueError):
    """A file that is no baseline; the message says why."""


def identity(finding: Finding, report: Report, folder: Path) -> str:
    """What stays when lines move: file, code, class, attribute and the text of the range, blanks aside.

    Files are named relative to `folder`, that of the baseline, so that it holds wherever lintlight is started.
    """
    source = report.sources.get(finding.span.path)
    rows = source.lines()[finding.span.start.row - 1 : finding.span.end.row] if source is not None else []
    parts = (
        shown_path(finding.span.path, folder),
        finding.code,
        finding.class_name or "",
        finding.attribute or "",
        " ".join(" ".join(rows).split()),
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:20]


def written(report: Report, folder: Path) -> str:
    """The baseline that silences all that is found now; comments silence what they silence already."""
    entries = [
        {
            "file": shown_path(finding.span.path, folder),
            "code": finding.code,
            "class": finding.class_name,
            "attribute": finding.attribute,
            "id": identity(finding, report, folder),
        }
        for finding in report.findings
        if finding.suppressed is None or finding.suppressed.is_baseline
    ]
    return json.dumps({"version": _VERSION, "findings": entries}, indent=1) + "\n"


def read(text: str) -> Counter[str]:
    """The identities in a baseline and how often each is allowed; raises BadBaseline."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadBaseline(f"is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise BadBaseline(f"is not a baseline of version {_VERSION}; write it anew with `--update-baseline`")
    try:
        return Counter(str(entry["id"]) for entry in document["findings"])
    except (KeyError, TypeError) as error:
        raise BadBaseline("is damaged; write it anew with `--update-baseline`") from error


def applied(report: Report, known: Mapping[str, int], folder: Path) -> tuple[Report, int]:
    """The report with known findings marked as suppressed, and how many known ones were not met again."""
    left = Counter(known)
    findings = tuple(_marked(report, left, folder))
    return replace(report, findings=findings), left.total()


def _marked(report: Report, left: Counter[str], folder: Path) -> Iterable[Finding]:
    for finding in report.findings:
        key = identity(finding, report, folder) if finding.suppressed is None else ""
        if left[key] > 0:
            left[key] -= 1
            yield replace(
                finding, suppressed=Suppression("", "known from the baseline", finding.span.start.row, is_baseline=True)
            )
        else:
            yield finding
