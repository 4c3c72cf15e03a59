"""Eval mode that is left on in a module that the constructor is given: annotated as one, and trained."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.checking import confidences_of

MEDIUM = [Confidence.MEDIUM]
MODEL = """
import contextlib
from collections.abc import Callable
from typing import Optional
import lightning as L
import torch
from torch import nn

@contextlib.contextmanager
def in_eval(net):
    was = net.training
    net.eval()
    yield
    net.train(was)

class Model(L.LightningModule):
    def __init__(self, net{annotation}, sampler=None):
        super().__init__()
        self.net = net{kept}
        self.sampler = sampler
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        {step}
        return self.head(self.net(batch)).mean()

    def {hook}(self, *args):
        {work}

    def configure_optimizers(self):
        return torch.optim.AdamW({over})
"""
WAYS = {
    "annotation": ": nn.Module",
    "kept": "",
    "step": "pass",
    "hook": "on_train_batch_end",
    "work": "self.net.eval()\n        self.log('x', self.net(args[1]).mean())",
    "over": "self.parameters()",
}


def told(folder: Path, **ways: str) -> list[Confidence]:
    """How sure each LL102 is."""
    return confidences_of(folder, MODEL.format(**{**WAYS, **ways}), "LL102")


@pytest.mark.parametrize(
    "ways",
    [
        {},
        {"annotation": ": Optional[nn.Module] = None"},
        {"annotation": ": nn.Module | None = None"},
        {"annotation": ": torch.nn.Module"},
        {"over": "self.net.parameters()"},
        {"hook": "on_train_epoch_end"},
        {"work": "if self.global_step % 100 == 0:\n            self.net.eval()"},
        {"work": "self.eval()"},
        {"kept": ".to('cpu')"},
        {"work": "pass", "step": "with torch.no_grad():\n            self.net.eval()\n            self.net(batch)"},
    ],
)
def test_eval_mode_is_left_on(tmp_path: Path, ways: dict[str, str]) -> None:
    assert told(tmp_path, **ways) == MEDIUM


@pytest.mark.parametrize(
    "ways",
    [
        {"annotation": ""},
        {"annotation": ": 'Net'"},
        {"annotation": ": Callable[..., nn.Module]"},
        {"annotation": ": type[nn.Module]"},
        {"annotation": ": list[nn.Module]"},
        {"annotation": ": torch.Tensor"},
        {"work": "self.net.eval()\n        self.net.train()"},
        {"work": "was = self.net.training\n        self.net.eval()\n        self.net.train(was)"},
        {"work": "with in_eval(self.net):\n            self.net(args[1])"},
        {"step": "self.net.train()"},
        {"step": "target = self.net(batch).detach()\n        return self.head(batch - target).mean()"},
        {"hook": "on_validation_start"},
        {"hook": "on_train_start"},
        {"over": "self.head.parameters()"},
        {"kept": ".requires_grad_(False)"},
        {"kept": ".eval()"},
        {"work": "self.sampler.eval()"},
        {"work": "pass"},
    ],
)
def test_eval_mode_is_not_left_on_or_not_known_to_be(tmp_path: Path, ways: dict[str, str]) -> None:
    assert told(tmp_path, **ways) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.1))", [Confidence.HIGH]),
        ("nn.Sequential(nn.Linear(4, 4), nn.Tanh())", []),
    ],
)
def test_what_a_script_gives_is_known(tmp_path: Path, given: str, expected: list[Confidence]) -> None:
    fits = f"\n\nmodel = Model({given})\nL.Trainer().fit(model)\n"
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "model.py"
    path.write_text(MODEL.format(**WAYS) + fits)
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.confidence for finding in findings if finding.code == "LL102"] == expected


def test_what_another_file_gives_is_known(tmp_path: Path) -> None:
    script = "from torch import nn\nimport lightning as L\nfrom model import Model\n\n"
    script += (
        "def main():\n    net = nn.Sequential(nn.Linear(4, 4), nn.Tanh())\n    L.Trainer().fit(Model(net))\n\nmain()\n"
    )
    (tmp_path / "train.py").write_text(script)
    assert told(tmp_path) == []
