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


HOOKS = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    parts = ("head",)

    def __init__(self):
        super().__init__()
        self.strict_loading = False
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = {{k: v for k, v in checkpoint["state_dict"].items() if not k.startswith("head.")}}
        checkpoint["kept"] = self.head.state_dict()

    def on_load_checkpoint(self, checkpoint):
        {body}

    def put_in(self, kept):
        {put_in}

    def training_step(self, batch, batch_idx):
        return self.head(self.enc(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=0.1)
"""


@pytest.mark.parametrize(
    ("body", "put_in", "expected"),
    [
        ("self.head.load_state_dict(checkpoint['kept'])", "pass", []),
        ("self.head.load_state_dict(checkpoint['kept'], strict=False)", "pass", []),
        ("self.head.load_state_dict(checkpoint['state_dict'], strict=True)", "pass", []),
        ("for name in self.parts: getattr(self, name).load_state_dict(checkpoint[name])", "pass", []),
        ("for n, p in self.head.named_parameters(): p.data.copy_(checkpoint['kept'][n])", "pass", []),
        ("for n, p in self.head.named_parameters(): p.data = checkpoint['kept'][n]", "pass", []),
        ("self.load_state_dict(checkpoint['kept'], strict=False)", "pass", []),
        ("self.put_in(checkpoint['kept'])", "for n, p in self.named_parameters(): p.data.copy_(kept[n])", []),
        ("self.put_in(checkpoint['kept'])", "self.kept = kept", ["LL302"]),
        ("self.head.load_state_dict(checkpoint['state_dict'], strict=False)", "pass", ["LL302"]),
        ("self.enc.load_state_dict(checkpoint['kept'])", "pass", ["LL302"]),
        ("self.enc.weight.data.copy_(checkpoint['kept']['weight'])", "pass", ["LL302"]),
        ("for opt in self.optimizers(): opt.load_state_dict(checkpoint['kept'])", "pass", ["LL302"]),
    ],
)
def test_what_a_hook_writes_into_the_module_is_not_lost(
    tmp_path: Path, body: str, put_in: str, expected: list[str]
) -> None:
    assert codes_of(tmp_path, HOOKS.format(body=body, put_in=put_in)) == expected
