"""What strangers' classes do that the probe has to go along with: one run over all of them."""

import sys
from pathlib import Path

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe import ProbeSettings, probe
from tests.bench.probe_findings import finding

FOLDER = Path(__file__).parent / "probe_cases" / "strangers"
CONFIRMED, REFUTED, NOT_PROBED = VerdictStatus.CONFIRMED, VerdictStatus.REFUTED, VerdictStatus.NOT_PROBED

EXPECTED = {
    ("models.py", "Protein"): (VerdictStatus.HARMLESS, Strength.DEFAULT_CONFIG),
    ("models.py", "ByKeyword"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "Linked"): (CONFIRMED, Strength.ASSUMED),
    ("models.py", "LoadedByTarget"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "TwoLoaders"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "Abstract"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "AbstractAlone"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "Detached"): (REFUTED, Strength.TOLERANT),
    ("models.py", "DetachedFromAWrongHead"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "NeedsAPackage"): (NOT_PROBED, Strength.FLAGS_ONLY),
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """The verdicts by the name of the class."""
    settings = ProbeSettings(python=Path(sys.executable), root=FOLDER)
    found = probe([finding(FOLDER / file, name, "bert") for file, name in EXPECTED], settings)
    return {name: each.verdict for (_, name), each in zip(EXPECTED, found, strict=True) if each.verdict}


@pytest.mark.parametrize("key", EXPECTED, ids=lambda key: key[1])
def test_verdict(key: tuple[str, str], verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[key[1]]
    assert (verdict.status, verdict.strength) == EXPECTED[key], verdict.reason


def test_the_project_constructs_it_but_for_a_package(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["NeedsAPackage"]
    assert "; `start.py:5` constructs it, and raised ModuleNotFoundError" in verdict.reason
    assert verdict.hint.startswith("install `a_package_that_is_not_here` for ")


def test_an_heir_stands_for_an_abstract_class(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["Abstract"].reason.endswith(" (as its heir `Concrete`)")
    assert verdicts["AbstractAlone"].hint == "probe a class that derives from it"
