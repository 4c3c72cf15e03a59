"""A `train()` override, which `fit` never calls, that asks for eval mode of a pretrained part, or freezes it."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

CODE = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")

    {inner}

    def forward(self, x):
        return self.bert(x).last_hidden_state[:, 0]


class Net(L.LightningModule):
    def __init__(self, keep):
        super().__init__()
        self.keep = keep
        self.encoder = Encoder()
        self.head = nn.Linear(768, 2)
        {built}

    {outer}

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    {validation}

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-4)
"""
TRAIN = """def train(self, mode=True):
        super().train(mode)
        {}
        return self
"""
BATCH_NORM = """for module in self.encoder.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.eval()"""
BOTH = "self.encoder.bert.eval().requires_grad_(False)"
VALIDATES = """def validation_step(self, batch, batch_idx):
        self.head(self.encoder(batch))
"""


def told(
    folder: Path, *, outer: str = "", inner: str = "", validation: str = "", built: str = ""
) -> list[tuple[str, Confidence, bool]]:
    outer, inner = (TRAIN.format(each) if each else "" for each in (outer, inner))
    code = CODE.format(outer=outer, inner=inner, validation=validation, built=built)
    return [(each.code, each.confidence, each.fix is not None) for each in findings_of(folder, {"net.py": code})]


@pytest.mark.parametrize(
    "switch",
    [
        "self.encoder.bert.eval()",
        "self.encoder.eval()",
        "self.encoder.train(False)",
        "self.eval()",
        "if mode:\n            self.encoder.eval()",
    ],
)
def test_what_is_wanted_in_eval_mode_is_right_as_it_is(tmp_path: Path, switch: str) -> None:
    assert told(tmp_path, outer=switch) == []


def test_a_submodule_of_the_project_may_say_so(tmp_path: Path) -> None:
    assert told(tmp_path, inner="self.bert.eval()") == []


@pytest.mark.parametrize("switch", [BATCH_NORM, "if self.keep:\n            self.encoder.eval()"])
def test_a_part_of_it_or_a_setting_is_doubted_and_not_mended(tmp_path: Path, switch: str) -> None:
    assert told(tmp_path, outer=switch) == [("LL101", Confidence.LOW, False)]


@pytest.mark.parametrize("switch", ["self.encoder.bert.train(mode)", "self.head.eval()"])
def test_an_override_that_is_to_train_it_is_told_of(tmp_path: Path, switch: str) -> None:
    assert told(tmp_path, outer=switch)[0] == ("LL103", Confidence.HIGH, False)


def test_without_an_override_it_is_told_of(tmp_path: Path) -> None:
    assert told(tmp_path) == [("LL101", Confidence.HIGH, True)]


@pytest.mark.parametrize("freezing", [BOTH, "self.encoder.requires_grad_(False)"])
def test_what_an_override_is_to_freeze_learns(tmp_path: Path, freezing: str) -> None:
    assert told(tmp_path, outer=freezing) == [("LL103", Confidence.HIGH, False)]


def test_the_override_that_freezes_is_the_one_that_is_told_of(tmp_path: Path) -> None:
    code = CODE.format(
        outer=TRAIN.format("self.head.train()"),
        inner=TRAIN.format("self.bert.requires_grad_(False)"),
        validation="",
        built="",
    )
    (finding,) = findings_of(tmp_path, {"net.py": code})
    assert (finding.code, finding.span.start.row) == ("LL103", 13)
    assert finding.message.endswith("so `self.encoder.bert` is not frozen; freeze it in `__init__`")


@pytest.mark.parametrize("freezing", [BOTH, "self.encoder.requires_grad_(False)"])
def test_validation_before_training_calls_it_and_so_it_is_frozen(tmp_path: Path, freezing: str) -> None:
    assert told(tmp_path, outer=freezing, validation=VALIDATES) == []


def test_validation_freezes_nothing_that_only_train_mode_freezes(tmp_path: Path) -> None:
    freezing = f"if mode:\n            {BOTH}"
    assert told(tmp_path, outer=freezing, validation=VALIDATES) == [("LL103", Confidence.HIGH, False)]


def test_the_constructor_may_freeze_it_itself(tmp_path: Path) -> None:
    assert told(tmp_path, outer=BOTH, built=BOTH) == []
    assert told(tmp_path, outer=BOTH, built="self.train()") == []
