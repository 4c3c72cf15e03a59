"""Parts that a setting freezes for the first epochs, and that learn at once where it does not."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import LOW, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, n, unfreeze):
        super().__init__()
        self.save_hyperparameters()
        self.n, self.unfreeze_it, self.waits = n, unfreeze, False
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        if {freezes}:
            self.waits = True
            self.bert.requires_grad_(False)
        self.head = nn.Linear(768, 2)

    def {hook}(self):
        {thaws}

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
THAW = "self.bert.requires_grad_(True)"
LOOP = "\n            for p in self.bert.parameters():\n                p.requires_grad = True"
MEDIUM = [Confidence.MEDIUM]


def text(freezes: str, thaws: str, hook: str = "on_train_epoch_start") -> str:
    return MODEL.format(freezes=freezes, thaws=thaws, hook=hook)


@pytest.mark.parametrize("freezes", ["n > 0", "self.hparams.n > 0", "n"])
@pytest.mark.parametrize("hook", ["on_train_epoch_start", "on_train_epoch_end"])
@pytest.mark.parametrize("thaw", [THAW, LOOP])
def test_what_learns_at_once_or_later_is_left_in_eval_mode(tmp_path: Path, freezes: str, hook: str, thaw: str) -> None:
    assert found(tmp_path, text(freezes, f"if self.current_epoch == self.n: {thaw}", hook)) == MEDIUM
    in_train_mode = thaw.replace("self.bert.", "self.bert.train().")
    assert found(tmp_path, text(freezes, f"if self.current_epoch == self.n: {in_train_mode}", hook)) in ([], LOW)


@pytest.mark.parametrize(
    ("thaws", "expected"),
    [
        (f"if self.waits and self.current_epoch >= self.n: {THAW}", MEDIUM),
        (f"if self.unfreeze_it and self.current_epoch >= self.n: {THAW}", LOW),
        (f"if self.n is not None and self.current_epoch >= self.n: {THAW}", LOW),  # frozen for good where it is None
        (f"if self.unfreeze_it: {THAW}", LOW),
        ("if self.current_epoch == self.n: self.head.requires_grad_(True)", LOW),
        ("if self.current_epoch == self.n: self.unfreeze()", LOW),
    ],
)
def test_what_may_be_frozen_for_good(tmp_path: Path, thaws: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, text("n is None or n > 0", thaws)) == expected


BOTH = (
    "if self.current_epoch < self.n:\n            self.bert.requires_grad_(False)\n"
    "        elif {test}:\n            self.bert.requires_grad_(True)"
)


@pytest.mark.parametrize(("test", "expected"), [("self.current_epoch == self.n", MEDIUM), ("self.unfreeze_it", LOW)])
def test_what_is_frozen_again_until_its_time_comes(tmp_path: Path, test: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, text("n > 0", BOTH.format(test=test))) == expected
