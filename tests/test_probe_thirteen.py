"""Wherever a mode is set, the probe sees what the training step sees."""

from pathlib import Path

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from tests.bench.probe_findings import verdicts_on

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
    return verdicts_on(CASES, EXPECTED, "bert")


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    status, reason = EXPECTED[name]
    verdict = verdicts[name]
    assert verdict.status is status, verdict.reason
    assert verdict.reason.startswith(reason)
    expected = Strength.FULL if status is VerdictStatus.REFUTED else Strength.DEFAULT_CONFIG
    assert verdict.strength is expected
