"""Findings as an editor takes them: diagnostics with related places, and pages to hover over."""

from __future__ import annotations

from itertools import groupby

from lsprotocol import types

from lintlight.model import Finding, HookState, Report, RuleInfo, Severity, SourceText
from lintlight.report.page import markdown_page
from lintlight.server.positions import client_range

SOURCE = "lintlight"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
_UNNECESSARY = frozenset({"LL002", "LL004"})
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
        related_information=_related(finding, report, encoding) if related and finding.related else None,
    )


def _related(finding: Finding, report: Report, encoding: str) -> list[types.DiagnosticRelatedInformation]:
    return [
        types.DiagnosticRelatedInformation(
            types.Location(
                each.span.path.as_uri(), client_range(each.span, _lines(report.sources.get(each.span.path)), encoding)
            ),
            each.message,
        )
        for each in finding.related
    ]


def _lines(source: SourceText | None) -> list[str]:
    return source.lines() if source is not None else []


def hover(finding: Finding, info: RuleInfo) -> str:
    """The way of the submodule through the hooks, then the page of the rule."""
    way = _way(finding)
    return f"{way}\n\n---\n\n{markdown_page(info)}" if way else markdown_page(info)


def _way(finding: Finding) -> str:
    """`self.bert`: eval from `__init__`, train from `on_validation_end`, eval from `on_train_epoch_end`."""
    timeline = finding.timeline
    if timeline is None:
        return ""
    line = timeline.lines[0]
    seen = [(hook, state) for hook, state in zip(timeline.hooks, line.states, strict=True) if state is not None]
    turns = [(mode, next(each)[0]) for mode, each in groupby(seen, key=lambda pair: _said(pair[1]))]
    return f"`self.{line.name}`: " + ", ".join(f"{mode} from `{hook}` on" for mode, hook in turns)


def _said(state: HookState) -> str:
    learns = {"on": "", "off": ", frozen", "partly": ", partly frozen", "unknown": ""}[state.grad.value]
    return f"{state.mode.value} mode{learns}"
