"""Judge of steps: does `trainer.global_step` advance whenever an optimizer really stepped?"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch.optim.optimizer import register_optimizer_step_post_hook


@dataclass
class StepRecording:
    """The counts when each batch entered `training_step`, and at the end of `fit`."""

    global_steps: list[int] = field(default_factory=list)
    real_steps: list[int] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)
    """The global step in the name of every checkpoint file that was written."""

    @property
    def batches(self) -> int:
        """How many batches were trained on."""
        return len(self.global_steps) - 1

    @property
    def uncounted(self) -> list[int]:
        """Batches after whose beginning some optimizer stepped while `global_step` stood still."""
        return [
            batch
            for batch in range(self.batches)
            if self.real_steps[batch + 1] > self.real_steps[batch]
            and self.global_steps[batch + 1] == self.global_steps[batch]
        ]


@contextmanager
def recording_steps(model: Any, trainer: Any, ours: set[int]) -> Iterator[StepRecording]:
    """Record the counts; only optimizers that hold a parameter in `ours` (ids) are counted as stepping."""
    recording = StepRecording()
    real = 0

    def stepped(optimizer: Any, args: Any, kwargs: Any) -> None:
        nonlocal real
        real += any(id(p) in ours for group in optimizer.param_groups for p in group["params"])

    def note() -> None:
        recording.global_steps.append(trainer.global_step)
        recording.real_steps.append(real)

    training_step = model.training_step

    @functools.wraps(training_step)
    def watched(*args: Any, **kwargs: Any) -> Any:
        note()
        return training_step(*args, **kwargs)

    handle = register_optimizer_step_post_hook(stepped)
    model.training_step = watched
    try:
        yield recording
        note()
    finally:
        handle.remove()
        del model.training_step


def steps_in_names(folder: Path) -> list[int]:
    """The steps in the names of the checkpoint files of a folder."""
    return sorted(int(path.stem.split("step=")[1].split("-")[0]) for path in folder.glob("*.ckpt"))
