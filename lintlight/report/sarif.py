"""SARIF 2.1.0 for code scanning: relative URIs, fingerprints, related places, the way there, suppressions, verdicts."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from lintlight import __version__
from lintlight.model import Confidence, Finding, Fix, Related, Report, RuleInfo, Severity, Span
from lintlight.report.fingerprint import fingerprint
from lintlight.report.json import as_data
from lintlight.report.page import markdown_page, plain_page
from lintlight.report.shown import cell_at
from lintlight.report.way import trained_at

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PRECISION = {Confidence.HIGH: "very-high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}
_BASE = "%SRCROOT%"


def render(report: Report) -> str:
    """The whole report as one run."""
    rules = {code: index for index, code in enumerate(sorted(report.rules))}
    run = {
        "tool": {
            "driver": {
                "name": "lintlight",
                "semanticVersion": __version__,
                "rules": [_rule(report.rules[code]) for code in rules],
            }
        },
        "automationDetails": {"id": "lintlight/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"uri": report.root.as_uri().rstrip("/") + "/"}},
        "invocations": [
            {
                "executionSuccessful": not report.errors,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": error.message},
                        "locations": [{"physicalLocation": {"artifactLocation": _artifact(error.path, report)}}],
                    }
                    for error in report.errors
                ],
            }
        ],
        "results": [],
    }
    frame = json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"
    results = ",\n".join(json.dumps(_result(finding, report, rules)) for finding in report.findings)
    # One result a line: indented throughout, thousands of them take Python's slow encoder seconds.
    before, _, after = frame.rpartition('"results": []')
    return f'{before}"results": [\n{results}\n   ]{after}' if results else frame


def _rule(info: RuleInfo) -> dict[str, Any]:
    return {
        "id": info.code,
        "name": "".join(part.capitalize() for part in info.name.split("-")),
        "shortDescription": {"text": _sentence(info.summary)},
        "fullDescription": {"text": _full_description(info)},
        "help": {"text": plain_page(info), "markdown": markdown_page(info)},
        "defaultConfiguration": {"level": _LEVELS[info.severity], "enabled": info.default},
        "properties": {
            "precision": "high",
            "problem.severity": {"error": "error", "warning": "warning", "info": "recommendation"}[info.severity.value],
            "tags": ["pytorch-lightning", "transformers", "correctness"],
        },
    }


def _sentence(text: str) -> str:
    return text.rstrip(".") + "."


def _full_description(info: RuleInfo) -> str:
    """The first paragraph after the summary, within the length that GitHub takes."""
    paragraphs = [" ".join(part.split()) for part in info.page.split("\n\n")]
    text = paragraphs[1] if len(paragraphs) > 1 else info.summary
    return _sentence(text if len(text) <= 1000 else text[:1000].rsplit(" ", 1)[0] + " ...")


def _result(finding: Finding, report: Report, rules: dict[str, int]) -> dict[str, Any]:
    data = as_data(finding, report)
    line = fingerprint(finding, report)
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(finding, report)},
        "locations": [_location(finding.span, report)],
        "properties": {
            "precision": _PRECISION[finding.confidence],
            "lintlight": {key: data[key] for key in ("confidence", "class", "attribute", "verdict")},
        },
    }
    if finding.code in rules:
        result["ruleIndex"] = rules[finding.code]
    if line:
        result["partialFingerprints"] = {"primaryLocationLineHash": line}
    if finding.related:
        result["relatedLocations"] = [
            {"id": index, **_marked(related, report)} for index, related in enumerate(finding.related, start=1)
        ]
    trained = trained_at(finding)
    if finding.related or trained is not None:
        here = {**_location(finding.span, report), "message": {"text": _sentence(finding.message)}}
        steps = [*(_marked(related, report) for related in finding.related), here]
        steps += [_marked(trained, report)] if trained is not None else []
        result["codeFlows"] = [{"threadFlows": [{"locations": [{"location": step} for step in steps]}]}]
    if finding.suppressed is not None:
        reason = finding.suppressed.reason or finding.suppressed.comment
        kind = "external" if finding.suppressed.is_baseline else "inSource"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": reason}]
    # SARIF has no way to name a place inside a notebook's cell.
    if finding.fix is not None and finding.fix.path in report.sources and not report.sources[finding.fix.path].cells:
        result["fixes"] = [_fix(finding.fix, report)]
    return result


def _message(finding: Finding, report: Report) -> str:
    cell = cell_at(finding.span, report)
    parts = [_sentence(finding.message if cell is None else f"Cell {cell.number}: {finding.message}")]
    if finding.help:
        parts.append(_sentence("Help: " + finding.help))
    if finding.verdict is not None:
        parts.append(_sentence(f"Probe: {finding.verdict.status.value}: {finding.verdict.reason}"))
    return " ".join(parts)


def _marked(related: Related, report: Report) -> dict[str, Any]:
    return {**_location(related.span, report), "message": {"text": _sentence(related.message)}}


def _location(span: Span, report: Report) -> dict[str, Any]:
    if cell_at(span, report) is not None:
        # The lines of a notebook's file are those of its JSON; the message names the cell.
        return {"physicalLocation": {"artifactLocation": _artifact(span.path, report)}}
    region = {
        "startLine": span.start.row,
        "startColumn": span.start.column,
        "endLine": span.end.row,
        "endColumn": span.end.column,
    }
    return {"physicalLocation": {"artifactLocation": _artifact(span.path, report), "region": region}}


def _artifact(path: os.PathLike[str], report: Report) -> dict[str, str]:
    whole = os.fspath(path)
    prefix = os.fspath(report.root).rstrip(os.sep) + os.sep
    if whole.startswith(prefix):
        return {"uri": quote(os.fsencode(whole[len(prefix) :].replace(os.sep, "/"))), "uriBaseId": _BASE}
    return {"uri": "file://" + quote(os.fsencode(whole.replace(os.sep, "/")))}


def _fix(fix: Fix, report: Report) -> dict[str, Any]:
    source = report.sources[fix.path]

    def characters(start: int, stop: int) -> int:
        return len(source.data[start:stop].decode(source.encoding, "replace"))

    replacements = [
        {
            "deletedRegion": {
                "charOffset": characters(0, edit.start),
                "charLength": characters(edit.start, edit.stop),
            },
            "insertedContent": {"text": edit.content.decode(source.encoding, "replace")},
        }
        for edit in fix.edits
    ]
    change = {"artifactLocation": _artifact(fix.path, report), "replacements": replacements}
    return {"description": {"text": _sentence(fix.title)}, "artifactChanges": [change]}
