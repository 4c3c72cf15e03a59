"""What is told does not hang on the seed that Python hashes texts with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import told_in_every_run

MODULE = """
import functools
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Net(L.LightningModule):
    def __init__(self, how):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(768, 2)
        {init}

    def training_step(self, batch, batch_idx):
        {step}
        return self.head(self.bert(batch).pooler_output).sum()

    def run_a(self):
        self.bert.training = True

    def run_b(self):
        self.bert.training = True

    def run_c(self):
        self.bert.training = True

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
WAYS = {
    "a method by a name that is made up": ("self.how = how", 'getattr(self, f"run_{self.how}")()'),
    "one of some partials": (
        "self.run = functools.partial(self.run_b if how else self.run_a)",
        "self.run()",
    ),
    "one of some lambdas": (
        "self.run = [lambda on=on: on.run_b() if how else on.run_a() for on in (self, self.head)][how]",
        "self.run()",
    ),
    "one of some methods": ("self.run = self.run_c if how else self.run_b if how > 1 else self.run_a", "self.run()"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_place_is_told(way: str, tmp_path: Path) -> None:
    init, step = WAYS[way]
    (tmp_path / "net.py").write_text(MODULE.replace("{init}", init).replace("{step}", step))
    assert '"LL104"' in told_in_every_run(tmp_path)
