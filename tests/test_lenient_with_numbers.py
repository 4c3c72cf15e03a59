"""LL304 beside attributes that only hold numbers and texts, and beside those that may hold a module."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
from typing import List, Optional, Union

import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self, {parameters}):
        super().__init__()
        self.strict_loading = False
        {body}
        self.net = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.net(batch).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-2)
"""


def codes(folder: Path, parameters: str, body: str) -> list[str]:
    return codes_of(folder, MODEL.format(parameters=parameters, body=body))


@pytest.mark.parametrize(
    ("parameters", "body"),
    [
        ("lr: float", "self.lr = lr"),
        ("lr: 'float'", "self.lr = lr"),
        ("lr: Optional[float]", "self.lr = lr"),
        ("lr: Union[int, float], *, name: str | None", "self.lr = lr\n        self.name = name"),
        ("lr", "self.lr = float(lr)"),
        ("lr: float, rounds: int", "self.steps = int(lr * rounds)"),
        ("lr: float", "self.lr: float = lr"),
    ],
    ids=["float", "text", "Optional", "Union", "made a number", "worked out", "annotated twice"],
)
def test_numbers_and_texts_have_no_weights(parameters: str, body: str, tmp_path: Path) -> None:
    assert codes(tmp_path, parameters, body) == ["LL304"]


@pytest.mark.parametrize(
    ("parameters", "body"),
    [
        ("lr", "self.lr = lr"),
        ("judge: nn.Module", "self.judge = judge"),
        ("judge: Union[str, nn.Module]", "self.judge = judge"),
        ("judge: List[str]", "self.judge = judge"),
        ("judge: str", "judge = build(judge)\n        self.judge = judge"),
        ("judge: str", "self.judge = build(judge)"),
        ("judge: str", "self.judge = judge\n        self.judge = build(judge)"),
        ("lr: float, judge", "self.lr = lr\n        self.judge = judge"),
        ("lr: float", "self.lr, self.judge = lr, build()"),
        ("lr: float", "with build() as lr:\n            self.lr = lr"),
    ],
    ids=["unsaid", "module", "or", "list", "anew", "built", "both", "beside", "unpacked", "with"],
)
def test_what_may_be_a_module_may_be_left_out(parameters: str, body: str, tmp_path: Path) -> None:
    assert codes(tmp_path, parameters, body) == []


def test_a_class_of_that_name_is_no_plain_type(tmp_path: Path) -> None:
    text = MODEL.format(parameters="lr: float", body="self.lr = lr")
    assert codes_of(tmp_path, text.replace("class Model", "from layers import float\n\nclass Model")) == []
