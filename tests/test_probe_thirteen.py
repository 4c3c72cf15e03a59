"""Wherever a mode is set, the probe sees what the training step sees."""

import sys
from pathlib import Path

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from tests.bench.probe_findings import finding

CASES = Path(__file__).parent / "probe_cases" / "thirteen.py"
IN_TRAIN = VerdictStatus.REFUTED, "at the first training_step 48 of 48 submodules of `bert` are in train mode"
IN_EVAL = VerdictStatus.CONFIRMED, "at the first training_step 48 of 48 submodules of `bert` are in eval mode"
PARTLY = VerdictStatus.CONFIRMED, "at the first training_step 42 of 48 submodules of `bert` are in eval mode"

EXPECTED = {
    "Left": IN_EVAL,
    "InConstructor": IN_TRAIN,
    "OnFitStart": IN_TRAIN,
    "OnTrainStart": IN_TRAIN,
    "OnTrainEpochStart": IN_TRAIN,
    "OnTrainBatchStart": IN_TRAIN,
    "OnValidationModelTrain": IN_TRAIN,
    "OnValidationEpochEnd": IN_EVAL,
    "BuiltInSetup": IN_EVAL,
    "BuiltInConfigureModel": IN_EVAL,
    "PartlyInEval": PARTLY,
    "OverriddenTrain": IN_EVAL,
    "FirstLineOfTheStep": IN_TRAIN,
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    settings = ProbeSettings(python=Path(sys.executable), root=CASES.parent)
    found = probe([finding(CASES, name, "bert") for name in EXPECTED], settings)
    return {name: each.verdict for name, each in zip(EXPECTED, found, strict=True) if each.verdict}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    status, reason = EXPECTED[name]
    verdict = verdicts[name]
    assert verdict.status is status, verdict.reason
    assert verdict.reason.startswith(reason)
    expected = Strength.FULL if status is VerdictStatus.REFUTED else Strength.DEFAULT_CONFIG
    assert verdict.strength is expected
