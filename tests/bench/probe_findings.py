"""Findings that no rule has made, to ask the probe about any class."""

import sys
from collections.abc import Iterable
from pathlib import Path

from lintlight.model import Claim, Confidence, Finding, Position, ProbeRequest, Severity, Span, Verdict
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings


def finding(path: Path, class_name: str, attribute: str) -> Finding:
    """`attribute` of a class is said to learn in eval mode."""
    span = Span(path, Position(1, 1), Position(1, 2))
    request = ProbeRequest(path, class_name, attribute, Claim.TRAINED_IN_EVAL)
    return Finding("LL101", "a-rule", "message", Severity.ERROR, Confidence.HIGH, span, probe=request)


def verdicts_on(path: Path, class_names: Iterable[str], attribute: str) -> dict[str, Verdict]:
    """What the probe says of each class of a file, in this interpreter."""
    names = list(class_names)
    settings = ProbeSettings(python=Path(sys.executable), root=path.parent)
    found = probe([finding(path, name, attribute) for name in names], settings)
    return {name: each.verdict for name, each in zip(names, found, strict=True) if each.verdict}
