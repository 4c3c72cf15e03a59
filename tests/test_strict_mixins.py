"""`strict_loading` of a mixin: it has a say before LightningModule among the bases, and none behind it."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Lenient:
    {mixin}

class Base(L.LightningModule):
    def training_step(self, batch, batch_idx):
        return self.head(self.teacher(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

class Model({bases}):
    def __init__(self):
        {init}
        self.teacher = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = {{k: v for k, v in checkpoint["state_dict"].items() if "teacher" not in k}}
"""
PROPERTY = "@property\n    def strict_loading(self):\n        return False"
IN_INIT = "def __init__(self):\n        super().__init__()\n        self.strict_loading = False"
SAYS = ["strict_loading = False", PROPERTY]


def codes(folder: Path, mixin: str, bases: str, init: str = "super().__init__()") -> list[str]:
    return codes_of(folder, MODEL.format(mixin=mixin, bases=bases, init=init))


@pytest.mark.parametrize("mixin", SAYS)
@pytest.mark.parametrize(("bases", "expected"), [("Lenient, Base", []), ("Base, Lenient", ["LL303"])])
def test_where_the_mixin_stands(tmp_path: Path, mixin: str, bases: str, expected: list[str]) -> None:
    assert codes(tmp_path, mixin, bases) == expected


@pytest.mark.parametrize("mixin", ["strict_loading = True", "pass", PROPERTY.replace("False", "self.is_strict")])
def test_a_mixin_behind_that_does_not_say_so(tmp_path: Path, mixin: str) -> None:
    assert codes(tmp_path, mixin, "Base, Lenient") == ["LL301"]


def test_an_init_that_runs_first(tmp_path: Path) -> None:
    assert codes(tmp_path, IN_INIT, "Lenient, Base") == []


def test_an_init_that_the_module_calls_itself(tmp_path: Path) -> None:
    init = "Base.__init__(self)\n        Lenient.__init__(self)"
    mixin = "def __init__(self):\n        self.strict_loading = False"
    assert codes(tmp_path, mixin, "Base, Lenient", init) == []
