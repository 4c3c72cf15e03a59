"""LoRA on a part of a loaded model, or on a module of one's own around a part."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

MODEL = """
import lightning as L
import torch
from torch import nn
from peft import LoraConfig, get_peft_model
from transformers import AutoModel, BertModel

class Wrap(nn.Module):
    def __init__(self, part):
        super().__init__()
        self.encoder = part

    def forward(self, input_ids=None, **kw):
        return self.encoder(input_ids)

def make():
    full = {loaded}
    part = get_peft_model({part}, LoraConfig(r=8, target_modules=["query", "value"]))
    {work}
    return part

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = make()
        self.head = nn.Linear(384, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.model(batch).last_hidden_state.mean(1)).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW([p for p in self.parameters() if p.requires_grad], lr=1e-5)
"""
LOADED = 'BertModel.from_pretrained("bert-base-uncased")'
PARTS = ("full", "full.encoder", "Wrap(full)", "Wrap(full.encoder)")


@pytest.mark.parametrize("loaded", [LOADED, LOADED.replace("Bert", "Auto")])
@pytest.mark.parametrize("part", PARTS)
def test_the_base_is_left_in_eval_mode(tmp_path: Path, part: str, loaded: str) -> None:
    assert found(tmp_path, MODEL.format(part=part, loaded=loaded, work="pass")) == HIGH


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("loaded", "work"),
    [
        (LOADED, "part.train()"),
        (LOADED, "part.eval()"),
        (LOADED + ".train()", "pass"),
        ("BertModel(BertConfig())", "pass"),
    ],
)
def test_the_base_is_as_it_should_be(tmp_path: Path, part: str, loaded: str, work: str) -> None:
    expected: list[Confidence] = []
    assert found(tmp_path, MODEL.format(part=part, loaded=loaded, work=work)) == expected


BESIDE = """
class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        model = BertForMaskedLM.from_pretrained("bert-base-uncased")
        self.decoder = model.cls
        self.encoder = get_peft_model(model.bert, LoraConfig(r=8, target_modules=["query", "value"])){mode}

    def forward(self, x):
        return self.encoder(x)

def make():
    return Backbone()

class Model("""


@pytest.mark.parametrize(("mode", "expected"), [("", HIGH), (".train()", [])])
def test_a_head_kept_beside_the_base_is_no_part_of_what_runs(
    tmp_path: Path, mode: str, expected: list[Confidence]
) -> None:
    text = MODEL.format(part="full", loaded=LOADED, work="pass").replace("AutoModel,", "BertForMaskedLM,")
    assert found(tmp_path, text.replace("class Model(", BESIDE.format(mode=mode))) == expected
