"""A state dict that a method of a submodule gives."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings

MODEL = """
import lightning as L
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, name="net."):
        super().__init__()
        self.name = name
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.encoder(x))

    def slim(self, prefix="net.", full=False):
        {method}

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = {saved}
"""
SLIM = "self.net.slim()"
ADDED = "{'net.' + k: v for k, v in self.net.slim().items()}"
LACKS_KEYS = (
    ("return {k: v for k, v in self.state_dict().items() if not k.startswith('encoder.')}", SLIM),
    ("return {k: v for k, v in self.state_dict().items() if not k.startswith('encoder.')}", ADDED),
    ("return {prefix + k: v for k, v in self.state_dict().items() if k.startswith('head.')}", SLIM),
    ("return {n: p for n, p in self.named_parameters() if p.requires_grad}", SLIM),
    ("return {'net.' + n: p for n, p in self.named_parameters() if p.requires_grad}", SLIM),
    ("if full: return self.state_dict()\n        return self.head.state_dict()", SLIM),
    ("return self.head.state_dict(prefix='net.head.')", SLIM),
    ("return self.state_dict()", SLIM),
    ("pass", "{'net.' + k: v for k, v in self.net.state_dict().items() if not k.startswith('encoder.')}"),
)
LACKS_NOTHING = (
    ("return self.state_dict()", ADDED),
    ("return self.state_dict(prefix=prefix)", SLIM),
    ("return {prefix + k: v for k, v in self.state_dict().items()}", SLIM),
    ("return {prefix + k: v for k, v in self.state_dict().items() if not k.startswith('net.')}", SLIM),
    ("return {prefix + k: v for k, v in self.state_dict().items() if k.startswith(('encoder.', 'head.'))}", SLIM),
    ("return {prefix + n: p for n, p in self.named_parameters()}", SLIM),
    ("return {self.name + k: v for k, v in self.state_dict().items()}", SLIM),
    ("out = {}\n        self.collect(out)\n        return out", SLIM),
    ("return rename(self.state_dict())", SLIM),
    ("pass", "{'net.' + k: v for k, v in self.net.state_dict().items() if k.startswith(('encoder.', 'head.'))}"),
    ("pass", "{'net.' + n: p for n, p in self.net.named_parameters()}"),
)


def codes(folder: Path, method: str, saved: str) -> list[str]:
    path = folder / "model.py"
    path.write_text(MODEL.format(method=method, saved=saved))
    findings = check([path], Settings(root=folder), load_rules(), root=folder).findings
    return [finding.code for finding in findings]


@pytest.mark.parametrize(("method", "saved"), LACKS_KEYS)
def test_a_method_of_a_part_that_leaves_keys_out(tmp_path: Path, method: str, saved: str) -> None:
    assert codes(tmp_path, method, saved) == ["LL301"]


@pytest.mark.parametrize(("method", "saved"), LACKS_NOTHING)
def test_a_method_of_a_part_that_may_give_every_key(tmp_path: Path, method: str, saved: str) -> None:
    assert codes(tmp_path, method, saved) == []
