"""Findings that were there before: known by what they are about and the text they stand on, not by their line."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lintlight.model import Finding, Report, Suppression
from lintlight.report.shown import shown_path

_VERSION = 1
_OTHER = "delete it, or name another file"
Entry = dict[str, Any]
IsElsewhere = Callable[[Path, str], bool]
"""Whether a class is in a file of the project of a path that the run did not look at."""


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


def render(report: Report, folder: Path, others: Sequence[Entry] = ()) -> str:
    """The baseline that silences all that is found now, and `others`; comments silence what they silence already."""
    entries: list[Entry] = [
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
    every = sorted([*entries, *others], key=lambda entry: str(entry.get("file"))) if others else entries
    return json.dumps({"version": _VERSION, "findings": every}, indent=1) + "\n"


def not_judged(
    data: bytes, report: Report, folder: Path, judged: Mapping[Path, frozenset[str]], is_elsewhere: IsElsewhere
) -> list[Entry]:
    """The entries that a run says nothing of: those of files that are there and not in `judged`, or of other codes.

    And those that it has not met, of a class in a file that it did not look at.

    Raises BadBaseline for a file that should not be overwritten.
    """
    if not data.strip():
        return []
    document = _document(data)
    if "version" not in document or not isinstance(document.get("findings"), list):
        raise BadBaseline(f"is no baseline, so it was not overwritten; {_OTHER}")
    if document["version"] != _VERSION:
        return []
    entries = [entry for entry in document["findings"] if isinstance(entry, dict)]
    met = {identity(finding, report, folder) for finding in report.findings}
    return [
        entry
        for entry in entries
        if _is_left(entry, folder, judged)
        or (str(entry.get("id")) not in met and _is_of_a_class_elsewhere(entry, folder, is_elsewhere))
    ]


def _is_left(entry: Entry, folder: Path, judged: Mapping[Path, frozenset[str]]) -> bool:
    path = Path(os.path.abspath(folder / str(entry.get("file"))))
    return str(entry.get("code")) not in judged[path] if path in judged else path.exists()


def _is_of_a_class_elsewhere(entry: Entry, folder: Path, is_elsewhere: IsElsewhere) -> bool:
    path = Path(os.path.abspath(folder / str(entry.get("file"))))
    return path.exists() and is_elsewhere(path, str(entry.get("class")))


def read(data: bytes) -> Counter[str]:
    """The identities in a baseline and how often each is allowed; raises BadBaseline."""
    document = _document(data)
    if "version" not in document:
        raise BadBaseline(f"is no baseline; {_OTHER}")
    if document.get("version") != _VERSION:
        raise BadBaseline(f"is not a baseline of version {_VERSION}; write it anew with `--update-baseline`")
    try:
        if not isinstance(document["findings"], list):
            raise TypeError("no list of findings")
        return Counter(str(entry["id"]) for entry in document["findings"])
    except (KeyError, TypeError) as error:
        raise BadBaseline("is damaged; delete it, and write it anew with `--update-baseline`") from error


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadBaseline(f"is no baseline, nor any JSON: {error}; {_OTHER}") from error
    if not isinstance(document, dict):
        raise BadBaseline(f"is no baseline; {_OTHER}")
    return document


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
