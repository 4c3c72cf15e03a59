"""A model with LoRA's adapters whose own parameters are made to learn again: it is trained without its dropout."""

from pathlib import Path

import pytest

from lintlight.model import Severity
from tests.checking import findings_of

CODE = """
import lightning as L
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModel


class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")
        {before}
        self.bert = get_peft_model(bert, LoraConfig(r=8, lora_dropout=0.1))
        {then}

    def training_step(self, batch, batch_idx):
        return self.bert(batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
LOOP = """for name, parameter in self.bert.named_parameters():
            {}"""


def told(folder: Path, then: str, before: str = "pass") -> list[tuple[Severity, str, bool]]:
    found = findings_of(folder, {"net.py": CODE.format(then=then, before=before)})
    assert {each.code for each in found} <= {"LL101"}
    return [(each.severity, each.message.partition(":")[0], each.fix is not None) for each in found]


@pytest.mark.parametrize(
    "then",
    [
        "self.bert.requires_grad_(True)",
        "self.bert.base_model.requires_grad_()",
        LOOP.format("parameter.requires_grad = True"),
        LOOP.format("parameter.requires_grad_()"),
    ],
)
def test_the_base_learns(tmp_path: Path, then: str) -> None:
    assert told(tmp_path, then) == [(Severity.ERROR, "`self.bert.base_model` is trained in eval mode", True)]


@pytest.mark.parametrize(
    ("then", "before"),
    [
        ("pass", "pass"),
        ("pass", "bert.requires_grad_(True)"),
        ("self.bert.pooler.requires_grad_(True)", "pass"),
        (LOOP.format('parameter.requires_grad = "lora" in name'), "pass"),
        (LOOP.format('if "lora" in name: parameter.requires_grad = True'), "pass"),
        (LOOP.format('if "bias" in name: parameter.requires_grad_()'), "pass"),
    ],
)
def test_next_to_nothing_but_adapters_learns(tmp_path: Path, then: str, before: str) -> None:
    what = "the base model of `self.bert.base_model` is in eval mode while its adapters are trained"
    assert told(tmp_path, then, before) == [(Severity.INFO, what, False)]


def test_train_mode_puts_it_right(tmp_path: Path) -> None:
    assert told(tmp_path, "self.bert.train(); self.bert.requires_grad_(True)") == []
