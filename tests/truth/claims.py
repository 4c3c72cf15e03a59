"""Claims about the classes of the fixtures that the probe is to judge: those that the rules make, and false ones."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lintlight.check import check
from lintlight.model import Claim as ProbeClaim
from lintlight.model import Confidence, Finding, Position, ProbeRequest, Severity, Span
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.truth.cases import FIXTURES, Case, fixture_files
from tests.truth.fitting import quietly
from tests.truth.load import beside, build, is_lightning_module, load

MODES = {
    "pretrained_left_in_eval": ("LL101",),
    "eval_left_on": ("LL101", "LL102"),
    "train_override_ignored": ("LL101", "LL103"),
    "mode_switch_without_effect": ("LL101", "LL104"),
}
STEPS = {"step_outside_training_step": ("LL201", "LL202"), "uncounted_optimizer": ("LL201", "LL202")}
CHECKPOINTS = {
    "dropped_keys_strict_loading": ("LL301", "LL302", "LL304"),
    "trained_weights_not_saved": ("LL301", "LL302", "LL304"),
    "strict_loading_ignored": ("LL303", "LL302", "LL304"),
    "strict_loading_hides_typos": ("LL301", "LL302", "LL304"),
}
CLAIMS = {
    "LL101": ProbeClaim.TRAINED_IN_EVAL,
    "LL102": ProbeClaim.EVAL_LEFT_ON,
    "LL103": ProbeClaim.OVERRIDE_NOT_CALLED,
    "LL104": ProbeClaim.TRAINED_IN_EVAL,
    "LL201": ProbeClaim.NO_STEP_COUNTS,
    "LL202": ProbeClaim.NO_STEP_COUNTS,
    "LL301": ProbeClaim.RESUME_FAILS,
    "LL302": ProbeClaim.WEIGHTS_NOT_SAVED,
    "LL303": ProbeClaim.RESUME_FAILS,
    "LL304": ProbeClaim.TYPOS_HIDDEN,
}
"""What a finding of each rule claims, most of the time."""


@dataclass(frozen=True)
class Claim:
    """A finding about one class, and whether a run of the class shows that it is true."""

    finding: Finding
    true: bool
    case: Case

    @property
    def label(self) -> str:
        """File, class, attribute and code."""
        request = self.finding.probe
        assert request is not None
        file = f"{request.path.parent.name}/{request.path.stem}"
        return f"{file}:{request.class_name}.{request.attribute} {self.finding.code}"


def claims_in(models: Path) -> list[Claim]:
    """The same, made where the tiny models lie."""
    with contextlib.chdir(models):
        return claims()


def claims() -> list[Claim]:
    """What the rules say about every class, and what they would have to be wrong to say."""
    cases = {(case.path, case.name): case for file in fixture_files() for case in file.cases}
    return [*_made_by_rules(cases), *(claim for case in cases.values() for claim in _false_ones(case))]


def _made_by_rules(cases: dict[tuple[Path, str], Case]) -> list[Claim]:
    """The findings that the probe takes; those on `# unsure` lines are false."""
    files = {file.path: file for file in fixture_files()}
    settings = Settings(root=FIXTURES.parent, select=("ALL",), min_confidence=Confidence.LOW)
    report = check(list(files), settings, load_rules(), root=FIXTURES.parent)
    found = []
    for finding in report.findings:
        if finding.probe is not None:
            line = finding.span.path.read_text(encoding="utf-8").splitlines()[finding.span.start.row - 1]
            true = f"unsure: {finding.code}" not in line
            found.append(Claim(finding, true, cases[finding.probe.path, finding.probe.class_name]))
    return found


def _false_ones(case: Case) -> list[Claim]:
    """For a class that is right, the findings that would be wrong; the deliberate ones do learn in eval mode."""
    folder = case.path.parent.name
    if case.base or case.script or case.codes or not is_lightning_module(getattr(load(case.path), case.name)):
        return []
    if folder in MODES:
        is_swapped = folder == "train_override_ignored" and _is_validated(case)
        swapped = [_finding(case, "LL103", "", ProbeClaim.WEIGHTS_LEFT_IN)] if is_swapped else []
        return [
            *(Claim(finding, False, case) for finding in swapped),
            *(
                Claim(_finding(case, code, attribute, CLAIMS[code]), case.deliberate, case)
                for attribute in _pretrained_attributes(case)
                for code in MODES[folder]
            ),
        ]
    codes = STEPS.get(folder) or CHECKPOINTS.get(folder, ())
    return [Claim(_finding(case, code, "", CLAIMS[code]), False, case) for code in codes]


def _finding(case: Case, code: str, attribute: str, claim: ProbeClaim) -> Finding:
    span = Span(case.path, Position(1, 1), Position(1, 2))
    request = ProbeRequest(case.path, case.name, attribute, claim)
    return Finding(code, "a-rule", "message", Severity.ERROR, Confidence.HIGH, span, probe=request)


def _is_validated(case: Case) -> bool:
    """Whether the class has a `train` of its own that a validation calls."""
    cls = getattr(load(case.path), case.name)
    own = {name for base in cls.__mro__ if "lightning" not in base.__module__ for name in vars(base)}
    return {"train", "validation_step"} <= own


def _pretrained_attributes(case: Case) -> list[str]:
    """The attributes of an object of the class that hold something of transformers."""
    from transformers import PreTrainedModel

    if case.crashes or case.never_trained:
        return []
    with quietly(), beside(case.path.parent):
        model: Any = build(load(case.path), case.name)
    return [
        name
        for name, child in model.named_children()
        if any(isinstance(part, PreTrainedModel) for part in child.modules())
    ]
