"""All that a rule may import."""

from lintlight.model import (
    Claim,
    Confidence,
    Edit,
    Finding,
    Fix,
    Grad,
    Mode,
    ProbeRequest,
    Related,
    Safety,
    Severity,
    Span,
    in_code,
)
from lintlight.rule import Rule
from lintlight.semantics import fixes, loading_fixes
from lintlight.semantics.heap import Asked
from lintlight.semantics.lightning import LightningClass, Step
from lintlight.semantics.walks.mode_switches import LeftInEval
from lintlight.semantics.walks.parts import Pretrained

__all__ = [
    "Asked",
    "Claim",
    "Confidence",
    "Edit",
    "Finding",
    "Fix",
    "Grad",
    "LeftInEval",
    "LightningClass",
    "Mode",
    "Pretrained",
    "ProbeRequest",
    "Related",
    "Rule",
    "Safety",
    "Severity",
    "Span",
    "Step",
    "fixes",
    "in_code",
    "loading_fixes",
]
