"""Methods of submodules that give their state dicts, or some of it, to the hook that saves them."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import confidences_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Base(nn.Module):
    def weights(self):
        return self.state_dict()

class Net(Base):
    def __init__(self):
        super().__init__()
        self.teacher = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def forward(self, batch):
        return self.head(self.teacher(batch))

    {method}

class Model(L.LightningModule):
    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.net = Net()

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        {body}
"""
SMALL = """def small(self, only=True):
        return {k: v for k, v in self.state_dict().items() if not k.startswith("teacher.")}"""
SOMETIMES = """def small(self, only=True):
        if only:
            return {k: v for k, v in self.state_dict().items() if not k.startswith("teacher.")}
        return self.state_dict()"""
WHOLE = """def small(self):
        state = self.state_dict()
        return state"""
IN_FRONT = """def small(self, front="net."):
        return {front + k: v for k, v in self.state_dict().items()}"""
EXPORTS = """def small(self):
        torch.save(self.state_dict(), "net.pt")
        return "net.pt\""""
NUMBER = """def small(self):
        return sum(v.numel() for v in self.state_dict().values())"""
ELSEWHERE = """def small(self):
        return self.head.bias"""
SAVED = 'checkpoint["state_dict"] = self.net.small()'
HIGH, MEDIUM = [Confidence.HIGH], [Confidence.MEDIUM]


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        (SMALL, SAVED, HIGH),
        (SMALL, "checkpoint.update(state_dict=self.net.small())", HIGH),
        (SMALL, "state = self.net.small(only=True)\n        checkpoint['state_dict'] = state", HIGH),
        (SOMETIMES, SAVED, MEDIUM),
        (SOMETIMES, 'checkpoint["state_dict"] = self.net.small(self.settings.only)', MEDIUM),
        (WHOLE, SAVED, HIGH),
        (WHOLE, 'checkpoint["state_dict"] = self.net.weights()', HIGH),
        (IN_FRONT, 'checkpoint["state_dict"] = self.net.small("other.")', HIGH),
    ],
)
def test_what_lacks_the_name_of_the_part(tmp_path: Path, method: str, body: str, expected: list[Confidence]) -> None:
    assert confidences_of(tmp_path, MODEL.format(method=method, body=body), "LL301") == expected


@pytest.mark.parametrize(
    ("method", "body"),
    [
        (SMALL, 'checkpoint["net"] = self.net.small()'),
        (SMALL, "checkpoint.update(net=self.net.small())"),
        (SMALL, "print(self.net.small())"),
        (WHOLE, 'checkpoint["state_dict"] = {f"net.{k}": v for k, v in self.net.small().items()}'),
        (WHOLE, 'checkpoint["state_dict"] = {"net." + k: v for k, v in self.net.weights().items()}'),
        (WHOLE, 'checkpoint["state_dict"].update({"net." + k: v for k, v in self.net.small().items()})'),
        (IN_FRONT, SAVED),
        (IN_FRONT, 'checkpoint["state_dict"] = self.net.small("net.")'),
        (IN_FRONT, 'checkpoint["state_dict"] = self.net.small(self.settings.front)'),
        (IN_FRONT, 'checkpoint["state_dict"] = self.net.small(front=f"{self.settings.front}.")'),
        (EXPORTS, 'checkpoint["file"] = self.net.small()'),
        (NUMBER, 'checkpoint["size"] = self.net.small()'),
        (ELSEWHERE, SAVED),
    ],
)
def test_what_fits(tmp_path: Path, method: str, body: str) -> None:
    assert confidences_of(tmp_path, MODEL.format(method=method, body=body), "LL301") == []


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        ('"net." + k', []),
        ("self.settings.front + k", []),
        ('f"{self.settings.front}.{k}"', []),
        ('"other." + k', HIGH),
        ("k", HIGH),
        ('k.replace("head.", "tail.")', HIGH),
    ],
)
def test_what_is_put_in_front_of_the_keys(tmp_path: Path, front: str, expected: list[Confidence]) -> None:
    body = f'checkpoint["state_dict"] = {{{front}: v for k, v in self.net.state_dict().items()}}'
    assert confidences_of(tmp_path, MODEL.format(method="pass", body=body), "LL301") == expected
