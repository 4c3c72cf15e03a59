"""LoRA layers of loralib that are put into a loaded model: only they learn, and the base stays in eval mode."""

from pathlib import Path

import pytest

from lintlight.model import Severity
from tests.checking import findings_of

CODE = """
import lightning as L
import loralib as lora
import torch
from torch import nn
from transformers import AutoModel

def prepare(bert):
    lora.mark_only_lora_as_trainable(bert)

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")
        for layer in self.bert.encoder.layer:
            layer.attention.self.query = lora.Linear(768, 768, r=8)
        {then}

    def training_step(self, batch, batch_idx):
        return self.bert(batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


def told(folder: Path, then: str) -> list[tuple[str, Severity, bool]]:
    found = findings_of(folder, {"net.py": CODE.format(then=then)})
    return [(each.code, each.severity, each.fix is not None) for each in found]


@pytest.mark.parametrize(
    "then",
    [
        "lora.mark_only_lora_as_trainable(self.bert)",
        'lora.mark_only_lora_as_trainable(self.bert, bias="all")',
        "lora.mark_only_lora_as_trainable(self)",
        "lora.utils.mark_only_lora_as_trainable(model=self.bert)",
        "prepare(self.bert)",
    ],
)
def test_a_note_is_enough(tmp_path: Path, then: str) -> None:
    assert told(tmp_path, then) == [("LL101", Severity.INFO, False)]


@pytest.mark.parametrize(
    "then", ["pass", "lora.mark_only_lora_as_trainable(self.bert); self.bert.requires_grad_(True)"]
)
def test_the_base_learns_as_well(tmp_path: Path, then: str) -> None:
    assert told(tmp_path, then) == [("LL101", Severity.ERROR, True)]


def test_train_mode_puts_it_right(tmp_path: Path) -> None:
    assert told(tmp_path, "lora.mark_only_lora_as_trainable(self.bert); self.bert.train()") == []
