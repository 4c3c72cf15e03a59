"""Findings as an editor takes them: diagnostics with related places, and pages to hover over."""

from __future__ import annotations

from lsprotocol import types

from lintlight.hygiene import UNKNOWN, UNUSED
from lintlight.model import Finding, Report, RuleInfo, Severity, SourceText
from lintlight.report.page import markdown_page
from lintlight.report.way import trained_at, way
from lintlight.server.positions import client_range

SOURCE = "lintlight"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_UNNECESSARY = frozenset({UNUSED, UNKNOWN})
"""Rules about text that could as well be deleted."""


def diagnostic(finding: Finding, report: Report, encoding: str, *, related: bool = True) -> types.Diagnostic:
    """One finding; `related` says whether the editor can show other places."""
    message = finding.message + (f"\nHelp: {finding.help}" if finding.help else "")
    return types.Diagnostic(
        range=client_range(finding.span, _lines(report.sources.get(finding.span.path)), encoding),
        message=message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        source=SOURCE,
        tags=[types.DiagnosticTag.Unnecessary] if finding.code in _UNNECESSARY else None,
        related_information=(_related(finding, report, encoding) or None) if related else None,
    )


def _related(finding: Finding, report: Report, encoding: str) -> list[types.DiagnosticRelatedInformation]:
    trained = trained_at(finding)
    places = [*finding.related, *([trained] if trained is not None else [])]
    return [
        types.DiagnosticRelatedInformation(
            types.Location(
                each.span.path.as_uri(), client_range(each.span, _lines(report.sources.get(each.span.path)), encoding)
            ),
            each.message,
        )
        for each in places
    ]


def _lines(source: SourceText | None) -> list[str]:
    return source.lines() if source is not None else []


def hover(finding: Finding, info: RuleInfo) -> str:
    """The way of the submodule through the hooks, then the page of the rule."""
    first = way(finding)
    return f"{first}\n\n---\n\n{markdown_page(info)}" if first else markdown_page(info)
