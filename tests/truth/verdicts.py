"""Run one fixture class or script and compare what is seen with what its comments say."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.truth.cases import Case
from tests.truth.checkpoints import reload
from tests.truth.fitting import loader, quietly, silent_trainer
from tests.truth.load import beside, build, load, trainer_class
from tests.truth.modes import Recording, recording_modes
from tests.truth.steps import recording_steps, steps_in_names

EPOCHS = 2
BATCHES = 2
MAX_STEPS = 5
STEP_BATCHES = 8


def judge_modes(case: Case) -> None:
    """Two epochs of two steps: does anything learn in eval mode?"""
    if case.never_trained:
        _predicts_without_learning(case)
        return
    if case.crashes:
        with pytest.raises(Exception) as crash:
            _record(case)
        assert type(crash.value).__name__ == case.crashes
        return
    recording = _record(case)
    assert len(recording.steps) == EPOCHS * BATCHES, "the fit did not run all its steps"
    assert all(step.updated for step in recording.steps), "a step moved no parameter: nothing was tried"
    assert all(step.called for step in recording.steps), "no submodule was called in a step"
    assert not recording.flags_without_effect(), "in eval mode by its flags, but the output does not depend on it"
    seen = f"learnt in eval mode: {[sorted(recording.learns_in_eval(step))[:3] for step in recording.steps]}"
    if not case.wrong:
        assert not any(recording.wrong_steps), seen
        assert case.path.parent.name != "train_override_ignored" or not recording.frozen_statistics_moved()
        assert not recording.jumped, f"weights changed between two steps: {recording.jumped}"
    elif "LL102" in case.codes:
        assert recording.turned_off() or all(recording.wrong_steps), seen
    elif "LL103" in case.codes:
        assert recording.wrong_from_the_start() or recording.frozen_statistics_moved() or recording.jumped, seen
    else:
        assert recording.wrong_from_the_start(), seen


def _record(case: Case) -> Recording:
    import lightning.pytorch
    import pytorch_lightning

    module = load(case.path)
    with (
        quietly(),
        beside(case.path.parent),
        recording_modes(lightning.pytorch.Trainer, pytorch_lightning.Trainer) as seen,
    ):
        if case.script:
            getattr(module, case.name)(loader(BATCHES))
        else:
            model = build(module, case.name)
            trainer = silent_trainer(model, max_epochs=EPOCHS, limit_train_batches=BATCHES, limit_val_batches=1)
            trainer.fit(model, loader(BATCHES), loader(1))
    assert len(seen) == 1, "exactly one fit is to be judged"
    return seen[0]


def _predicts_without_learning(case: Case) -> None:
    module = load(case.path)
    with quietly():
        model: Any = build(module, case.name)
        assert type(model).training_step is trainer_module(model).training_step, "it has a training_step"
        before = {name: value.clone() for name, value in model.state_dict().items()}
        outputs = silent_trainer(model).predict(model, loader(BATCHES))
    assert outputs is not None
    assert len(outputs) == BATCHES
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def trainer_module(model: Any) -> Any:
    """LightningModule of the package that the model was written for."""
    return next(base for base in type(model).__mro__ if base.__name__ == "LightningModule")


def judge_steps(case: Case, folder: Path) -> None:
    """Eight batches, `max_steps=5`, a checkpoint every second step: are the steps counted?"""
    module = load(case.path)
    with quietly(), beside(case.path.parent):
        model = build(module, case.name)
        checkpoint = _checkpoint_class(model)(dirpath=folder, every_n_train_steps=2, save_top_k=-1)
        trainer = silent_trainer(
            model, max_epochs=1, max_steps=MAX_STEPS, enable_checkpointing=True, callbacks=[checkpoint]
        )
        with recording_steps(model, trainer, {id(p) for p in model.parameters()}) as seen:
            if case.crashes:
                with pytest.raises(Exception) as crash:
                    trainer.fit(model, loader(STEP_BATCHES), loader(1))
                assert type(crash.value).__name__ == case.crashes
                return
            trainer.fit(model, loader(STEP_BATCHES), loader(1))
    files = steps_in_names(folder)
    counted = seen.global_steps[-1]
    if case.wrong:
        assert seen.uncounted or seen.real_steps[-1] == 0, f"every step was counted: {seen}"
        assert counted == 0
        assert files == [], "checkpoints were written"
        assert seen.batches == STEP_BATCHES, "max_steps ended the fit"
    else:
        assert seen.real_steps[-1] > 0, "no optimizer stepped: nothing was tried"
        assert seen.uncounted == [], f"steps were not counted: {seen}"
        assert counted >= MAX_STEPS or seen.batches == STEP_BATCHES
        due = sorted({step for step in seen.global_steps[1:] if step and step % 2 == 0})
        assert due, "no checkpoint was due"
        assert files == due, "a checkpoint is missing"


def _checkpoint_class(model: Any) -> Any:
    if trainer_class(model).__module__.startswith("pytorch_lightning"):
        from pytorch_lightning.callbacks import ModelCheckpoint

        return ModelCheckpoint
    from lightning.pytorch.callbacks import ModelCheckpoint as Checkpoint

    return Checkpoint


def judge_checkpoints(case: Case, folder: Path) -> None:
    """Save, resume, test and load: does it raise, and is what was trained still there?"""
    module = load(case.path)
    with quietly(), beside(case.path.parent):
        if case.script:
            assert not case.wrong, "scripts are judged by running through"
            getattr(module, case.name)(loader(BATCHES))
            return
        seen = reload(lambda: build(module, case.name), folder)
    assert seen.trained, "nothing was trained"
    if case.codes & {"LL301", "LL303"}:
        assert seen.fails, f"every way to load works: {seen}"
    elif "LL302" in case.codes:
        assert not seen.fails, f"it does not go unnoticed: {seen}"
        assert seen.lost, "nothing trained was lost"
    elif "LL304" in case.codes:
        assert not seen.fails, f"it does not go unnoticed: {seen}"
        assert seen.hides_typos, f"a misnamed key is noticed: {seen}"
    else:
        assert not seen.fails, f"loading fails: {seen}"
        assert not seen.lost, f"lost: {sorted(seen.lost)}"
        assert not seen.hides_typos, "not strict although everything is saved"
