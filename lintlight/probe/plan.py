"""Findings -> jobs: what the worker is asked, one job for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lintlight.model import Claim, Finding, ProbeRequest
from lintlight.probe.settings import ProbeSettings

EXPERIMENTS: Mapping[Claim, tuple[str, ...]] = {
    Claim.TRAINED_IN_EVAL: ("mode", "effect"),
    Claim.EVAL_LEFT_ON: ("mode",),
    Claim.OVERRIDE_NOT_CALLED: ("mode", "effect"),
    Claim.WEIGHTS_LEFT_IN: ("steps",),
    Claim.NO_STEP_COUNTS: ("steps",),
    Claim.NOT_EVERY_STEP_COUNTS: ("steps",),
    Claim.RESUME_FAILS: ("checkpoint",),
    Claim.WEIGHTS_NOT_SAVED: ("checkpoint",),
    Claim.TYPOS_HIDDEN: ("checkpoint",),
}
"""What the worker does in order to see whether a claim is true."""


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


def plan(findings: Sequence[Finding], settings: ProbeSettings) -> tuple[Job, ...]:
    """The jobs for the findings that can be probed, in their order."""
    wanted: dict[tuple[Path, str], list[ProbeRequest]] = {}
    for finding in findings:
        if finding.probe is not None and not finding.probe.in_callback:
            wanted.setdefault((finding.probe.path, finding.probe.class_name), []).append(finding.probe)
    return tuple(job(path, name, requests, settings) for (path, name), requests in wanted.items())


def job(path: Path, class_name: str, requests: Sequence[ProbeRequest], settings: ProbeSettings) -> Job:
    """The job of one class: all its attributes and experiments, each once."""
    watched = [request for request in requests if "mode" in EXPERIMENTS[request.claim]]
    attributes = tuple(dict.fromkeys(request.attribute for request in watched))
    experiments = dict.fromkeys(name for request in requests for name in EXPERIMENTS[request.claim])
    experiments |= dict.fromkeys(["tree"] if settings.with_trees else [])
    plain = Job(path, class_name, attributes, tuple(experiments))
    own = [arguments for key, arguments in settings.init_by_class.items() if names_class(key, plain.name)]
    return replace(plain, init={**settings.init, **(own[0] if own else {})})


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
