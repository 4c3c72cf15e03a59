"""Every class of every fixture is run under the real Trainer: wrong exactly where its comments say so."""

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from tests.truth.cases import Case, fixture_files, read_fixture
from tests.truth.load import is_run
from tests.truth.verdicts import judge_checkpoints, judge_modes, judge_steps

MODES = ("pretrained_left_in_eval", "eval_left_on", "train_override_ignored", "mode_switch_without_effect")
STEPS = ("step_outside_training_step", "uncounted_optimizer")
CHECKPOINTS = (
    "dropped_keys_strict_loading",
    "trained_weights_not_saved",
    "strict_loading_ignored",
    "strict_loading_hides_typos",
)

DELIBERATE = [
    "pretrained_left_in_eval/quiet_deliberate:EvalChained",
    "pretrained_left_in_eval/quiet_deliberate:EvalOnTheNextLine",
    "pretrained_left_in_eval/quiet_deliberate:TrainFalse",
    "pretrained_left_in_eval/quiet_deliberate:TrainThenEval",
    "pretrained_left_in_eval/quiet_deliberate:SelfEval",
    "pretrained_left_in_eval/quiet_deliberate:EvalInOnTrainStart",
    "pretrained_left_in_eval/quiet_scripts:main_eval_before_fit",
    "pretrained_left_in_eval/quiet_scripts:main_loaded_and_eval_before_fit",
    "mode_switch_without_effect/quiet_switches:EvalAsked",
]


def cases(*folders: str) -> list[ParameterSet]:
    """The classes and scripts of these folders that can be run."""
    return [
        pytest.param(case, id=f"{file.path.parent.name}/{file.path.stem}:{case.name}")
        for file in fixture_files(*folders)
        for case in file.cases
        if not case.base
    ]


def users(part: Case) -> list[Case]:
    """The LightningModules in the file of a class that is only a part of them."""
    return [case for case in read_fixture(part.path).cases if is_run(case)]


def judge_part(case: Case) -> None:
    """There is nothing to run: LightningModules of the file, or of others, use it, and are wrong where it is."""
    runs = users(case)
    beside = [path.read_text("utf-8") for path in case.path.parent.glob("*.*") if path != case.path]
    assert runs or any(case.path.stem in text for text in beside), "neither a LightningModule nor used by one"
    assert any(other.wrong for other in runs) or not case.wrong, "marked, but no class that uses it is"


def test_deliberate_ones() -> None:
    """Wrong by what the run shows, and quiet: only where the author asked for eval mode."""
    every = [case for file in fixture_files(*MODES, *STEPS, *CHECKPOINTS) for case in file.cases if case.deliberate]
    assert [f"{case.path.parent.name}/{case.path.stem}:{case.name}" for case in every] == DELIBERATE
    assert not any(case.codes for case in every)


@pytest.mark.parametrize("folder", [*MODES, *STEPS, *CHECKPOINTS])
def test_more_quiet_than_loud(folder: str) -> None:
    run = [case for file in fixture_files(folder) for case in file.cases if not case.base and is_run(case)]
    loud = sum(bool(case.codes) for case in run)
    assert 0 < loud < len(run) - loud


@pytest.mark.parametrize("case", cases(*MODES))
def test_modes(case: Case, in_models: Path) -> None:
    if is_run(case):
        judge_modes(case)
    else:
        judge_part(case)


@pytest.mark.parametrize("case", cases(*STEPS))
def test_steps(case: Case, tmp_path: Path) -> None:
    if is_run(case):
        judge_steps(case, tmp_path)
    else:
        judge_part(case)


@pytest.mark.parametrize("case", cases(*CHECKPOINTS))
def test_checkpoints(case: Case, in_models: Path, tmp_path: Path) -> None:
    if is_run(case):
        judge_checkpoints(case, tmp_path)
    else:
        judge_part(case)
