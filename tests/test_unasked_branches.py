"""A model that is trained only where a caller says otherwise than a default, by which another one is frozen."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

MODULE = """
import argparse
import lightning as L
import torch
from torch import nn
from transformers import AutoModel, T5EncoderModel

class Encoder(nn.Module):
    def __init__(self, {parameter}):
        super().__init__()
        {choice}

    def forward(self, x):
        return self.enc(x).last_hidden_state[:, 0]

class Model(L.LightningModule):
    def __init__(self, {parameter}):
        super().__init__()
        self.encoder = Encoder({name})
        self.head = nn.Linear(384, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
{script}
"""
CHOICE = """if {test}:
            self.enc = T5EncoderModel.from_pretrained("t5-small")
        else:
            self.enc = {other}
            {then}
"""
MINI, FREEZE = "AutoModel.from_pretrained('mini')", "self.enc.requires_grad_(False)"
LOOP = "for p in self.enc.parameters():\n                p.requires_grad = False"
IN_LINE = 'self.enc = T5EncoderModel.from_pretrained("t5-small") if {test} else {other}.requires_grad_(False)'
SCRIPT = """
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument({option})
    args = parser.parse_args()
    L.Trainer().fit(Model(args.{name}))
"""
IS_T5 = "name == 't5-small'"


def sure(folder: Path, test: str, parameter: str, choice: str = CHOICE, script: str = "", **made: str) -> object:
    """How sure it is that the model of the first branch is trained in eval mode; None where that is not told."""
    choice = choice.format(test=test, other=made.get("other", MINI), then=made.get("then", FREEZE))
    name = parameter.partition("=")[0]
    text = MODULE.format(parameter=parameter, name=name, choice=choice, script=script)
    row = 1 + text[: text.index("T5EncoderModel.from_pretrained")].count("\n")
    found = [each.confidence for each in findings_of(folder, {"model.py": text}) if each.span.start.row == row]
    return found[0] if found else None


@pytest.mark.parametrize("choice", [CHOICE, IN_LINE])
@pytest.mark.parametrize(
    ("test", "parameter"),
    [
        (IS_T5, "name='mini'"),
        ("name in ('t5-small', 't5-base')", "name='mini'"),
        ("name is not None", "name=None"),
        ("tune", "tune=False"),
    ],
)
def test_by_default_the_other_one_is_frozen(tmp_path: Path, test: str, parameter: str, choice: str) -> None:
    assert sure(tmp_path, test, parameter, choice) is Confidence.LOW


def test_frozen_parameter_by_parameter(tmp_path: Path) -> None:
    assert sure(tmp_path, IS_T5, "name='mini'", then=LOOP) is Confidence.LOW


@pytest.mark.parametrize(
    ("parameter", "made"),
    [
        ("name", {}),
        ("name='t5-small'", {}),
        ("name='mini'", {"then": "pass"}),
        ("name='mini'", {"then": "self.enc.embeddings.requires_grad_(False)"}),
        ("name='mini'", {"other": "nn.Linear(3, 3)", "then": "pass"}),
    ],
)
def test_nothing_says_that_it_is_frozen(tmp_path: Path, parameter: str, made: dict[str, str]) -> None:
    assert sure(tmp_path, IS_T5, parameter, **made) is Confidence.HIGH


@pytest.mark.parametrize(
    ("option", "name", "test"),
    [
        ('"--tune", action="store_true"', "tune", "tune"),
        ('"--kind", type=int, default=0', "kind", "kind == 1"),
        ('"--name", default=None', "name", IS_T5),
    ],
)
def test_by_default_an_option_picks_the_frozen_one(tmp_path: Path, option: str, name: str, test: str) -> None:
    script = SCRIPT.format(option=option, name=name)
    assert sure(tmp_path, test, name, script=script) is Confidence.LOW
    assert sure(tmp_path, test, name, script=script, then="pass") is Confidence.HIGH


def test_a_script_that_asks_for_it(tmp_path: Path) -> None:
    script = "L.Trainer().fit(Model({}))"
    assert sure(tmp_path, IS_T5, "name='mini'", script=script.format("'t5-small'")) is Confidence.HIGH
    assert sure(tmp_path, IS_T5, "name='mini'", script=script.format("'mini'")) is None
