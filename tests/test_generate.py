"""transformers' `generate()` records no gradients, whichever class of the project inherits it."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel, T5ForConditionalGeneration

class Own({base}):
    {inside}

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.t5 = {made}
        self.head = nn.Linear(16, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.t5.{method}(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
INIT = """def __init__(self, config):
        super().__init__(config)
        self.more = AutoModel.from_pretrained("bert-base-uncased")
"""
GENERATES = "def generate(self, x):\n        return self(x)\n"


@pytest.mark.parametrize(
    ("inside", "method", "expected"),
    [
        ("pass", "generate", []),
        ("pass", "forward", HIGH),
        ("def more(self):\n        return 1", "generate", []),
        (INIT, "generate", []),
        (INIT, "forward", HIGH),
        (GENERATES, "generate", HIGH),
    ],
)
def test_a_class_of_the_project(tmp_path: Path, inside: str, method: str, expected: list[Confidence]) -> None:
    made = 'Own.from_pretrained("t5-small")'
    text = MODEL.format(base="T5ForConditionalGeneration", inside=inside, made=made, method=method)
    assert found(tmp_path, text) == expected


@pytest.mark.parametrize(("method", "expected"), [("generate", []), ("forward", HIGH)])
def test_the_class_of_the_library(tmp_path: Path, method: str, expected: list[Confidence]) -> None:
    made = 'T5ForConditionalGeneration.from_pretrained("t5-small")'
    assert found(tmp_path, MODEL.format(base="nn.Module", inside="pass", made=made, method=method)) == expected
