"""Parts that learn again for a while, and that are frozen again after that."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, frozen):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        layers = self.bert.encoder.layer
        {work}
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
FREEZE, THAW = "requires_grad_(False)", "requires_grad_(True)"
LAST, FIRST, ALL = "layers[-4:]", "layers[:2]", "layers"
ALL_OFF = "self.bert.requires_grad_(False)"


def each(layers: str, does: str) -> str:
    return f"for layer in {layers}:\n            layer.{does}"


def picked(does: str) -> str:
    return f"for i, layer in enumerate(layers):\n            if i >= 8:\n                layer.{does}"


def check(tmp_path: Path, *work: str) -> list[Confidence]:
    return found(tmp_path, MODEL.replace("{work}", "\n        ".join(work)))


@pytest.mark.parametrize(
    ("thaws", "freezes", "elsewhere"),
    [
        (each(LAST, THAW), each(LAST, FREEZE), each(FIRST, FREEZE)),
        (each(LAST, THAW), each(ALL, FREEZE), each(FIRST, FREEZE)),
        (each(LAST, THAW), f"self.bert.encoder.{FREEZE}", f"self.bert.pooler.{FREEZE}"),
        (picked(THAW), picked(FREEZE), each(FIRST, FREEZE)),
        (picked(THAW), each(ALL, FREEZE), f"self.bert.embeddings.{FREEZE}"),
        (f"layers[-1].{THAW}", f"layers[-1].{FREEZE}", f"layers[0].{FREEZE}"),
        (f"layers[-1].{THAW}", each(ALL, FREEZE), f"layers[0].{FREEZE}"),
    ],
)
def test_what_is_frozen_again_does_not_learn(tmp_path: Path, thaws: str, freezes: str, elsewhere: str) -> None:
    assert check(tmp_path, ALL_OFF, thaws, freezes) == []
    assert check(tmp_path, ALL_OFF, thaws) == HIGH
    assert check(tmp_path, ALL_OFF, thaws, elsewhere) == HIGH
    assert check(tmp_path, ALL_OFF, thaws, freezes, thaws) == HIGH
    assert check(tmp_path, ALL_OFF, thaws, f"self.bert.embeddings.{THAW}", freezes) == HIGH


@pytest.mark.parametrize("thaws", [each(LAST, THAW), picked(THAW), f"layers[-1].{THAW}"])
def test_a_loop_over_all_layers_switches_those_that_learn(tmp_path: Path, thaws: str) -> None:
    assert check(tmp_path, ALL_OFF, thaws, each(ALL, "train()")) == LOW
    assert check(tmp_path, ALL_OFF, thaws, each(FIRST, "train()")) == HIGH


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (f"self.bert.embeddings.{FREEZE}", LOW),
        (f"layers[-1].{THAW}", HIGH),
        ("pass", LOW),
    ],
)
def test_a_part_of_what_may_be_frozen(tmp_path: Path, work: str, expected: list[Confidence]) -> None:
    assert check(tmp_path, f"if frozen:\n            {ALL_OFF}", work) == expected


SOME = (
    "for layer, _ in zip(layers, range(4)):",
    "for layer in layers:\n            if layer is frozen:\n                break",
    "for layer in layers:\n            if hasattr(layer, 'crossattention'):\n                layer.half()",
)


@pytest.mark.parametrize("loop", SOME)
def test_a_loop_that_takes_some_freezes_no_others(tmp_path: Path, loop: str) -> None:
    thawed = f"{ALL_OFF}\n        {each(LAST, THAW)}"
    assert found(tmp_path, MODEL.format(work=f"{thawed}\n        {loop}\n            layer.{FREEZE}")) == HIGH
    assert found(tmp_path, MODEL.format(work=f"{thawed}\n        {each(ALL, FREEZE)}")) == []


def test_a_loop_that_freezes_some_parameters_of_each_layer_leaves_the_others(tmp_path: Path) -> None:
    thawed = f"{ALL_OFF}\n        {each(LAST, THAW)}"
    inside = "for n, p in layer.named_parameters():\n                if 'LayerNorm' in n: p.requires_grad = False"
    assert found(tmp_path, MODEL.format(work=f"{thawed}\n        for layer in layers:\n            {inside}")) == HIGH
