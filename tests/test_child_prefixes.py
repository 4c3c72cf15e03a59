"""A submodule's `state_dict` compares the beginnings of keys that have its own path in front."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings

MODEL = """
import lightning as L
import torch
from torch import nn

class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lm = nn.Linear(4, 4).requires_grad_(False)
        self.proj = nn.Linear(4, 4)
        self.scale = nn.Parameter(torch.ones(1))

    def state_dict(self, *args, **kwargs):
        state = super().state_dict(*args, **kwargs)
        for key in list(state):
            if {test}:
                del state[key]
        return state

    def forward(self, x):
        return self.scale * self.proj(self.lm(x))

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ('key.startswith("encoder.lm.")', ["LL301"]),
        ('key.startswith("encoder.")', ["LL301"]),
        ('key == "encoder.lm.weight"', ["LL301"]),
        ('key.split(".")[0] == "encoder"', ["LL301"]),
        ('"lm." in key and key.startswith("encoder.")', ["LL301"]),
        ('key.startswith("lm.")', []),
        ('key == "lm.weight"', []),
        ('key.split(".")[0] == "lm"', []),
        ('"lm." in key and not key.startswith("encoder.")', []),
    ],
)
def test_keys_begin_with_the_path_of_the_submodule(tmp_path: Path, test: str, expected: list[str]) -> None:
    path = tmp_path / "model.py"
    path.write_text(MODEL.format(test=test))
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in findings] == expected
