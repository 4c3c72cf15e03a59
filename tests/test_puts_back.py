"""Modes that a function takes away and puts back, and calls of what nobody defines."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

PUT_BACK = "[module.train(mode) for module, mode in zip(self.model.modules(), modes)]"
SCORED = """
import lightning as L
import torch
from transformers import AutoModelForCausalLM

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = AutoModelForCausalLM.from_pretrained("openai-community/gpt2")

    def score(self, batch):
        {before}
        with torch.no_grad():
            reward = -self.model(**batch).loss
        {after}
        return reward

    def training_step(self, batch, batch_idx):
        return self.score(batch) * self.model(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("was = self.model.training; self.model.eval()", "self.model.train(was)", HIGH),
        ("was = self.model.training; self.model.eval()", "if was: self.model.train()", HIGH),
        ("was = self.model.training; self.model.train(False)", "self.model.train(mode=was)", HIGH),
        ("modes = [m.training for m in self.model.modules()]; self.model.eval()", PUT_BACK, HIGH),
        ("h = F.dropout(h, training=self.training); self.model.eval()", "self.head.train()", []),
        ("self.model.eval()", "pass", []),
        ("was = self.training; self.model.eval()", "pass", []),
        ("self.model.eval()", "self.model.train()", []),
    ],
)
def test_a_mode_that_is_put_back_is_what_it_was(
    tmp_path: Path, before: str, after: str, expected: list[Confidence]
) -> None:
    assert found(tmp_path, SCORED.format(before=before, after=after)) == expected


CALLS_WHAT_NOBODY_DEFINES = """
import lightning as L
import torch
from torch import nn
from transformers import BertModel
{imported}

class Net({bases}):
    def __init__(self):
        super().__init__()
        self.teacher = BertModel.from_pretrained("google-bert/bert-base-uncased")
        self.student = nn.Linear(4, 4)

    @torch.no_grad()
    def encode(self, x):
        return self.teacher(**x).last_hidden_state

    def forward(self, batch):
        return self.extra(self.student(batch["x"])) - self.encode(batch)

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = Net()

    def training_step(self, batch, batch_idx):
        return self.model(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("imported", "bases", "count"),
    [
        ("", "nn.Module", 0),
        ("from abc import ABC", "nn.Module, ABC", 0),
        ("from other import Mixin", "Mixin, nn.Module", 1),
    ],
)
def test_only_a_method_runs_the_parts_of_its_module(tmp_path: Path, imported: str, bases: str, count: int) -> None:
    assert len(found(tmp_path, CALLS_WHAT_NOBODY_DEFINES.format(imported=imported, bases=bases))) == count


SET_SOMEWHERE = (
    "def setup(self, stage=None):\n        self.extra = self.teacher",
    "extra = lambda self, x: self.teacher(x)",
    "def __getattr__(self, name):\n        return getattr(self.teacher, name)",
    "def on_fit_start(self):\n        setattr(self, 'ex' + 'tra', self.teacher)",
    "def on_fit_start(self):\n        self.__dict__['ex' + 'tra'] = self.teacher",
)


@pytest.mark.parametrize("more", SET_SOMEWHERE)
def test_what_is_called_may_be_set_somewhere(tmp_path: Path, more: str) -> None:
    text = CALLS_WHAT_NOBODY_DEFINES.format(imported="", bases="nn.Module")
    assert len(found(tmp_path, text.replace("    @torch", f"    {more}\n\n    @torch", 1))) == 1


IS_FROZEN = "def is_frozen(net):\n    return all(not p.requires_grad for p in net.parameters())\n"
FROZEN = SCORED.replace("{before}", "{before}\n            self.model.eval()").replace("{after}", "pass")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("is_frozen(self.model)", True),
        ("all(not p.requires_grad for p in self.model.parameters())", True),
        ("not any(p.requires_grad for p in self.model.parameters())", True),
        ("not is_frozen(self.model)", False),
        ("all(p.requires_grad for p in self.model.parameters())", False),
        ("is_frozen(self.model_of_another)", False),
        ("self.frozen and self.model is not None", False),
    ],
)
def test_eval_mode_for_what_is_frozen(tmp_path: Path, asked: str, expected: bool) -> None:
    told = found(tmp_path, IS_FROZEN + FROZEN.format(before=f"if {asked}:"))
    assert (told in (HIGH, [Confidence.MEDIUM])) is expected
