"""Classes of the project that `from_pretrained` loads: what their constructor freezes is frozen."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

CHOSEN = """
import lightning as L
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import nn
from transformers import AutoModel

class Hub(nn.Module, PyTorchModelHubMixin):
    pass

class First(Hub):
    def __init__(self, name):
        super().__init__()
        self.model = AutoModel.from_pretrained(name)
        for p in self.parameters():
            p.requires_grad = False

    def forward(self, x):
        return self.model(x).last_hidden_state

class Second(Hub):
    def __init__(self, name):
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.rnn = nn.LSTM(8, 768)
        {freezes}

    def forward(self, x):
        return self.rnn(self.drop(x))[0]

class Net(L.LightningModule):
    def __init__(self, kind):
        super().__init__()
        if kind == "first":
            cls = First
        else:
            cls = Second
        self.encoder = {loaded}
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
FREEZES = "for p in self.parameters():\n            p.requires_grad = False"
ANY = 'cls.from_pretrained("me/encoder")'
SECOND = 'Second.from_pretrained("me/encoder")'


@pytest.mark.parametrize(
    ("freezes", "loaded", "expected"),
    [
        (FREEZES, ANY, []),
        (FREEZES, SECOND, []),
        ("self.requires_grad_(False)", SECOND, []),
        ("pass", "First.from_pretrained('me/encoder')", []),
        ("pass", f"{SECOND}.train()", []),
        ("pass", "Second('me/encoder')", []),
        ("pass", SECOND, HIGH),
        ("self.drop.requires_grad_(False)", SECOND, HIGH),
        ("pass", ANY, HIGH),
    ],
)
def test_a_class_that_freezes_itself(tmp_path: Path, freezes: str, loaded: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, CHOSEN.replace("{freezes}", freezes).replace("{loaded}", loaded)) == expected
