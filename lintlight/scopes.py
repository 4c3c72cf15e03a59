"""Which settings hold for which file: those of the nearest configuration, each file on its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from lintlight.model import Finding, Report
from lintlight.settings import Settings
from lintlight.source.ignore import Ignore


@dataclass(frozen=True)
class Scope:
    """Files that the same settings hold for."""

    settings: Settings
    files: tuple[Path, ...]


def scoped(files: Iterable[Path], explicit: Collection[Path], settings_of: Callable[[Path], Settings]) -> list[Scope]:
    """The files by their settings; those that their own configuration excludes are left out.

    `settings_of` gives the settings that hold in a folder. A file that was asked for by name stays, unless the settings
    say `force-exclude`; below a folder that was asked for by name, only what lies below it is looked at.
    """
    by_source: dict[Path | None, tuple[Settings, list[Path]]] = {}
    known: dict[str, Settings] = {}
    for path in files:
        folder = os.path.dirname(path)  # `Path.parent` takes ten times as long
        if folder not in known:
            known[folder] = settings_of(Path(folder))
        settings = known[folder]
        by_source.setdefault(settings.source, (settings, []))[1].append(path)
    return [Scope(settings, _kept(paths, explicit, settings)) for settings, paths in by_source.values()]


def _kept(paths: list[Path], explicit: Collection[Path], settings: Settings) -> tuple[Path, ...]:
    excluded = Ignore.of(settings.root, (*settings.exclude, *settings.extend_exclude))
    by_name = frozenset[Path]() if settings.force_exclude else explicit
    asked = sorted(map(str, {*by_name}.difference(paths)), key=len, reverse=True)  # the deepest folders first

    def is_hidden(path: str) -> bool:
        top = next((folder for folder in asked if path.startswith(os.path.join(folder, ""))), "")
        return excluded.hides_folder(os.path.dirname(path), top) or bool(excluded.decides(path, is_dir=False))

    return tuple(path for path in paths if path in by_name or not is_hidden(str(path)))


def by_scope(report: Report, scopes: list[Scope], work: Callable[[Report, Settings], Report]) -> Report:
    """What becomes of the findings when the settings of their files decide."""
    if len(scopes) == 1:
        return work(report, scopes[0].settings)
    found: list[Finding] = []
    for scope in scopes:
        own = tuple(finding for finding in report.findings if finding.span.path in scope.files)
        found += work(replace(report, findings=own), scope.settings).findings
    return replace(report, findings=tuple(sorted(found, key=lambda finding: (finding.span, finding.code))))


def joined(reports: list[Report]) -> Report:
    """One report of several; there must be one at least."""
    first, *others = reports
    if not others:
        return first
    found = [finding for report in reports for finding in report.findings]
    return replace(
        first,
        findings=tuple(sorted(found, key=lambda finding: (finding.span, finding.code))),
        rules={code: info for report in reports for code, info in report.rules.items()},
        sources={path: source for report in reports for path, source in report.sources.items()},
        errors=tuple(dict.fromkeys(error for report in reports for error in report.errors)),
        files_checked=sum(report.files_checked for report in reports),
    )
