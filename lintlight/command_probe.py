"""`check --probe`: settings and options to the probe's own settings, and its verdicts into the report."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lintlight.config import ConfigError
from lintlight.model import Report
from lintlight.probe.probing import probe, show_nothing
from lintlight.probe.runner import Progress
from lintlight.probe.settings import ProbeSettings
from lintlight.report.shown import printable
from lintlight.settings import Settings
from lintlight.source.roots import project_root


def probe_report(
    report: Report, settings: Settings, *, init: Sequence[str], python: str | None, with_trees: bool = False
) -> Report:
    """The report with a verdict on every finding that the probe can judge; suppressed ones are left alone."""
    asked = [finding for finding in report.findings if finding.suppressed is None]
    chosen = probe_settings(settings, here=asked[0].span.path if asked else None, init=init, python=python)
    chosen = replace(chosen, with_trees=with_trees)
    with progress_shown(os.environ, quiet=not report.with_summary) as progress:
        judged = iter(probe(asked, chosen, progress))
    findings = tuple(next(judged) if finding.suppressed is None else finding for finding in report.findings)
    return replace(report, findings=findings)


def probe_settings(
    settings: Settings,
    *,
    here: Path | None = None,
    init: Sequence[str] = (),
    python: str | None = None,
    **options: Any,
) -> ProbeSettings:
    """What `[tool.lintlight.probe]` says, overruled by the command line; paths in the file are relative to it.

    Without a configuration the project is the one around `here`, or around the working folder.
    `options` are further fields of ProbeSettings from the command line; None stands for an option that was not given.
    """
    table = settings.probe
    given: dict[str, Any] = {
        "root": settings.root if settings.source is not None else project_root(here or Path.cwd()),
        "init": {**table.get("init", {}), **init_values(init)},
        "init_by_class": {name: dict(value.get("init", {})) for name, value in table.items() if ":" in name},
        "arch": table.get("arch", {}),
        "config_dirs": tuple(settings.root / folder for folder in table.get("config-dirs", ())),
        "batch": table.get("batch", ""),
        "factory": table.get("factory", ""),
        **{name: table[name] for name in ("weights", "device") if name in table},
        **{name: settings.root / table[name] for name in ("config", "checkpoint") if name in table},
        **{name: value for name, value in options.items() if value is not None},
    }
    if python is not None:
        given["python"] = Path(python)
    elif "python" in table:
        given["python"] = settings.root / table["python"]
    if "timeout" in table:
        given["timeout_s"] = table["timeout"]
    if "memory" in table:
        given["memory_mb"] = table["memory"]
    return ProbeSettings(**given)


def init_values(pairs: Sequence[str]) -> Mapping[str, Any]:
    """`lr=0.1` and `name=bert` as values: JSON where it is JSON, else text."""
    values: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.isidentifier():
            raise ConfigError(f"`--init {pair}` is not `name=value`")
        try:
            values[name] = json.loads(text)
        except json.JSONDecodeError:
            values[name] = text
    return values


@contextmanager
def progress_shown(environment: Mapping[str, str], *, quiet: bool = False) -> Iterator[Progress]:
    """What shows the progress: a bar over the classes on a terminal, wiped in the end; nothing anywhere else."""
    if quiet or not sys.stderr.isatty() or environment.get("TERM") == "dumb":
        yield show_nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    # The bar owns stderr only: what is printed elsewhere meanwhile stays as it is.
    bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    task = bar.add_task("")
    with ExitStack() as until_done:

        def show(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=printable(name))
            if not bar.live.is_started:  # only now is it known that there is something to probe
                until_done.enter_context(bar)

        yield show
