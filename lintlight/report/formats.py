"""The output formats by name, and where each report of a run goes."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from lintlight.model import Report

FORMATS = {
    "text": ("text", "render"),
    "concise": ("text", "concise"),
    "json": ("json", "render"),
    "json-full": ("json", "render_full"),
    "jsonl": ("json", "render_lines"),
    "github": ("github", "render"),
    "gitlab": ("gitlab", "render"),
    "junit": ("junit", "render"),
    "markdown": ("markdown", "render"),
    "sarif": ("sarif", "render"),
    "html": ("html", "render"),
}
"""Format -> module and function; a module is imported when its format is asked for."""
FOR_PEOPLE = frozenset({"text", "concise"})
"""Written in the terminal's encoding; all others are UTF-8, as most of them say themselves."""

STATISTICS = {"text": ("text", "statistics"), "concise": ("text", "statistics"), "json": ("json", "statistics")}
"""The same for how often each rule was broken."""


def rendered(report: Report, name: str) -> str:
    """The report in one of the formats."""
    return _called(FORMATS[name], report)


def rendered_statistics(report: Report, name: str) -> str:
    """How often each rule was broken."""
    return _called(STATISTICS[name], report)


def _called(place: tuple[str, str], report: Report) -> str:
    module, function = place
    text: str = getattr(import_module(f"lintlight.report.{module}"), function)(report)
    return text


class Output(NamedTuple):
    """One report to write; no file means stdout."""

    format: str
    file: Path | None = None
    counts: bool = False
    """Only how often each rule was broken."""


class UnknownFormat(ValueError):
    """A format that does not exist; the message lists those that do."""


def outputs(stdout_format: str | None, others: Sequence[str], *, statistics: bool = False) -> list[Output]:
    """What `--output-format` and each `--output FORMAT:FILE` ask for; text on stdout when nothing else goes there.

    With `statistics` stdout gets those. Raises UnknownFormat.
    """
    wanted = [_parsed(other) for other in others]
    if stdout_format is not None or all(output.file is not None for output in wanted):
        wanted.insert(0, Output(stdout_format or "text"))
    return [_counting(output) if statistics and output.file is None else output for output in wanted]


def _counting(output: Output) -> Output:
    if output.format not in STATISTICS:
        raise UnknownFormat(f"`--statistics` cannot be {output.format}; it can be {', '.join(STATISTICS)}")
    return output._replace(counts=True)


def _parsed(argument: str) -> Output:
    name, colon, file = argument.partition(":")
    if name not in FORMATS or not (colon and file):
        raise UnknownFormat(
            f"`--output {argument}` is not FORMAT:FILE (`-` is stdout); the formats are {', '.join(FORMATS)}"
        )
    return Output(name, None if file == "-" else Path(file))
