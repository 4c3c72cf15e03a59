"""A model that is frozen but for its pooler, which drops nothing, loses nothing in eval mode."""

from pathlib import Path

import pytest

from tests.checking import codes_of

CODE = """
import lightning as L
import torch
import transformers
from torch import nn


class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = transformers.{loaded}
        self.head = nn.Linear(768, 2)
        {frozen}

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch).pooler_output).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW({over})
"""
BERT = 'BertModel.from_pretrained("google-bert/bert-base-uncased")'
ROBERTA = 'AutoModel.from_pretrained("FacebookAI/roberta-base")'
ALL_FROZEN = "self.bert.requires_grad_(False)"
POOLER = f"{ALL_FROZEN}; self.bert.pooler.requires_grad_(True)"
BY_NAME = """for name, parameter in self.bert.named_parameters():
            {}"""
ALL = "self.parameters()"


def codes(folder: Path, frozen: str, loaded: str = BERT, over: str = ALL) -> list[str]:
    return codes_of(folder, CODE.format(loaded=loaded, frozen=frozen, over=over))


@pytest.mark.parametrize("loaded", [BERT, ROBERTA])
@pytest.mark.parametrize(
    "frozen",
    [
        POOLER,
        f"{ALL_FROZEN}\n        for p in self.bert.pooler.parameters():\n            p.requires_grad = True",
        BY_NAME.format('parameter.requires_grad = "pooler" in name'),
        BY_NAME.format('parameter.requires_grad = name.startswith("pooler.")'),
        BY_NAME.format('if not name.startswith("pooler"):\n                parameter.requires_grad = False'),
        BY_NAME.format('if "pooler" in name:\n                continue\n            parameter.requires_grad_(False)'),
        f"{ALL_FROZEN}\n        " + BY_NAME.format('if "pooler" in name: parameter.requires_grad = True'),
    ],
)
def test_nothing_but_the_pooler_learns(tmp_path: Path, frozen: str, loaded: str) -> None:
    assert codes(tmp_path, frozen, loaded) == []


@pytest.mark.parametrize(
    "frozen",
    [
        f"{POOLER}; self.bert.encoder.layer[11].requires_grad_(True)",
        "self.bert.encoder.requires_grad_(False)",
        f"{ALL_FROZEN}; self.bert.encoder.requires_grad_(True)",
        BY_NAME.format('parameter.requires_grad = "pooler" in name or "layer.11" in name'),
        BY_NAME.format('parameter.requires_grad = "pooler" not in name'),
        BY_NAME.format('if "pooler" in name: parameter.requires_grad = False'),
        BY_NAME.format('if "layer.11" not in name: parameter.requires_grad = False'),
    ],
)
def test_more_learns(tmp_path: Path, frozen: str) -> None:
    assert codes(tmp_path, frozen) == ["LL101"]


def test_behind_the_pooler_another_class_drops(tmp_path: Path) -> None:
    loaded = 'BertForSequenceClassification.from_pretrained("google-bert/bert-base-uncased")'
    frozen = "self.bert.bert.requires_grad_(False); self.bert.bert.pooler.requires_grad_(True)"
    assert codes(tmp_path, frozen, loaded) == ["LL101"]


def test_an_optimizer_may_be_given_nothing_else(tmp_path: Path) -> None:
    head = "*self.head.parameters()"
    assert codes(tmp_path, "pass", over=f"[*self.bert.pooler.parameters(), {head}]") == []
    assert codes(tmp_path, "pass", over=f"[*self.bert.encoder.parameters(), {head}]") == ["LL101"]
    assert codes(tmp_path, "pass", over=f"[*self.bert.pooler.parameters(), *self.bert.encoder.parameters(), {head}]")
