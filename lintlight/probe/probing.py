"""The probe itself: findings in, the same findings with verdicts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lintlight.model import Finding, Severity, VerdictStatus
from lintlight.probe.evidence import Evidence
from lintlight.probe.plan import plan
from lintlight.probe.runner import Progress, run
from lintlight.probe.settings import ProbeSettings
from lintlight.probe.verdict import judge
from lintlight.probe.why_not import not_probed

IN_CALLBACK = (
    "it lies in a callback, and the probe's Trainer has none of the project's",
    "run the script that has the callback for two short epochs, and look at the module or its checkpoint afterwards",
)


def show_nothing(done: int, total: int, name: str) -> None:
    """Where nobody looks."""


def probe(findings: Sequence[Finding], settings: ProbeSettings, progress: Progress = show_nothing) -> list[Finding]:
    """The findings in the same order, those that can be probed with a verdict.

    `progress(done, total, name)` is called before each class, whose name is `package.module:Class`, and, with an empty
    name, at the end.
    """
    jobs = plan(findings, settings)
    evidence = {(job.path, job.class_name): seen for job, seen in zip(jobs, run(jobs, settings, progress), strict=True)}
    return [decided(finding, evidence) for finding in findings]


def decided(finding: Finding, evidence: Mapping[tuple[Path, str], Evidence]) -> Finding:
    """The finding with its verdict; what is true but does no harm is only information."""
    request = finding.probe
    if request is None:
        return finding
    if request.in_callback:
        return replace(finding, verdict=not_probed(*IN_CALLBACK, {}))
    verdict = judge(request, evidence[request.path, request.class_name])
    severity = Severity.INFO if verdict.status is VerdictStatus.HARMLESS else finding.severity
    return replace(finding, verdict=verdict, severity=severity)
