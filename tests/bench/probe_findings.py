"""Findings that no rule has made, to ask the probe about any class."""

from pathlib import Path

from lintlight.model import Claim, Confidence, Finding, Position, ProbeRequest, Severity, Span


def finding(path: Path, class_name: str, attribute: str) -> Finding:
    """`attribute` of a class is said to learn in eval mode."""
    span = Span(path, Position(1, 1), Position(1, 2))
    request = ProbeRequest(path, class_name, attribute, Claim.TRAINED_IN_EVAL)
    return Finding("LL101", "a-rule", "message", Severity.ERROR, Confidence.HIGH, span, probe=request)
