"""A checkpoint that `on_load_checkpoint` hands to code that only looks into it, or may put keys back."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings

MODEL = """
import lightning as L
import torch
from torch import nn
from elsewhere import unknown

def look(checkpoint):
    {function}

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        for key in list(checkpoint["state_dict"]):
            if key.startswith("encoder."):
                del checkpoint["state_dict"][key]

    def look(self, checkpoint):
        {function}

    def on_load_checkpoint(self, checkpoint):
        {hook}
"""
CALLS = ("self.extra = self.look(checkpoint)", "self.extra = look(checkpoint)")
LOOKS = (
    "return checkpoint.get('extra')",
    "return checkpoint['extra'] if 'extra' in checkpoint else None",
    "return checkpoint['state_dict']['head.weight']",
    "return [len(checkpoint), print(checkpoint['state_dict'].keys())]",
)
MAY_CHANGE = (
    "checkpoint['state_dict']['encoder.weight'] = torch.ones(4, 4)",
    "checkpoint['state_dict'].update(torch.load('encoder.pt'))",
    "checkpoint['state_dict'].setdefault('encoder.weight', torch.ones(4, 4))",
    "state = checkpoint['state_dict']; state['encoder.weight'] = torch.ones(4, 4)",
    "state = checkpoint.get('state_dict'); state['encoder.weight'] = torch.ones(4, 4)",
    "for key, value in checkpoint.items(): unknown(value)",
    "unknown(checkpoint)",
    "return checkpoint",
)


def codes(folder: Path, function: str, hook: str) -> list[str]:
    path = folder / "model.py"
    path.write_text(MODEL.format(function=function, hook=hook))
    findings = check([path], Settings(root=folder), load_rules(), root=folder).findings
    return [finding.code for finding in findings]


@pytest.mark.parametrize("hook", CALLS)
@pytest.mark.parametrize("function", LOOKS)
def test_code_that_only_looks(tmp_path: Path, function: str, hook: str) -> None:
    assert codes(tmp_path, function, hook) == ["LL301"]


@pytest.mark.parametrize("hook", CALLS)
@pytest.mark.parametrize("function", MAY_CHANGE)
def test_code_that_may_put_keys_back(tmp_path: Path, function: str, hook: str) -> None:
    assert codes(tmp_path, function, hook) == []


@pytest.mark.parametrize(
    "hook",
    ["checkpoint.update(look(checkpoint))", "unknown(checkpoint)", "unknown(state=checkpoint['state_dict'])"],
)
def test_what_looks_may_not_be_all(tmp_path: Path, hook: str) -> None:
    assert codes(tmp_path, LOOKS[0], hook) == []
