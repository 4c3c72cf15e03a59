"""Keys that are left out: which of them training changes, as far as its steps show."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return x * self.scale

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.strict_loading = False
        self.enc = {made}
        self.head = nn.Linear(4, 1)

    def state_dict(self, *args, **kwargs):
        state = super().state_dict(*args, **kwargs)
        return {{k: v for k, v in state.items() if not k.startswith("enc.")}}

    def training_step(self, batch, batch_idx):
        {step}
        return self.head(z).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=0.1)
"""
LINEAR = "nn.Linear(4, 4)"


@pytest.mark.parametrize("made", [LINEAR, "Scale()"])
@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("z = self.enc(batch)", ["LL302"]),
        ("z = self.enc(batch).detach()", []),
        ("with torch.no_grad(): z = self.enc(batch)", []),
        ("with torch.inference_mode(): z = self.enc(batch)", []),
    ],
)
def test_what_no_gradient_reaches_is_not_lost(tmp_path: Path, made: str, step: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, MODEL.format(made=made, step=step)) == expected
