"""Filters that name what a new module has not got yet, or what has no weights, beside a model of a library."""

from pathlib import Path

import pytest

from tests.checking import findings_of

MODEL = """
import lightning as L
import tiktoken
import torch
import torchmetrics
from torch import nn
from transformers import AutoModelForCausalLM, AutoModelForTokenClassification, AutoTokenizer

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.lm = AutoModelForCausalLM.from_pretrained("gpt2").requires_grad_(False)
        self.head = nn.Linear(4, 1)
        {init}

    def training_step(self, batch, batch_idx):
        return self.head(self.lm(batch).logits).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        if {guard}:
            for key in list(checkpoint["state_dict"]):
                if "{word}" in key:
                    del checkpoint["state_dict"][key]
"""
CALLBACK = """
import lightning as L
import torch
from model import Model

class Averages(L.Callback):
    def {hook}(self, trainer, pl_module{more}):
        {set}

def main():
    L.Trainer(callbacks=chosen_elsewhere()).fit(Model())
"""


def codes(folder: Path, word: str, init: str = "pass", guard: str = "True", script: str = "") -> list[str]:
    files = {"model.py": MODEL.format(word=word, init=init, guard=guard), "train.py": script}
    return [each.code for each in findings_of(folder, files, "model.py")]


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ("self.side = AutoTokenizer.from_pretrained('gpt2')", []),
        ("self.side: AutoTokenizer = AutoTokenizer.from_pretrained('gpt2')", []),
        ("self.side = tiktoken.get_encoding('gpt2')", []),
        ("self.side = torchmetrics.Accuracy(task='binary')", []),
        ("self.side = AutoModelForTokenClassification.from_pretrained('bert-base-uncased')", ["LL301"]),
        ("self.side = torchmetrics.InceptionScore()", ["LL301"]),
        ("self.side = nn.Linear(4, 4)", ["LL301"]),
        ("self.side = made_elsewhere()", ["LL301"]),
        ("self.side = AutoTokenizer.from_pretrained('gpt2')\n        self.side = made_elsewhere()", ["LL301"]),
    ],
)
def test_what_the_module_says_of_a_part_decides(tmp_path: Path, init: str, expected: list[str]) -> None:
    assert codes(tmp_path, "side", init) == expected


@pytest.mark.parametrize(
    ("hook", "more", "setting", "expected"),
    [
        ("on_fit_start", "", "pl_module.side = torch.nn.Linear(4, 4)", []),
        ("on_train_start", "", 'setattr(pl_module, "side", torch.nn.Linear(4, 4))', []),
        ("on_train_batch_end", ", *others", "pl_module.side = torch.nn.Linear(4, 4)", []),
        ("setup", ", stage", "pl_module.side = torch.nn.Linear(4, 4)", ["LL301"]),
        ("on_fit_start", "", "self.side = torch.nn.Linear(4, 4)", ["LL301"]),
        ("on_fit_start", "", "pl_module.other = torch.nn.Linear(4, 4)", ["LL301"]),
    ],
)
def test_what_a_callback_gives_to_the_module(
    tmp_path: Path, hook: str, more: str, setting: str, expected: list[str]
) -> None:
    script = CALLBACK.format(hook=hook, more=more, set=setting)
    assert codes(tmp_path, "side", script=script) == expected
    assert codes(tmp_path, "side", "self.side = nn.Linear(4, 4)", script=script) == ["LL301"]


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ("pass", []),
        ("self.side = nn.Linear(4, 4)", ["LL301"]),
        ("self.add_module('side', nn.Linear(4, 4))", ["LL301"]),
    ],
)
def test_what_the_module_asks_whether_it_has(tmp_path: Path, init: str, expected: list[str]) -> None:
    assert codes(tmp_path, "side", init, guard='hasattr(self, "side")') == expected
