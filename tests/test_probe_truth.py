"""Every row of the truth through the probe: it confirms nothing that is right, refutes nothing that is wrong."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from lintlight.model import Finding, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from tests.truth.claims import Claim, claims_in

MOST_NOT_PROBED = 0.05
CONFIRMED, HARMLESS = VerdictStatus.CONFIRMED, VerdictStatus.HARMLESS
REFUTED, NOT_PROBED = VerdictStatus.REFUTED, VerdictStatus.NOT_PROBED
JUDGED = {"LL101", "LL102", "LL103", "LL104", "LL201", "LL202", "LL301", "LL302", "LL303", "LL304"}
Judged = list[tuple[Claim, Finding]]


@pytest.fixture(scope="module")
def judged(models: Path) -> Judged:
    """All claims with their verdicts, from one server."""
    every = claims_in(models)
    assert {claim.finding.code for claim in every} == JUDGED
    assert min(Counter(claim.true for claim in every).values()) > 200
    settings = ProbeSettings(python=Path(sys.executable), root=models)
    found = list(zip(every, probe([claim.finding for claim in every], settings), strict=True))
    counts = Counter((claim.true, finding.verdict.status.value) for claim, finding in found if finding.verdict)
    for (true, status), count in sorted(counts.items()):
        print(f"{'true' if true else 'false'} claims {status}: {count}")
    return found


def told(judged: Judged, true: bool, *statuses: VerdictStatus) -> list[str]:
    """The claims of one kind that got one of these verdicts."""
    return [
        f"{claim.label}: {finding.verdict.status.value}: {finding.verdict.reason}"
        for claim, finding in judged
        if claim.true is true and finding.verdict is not None and finding.verdict.status in statuses
    ]


def test_nothing_right_is_confirmed(judged: Judged) -> None:
    assert told(judged, False, CONFIRMED) == []


def test_nothing_wrong_is_refuted(judged: Judged) -> None:
    assert told(judged, True, REFUTED, HARMLESS) == []


def test_it_is_not_right_by_silence(judged: Judged) -> None:
    silent = [*told(judged, True, NOT_PROBED), *told(judged, False, NOT_PROBED)]
    print(len(silent), "of", len(judged), "not probed:", *silent, sep="\n")
    assert len(silent) <= MOST_NOT_PROBED * len(judged), silent


def test_what_is_not_probed_says_what_to_do(judged: Judged) -> None:
    for _, finding in judged:
        assert finding.verdict is not None
        assert bool(finding.verdict.hint) == (finding.verdict.status is NOT_PROBED), finding.verdict
