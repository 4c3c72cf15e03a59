"""A flag that picks between a frozen model and one that learns: what it is as long as nobody gives it."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

MODEL = """
import lightning as L
import torch
from transformers import AutoModel

class Backbone(torch.nn.Module):
    def __init__(self, frozen=True):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased").requires_grad_(not frozen)

    def forward(self, batch):
        return self.bert(**batch).last_hidden_state

class Matcher(L.LightningModule):
    def __init__(self, frozen={default}):
        super().__init__()
        {built}

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
IN_TWO_BRANCHES = "self.net = Backbone(frozen=True) if frozen else Backbone(frozen=False)"
ONE_BY_ONE = """if frozen:
            self.net = Backbone()
        else:
            self.net = Backbone(False)"""


@pytest.mark.parametrize(
    ("built", "expected"), [(IN_TWO_BRANCHES, LOW), (ONE_BY_ONE, LOW), ("self.net = Backbone(frozen)", [])]
)
def test_what_is_frozen_by_default(tmp_path: Path, built: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, MODEL.format(default=True, built=built)) == expected


@pytest.mark.parametrize("built", [IN_TWO_BRANCHES, ONE_BY_ONE, "self.net = Backbone(frozen)"])
def test_what_learns_by_default(tmp_path: Path, built: str) -> None:
    assert found(tmp_path, MODEL.format(default=False, built=built)) == HIGH
