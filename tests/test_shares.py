"""A share of a model's parameters, worked out of how many there are: neither all of them nor none."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of
from tests.test_picked import HIGH, LOW

MODEL = """
import math
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, share, reset):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        parameters = list(self.bert.parameters())
        {count}
        {loop}
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
PICKED = "for p in {}:\n            p.requires_grad = False"
ASKED = "for i, p in enumerate(parameters):\n            if {}:\n                p.requires_grad = False"
HALF = "n = int(len(parameters) * 0.5)"


def told(folder: Path, loop: str, count: str = HALF) -> list[tuple[Confidence, bool]]:
    """How sure each finding is, and whether it says that the model is partly frozen."""
    found = findings_of(folder, {"model.py": MODEL.format(count=count, loop=loop)})
    return [(each.confidence, "partly frozen" in each.message) for each in found]


@pytest.mark.parametrize(
    "count",
    [
        HALF,
        "n = round(0.25 * len(parameters))",
        "n = math.ceil(len(parameters) * 0.9)",
        "n = len(parameters) // 2",
        "n = int(len(parameters) / 3)",
        "total = len(parameters)\n        n = int(total * 0.5)",
        "total = len(list(self.bert.named_parameters()))\n        half = total * 0.5\n        n = int(half)",
    ],
)
@pytest.mark.parametrize(
    "loop",
    [
        PICKED.format("parameters[:n]"),
        PICKED.format("parameters[n:]"),
        PICKED.format("parameters[:-n]"),
        PICKED.format("parameters[-n:]"),
        ASKED.format("i < n"),
        ASKED.format("i >= n"),
    ],
)
def test_a_share_that_is_told(tmp_path: Path, count: str, loop: str) -> None:
    assert told(tmp_path, loop, count) == [(Confidence.HIGH, True)]


def test_a_share_that_is_written_where_it_is_used(tmp_path: Path) -> None:
    assert told(tmp_path, PICKED.format("parameters[: len(parameters) // 2]"), "pass") == [(Confidence.HIGH, True)]
    thawed = "self.bert.requires_grad_(False)\n        for p in parameters[n:]:\n            p.requires_grad = True"
    assert told(tmp_path, thawed) == [(Confidence.HIGH, True)]


@pytest.mark.parametrize(
    "count",
    [
        "n = int(len(parameters) * share)",
        "n = int(len(parameters) * 1.0)",
        "n = int(len(parameters) * 2)",
        "n = int(len(parameters) * 0.001)",
        "n = len(parameters) // 1",
        "n = len(parameters) // 0",
        "n = len(parameters)",
        "n = int(share * 0.5)",
        "n = int(len(share) * 0.5)",
        "n = int(len(parameters) * 0.5)\n        n = n if reset else 300",
        "n = int(len(parameters) * 0.5)\n        n += share",
    ],
)
@pytest.mark.parametrize("loop", [PICKED.format("parameters[:n]"), ASKED.format("i < n")])
def test_it_may_be_all_of_them(tmp_path: Path, count: str, loop: str) -> None:
    assert all(sure is Confidence.LOW for sure, _ in told(tmp_path, loop, count))


def test_a_share_that_nobody_knows(tmp_path: Path) -> None:
    count = "n = int(len(parameters) * share)"
    assert told(tmp_path, PICKED.format("parameters[:-n]"), count) == [(Confidence.HIGH, True)]
    assert [sure for sure, _ in told(tmp_path, PICKED.format("parameters[-n:]"), count)] == LOW
    assert [sure for sure, _ in told(tmp_path, PICKED.format("parameters[:n]"), count)] == LOW
    assert [sure for sure, _ in told(tmp_path, "print(n)", count)] == HIGH
