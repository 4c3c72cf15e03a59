"""The `from_pretrained` of the project's own model classes, and a part of what it gives."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

OVERRIDDEN = """
import lightning as L
import torch
from torch import nn
from transformers import BertModel, BertPreTrainedModel

class Retriever(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.text_encoder = BertModel(config)
        self.proj = nn.Linear(768, 128)

    @classmethod
    def from_pretrained(cls, name, **kwargs):
        {loads}

    def forward(self, x):
        return self.proj(self.text_encoder(x)[0])

class Model(L.LightningModule):
    def __init__(self, config, name="bert-base-uncased"):
        super().__init__()
        whole = {whole}
        {kept}

    def training_step(self, batch, batch_idx):
        return self.run(batch).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
LOADS = "return super().from_pretrained(name, **kwargs)"
LOADED = "Retriever.from_pretrained(name)"
PART = "self.run = whole.text_encoder"


def of_part(folder: Path, kept: str, loads: str = LOADS, whole: str = LOADED) -> list[Confidence]:
    text = OVERRIDDEN.replace("{loads}", loads).replace("{whole}", whole)
    return found(folder, text.replace("{kept}", kept))


@pytest.mark.parametrize("loads", [LOADS, "made = super().from_pretrained(name, **kwargs)\n        return made"])
@pytest.mark.parametrize(
    "kept",
    [
        PART,
        "self.run = whole",
        "self.run = nn.Sequential(whole.text_encoder)",
        "self.run = whole.text_encoder.encoder",
        "self.run = whole\n        self.proj = whole.proj.train()",
    ],
)
def test_a_part_of_what_is_loaded_is_in_eval_mode(kept: str, loads: str, tmp_path: Path) -> None:
    assert of_part(tmp_path, kept, loads) == HIGH


@pytest.mark.parametrize(
    "kept",
    [
        "self.run = whole.proj",  # there is nothing in it to drop
        "self.run = whole.text_encoder.train()",
        "whole.train()\n        self.run = whole.text_encoder",
        "self.run = whole.text_encoder.requires_grad_(False)",
        "self.run = whole.text_encoder\n        whole.requires_grad_(False)",
    ],
)
def test_a_part_that_is_put_into_train_mode_or_frozen(kept: str, tmp_path: Path) -> None:
    assert of_part(tmp_path, kept) == []


def test_a_part_of_what_the_override_puts_into_train_mode(tmp_path: Path) -> None:
    assert of_part(tmp_path, PART, "return super().from_pretrained(name).train()") == []


def test_a_part_of_what_is_built_anew(tmp_path: Path) -> None:
    assert of_part(tmp_path, PART, whole="Retriever(config)") == []


ON_INSTANCE = """
import lightning as L
import torch
from torch import nn
from transformers import BertConfig, BertModel, BertPreTrainedModel

class Own(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config)

    def forward(self, x):
        self.was_run = True
        return self.bert(x)[0]

    def state_dict(self):
        return {}

class Small(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config)

    def forward(self, x):
        return self.bert(x)[0]

class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = BertModel(BertConfig())

    def forward(self, x):
        return self.inner(x)[0]

    def load(self, path):
        self.inner = self.inner.from_pretrained(path)

class Plain(nn.Linear):
    pass

class Model(L.LightningModule):
    def __init__(self, path):
        super().__init__()
        {made}

    def training_step(self, batch, batch_idx):
        return self.run(batch)[0].mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


def of_instance(folder: Path, made: str) -> list[Confidence]:
    return found(folder, ON_INSTANCE.replace("{made}", made.replace("; ", "\n        ")))


@pytest.mark.parametrize(
    "made",
    [
        "self.run = BertModel(BertConfig()); self.run = self.run.from_pretrained(path)",
        "self.run = BertModel(BertConfig()).from_pretrained(path)",
        "self.run = BertModel.from_pretrained(path).train().from_pretrained(path)",
        "self.run = Own(BertConfig()).from_pretrained(path)",
        "self.run = Small(BertConfig()).from_pretrained(path)",
        "self.run = Small(BertConfig()); self.run = self.run.from_pretrained(path)",
        "self.run = Holder(); self.run.load(path)",
    ],
)
def test_a_model_that_an_instance_loads_is_in_eval_mode(made: str, tmp_path: Path) -> None:
    assert of_instance(tmp_path, made) == HIGH


@pytest.mark.parametrize(
    "made",
    [
        "self.run = BertModel(BertConfig()); self.run.from_pretrained(path)",  # what is loaded goes nowhere
        "self.run = BertModel(BertConfig()).from_pretrained(path).train()",
        "self.run = BertModel(BertConfig()).from_pretrained(path).requires_grad_(False)",
        "self.run = Own(BertConfig()).from_pretrained(path).train()",
        "self.run = Small(BertConfig())",
        "self.run = Small(BertConfig()).from_pretrained(path).train()",
        "self.run = Small(BertConfig()).from_pretrained(path).requires_grad_(False)",
        "self.run = Holder(); self.run.load(path); self.run.train()",
        "self.run = Plain(2, 2).from_pretrained(path)",
        "self.run = nn.Linear(2, 2).from_pretrained(path)",
    ],
)
def test_a_model_that_an_instance_does_not_load_or_that_is_made_ready(made: str, tmp_path: Path) -> None:
    assert of_instance(tmp_path, made) == []
