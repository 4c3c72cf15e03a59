"""torch's containers, whose modules are picked by number, by slice, by name and one by one."""

from pathlib import Path

import pytest

from tests.test_picked import HIGH, found

BY_NUMBER = "nn.Sequential(AutoModel.from_pretrained(NAME), nn.Linear(2, 2))"
LISTED = "nn.ModuleList([AutoModel.from_pretrained(NAME), nn.Linear(2, 2)])"
NAMED = 'nn.Sequential(OrderedDict([("bert", AutoModel.from_pretrained(NAME)), ("head", nn.Linear(2, 2))]))'
MADE = 'nn.Sequential(OrderedDict(dict([["bert", AutoModel.from_pretrained(NAME)], ("head", nn.Linear(2, 2))])))'
TABLE = 'nn.ModuleDict([("bert", AutoModel.from_pretrained(NAME)), ["head", nn.Linear(2, 2)]])'
MODEL = """
from collections import OrderedDict
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

NAME = "bert-base-uncased"

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = {made}
        {work}

    def training_step(self, batch, batch_idx):
        for part in self.net.children():
            batch = part(batch)
        return batch.sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
IN_A_ROW = [
    ("self.net[{at}].train()", ("0", "-2"), ("1", "-1")),
    ("self.net[{at}].requires_grad_(False)", ("0", "-2"), ("1", "-1")),
    ("for p in self.net[{at}].parameters(): p.requires_grad = False", (":1", ":-1", "0:1"), ("1:", "-1:", "1:2")),
    ("for part in self.net[{at}]: part.train()", (":1", "::2"), ("1:", "1::2")),
    ("list(self.net)[{at}].train()", ("0",), ("1",)),
    ("first, second = self.net; {at}.train()", ("first",), ("second",)),
    ("for i, part in enumerate(self.net): part.requires_grad_(i != {at})", ("0",), ("1",)),
]


def _picked(place: int) -> list[tuple[str, str]]:
    return [(work, at) for work, *places in IN_A_ROW for at in places[place]]


@pytest.mark.parametrize("made", [BY_NUMBER, LISTED, NAMED, MADE])
@pytest.mark.parametrize(("work", "at"), _picked(0))
def test_the_pretrained_one_is_meant(tmp_path: Path, made: str, work: str, at: str) -> None:
    assert found(tmp_path, MODEL.format(made=made, work=work.format(at=at))) == []


@pytest.mark.parametrize("made", [BY_NUMBER, LISTED, NAMED, MADE])
@pytest.mark.parametrize(("work", "at"), _picked(1))
def test_another_one_is_meant(tmp_path: Path, made: str, work: str, at: str) -> None:
    assert found(tmp_path, MODEL.format(made=made, work=work.format(at=at))) == HIGH


@pytest.mark.parametrize("made", [NAMED, MADE, TABLE])
@pytest.mark.parametrize(
    "work",
    [
        "self.net.{name}.train()",
        'self.net.get_submodule("{name}").train()',
        'getattr(self.net, "{name}").requires_grad_(False)',
        'dict(self.net.named_children())["{name}"].train()',
        'for n, p in self.net.named_parameters(): p.requires_grad = not n.startswith("{name}")',
    ],
)
def test_one_is_meant_by_name(tmp_path: Path, made: str, work: str) -> None:
    assert found(tmp_path, MODEL.format(made=made, work=work.format(name="bert"))) == []
    assert found(tmp_path, MODEL.format(made=made, work=work.format(name="head"))) == HIGH


def test_a_pair_whose_name_is_not_known_may_be_any(tmp_path: Path) -> None:
    made = TABLE.replace('("bert"', "(NAME + str(3)")
    assert found(tmp_path, MODEL.format(made=made, work="self.net[self.key()].train()")) == []


def test_a_number_of_what_stands_for_many_is_not_known(tmp_path: Path) -> None:
    work = "for i, part in enumerate([self.net, *self.others()]): part.train(i > 3)"
    assert found(tmp_path, MODEL.format(made=BY_NUMBER, work=work)) != HIGH
