"""`lintlight check`, once its options are read."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lintlight.check import check, check_kept, visible
from lintlight.config import ConfigError, Configurations, overruled
from lintlight.console import drawn, draws_in_colour, emit, say
from lintlight.exit_codes import ExitCode
from lintlight.model import Confidence, FileError, Report, SourceText, VerdictStatus, counts
from lintlight.profile import Profile
from lintlight.profile import text as profile_text
from lintlight.report.formats import FOR_PEOPLE, Output, UnknownFormat, outputs, rendered, rendered_statistics
from lintlight.report.shown import printable, shown_path
from lintlight.scopes import Scope, by_scope, joined, scoped
from lintlight.settings import Settings
from lintlight.source.files import decode_source, find_files, is_as_on_the_disk, read_source, standing_in

if TYPE_CHECKING:
    from lintlight.cache import Cache

STDIN = Path("-")
WITH_EDITS = frozenset({"json", "jsonl", "sarif"})
"""Formats that show what a fix would change."""


@dataclass(frozen=True)
class CheckOptions:
    """The options of `lintlight check`."""

    paths: tuple[Path, ...]
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_confidence: str | None = None
    force_exclude: bool = False
    isolated: bool = False
    output_format: str | None = None
    output: tuple[str, ...] = ()
    exit_zero: bool = False
    probe: str = "off"
    init: tuple[str, ...] = ()
    python: str | None = None
    baseline: Path | None = None
    update_baseline: bool = False
    statistics: bool = False
    stdin_filename: Path | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    exit_non_zero_on_fix: bool = False
    config: tuple[str, ...] = ()
    show_settings: bool = False
    show_files: bool = False
    profile: bool = False
    add_ignore: str | None = None
    quiet: bool = False
    jobs: int | None = None
    no_cache: bool = False
    cache_dir: Path | None = None
    rules: tuple[Path, ...] = ()
    """Folders of rules."""


def run_check(options: CheckOptions) -> int:
    """Check, probe when asked, report; the exit code."""
    profile = Profile()
    with profile.stage("all"):
        code = _run_check(options, profile)
    if options.profile:
        print(profile_text(profile, lambda path: printable(shown_path(path, Path.cwd()))), file=sys.stderr, end="")
    return code


def _run_check(options: CheckOptions, profile: Profile) -> int:
    try:
        wanted = outputs(options.output_format, options.output, statistics=options.statistics)
    except UnknownFormat as error:
        raise ConfigError(str(error)) from error
    options, read = _with_stdin(options)
    configurations = Configurations()
    settings = settings_for(options, configurations, common_folder(options.paths))
    if options.show_settings:
        from lintlight.command_settings import settings_json

        emit(settings_json(settings))
        return ExitCode.OK
    with profile.stage("find the files"):
        asked = _asked(options, settings, configurations, read, profile)
    if options.show_files:
        emit("".join(f"{printable(shown_path(path, Path.cwd()))}\n" for each in asked.scopes for path in each.files))
        _complain_of(asked.errors)
        return ExitCode.FAILED if asked.errors else ExitCode.OK
    report = asked.shown(_judged(asked, with_trees=any(output.format == "html" for output in wanted)))
    if options.add_ignore is not None:
        from lintlight.command_ignore import add_ignores

        _complain(report)
        code = add_ignores(report, options.add_ignore)
        return ExitCode.OK if code == ExitCode.FOUND and options.exit_zero else code
    if options.fix or options.diff:
        report, diff = _fixed(report, asked)
        if options.diff:
            _complain(report)
            emit(diff)
            return ExitCode.FAILED if report.errors else _found_if(bool(diff) and not options.exit_zero)
    _complain(report)
    if WITH_EDITS & {output.format for output in wanted}:
        from lintlight.fix import with_edits

        report = with_edits(report)
    with profile.stage("report"):
        for output in wanted:
            _write(report, output)
    code = exit_code(report, exit_zero=options.exit_zero, probe_required=options.probe == "require")
    return ExitCode.FOUND if code == ExitCode.OK and report.fixed and options.exit_non_zero_on_fix else code


@dataclass(frozen=True)
class Asked:
    """What one run checks: files, under the settings that hold for each."""

    options: CheckOptions
    scopes: list[Scope]
    errors: Sequence[FileError]
    """What was named and cannot be looked into."""
    read: Callable[[Path], SourceText]
    profile: Profile

    def report(self, texts: Mapping[Path, SourceText]) -> Report:
        """What is found, with `texts` in the place of the files that they are of."""
        is_plain = not texts or self.read is read_source
        reader = self.read if is_plain else lambda path: texts.get(path) or self.read(path)
        with standing_in(texts):
            checked = [_checked(scope, self.errors, reader, self.options, self.profile) for scope in self.scopes]
        return replace(joined(checked), with_summary=not self.options.quiet)

    def shown(self, report: Report) -> Report:
        """The report without what is less sure than its settings ask for."""
        return by_scope(report, self.scopes, lambda part, own: visible(part, own.min_confidence))


def _asked(
    options: CheckOptions,
    settings: Settings,
    configurations: Configurations,
    read: Callable[[Path], SourceText],
    profile: Profile,
) -> Asked:
    """The files below what the command line names; `settings` are those of the folder around all of it."""
    found = find_files(
        options.paths,
        root=settings.root,
        exclude=(*settings.exclude, *settings.extend_exclude),
        force_exclude=settings.force_exclude,
        unsaved=options.stdin_filename,
    )
    explicit = {Path(os.path.abspath(path)) for path in options.paths}
    scopes = scoped(found.files, explicit, lambda folder: settings_for(options, configurations, folder))
    return Asked(options, scopes or [Scope(settings, ())], found.errors, read, profile)


def _judged(asked: Asked, *, with_trees: bool) -> Report:
    """What is found, less what the baseline forgives, with the verdicts of the probe where it was asked."""
    options, report = asked.options, asked.report({})
    if options.baseline is not None:
        from lintlight.command_baseline import judged_by

        report = judged_by(options.baseline, report, asked.scopes, asked.shown, update=options.update_baseline)
    if options.probe == "off":
        return report
    with asked.profile.stage("probe"):
        return by_scope(report, asked.scopes, lambda part, own: _probed(part, own, options, with_trees=with_trees))


def _fixed(report: Report, asked: Asked) -> tuple[Report, bytes]:
    """What is left after fixing, and the diff when that was asked for."""
    from lintlight.command_fix import Fixes, fix_report

    options = asked.options
    if options.stdin_filename is not None and not options.diff:
        raise ConfigError("`--fix` cannot write what came from stdin; use `--diff`")

    def recheck(texts: Mapping[Path, SourceText]) -> Report:
        again = asked.report(texts)
        if options.baseline is not None:
            from lintlight.command_baseline import without_known

            again = without_known(options.baseline, again)
        return asked.shown(again)

    return fix_report(report, recheck, Fixes(options.unsafe_fixes, options.diff))


def _checked(
    scope: Scope,
    errors: Sequence[FileError],
    read: Callable[[Path], SourceText],
    options: CheckOptions,
    profile: Profile,
) -> Report:
    """What is found under the settings of some files; kept from an earlier run where nothing has changed since."""
    root, files, settings = Path.cwd(), scope.files, scope.settings
    with profile.stage("look into the cache"):
        cache = _cache(settings, options) if read is read_source and files else None
        kept = check_kept(files, settings, cache, root=root, errors=errors) if cache is not None else None
    if kept is not None:
        return kept
    from lintlight.pool import cores
    from lintlight.registry import rules_for

    rules, jobs = rules_for(settings, options.rules), (options.jobs or cores()) if is_as_on_the_disk() else 1
    return check(files, settings, rules, root=root, errors=errors, read=read, jobs=jobs, cache=cache, profile=profile)


def _cache(settings: Settings, options: CheckOptions) -> Cache | None:
    if options.no_cache or options.rules or settings.packs:
        return None  # what somebody else's rules look at is not known
    from lintlight.cache import FOLDER, Cache
    from lintlight.registry import built_in_folder

    return Cache(options.cache_dir or settings.root / FOLDER, settings, built_in_folder())


def _with_stdin(options: CheckOptions) -> tuple[CheckOptions, Callable[[Path], SourceText]]:
    """The options with the name that stdin stands for in the place of `-`, and what reads files and stdin."""
    if STDIN not in options.paths:
        return replace(options, stdin_filename=None), read_source
    name = Path(os.path.abspath(options.stdin_filename or "stdin.py"))
    if os.path.isdir(name):
        raise ConfigError(f"`--stdin-filename {options.stdin_filename}` is a folder; name a file")
    if sys.stdin is None:
        raise ConfigError("`-` means stdin, which is closed")
    data = sys.stdin.buffer.read()

    def read(path: Path) -> SourceText:
        return decode_source(path, data) if path == name else read_source(path)

    return replace(options, stdin_filename=name, paths=tuple(name if p == STDIN else p for p in options.paths)), read


def exit_code(report: Report, *, exit_zero: bool = False, probe_required: bool = False) -> ExitCode:
    """FAILED when something could not be done, FOUND when a finding counts, else OK."""
    unprobed = any(
        finding.verdict is not None and finding.verdict.status is VerdictStatus.NOT_PROBED
        for finding in report.findings
        if counts(finding)
    )
    if report.errors or (probe_required and unprobed):
        return ExitCode.FAILED
    return _found_if(any(counts(finding) for finding in report.findings) and not exit_zero)


def _found_if(anything: bool) -> ExitCode:
    return ExitCode.FOUND if anything else ExitCode.OK


def settings_for(options: CheckOptions, configurations: Configurations, folder: Path) -> Settings:
    """The configuration file nearest to a folder, overruled by the command line."""
    settings = Settings(root=Path.cwd()) if options.isolated else configurations.settings(folder)
    settings = overruled(settings, options.config)
    return replace(
        settings,
        select=options.select or settings.select,
        extend_select=(*settings.extend_select, *options.extend_select),
        ignore=(*settings.ignore, *options.ignore),
        extend_exclude=(*settings.extend_exclude, *options.exclude),
        force_exclude=options.force_exclude or settings.force_exclude,
        min_confidence=Confidence(options.min_confidence) if options.min_confidence else settings.min_confidence,
    )


def common_folder(paths: tuple[Path, ...]) -> Path:
    """The deepest folder that holds all the paths."""
    folders = [path if os.path.isdir(path) else path.parent for path in (Path(os.path.abspath(path)) for path in paths)]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # different drives
        return Path.cwd()


def _probed(report: Report, settings: Settings, options: CheckOptions, *, with_trees: bool) -> Report:
    """The report with a verdict on every finding that the probe can judge, and with whole modules for a page."""
    from lintlight.command_probe import probe_report

    return probe_report(report, settings, init=options.init, python=options.python, with_trees=with_trees)


def _complain(report: Report) -> None:
    """Say on stderr what could not be checked, whatever the format on stdout."""
    _complain_of(report.errors)
    if not report.files_checked and not report.errors and report.with_summary:
        say("no Python files found under the given paths")


def _complain_of(errors: Sequence[FileError]) -> None:
    for error in errors:
        say(f"{printable(shown_path(error.path, Path.cwd()))}: {printable(error.message)}")


def _write(report: Report, output: Output) -> None:
    """Write one report to where it goes."""
    if output.file is not None:
        try:
            output.file.write_bytes(_in_utf8(rendered(report, output.format)))
        except OSError as error:
            raise ConfigError(f"`{output.file}` cannot be written: {error.strerror or error}") from error
    elif output.counts:
        emit(rendered_statistics(report, output.format))
    elif output.format == "text" and draws_in_colour(os.environ):
        from lintlight.report.links import links_of
        from lintlight.report.terminal import draw

        links = links_of(os.environ, is_terminal=sys.stdout.isatty())
        emit(drawn(lambda console: draw(report, console, links)))
    else:
        content = rendered(report, output.format)
        emit(content if output.format in FOR_PEOPLE else _in_utf8(content))


def _in_utf8(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
