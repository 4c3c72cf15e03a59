"""What `--baseline` and `--update-baseline` do: known findings are marked, and written down when that is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from lintlight import baseline
from lintlight.config import ConfigError
from lintlight.console import say
from lintlight.elsewhere import Elsewhere
from lintlight.model import Report
from lintlight.scan import Scanned
from lintlight.scopes import Scope
from lintlight.selection import selected_codes
from lintlight.source.files import bytes_of
from lintlight.world import World


def without_known(given: Path, report: Report) -> Report:
    """The report with what the baseline in a file knows marked. Raises ConfigError."""
    return _marked(given, report, ())[0]


def judged_by(
    given: Path, report: Report, scopes: Sequence[Scope], shown: Callable[[Report], Report], *, update: bool
) -> Report:
    """The same for the report of a whole run, with a word about what is gone, after writing the baseline if asked to.

    Raises ConfigError.
    """
    if update:
        _write(given, shown(report), scopes)
    marked, gone = _marked(given, report, scopes)
    if gone:
        are = "is" if gone == 1 else "are"
        say(f"{gone} of the findings in {given} {are} gone; take them out with `--update-baseline`")
    return marked


def _write(given: Path, report: Report, scopes: Sequence[Scope]) -> None:
    file = Path(os.path.abspath(given))
    try:
        before = bytes_of(file) if file.exists() else b""
        others = _not_judged(before, file.parent, report, scopes)
        file.write_text(baseline.render(report, file.parent, others), "utf-8")
    except OSError as error:
        raise ConfigError(f"{given} cannot be written: {error.strerror or error}") from error
    except baseline.BadBaseline as error:
        raise ConfigError(f"{given} {error}") from error


def _marked(given: Path, report: Report, scopes: Sequence[Scope]) -> tuple[Report, int]:
    """The report, and how many known findings of what the run looked at are gone."""
    file = Path(os.path.abspath(given))
    try:
        data = bytes_of(file)
        marked, left = baseline.applied(report, baseline.read(data), file.parent)
        return marked, left - len(_not_judged(data, file.parent, report, scopes))
    except FileNotFoundError as error:
        raise ConfigError(f"{given} does not exist; write it with `--update-baseline`") from error
    except OSError as error:
        raise ConfigError(f"{given} cannot be read: {error.strerror or error}") from error
    except baseline.BadBaseline as error:
        raise ConfigError(f"{given} {error}") from error


def _not_judged(data: bytes, folder: Path, report: Report, scopes: Sequence[Scope]) -> list[baseline.Entry]:
    judged = _judged(report, scopes)
    elsewhere = Elsewhere(World({path: Scanned(path) for path in judged}))
    return baseline.not_judged(data, report, folder, judged, elsewhere.defines)


def _judged(report: Report, scopes: Sequence[Scope]) -> dict[Path, frozenset[str]]:
    """The files that a run looked at, each with the codes that were on."""
    rules = tuple(report.rules.values())
    codes = [(scope, selected_codes(rules, scope.settings)) for scope in scopes]
    return {path: on for scope, on in codes for path in scope.files}
