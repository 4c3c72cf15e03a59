"""A script that may fit any class of a model zoo is followed once for all of them, and says the same of each."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from lintlight.semantics.walks import followed
from tests.checking import findings_of

SIZES = range(12)
MODEL = """
import lightning as L
import torch
from base import Base

class Model{number}(Base):
    def __init__(self, net, lean=False):
        super().__init__()
        self.net = net
        self.head = torch.nn.Linear({number} + 1, 2)
"""
BASE = """
import lightning as L
import torch

class Base(L.LightningModule):
    def training_step(self, batch, batch_idx):
        return self.head(self.net(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
SCRIPT = """
import lightning as L
from transformers import AutoModel
{imports}

def main():
{fits}
"""
FIT = """
    net = AutoModel.from_pretrained("bert-base-uncased"){mode}
    L.Trainer(max_epochs=1).fit(Model{number}(net))
"""


def test_one_script_for_all_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[followed.ScriptEntry] = []
    begin = followed._begin

    def counted(machine: followed.Machine, entry: followed.ScriptEntry, state: followed.State) -> None:
        runs.append(entry)
        begin(machine, entry, state)

    monkeypatch.setattr(followed, "_begin", counted)
    imports = "\n".join(f"from model{number} import Model{number}" for number in SIZES)
    fits = "".join(FIT.format(number=number, mode=".train()" if number % 2 else "") for number in SIZES)
    files = {f"model{number}.py": MODEL.format(number=number) for number in SIZES}
    found = findings_of(tmp_path, {**files, "base.py": BASE, "train.py": SCRIPT.format(imports=imports, fits=fits)})
    assert {(each.code, each.confidence) for each in found} == {("LL101", Confidence.HIGH)}
    assert len(found) == len(SIZES) // 2
    assert 0 < len(runs) <= 3  # its top level and its function; not one or both for each class
