"""Models of which an optimizer is given only a part."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.bert.encoder.layer[-1].train()
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW({given})
"""
LAST, OTHER = "self.bert.encoder.layer[-1].parameters()", "self.bert.encoder.layer[-2].parameters()"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (LAST, []),
        (f"[*{LAST}, *self.head.parameters()]", []),
        (f"[{{'params': {LAST}, 'lr': 1e-5}}, {{'params': self.head.parameters()}}]", []),
        (OTHER, HIGH),
        (f"[*{LAST}, *{OTHER}]", HIGH),
        ("self.bert.encoder.parameters()", HIGH),
        ("self.bert.parameters()", HIGH),
        ("self.parameters()", HIGH),
    ],
)
def test_only_what_is_given_to_an_optimizer_learns(tmp_path: Path, given: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, MODEL.format(given=given)) == expected
