"""Classes that code picks by a name: `globals()[name]`, `eval(name)`."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

MODULE = """
import lightning as L
import torch
from torch import nn
from transformers import BertConfig, BertModel

class Loaded(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = BertModel.from_pretrained("bert-base-uncased")

    def forward(self, x):
        return self.bert(x).pooler_output

class Fresh(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = BertModel(BertConfig())

    def forward(self, x):
        return self.bert(x).pooler_output

class Model(L.LightningModule):
    def __init__(self, {name}):
        super().__init__()
        self.net = {made}

    def training_step(self, batch, batch_idx):
        return self.net(batch).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
MEDIUM = [Confidence.MEDIUM]


@pytest.mark.parametrize("made", ["globals()[name]()", "eval(name)()"])
@pytest.mark.parametrize(("name", "expected"), [('name="Loaded"', HIGH), ('name="Fresh"', [])])
def test_a_name_that_is_known(made: str, name: str, expected: list[Confidence], tmp_path: Path) -> None:
    assert found(tmp_path, MODULE.replace("{name}", name).replace("{made}", made)) == expected


@pytest.mark.parametrize("made", ["globals()[name]()", "eval(name)()", "globals()[f'{name}Net']()"])
def test_a_name_that_nobody_knows_may_be_any(made: str, tmp_path: Path) -> None:
    assert found(tmp_path, MODULE.replace("{name}", "name").replace("{made}", made)) == MEDIUM


@pytest.mark.parametrize(
    "made",
    ["eval('Fresh')()", "eval('1 + 1')", "eval('lambda: 0')()", "eval('a.' * 200)", "eval('torch.nn.' + name)()"],
)
def test_what_is_evaluated_is_something_else(made: str, tmp_path: Path) -> None:
    assert found(tmp_path, MODULE.replace("{name}", "name").replace("{made}", made)) == []
