"""Where a hasty probe would confirm what is right, or refute what is wrong."""

import sys
from pathlib import Path

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from tests.bench.probe_findings import finding

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
    settings = ProbeSettings(python=Path(sys.executable), root=CASES.parent)
    found = probe([finding(CASES, name, "bert") for name in EXPECTED], settings)
    return {name: each.verdict for name, each in zip(EXPECTED, found, strict=True) if each.verdict}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    assert (verdict.status, verdict.strength) == EXPECTED[name], verdict.reason
    assert bool(verdict.hint) == (verdict.status is NOT_PROBED)
