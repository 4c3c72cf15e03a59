"""Loops and slices that unfreeze 0 layers, as they do where the number of layers to train is 0 by default."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.config import Settings
from lintlight.model import Confidence
from lintlight.registry import load_rules
from tests.test_picked import HIGH, LOW

MODEL = """
import argparse
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, n={default}):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(768, 2)
        {first}
        layers = self.bert.encoder.layer
        total = len(layers)
        {work}

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--unfreeze", type=int, default={default})
    args = parser.parse_args()
    L.Trainer().fit(Model({given}))
"""
ALL_OFF = "self.bert.requires_grad_(False)"
LOOPS = [
    "for i in range(n): layers[-(i + 1)].requires_grad_(True)",
    "for i in range(0, n): layers[-1 - i].requires_grad_(True)",
    "for i in reversed(range(n)): layers[-1 - i].requires_grad_(True)",
    "for i in range(total - n, total): layers[i].requires_grad_(True)",
    "for layer in self.bert.encoder.layer[len(self.bert.encoder.layer) - n:]: layer.requires_grad_(True)",
    "for i, layer in enumerate(layers[:n]): layer.requires_grad_(True)",
]


def told(folder: Path, work: str, default: str, given: str, first: str = ALL_OFF) -> list[Confidence]:
    path = folder / "model.py"
    path.write_text(MODEL.format(work=work, default=default, given=given, first=first))
    found = check([path], Settings(root=folder), load_rules(), root=folder).findings
    return [each.confidence for each in found if each.code == "LL101"]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("default", "given"), [("0", ""), ("3", "0"), ("3", "n=0")])
def test_nothing_learns_of_a_model_of_which_no_layer_is_unfrozen(
    tmp_path: Path, loop: str, default: str, given: str
) -> None:
    assert all(each is Confidence.LOW for each in told(tmp_path, loop, default, given))


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("default", "given"), [("2", ""), ("0", "2")])
def test_a_model_of_which_some_layers_are_unfrozen(tmp_path: Path, loop: str, default: str, given: str) -> None:
    assert told(tmp_path, loop, default, given) == HIGH


def test_a_command_line_may_unfreeze_what_is_frozen_by_default(tmp_path: Path) -> None:
    assert told(tmp_path, LOOPS[0], "0", "args.unfreeze") == LOW
    assert told(tmp_path, LOOPS[0], "2", "args.unfreeze") != LOW


def test_a_counter_that_does_not_come_below_its_end(tmp_path: Path) -> None:
    loop = "i = 0\n        while i < n:\n            layers[-1 - i].requires_grad_(True)\n            i += 1"
    assert told(tmp_path, loop, "0", "args.unfreeze") == LOW
    assert told(tmp_path, loop, "2", "args.unfreeze") != LOW
    assert told(tmp_path, loop, "2", "") == HIGH


@pytest.mark.parametrize(
    ("default", "expected"), [("12", []), ("6", HIGH), ("None", HIGH)], ids=["each layer", "half", "unknown"]
)
def test_a_slice_whose_end_is_a_parameter_is_as_long_as_its_default(
    tmp_path: Path, default: str, expected: list[Confidence]
) -> None:
    first = "self.bert.embeddings.requires_grad_(False)"
    frozen = "for layer in self.bert.encoder.layer[:n]: layer.requires_grad_(False)"
    assert [each for each in told(tmp_path, frozen, default, "", first) if each is not Confidence.LOW] == expected
