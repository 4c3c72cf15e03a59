"""Findings -> jobs: what the worker is asked, one job for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lintlight.model import Finding, ProbeRequest


@dataclass(frozen=True)
class Job:
    """One class to construct and watch."""

    path: Path
    class_name: str
    attributes: tuple[str, ...]
    experiments: tuple[str, ...]
    init: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`package.module:Class`, the key for its own constructor arguments."""
        return f"{module_name(self.path)}:{self.class_name}"


def plan(
    findings: Sequence[Finding], init: Mapping[str, Any], init_by_class: Mapping[str, Mapping[str, Any]]
) -> tuple[Job, ...]:
    """The jobs for the findings that can be probed, in their order."""
    wanted: dict[tuple[Path, str], list[ProbeRequest]] = {}
    for finding in findings:
        if finding.probe is not None and not finding.probe.in_callback:
            wanted.setdefault((finding.probe.path, finding.probe.class_name), []).append(finding.probe)
    return tuple(job(path, name, requests, init, init_by_class) for (path, name), requests in wanted.items())


def job(
    path: Path,
    class_name: str,
    requests: Sequence[ProbeRequest],
    init: Mapping[str, Any],
    init_by_class: Mapping[str, Mapping[str, Any]],
) -> Job:
    """The job of one class: all its attributes and experiments, each once."""
    moded = [request for request in requests if {"mode", "effect"} & set(request.experiments)]
    attributes = tuple(dict.fromkeys(request.attribute for request in moded))
    experiments = tuple(dict.fromkeys(name for request in requests for name in request.experiments))
    plain = Job(path, class_name, attributes, experiments)
    own = [arguments for key, arguments in init_by_class.items() if names_class(key, plain.name)]
    return Job(path, class_name, attributes, experiments, {**init, **(own[0] if own else {})})


def names_class(key: str, name: str) -> bool:
    """Whether a key of the settings means the class: the whole name, or its end after a dot."""
    return name == key or name.endswith("." + key)


def module_name(path: Path) -> str:
    """The dotted name of a file, from the first folder upwards that is no package."""
    names = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names)
