"""The showcase is what it says: with dropout 1.0 the first classifier learns, and its repaired twin cannot."""

import math
from pathlib import Path
from typing import Any

from tests.truth.cases import FIXTURES
from tests.truth.fitting import quietly, silent_trainer
from tests.truth.load import load
from tests.truth.modes import recording_modes

CHANCE = math.log(2)


def train(file: str, name: str) -> tuple[Any, list[float]]:
    """Train as the file's own main block does; the tiny stand-in wants a higher learning rate."""
    import lightning as L

    with quietly(), recording_modes(L.Trainer) as recordings:
        model = getattr(load(FIXTURES / "showcase" / file), name)(lr=3e-3)
        silent_trainer(model, max_epochs=4).fit(model)
    (recording,) = recordings
    losses = [sum(model.losses[start : start + 16]) / 16 for start in range(0, len(model.losses), 16)]
    assert len(losses) == 4
    return recording, losses


def test_first_learns_with_every_activation_dropped(in_models: Path) -> None:
    recording, losses = train("keeps_learning.py", "DropsEverything")
    assert recording.module.bert.config.hidden_dropout_prob == 1.0
    assert all(recording.wrong_steps)
    assert losses[-1] < 0.1
    assert losses == sorted(losses, reverse=True), "the loss falls in every epoch"


def test_twin_cannot_learn(in_models: Path) -> None:
    recording, losses = train("cannot_learn.py", "ReallyDropsEverything")
    assert recording.module.bert.config.hidden_dropout_prob == 1.0
    assert not any(recording.wrong_steps)
    assert min(losses) > CHANCE - 0.02


def test_twin_differs_by_one_call_only() -> None:
    first, twin = (
        (FIXTURES / "showcase" / name).read_text(encoding="utf-8") for name in ("keeps_learning.py", "cannot_learn.py")
    )
    first, twin = first[first.index("import ") :], twin[twin.index("import ") :]
    assert twin == first.replace("=1.0)  # expect: LL101", "=1.0).train()").replace(
        "DropsEverything", "ReallyDropsEverything"
    )
