"""`lintlight probe`: what one module looks like when its first training step begins."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lintlight.config import ConfigError
from lintlight.exit_codes import ExitCode
from lintlight.probe.plan import Job, job
from lintlight.probe.runner import run
from lintlight.probe.settings import ProbeSettings
from lintlight.probe.tree import lines, parts
from lintlight.probe.verdict import why_not_shown
from lintlight.report.shown import printable

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    "name": "bold", "type": "dim", "train": "green", "eval": "yellow", "mixed": "magenta", "learns": "cyan",
    "frozen": "blue", "lost": "red", "note": "default",
}  # fmt: skip
EXPERIMENTS = ("mode", "effect", "tree")


def target_of(text: str, folder: Path) -> tuple[Path, str]:
    """The file and class that `path/file.py::Class` or `package.module:Class` names, seen from a folder."""
    file, separator, name = text.partition("::")
    if separator and name:
        path = folder / file
        if not path.is_file():
            raise ConfigError(f"`{file}` is no file")
        return path, name
    if separator:
        raise ConfigError(f"`{text}` names no class; write `{file}::Class`")
    module, separator, name = text.partition(":")
    if not separator or not name:
        raise ConfigError(f"`{text}` is neither `package.module:Class` nor `path/file.py::Class`")
    below = Path(*module.split("."))
    for base in (folder, folder / "src"):
        for path in (base / below.with_suffix(".py"), base / below / "__init__.py"):
            if path.is_file():
                return path, name
    raise ConfigError(f"there is no module `{module}` below this folder or its `src`; name the file: `path.py::{name}`")


def show(target: str, settings: ProbeSettings, progress: Any) -> tuple[Job, Mapping[str, Any]]:
    """What the worker saw of the class."""
    path, name = target_of(target, Path.cwd())
    asked = replace(job(path, name, (), settings), experiments=EXPERIMENTS)
    return asked, run([asked], settings, progress)[0]


def as_json(asked: Job, evidence: Mapping[str, Any]) -> str:
    """Everything that was seen."""
    data = {"path": str(asked.path), "class": asked.class_name, **evidence}
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def failure_of(asked: Job, evidence: Mapping[str, Any]) -> str:
    """Why there is no tree and what to do about it; empty when there is one."""
    return "" if "tree" in evidence else "; ".join(why_not_shown(asked.class_name, evidence))


def draw(evidence: Mapping[str, Any], console: Console) -> None:
    """The tree on a terminal, or without colour anywhere else."""
    from rich.text import Text

    for line in lines(evidence):
        text = Text("  " * line.depth)
        for number, (words, meaning) in enumerate(parts(line)):
            text.append("  " if number else "")
            text.append(printable(words), STYLES[meaning])
        console.print(text, soft_wrap=True)
    for note in notes(evidence):
        console.print(Text(printable(note), "dim"), soft_wrap=True)


def notes(evidence: Mapping[str, Any]) -> list[str]:
    """What the tree rests on: how the fit went, where arguments and pretrained parts are from."""
    fit: Mapping[str, Any] = evidence.get("fit") or {}
    found = [
        "",
        f"seen in {'Trainer.fit' if fit.get('how') == 'strict' else 'Trainer.fit, whose failing hooks were skipped'}",
    ]
    found += [f"  failed: {hook['stage']}: {hook['type']}: {hook['message']}" for hook in fit.get("hooks_failed", ())]
    arguments = [
        f"{each['name']}={each['value']} ({each.get('place', each['source'])})"
        for each in evidence.get("arguments", ())
        if each["source"] != "default"
    ]
    if arguments:
        found.append("arguments: " + ", ".join(arguments))
    for each in evidence.get("pretrained", ()):
        shrunk = f", {each['shrunk']}" if each["shrunk"] else ""
        found.append(f"`{each['checkpoint']}`: {each['model_type']} ({each['how']}{shrunk})")
    return found


def run_show(target: str, output_format: str, options: Mapping[str, Any]) -> int:
    """Probe one class and print what it looks like; FAILED when it could not be probed."""
    from rich.console import Console

    from lintlight.command_probe import probe_settings, progress_shown
    from lintlight.config import load_settings
    from lintlight.console import draws_in_colour, emit, say

    file, _ = target_of(target, Path.cwd())
    settings = probe_settings(load_settings(Path.cwd()), here=file, **options)
    with progress_shown(os.environ) as progress:
        asked, evidence = show(target, settings, progress)
    if output_format == "json":
        emit(as_json(asked, evidence))
    problem = failure_of(asked, evidence)
    if problem:
        say(printable(problem))
        return ExitCode.FAILED
    if output_format == "text":
        out = io.StringIO()
        in_colour = draws_in_colour(os.environ)
        draw(evidence, Console(file=out, force_terminal=in_colour, no_color=not in_colour, width=200))
        emit(out.getvalue())
    return ExitCode.OK
