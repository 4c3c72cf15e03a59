"""What `**` passes on: known where the dict is, open where anybody may give more."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

MODULE = """
import lightning as L
import torch
from torch import nn
from transformers import BertConfig, BertModel

class Net(nn.Module):
    def __init__(self, pretrained=False, frozen=False):
        super().__init__()
        self.bert = BertModel.from_pretrained("bert-base-uncased") if pretrained else BertModel(BertConfig())
        if frozen:
            self.bert.requires_grad_(False)

    def forward(self, x):
        return self.bert(x).pooler_output

class Model(L.LightningModule):
    def __init__(self, {parameters}):
        super().__init__()
        self.net = Net({given})

    def training_step(self, batch, batch_idx):
        return self.net(batch).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("parameters", "given", "expected"),
    [
        ("**options", "**options", HIGH),
        ("lr=1e-3, **options", "pretrained=True, **options", HIGH),
        ("lr=1e-3", "**dict(pretrained=True)", HIGH),
        ("lr=1e-3", "**{'pretrained': True, 'frozen': True}", []),
        ("lr=1e-3", "**{'pretrained': False}", []),
        ("lr=1e-3", "**{'pretrained': True, **self.more()}", HIGH),
    ],
)
def test_what_two_stars_pass_on(parameters: str, given: str, expected: list[Confidence], tmp_path: Path) -> None:
    assert found(tmp_path, MODULE.replace("{parameters}", parameters).replace("{given}", given)) == expected


BY_SETTINGS = """
import argparse
import types
import lightning as L
import torch
from easydict import EasyDict
from transformers import BertModel

class Model(L.LightningModule):
    def __init__(self, given):
        super().__init__()
        settings = {settings}
        self.bert = BertModel.from_pretrained("bert-base-uncased")
        if settings.frozen:
            self.bert.requires_grad_(False)

    def training_step(self, batch, batch_idx):
        return self.bert(batch).pooler_output.sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("types.SimpleNamespace(**{'frozen': False})", HIGH),
        ("types.SimpleNamespace(**{'frozen': False, **vars(given)})", LOW),
        ("argparse.Namespace(frozen=False, **vars(given))", HIGH),
        ("EasyDict({'frozen': False})", HIGH),
        ("EasyDict({'frozen': False}, frozen=True)", []),
        ("EasyDict({'frozen': False}, **given)", LOW),
        ("EasyDict({**given, 'frozen': True})", []),
        ("EasyDict(frozen=True)", []),
        ("EasyDict({'frozen': False, **given})", LOW),
    ],
)
def test_what_more_is_laid_over_what_is_known(settings: str, expected: list[Confidence], tmp_path: Path) -> None:
    assert found(tmp_path, BY_SETTINGS.replace("{settings}", settings)) == expected
