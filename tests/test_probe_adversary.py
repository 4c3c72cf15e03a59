"""Where a hasty probe would confirm what is right, or refute what is wrong."""

from pathlib import Path

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from tests.bench.probe_findings import verdicts_on

CASES = Path(__file__).parent / "probe_cases" / "adversary" / "models.py"
CONFIRMED, REFUTED, NOT_PROBED = VerdictStatus.CONFIRMED, VerdictStatus.REFUTED, VerdictStatus.NOT_PROBED

EXPECTED = {
    "DetachedButInTheOptimizer": (REFUTED, Strength.TOLERANT),
    "FrozenEmbeddingsInEval": (REFUTED, Strength.FULL),
    "FrozenEmbeddingsRestInEval": (CONFIRMED, Strength.FULL),
    "SwitchedByTheScript": (NOT_PROBED, Strength.FLAGS_ONLY),
    "SwitchedByACallback": (NOT_PROBED, Strength.FLAGS_ONLY),
    "EvaluatedAfterwards": (CONFIRMED, Strength.FULL),
    "OptimizerNeedsTheData": (NOT_PROBED, Strength.FLAGS_ONLY),
    "OptimizerNeedsTheDataForAll": (CONFIRMED, Strength.TOLERANT),
    "EvalFromTheSecondEpochOn": (REFUTED, Strength.TOLERANT),
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return verdicts_on(CASES, EXPECTED, "bert")


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    assert (verdict.status, verdict.strength) == EXPECTED[name], verdict.reason
    assert bool(verdict.hint) == (verdict.status is NOT_PROBED)
