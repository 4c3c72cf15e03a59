"""Checkpoints that a hook empties, and what it puts into them afterwards."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings

MODEL = """
import copy
import lightning as L
import torch
from torch import nn
from elsewhere import convert

def wrap(state):
    return {{"state_dict": state}}

def halved(state):
    return {{name: value.half() for name, value in state.items()}}

class Model(L.LightningModule):
    def __init__(self, converter=None):
        super().__init__()
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)
        self.converter = converter

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def wrapped(self, state):
        return {{"state_dict": state}}

    def on_save_checkpoint(self, checkpoint):
{body}
"""
KEPT = "checkpoint.clear()\nkept = self.head.state_dict()\n"


def codes(folder: Path, body: str) -> list[str]:
    path = folder / "model.py"
    path.write_text(MODEL.format(body="\n".join(" " * 8 + line for line in body.splitlines())))
    findings = check([path], Settings(root=folder), load_rules(), root=folder).findings
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    "body",
    [
        "if self.converter is not None:\n    kept = self.converter(kept, alpha=4)\ncheckpoint.update(kept)",
        "kept = self.converter(kept) if self.converter else kept\ncheckpoint.update(kept)",
        "checkpoint.update(convert(kept))",
        "checkpoint.update(halved(kept))",
        "checkpoint.update(copy.deepcopy(kept))",
        "sent = convert(kept)\nkept = convert(sent)\ncheckpoint.update(kept)",
    ],
)
def test_weights_that_go_through_a_call_are_no_state_dict(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, KEPT + body) == ["LL301"]


@pytest.mark.parametrize(
    "body",
    [
        "checkpoint.update(wrap(kept))",
        "checkpoint.update(self.wrapped(kept))",
        "kept = self.wrapped(kept)\ncheckpoint.update(kept)",
        "checkpoint.update(convert(state_dict=kept))",
        "checkpoint.update(convert(self.trainer))",
        "kept = self.converter(self.trainer)\ncheckpoint.update(kept)",
        "kept = self.converter(kept) if self.converter else self.trainer.everything\ncheckpoint.update(kept)",
    ],
)
def test_what_a_call_gives_may_hold_a_state_dict(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, KEPT + body) == []
