"""A method that returns a row of parts is followed, for the optimizer and for what freezes them."""

from pathlib import Path

import pytest

from tests.test_picked import HIGH, found

WRAPPED = """
import lightning as L
import torch
from torch import nn
from transformers import BertModel

class Wrapper(nn.Module):
    def __init__(self, name, mode="cos"):
        super().__init__()
        self.mode = mode
        self.bert = BertModel.from_pretrained(name)
        self.head, self.other = nn.Linear(768, 2), nn.Linear(768, 2)

    def fresh(self):
        if self.mode == "linear":
            parts = [self.head]
        else:
            return [self.head, self.other]
        parts.append(self.other)
        return parts

    def loaded(self):
        {loaded}

    def forward(self, x):
        return self.head(self.bert(x)[0]).sum()

class Model(L.LightningModule):
    def __init__(self, name="bert-base-uncased"):
        super().__init__()
        self.core = Wrapper(name)
        {then}

    def training_step(self, batch, batch_idx):
        return self.core(batch)

    def configure_optimizers(self):
        groups = []
        for part in self.core.fresh():
            groups.append({{"params": part.parameters(), "lr": 1e-3}})
        for part in {groups}:
            groups.append({{"params": part.parameters(), "lr": 1e-5}})
        return torch.optim.AdamW(groups)
"""
LOADED = "self.core.loaded()"


@pytest.mark.parametrize(
    ("loaded", "count"),
    [
        ("return [self.bert]", 1),
        ("return (self.other, self.bert)", 1),
        ("return [self.head] if self.mode == 'cos' else [self.head, self.bert]", 0),
        ("return [self.head, self.bert] if self.mode == 'cos' else [self.head]", 1),
        ("return [self.other]", 0),
        ("return []", 0),
    ],
)
def test_groups_out_of_a_method(tmp_path: Path, loaded: str, count: int) -> None:
    assert found(tmp_path, WRAPPED.format(loaded=loaded, groups=LOADED, then="")) == HIGH * count


@pytest.mark.parametrize(
    ("loaded", "then", "count"),
    [
        ("return [self.bert]", "part.requires_grad_(False)", 0),
        ("return [self.bert]", "part.train()", 0),
        ("return [self.head]", "part.requires_grad_(False)", 1),
        ("return [self.head]", "part.train()", 1),
    ],
)
def test_what_is_done_to_a_row_of_parts(tmp_path: Path, loaded: str, then: str, count: int) -> None:
    text = WRAPPED.format(loaded=loaded, groups="[self.core]", then=f"for part in {LOADED}: {then}")
    assert found(tmp_path, text) == HIGH * count
