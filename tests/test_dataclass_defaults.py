"""What the fields of a dataclass are if nobody gives them."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

CODE = """
from dataclasses import dataclass, field

import lightning as L
import torch
from transformers import AutoModel


@dataclass
class Freezing:
    all: bool = {default}


@dataclass
class Options:
    name: str = "bert-base-uncased"
    freezing: Freezing = {freezing}


class Task(L.LightningModule):
    def __init__(self, options: Options):
        super().__init__()
        self.bert = AutoModel.from_pretrained(options.name)
        if options.freezing.all:
            self.bert.requires_grad_(False)

    def training_step(self, batch, batch_idx):
        return self.bert(**batch)[0].mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())


L.Trainer().fit(Task(Options()), None)
"""
WAYS = ("field(default_factory=Freezing)", "field(default_factory=lambda: Freezing())", "field(default=Freezing())")


def sure(folder: Path, freezing: str, default: str) -> list[Confidence]:
    text = CODE.format(freezing=freezing, default=default)
    return [each.confidence for each in findings_of(folder, {"task.py": text})]


@pytest.mark.parametrize("default", ["False", "field(default=False)"])
@pytest.mark.parametrize("freezing", WAYS)
def test_what_is_not_frozen(tmp_path: Path, freezing: str, default: str) -> None:
    assert sure(tmp_path, freezing, default) == [Confidence.HIGH]


@pytest.mark.parametrize("freezing", WAYS)
def test_what_is_frozen(tmp_path: Path, freezing: str) -> None:
    assert sure(tmp_path, freezing, "True") == []


def test_what_nobody_knows(tmp_path: Path) -> None:
    assert sure(tmp_path, "field(default_factory=read_options)", "True") == [Confidence.LOW]
