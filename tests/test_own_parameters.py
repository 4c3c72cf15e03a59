"""A parameter of the module itself that no checkpoint has, and what of its file may keep it from training."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.strict_loading = False
        self.w = nn.Parameter(torch.zeros(4))

    def training_step(self, batch, batch_idx):
        {line}
        return (self.w * batch).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

    def on_save_checkpoint(self, checkpoint):
        del checkpoint["state_dict"]["w"]

def helper(w, view):
    {helper}
"""


def codes(folder: Path, line: str, helper: str) -> list[str]:
    path = folder / "model.py"
    path.write_text(MODEL.format(line=line, helper=helper))
    findings = check([path], Settings(root=folder), load_rules(), root=folder).findings
    return [finding.code for finding in findings]


@pytest.mark.parametrize("line", ["raw = batch.new.data", "raw = batch.w_all.detach()", "text = 'self.w.data'", "pass"])
def test_what_only_ends_in_its_name_says_nothing_of_it(tmp_path: Path, line: str) -> None:
    assert codes(tmp_path, line, "pass") == ["LL302"]
    assert codes(tmp_path, "pass", line.replace("batch", "view")) == ["LL302"]


@pytest.mark.parametrize(
    "line", ["self.w.requires_grad_(False)", "self.w.requires_grad = False", "self.w.data.zero_()"]
)
def test_what_is_asked_of_it_may_keep_it_from_training(tmp_path: Path, line: str) -> None:
    assert codes(tmp_path, line, "pass") == []
    assert codes(tmp_path, "pass", line.removeprefix("self.")) == []
