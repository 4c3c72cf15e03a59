"""What decides is the forward that a part learns by, not the first one."""

import sys
from pathlib import Path

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe import ProbeSettings, probe
from tests.bench.probe_findings import finding

CASES = Path(__file__).parent / "probe_cases" / "gradients.py"
IN_EVAL = VerdictStatus.CONFIRMED, Strength.DEFAULT_CONFIG, "at the first training_step 48 of 48 submodules of `bert`"
IN_TRAIN = VerdictStatus.REFUTED, Strength.FULL, "at the first training_step 48 of 48 submodules of `bert` are in train"
ALONE = "`bert` does not learn: it runs without gradients in training_step"

EXPECTED = {
    "Plain": IN_EVAL,
    "ReferenceFirst": IN_EVAL,
    "Checkpointed": IN_EVAL,
    "TrainFirst": IN_EVAL,
    "GreedyFirst": IN_TRAIN,
    "NeverWithGradients": (VerdictStatus.REFUTED, Strength.FULL, ALONE),
    "BreaksAfterwards": (VerdictStatus.REFUTED, Strength.TOLERANT, ALONE),
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    settings = ProbeSettings(python=Path(sys.executable), root=CASES.parent)
    found = probe([finding(CASES, name, "bert") for name in EXPECTED], settings)
    return {name: each.verdict for name, each in zip(EXPECTED, found, strict=True) if each.verdict}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    status, strength, reason = EXPECTED[name]
    verdict = verdicts[name]
    assert (verdict.status, verdict.strength) == (status, strength), verdict.reason
    assert verdict.reason.startswith(reason)
