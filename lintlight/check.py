"""Files to findings: read, parse, ask the rules, mark what is suppressed; whatever one file does, the run goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lintlight.hygiene import check_suppressions
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
from lintlight.semantics.versions import from_settings
from lintlight.settings import Settings
from lintlight.source.files import UnreadableSource, read_source
from lintlight.source.parse import SyntaxFault, parse
from lintlight.suppress import Directive, directives, suppress

Reader = Callable[[Path], SourceText]
SYNTAX_ERROR = "LL001"
_SURE_FIRST = tuple(Confidence)


@dataclass(frozen=True)
class Checked:
    """What came of reading one file; its findings may lie in other files that it builds on."""

    findings: tuple[Finding, ...] = ()
    directives: tuple[Directive, ...] = ()
    is_whole: bool = True
    """Whether the file was parsed, so that its suppressions can be judged."""
    error: FileError | None = None


def check(
    files: Sequence[Path],
    settings: Settings,
    rules: Sequence[Rule],
    *,
    root: Path,
    errors: Sequence[FileError] = (),
    read: Reader = read_source,
) -> Report:
    """Check every file with the selected rules; findings of every confidence are in the report.

    `read` gives the text of a file, so that unsaved text can stand for what is on the disk.

    A finding is reported when it lies in one of the files that were asked for, whichever of them led to it.
    """
    infos = {rule.info.code: rule.info for rule in rules}
    ignores = FileIgnores(tuple(infos.values()), settings)
    run = _Run(settings, tuple(rules), selected_codes(tuple(infos.values()), settings), ignores, read)
    checked = {path: run.check(path) for path in files}
    found: dict[Path, list[Finding]] = {path: [] for path in files}
    for finding in merged(finding for one in checked.values() for finding in one.findings):
        path = finding.span.path
        if path in found and finding.code not in ignores.ignored_in(path):
            # The probe cannot import a notebook.
            found[path].append(finding if path.suffix != ".ipynb" else replace(finding, probe=None))
    findings = [finding for path, one in checked.items() for finding in run.settled(path, one, found[path])]
    return Report(
        root=root,
        findings=tuple(sorted(findings, key=lambda finding: (finding.span, finding.code))),
        sources=sources_of(findings, read),
        rules=infos,
        errors=(*errors, *(one.error for one in checked.values() if one.error is not None)),
        files_checked=sum(one.error is None for one in checked.values()),
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
        self, settings: Settings, rules: tuple[Rule, ...], selected: frozenset[str], ignores: FileIgnores, read: Reader
    ) -> None:
        self.settings = settings
        self.rules = rules
        self.selected = selected
        self.ignores = ignores
        self.read = read
        self.projects: dict[Path, Project] = {}

    def check(self, path: Path) -> Checked:
        """Check one file; the one place where an unexpected exception is caught, so that it costs one file only."""
        try:
            source = self.read(path)
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
        # What a file with a syntax error suppresses cannot be judged.
        broken = any(finding.code == SYNTAX_ERROR for finding in findings)
        return Checked(tuple(findings), directives(source), is_whole=not broken)

    def settled(self, path: Path, one: Checked, findings: Sequence[Finding]) -> list[Finding]:
        """All findings that lie in one file, marked where a comment silences them, with those about the comments."""
        if not one.directives:
            return list(findings)
        about_comments: list[Finding] = []
        if one.is_whole:
            enabled = self.selected - self.ignores.ignored_in(path)
            rules = {rule.info.code: rule.info for rule in self.rules}
            about_comments = check_suppressions(self.read(path), one.directives, findings, enabled=enabled, rules=rules)
        return suppress([*findings, *about_comments], one.directives)

    def project(self, path: Path) -> Project:
        """The project of a file; files of one project share what was learned about it."""
        root = project_root(path)
        if root not in self.projects:
            target = from_settings(self.settings.lightning, self.settings.transformers)
            self.projects[root] = Project(root, self.settings.lightning_bases, self.read, target)
        return self.projects[root]


def syntax_error(path: Path, fault: SyntaxFault) -> Finding:
    """The finding for a file that Python cannot parse."""
    version = sys.version_info
    start = Position(fault.row, fault.column)
    return Finding(
        code=SYNTAX_ERROR,
        name="syntax-error",
        message=f"Python {version.major}.{version.minor} cannot parse this file: {fault.message}",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        span=Span(path, start, Position(start.row, start.column + 1)),
    )


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each code and place: the surest, with the related places of all."""
    best: dict[tuple[str, Span], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.span)
        other = best.get(key, finding)
        surer = min(finding, other, key=lambda each: _SURE_FIRST.index(each.confidence))
        best[key] = replace(surer, related=tuple(dict.fromkeys((*other.related, *finding.related))))
    return list(best.values())


def sources_of(findings: Sequence[Finding], read: Reader = read_source) -> dict[Path, SourceText]:
    """The text of every file that findings lie in or point to, so that reports can show their lines."""
    sources: dict[Path, SourceText] = {}
    for finding in findings:
        for path in (finding.span.path, *(related.span.path for related in finding.related)):
            if path not in sources:
                try:
                    sources[path] = read(path)
                except UnreadableSource:
                    continue
    return sources


def _described(crash: Exception) -> str:
    """The exception in one line; some of LibCST's cannot be printed."""
    try:
        return f"{type(crash).__name__}: {str(crash)[:200]}".replace("\n", " ")
    except Exception:  # noqa: BLE001 -- see above
        return type(crash).__name__
