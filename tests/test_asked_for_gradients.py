"""`torch.is_grad_enabled()`: code asks whether gradients are recorded where it stands."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Encoder(nn.Module):
    def __init__(self, config, trainable=True, frozen=False):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.config, self.trainable, self.frozen = config, trainable, frozen

    def forward(self, ids):
        {work}
        return h

class Model(L.LightningModule):
    def __init__(self, config):
        super().__init__()
        self.encoder = Encoder(config)
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        {step}return self.head(self.encoder(batch)).mean()

    def validation_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def {hook}(self):
        {done}

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
RUNS = "h = self.bert(ids)[0]"
NO_GRAD = "with torch.no_grad():\n            "


def model(work: str = RUNS, step: str = "", hook: str = "report", done: str = "pass") -> str:
    return MODEL.format(work=work, step=step, hook=hook, done=done)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("torch.is_grad_enabled()", HIGH),
        ("torch.is_grad_enabled() and self.trainable", HIGH),
        ("self.trainable and torch.is_grad_enabled()", HIGH),
        ("torch.is_grad_enabled() and not self.frozen", HIGH),
        ("torch.is_grad_enabled() and self.config.trainable", LOW),
        ("torch.is_grad_enabled() and self.frozen", []),
        ("self.frozen and torch.is_grad_enabled()", []),
        ("not torch.is_grad_enabled()", []),
    ],
)
def test_a_block_is_as_what_is_around_it(tmp_path: Path, mode: str, expected: list[Confidence]) -> None:
    work = f"with torch.set_grad_enabled({mode}):\n            {RUNS}"
    assert found(tmp_path, model(work)) == expected
    assert found(tmp_path, model(work, step=NO_GRAD)) == ([HIGH, []][mode != "not torch.is_grad_enabled()"])


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (f"was = torch.is_grad_enabled()\n        torch.set_grad_enabled(was)\n        {RUNS}", HIGH),
        (f"was = torch.is_grad_enabled()\n        torch.set_grad_enabled(False)\n        {RUNS}", []),
        (
            "was = torch.is_grad_enabled()\n        torch.set_grad_enabled(False)\n        print(ids)\n"
            f"        torch.set_grad_enabled(was)\n        {RUNS}",
            HIGH,
        ),
        (f"if torch.is_grad_enabled():\n            self.bert.train()\n        {RUNS}", []),
        (f"if not torch.is_grad_enabled():\n            self.bert.requires_grad_(False)\n        {RUNS}", HIGH),
        (f"if torch.is_grad_enabled():\n            self.bert.requires_grad_(False)\n        {RUNS}", []),
    ],
)
def test_what_was_asked_is_kept_or_decides(tmp_path: Path, work: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, model(work)) == expected


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("on_train_start", []),
        ("on_train_epoch_start", []),
        ("on_validation_epoch_end", HIGH),
        ("on_validation_start", HIGH),
    ],
)
def test_lightning_validates_without_gradients(tmp_path: Path, hook: str, expected: list[Confidence]) -> None:
    freezes = "if torch.is_grad_enabled():\n            self.encoder.bert.requires_grad_(False)"
    assert found(tmp_path, model(hook=hook, done=freezes)) == expected
