"""Files to findings: scan each, ask the rules about its classes, mark what is suppressed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lintlight.analysis_result import Analysed, joined
from lintlight.hygiene import check_suppressions
from lintlight.model import (
    Confidence,
    Fault,
    FileError,
    Finding,
    Position,
    Report,
    RuleInfo,
    Severity,
    SourceText,
    Span,
    VerdictStatus,
)
from lintlight.profile import Profile
from lintlight.scan import Reader, Scanned
from lintlight.selection import SYNTAX_ERROR, FileIgnores, selected_codes
from lintlight.settings import Settings
from lintlight.source.files import NOTEBOOK, UnreadableSource, read_source
from lintlight.suppress import OWN_PREFIXES, directives, owners_of, suppress

if TYPE_CHECKING:
    from lintlight.cache import Cache
    from lintlight.elsewhere import Elsewhere
    from lintlight.rule import Rule
    from lintlight.world import World


def check(
    files: Sequence[Path],
    settings: Settings,
    rules: Sequence[Rule],
    *,
    root: Path,
    errors: Sequence[FileError] = (),
    read: Reader = read_source,
    jobs: int = 1,
    cache: Cache | None = None,
    profile: Profile | None = None,
) -> Report:
    """Check every file with the selected rules; findings of every confidence are in the report.

    `read` gives the text of a file, so that unsaved text can stand for what is on the disk; only one process knows it,
    and no cache.

    A finding is reported when it lies in one of the files that were asked for, whichever of them led to it.
    """
    from lintlight.plan import ANALYSE, begun
    from lintlight.pool import analyse, uncollected

    profile = profile or Profile()
    infos = [rule.info for rule in rules]
    selected = selected_codes(infos, settings)
    asked = [rule for rule in rules if rule.info.code in selected]
    jobs = jobs if read is read_source else 1
    with uncollected():
        plan, first = begun(files, settings, asked, read=read, jobs=jobs, cache=cache, profile=profile)
        with profile.stage(ANALYSE):
            done = {one.path for one in first.analysed}
            rest = analyse(plan.analysis, [path for path in plan.left if path not in done], jobs)
        outcome = joined((first, rest))
        profile.spent.include(outcome.spent)
        answers = {**plan.answers, **{one.path: one for one in outcome.analysed}}
        analysed = tuple(answers[path] for path in plan.candidates)
        if cache is not None and plan.now is not None:
            with profile.stage("write the cache"):
                cache.keep(infos, plan.now.and_found(plan.world.scanned, analysed, outcome.trails))
        return _report(plan.world, analysed, infos, settings, root=root, errors=errors, read=read)


def check_kept(
    files: Sequence[Path], settings: Settings, cache: Cache, *, root: Path, errors: Sequence[FileError] = ()
) -> Report | None:
    """What `check` would say, where an earlier run said it and nothing has changed since; else None."""
    scanned = cache.scanned(files)
    if not cache.rules or len(scanned) < len(files):
        return None
    now = cache.now(scanned)
    analysed = now.whole()
    if analysed is None:
        return None
    return _report(now.world, analysed, cache.rules, settings, root=root, errors=errors, read=read_source)


def _report(
    world: World,
    analysed: Sequence[Analysed],
    rules: Sequence[RuleInfo],
    settings: Settings,
    *,
    root: Path,
    errors: Sequence[FileError],
    read: Reader,
) -> Report:
    from lintlight.elsewhere import Elsewhere

    scanned = world.scanned
    infos = {info.code: info for info in rules}
    selected = selected_codes(rules, settings)
    ignores = FileIgnores(rules, settings)
    elsewhere = Elsewhere(world, settings.lightning_bases)
    found = _by_file(scanned, analysed, ignores, is_on=SYNTAX_ERROR in selected)
    findings: list[Finding] = []
    owners = owners_of(rules)
    for path, one in scanned.items():
        if owners != OWN_PREFIXES and one.error is None:
            one = replace(one, directives=directives(read(path), owners))
        enabled = selected - ignores.ignored_in(path) if one.directives else selected
        findings += _settled(one, found[path], enabled, infos, read, elsewhere)
    failed = (*(one.error for one in scanned.values()), *(one.error for one in analysed))
    failures = tuple(error for error in failed if error is not None)
    return Report(
        root=root,
        findings=tuple(sorted(findings, key=lambda finding: (finding.span, finding.code))),
        sources=sources_of(findings, read),
        rules=infos,
        errors=(*errors, *failures),
        files_checked=len(scanned) - len({error.path for error in failures if error.path in scanned}),
    )


def _by_file(
    scanned: Mapping[Path, Scanned], analysed: Iterable[Analysed], ignores: FileIgnores, *, is_on: bool
) -> dict[Path, list[Finding]]:
    """The findings in each of the files that were asked for."""
    found: dict[Path, list[Finding]] = {path: [] for path in scanned}
    faults = (error for path, one in scanned.items() if is_on for error in _syntax_errors(path, one))
    for finding in merged([*faults, *(finding for one in analysed for finding in one.findings)]):
        path = finding.span.path
        if path in found and finding.code not in ignores.ignored_in(path):
            # The probe cannot import a notebook.
            found[path].append(finding if path.suffix != NOTEBOOK else replace(finding, probe=None))
    return found


def _settled(
    one: Scanned,
    findings: Sequence[Finding],
    enabled: frozenset[str],
    infos: Mapping[str, RuleInfo],
    read: Reader,
    elsewhere: Elsewhere,
) -> list[Finding]:
    """All findings that lie in one file, marked where a comment silences them, with those about the comments."""
    if not one.directives:
        return list(findings)
    about_comments: list[Finding] = []
    if one.error is None and not one.faults:  # what a file with a syntax error suppresses cannot be judged
        source = read(one.path)
        may_be_used = partial(elsewhere.may_use, source)
        about_comments = check_suppressions(
            source, one.directives, findings, enabled=enabled, rules=infos, may_be_used=may_be_used
        )
    return suppress([*findings, *about_comments], one.directives)


def visible(report: Report, least: Confidence) -> Report:
    """The report without the findings that are less sure than `least`, unless the probe confirmed them."""
    kept = tuple(
        finding
        for finding in report.findings
        if finding.confidence.at_most(least) is least
        or (finding.verdict and finding.verdict.status is VerdictStatus.CONFIRMED)
    )
    return replace(report, findings=kept)


def _syntax_errors(path: Path, one: Scanned) -> list[Finding]:
    """What cannot be parsed in one file: of a notebook's cells the first that is not silenced tells of the others."""
    found = suppress([syntax_error(path, fault) for fault in one.faults], one.directives)
    silenced = [finding for finding in found if finding.suppressed is not None]
    told = [finding for finding in found if finding.suppressed is None]
    if len(told) < 2:
        return found
    cells = "1 more cell is" if len(told) == 2 else f"{len(told) - 1} more cells are"
    return [*silenced, replace(told[0], message=f"{told[0].message}; {cells} no Python, either")]


def syntax_error(path: Path, fault: Fault) -> Finding:
    """The finding for a file, or a cell, that Python cannot parse."""
    version = sys.version_info
    what = "this cell (the others are checked)" if fault.in_cell else "this file"
    start = Position(fault.row, fault.column)
    return Finding(
        code=SYNTAX_ERROR,
        name="syntax-error",
        message=f"Python {version.major}.{version.minor} cannot parse {what}: {fault.message}",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        span=Span(path, start, Position(start.row, start.column + 1)),
    )


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each code and place: the weightiest, with the related places of all."""
    best: dict[tuple[str, Span], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.span)
        other = best.get(key, finding)
        told = min(other, finding, key=_weight)
        best[key] = replace(told, related=tuple(dict.fromkeys((*other.related, *finding.related))))
    return list(best.values())


def _weight(finding: Finding) -> tuple[bool, int, int, bool, bool, bool]:
    """The weightier, the smaller: a note does not hide an error, unless that is unlikely to be one.

    Of several classes that share the mistake one is named that will still be there tomorrow: not a test's own, and
    rather one of the file that is to be mended; and one that has it itself, and not by an heir's doing.
    """
    confidence = tuple(Confidence).index(finding.confidence)
    is_local = "<locals>" in (finding.class_name or "")
    is_elsewhere = finding.probe is not None and finding.probe.path != finding.span.path
    by_heir = finding.probe is not None and not f".{finding.class_name}".endswith(f".{finding.probe.class_name}")
    unlikely = finding.confidence is Confidence.LOW
    return unlikely, tuple(Severity).index(finding.severity), confidence, is_local, is_elsewhere, by_heir


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
