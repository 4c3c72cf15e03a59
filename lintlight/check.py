"""Files to findings: read, parse, ask the rules, mark what is suppressed; whatever one file does, the run goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lintlight.model import (
    Confidence,
    FileError,
    Finding,
    Position,
    Report,
    Severity,
    SourceText,
    Span,
    VerdictStatus,
)
from lintlight.rule import Rule
from lintlight.selection import FileIgnores, selected_codes
from lintlight.semantics.lightning import lightning_classes
from lintlight.semantics.project import Project, project_root
from lintlight.settings import Settings
from lintlight.source.files import UnreadableSource, read_source
from lintlight.source.parse import SyntaxFault, parse
from lintlight.suppress import directives, suppress

SYNTAX_ERROR = "LL001"
_SURE_FIRST = tuple(Confidence)


@dataclass(frozen=True)
class Checked:
    """What came of one file."""

    findings: tuple[Finding, ...] = ()
    source: SourceText | None = None
    error: FileError | None = None


def check(
    files: Sequence[Path],
    settings: Settings,
    rules: Sequence[Rule],
    *,
    root: Path,
    errors: Sequence[FileError] = (),
) -> Report:
    """Check every file with the selected rules; findings of every confidence are in the report."""
    infos = [rule.info for rule in rules]
    run = _Run(settings, tuple(rules), selected_codes(infos, settings), FileIgnores(infos, settings))
    checked = [run.check(path) for path in files]
    findings = [finding for one in checked for finding in one.findings]
    sources = {one.source.path: one.source for one in checked if one.source is not None and one.findings}
    return Report(
        root=root,
        findings=tuple(sorted(findings, key=lambda finding: (finding.span, finding.code))),
        sources=_with_related(sources, findings),
        rules={info.code: info for info in infos},
        errors=(*errors, *(one.error for one in checked if one.error is not None)),
        files_checked=sum(one.error is None for one in checked),
    )


def visible(report: Report, least: Confidence) -> Report:
    """The report without the findings that are less sure than `least`, unless the probe confirmed them."""
    enough = _SURE_FIRST[: _SURE_FIRST.index(least) + 1]
    kept = tuple(
        finding
        for finding in report.findings
        if finding.confidence in enough or (finding.verdict and finding.verdict.status is VerdictStatus.CONFIRMED)
    )
    return replace(report, findings=kept)


class _Run:
    """One run: its rules and the projects that its files belong to."""

    def __init__(
        self, settings: Settings, rules: tuple[Rule, ...], selected: frozenset[str], ignores: FileIgnores
    ) -> None:
        self.settings = settings
        self.rules = rules
        self.selected = selected
        self.ignores = ignores
        self.projects: dict[Path, Project] = {}

    def check(self, path: Path) -> Checked:
        """Check one file; the one place where an unexpected exception is caught, so that it costs one file only."""
        try:
            source = read_source(path)
        except UnreadableSource as unreadable:
            return Checked(error=FileError(path, unreadable.reason))
        selected = self.selected - self.ignores.ignored_in(path)
        at_work = "reading it"
        findings: list[Finding] = []
        try:
            if b"class" not in source.data:
                parse(source)
            else:
                classes = lightning_classes(self.project(path), path)
                for rule in self.rules:
                    if rule.info.code in selected:
                        at_work = f"rule {rule.info.code} {rule.info.name}"
                        findings += (finding for cls in classes for finding in rule.check_class(cls))
        except SyntaxFault as fault:
            findings = [syntax_error(path, fault)] if SYNTAX_ERROR in selected else []
        except Exception as crash:  # noqa: BLE001 -- the fence around a file
            return Checked(error=FileError(path, f"lintlight itself failed in {at_work}: {_described(crash)}"))
        kept = merged(finding for finding in findings if finding.span.path == path)
        return Checked(tuple(suppress(kept, directives(source))), source)

    def project(self, path: Path) -> Project:
        """The project of a file; files of one project share what was learned about it."""
        root = project_root(path)
        if root not in self.projects:
            self.projects[root] = Project(root, self.settings.lightning_bases)
        return self.projects[root]


def syntax_error(path: Path, fault: SyntaxFault) -> Finding:
    """The finding for a file that Python cannot parse."""
    start = Position(fault.row, fault.column)
    return Finding(
        code=SYNTAX_ERROR,
        name="syntax-error",
        message=f"Python cannot parse this file: {fault.message}",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        span=Span(path, start, Position(start.row, start.column + 1)),
    )


def merged(findings: Iterator[Finding]) -> list[Finding]:
    """One finding for each code and place, the surest of them."""
    best: dict[tuple[str, Span], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.span)
        if key not in best or _SURE_FIRST.index(finding.confidence) < _SURE_FIRST.index(best[key].confidence):
            best[key] = finding
    return list(best.values())


def _with_related(sources: dict[Path, SourceText], findings: Sequence[Finding]) -> dict[Path, SourceText]:
    """Add the files that findings point to as related places, so that reports can show their lines."""
    together = dict(sources)
    for finding in findings:
        for related in finding.related:
            path = related.span.path
            if path not in together:
                try:
                    together[path] = read_source(path)
                except UnreadableSource:
                    continue
    return together


def _described(crash: Exception) -> str:
    """The exception in one line; some of LibCST's cannot be printed."""
    try:
        return f"{type(crash).__name__}: {str(crash)[:200]}".replace("\n", " ")
    except Exception:  # noqa: BLE001 -- see above
        return type(crash).__name__
