"""A `load_state_dict` of the class itself that works out how strict it is."""

from pathlib import Path
from textwrap import indent

import pytest

from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.lenient = True
        self.enc = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def state_dict(self, *args, **kwargs):
        state = super().state_dict(*args, **kwargs)
        return {k: v for k, v in state.items() if not k.startswith("enc.")}

    def training_step(self, batch, batch_idx):
        return self.head(self.enc(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def load_state_dict(self, state_dict, strict=True, **kwargs):
"""
GOES_ON = "return super().load_state_dict(state_dict, strict=strict, **kwargs)"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return super().load_state_dict(state_dict, strict=strict and not self.lenient)", []),
        ("return super().load_state_dict(state_dict, not self.lenient)", []),
        ("return super().load_state_dict(state_dict, strict=len(state_dict) > 4)", []),
        (f"strict = strict and not self.lenient\n{GOES_ON}", []),
        (f"strict &= not self.lenient\n{GOES_ON}", []),
        (f"strict = False\n{GOES_ON}", []),
        ("return super().load_state_dict(state_dict, strict=strict and self.strict_loading)", ["LL301"]),
        ("return super().load_state_dict(state_dict, strict=bool(strict))", ["LL301"]),
        (f"strict = True\n{GOES_ON}", ["LL301"]),
        (GOES_ON, ["LL301"]),
    ],
)
def test_strictness_that_is_worked_out_is_not_known(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, MODEL + indent(body, " " * 8) + "\n") == expected
