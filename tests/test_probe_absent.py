"""Packages that are not there: what needs none of them is probed, and what does is not."""

import ast
import sys
from pathlib import Path

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from lintlight.probe.worker.answered import guards_of
from tests.bench.probe_findings import finding

FOLDER = Path(__file__).parent / "probe_cases" / "absent"
CONFIRMED, NOT_PROBED = VerdictStatus.CONFIRMED, VerdictStatus.NOT_PROBED

NEED_NONE = (
    "NeedsNothing",
    "LogsIt",
    "OldOptimizer",
    "HoldsAScore",
    "GuardsItself",
    "GuardsAFile",
    "TagsAsBefore",
    "ScoresAsBefore",
    "MadeAfterAReturn",
)
NEED_ONE = {
    "HandsItOn": "absent_layers",
    "HandsOnAList": "absent_layers",
    "AsksIt": "absent_layers",
    "ComparesIt": "absent_layers",
    "MadeAndAsked": "absent_layers",
    "DerivedFromIt": "absent_layers",
    "Decorated": "absent_decorators",
    "AsksForItsKind": "absent_config",
    "HandsItOnInAHook": "absent_layers",
    "LooksAfterItInAHook": "absent_metrics",
    "OptimizesWithIt": "absent_layers",
    "LosesItInTheEnd": "absent_layers",
    "LosesItInItsOwnWay": "absent_layers",
    "AsksWhetherItIsNone": "absent_layers",
    "AsksWhatItHas": "absent_layers",
    "AsksWhetherAnythingIsTold": "wandb",
    "AsksAnHeir": "absent_layers",
    "CallsForAnEffect": "absent_layers",
    "HasADefault": "absent_layers",
    "CountsItsParts": "absent_layers",
}
OTHERS = (
    "HidesIt",
    "UsesItInTheStep",
    "NoModel",
    "KeepsItsOptions",
    "ThawsInARemovedHook",
    "CatchesItsErrors",
    "SchedulesWithIt",
)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """The verdicts by the name of the class."""
    names = [*NEED_NONE, *NEED_ONE, *OTHERS]
    settings = ProbeSettings(python=Path(sys.executable), root=FOLDER)
    found = probe([finding(FOLDER / "models.py", name, "bert") for name in names], settings)
    return {name: each.verdict for name, each in zip(names, found, strict=True) if each.verdict}


@pytest.mark.parametrize("name", NEED_NONE)
def test_confirmed_without_what_is_not_needed(name: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[name].status is CONFIRMED, verdicts[name].reason
    assert "cannot be imported here, and were not needed" in verdicts[name].reason


@pytest.mark.parametrize("name", NEED_ONE)
def test_not_probed_where_one_is_used(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    assert verdict.status is NOT_PROBED, verdict.reason
    assert f"{NEED_ONE[name]}" in verdict.reason
    assert verdict.hint.startswith(f"install `{NEED_ONE[name]}` for ")


def test_a_use_that_the_code_hides_is_found_out(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["HidesIt"]
    assert verdict.status is NOT_PROBED
    assert verdict.reason == (
        "`HidesIt` uses `absent_layers`, which cannot be imported here: without it another module may be trained"
    )
    assert verdict.hint.startswith("install `absent_layers` for ")


def test_a_step_that_uses_one_is_not_run_and_the_modes_are_seen(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["UsesItInTheStep"]
    assert verdict.status is CONFIRMED, verdict.reason
    assert not verdict.evidence["fit"]["step_ran"]
    assert verdict.evidence["fit"]["step_error"]["message"] == "No module named 'absent_metrics'"


def test_a_schedule_of_one_leaves_the_optimizer(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["SchedulesWithIt"]
    assert (verdict.status, verdict.strength) == (CONFIRMED, Strength.TOLERANT), verdict.reason
    assert "`absent_layers` cannot be imported here, and is given no part of the module" in verdict.reason


def test_a_model_that_this_version_lacks_is_told(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["NoModel"]
    assert verdict.status is NOT_PROBED
    assert verdict.reason.endswith("; `transformers.NoSuchModel` cannot be imported here")
    assert verdict.hint.startswith("give an interpreter with the version of `transformers` that the project asks for")


def test_scores_without_a_task_are_let_be(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["ScoresAsBefore"].evidence["fit"]["step_ran"]


def test_what_lightning_1_had_is_given_back(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["KeepsItsOptions"]
    assert (verdict.status, verdict.strength) == (CONFIRMED, Strength.ASSUMED), verdict.reason
    assert verdict.evidence["construct_s"] >= 0


def test_a_logger_that_decorates_a_hook_leaves_it_what_it_is(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["CatchesItsErrors"].status is VerdictStatus.REFUTED, verdicts["CatchesItsErrors"].reason


def test_a_hook_that_is_no_longer_called_decides_nothing(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["ThawsInARemovedHook"]
    assert verdict.status is NOT_PROBED
    assert verdict.reason == "`validation_epoch_end` sets a mode, and Lightning 2 no longer calls it"
    assert verdict.hint == "port it to `on_validation_epoch_end`, and probe again"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("try:\n    import a\nexcept ImportError:\n    pass\n", [(2, 2)]),
        ("try:\n    import a\n    b = 1\nexcept:\n    pass\n", [(2, 3)]),
        ("try:\n    import a\nexcept (ValueError, ModuleNotFoundError):\n    pass\n", [(2, 2)]),
        ("try:\n    import a\nexcept ValueError:\n    pass\n", []),
        ("try:\n    import a\nfinally:\n    pass\n", []),
        ("with contextlib.suppress(ImportError):\n    import a\n", [(2, 2)]),
        ("with open('a') as file:\n    import a\n", []),
    ],
)
def test_the_lines_that_are_ready_for_a_missing_package(code: str, lines: list[tuple[int, int]]) -> None:
    assert list(guards_of(ast.parse(code))) == lines
