"""A `state_dict` that saves its own parameters through torch's method, or finds the dict to fill in its keywords."""

from pathlib import Path

import pytest

from tests.test_checkpoint import found, shown

MODEL = """
import lightning as L
import torch
from torch import nn

class {names[0]}:
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)
        self.scale = nn.Parameter(torch.ones(1))
{body}

class {names[1]}:
    {init}

    def training_step(self, batch, batch_idx):
        return (self.net.scale if hasattr(self, "net") else self.scale).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""
TOP = ("Base(L.LightningModule)", "Model(Base)")
CHILD = ("Net(nn.Module)", "Model(L.LightningModule)")
HELD = "def __init__(self):\n        super().__init__()\n        self.net = Net()"
OVERRIDE = """
def _save_to_state_dict(self, destination, prefix, keep_vars):
    super()._save_to_state_dict(destination, prefix, keep_vars)
"""
HEAD = """
def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
    destination = {{}} if destination is None else destination
    {own}
    self.head.state_dict(destination=destination, prefix=prefix + "head.", keep_vars=keep_vars)
"""
ENCODER = '    self.encoder.state_dict(destination=destination, prefix=prefix + "encoder.", keep_vars=keep_vars)\n'
END = "    return destination\n"


def codes(folder: Path, names: tuple[str, str], body: str) -> list[str]:
    indented = "\n".join(" " * 4 + line for line in body.splitlines())
    text = MODEL.format(names=names, body=indented, init=HELD if names == CHILD else "pass")
    return [code for code, _, _ in shown(found(folder, text), folder)]


@pytest.mark.parametrize(
    ("before", "own"),
    [
        ("", "super()._save_to_state_dict(destination, prefix, keep_vars)"),
        ("", "super(Base, self)._save_to_state_dict(destination, prefix, keep_vars)"),
        ("", "nn.Module._save_to_state_dict(self, destination, prefix, keep_vars)"),
        (OVERRIDE, "self._save_to_state_dict(destination, prefix, keep_vars)"),
    ],
)
def test_own_parameters_are_saved_by_torch(tmp_path: Path, before: str, own: str) -> None:
    head = before + HEAD.format(own=own)
    assert codes(tmp_path, TOP, head + ENCODER + END) == []
    assert codes(tmp_path, TOP, head + END) == ["LL301"]
    assert codes(tmp_path, TOP, before + HEAD.format(own="pass") + ENCODER + END) == ["LL301"]


FILLS = """
def state_dict(self, *args, **kwargs):
    destination = {found}
    if destination is None:
        destination = {{}}
    self._save_to_state_dict(destination, kwargs.get("prefix", ""), False)
    self.encoder.state_dict(destination=destination, prefix=kwargs.get("prefix", "") + "encoder.")
    self.head.state_dict(destination=destination, prefix=kwargs.get("prefix", "") + "head.")
    return destination
"""


@pytest.mark.parametrize(
    "found", ['kwargs.get("destination")', 'kwargs["destination"]', "args[0] if args else None", "given(kwargs)"]
)
def test_a_submodule_finds_the_dict_to_fill_in_what_it_is_given(tmp_path: Path, found: str) -> None:
    assert codes(tmp_path, CHILD, FILLS.format(found=found)) == []


@pytest.mark.parametrize(
    "body",
    [
        "def state_dict(self, *args, **kwargs):\n    return {'scale': self.scale}",
        "def state_dict(self, *args, **kwargs):\n    state = super().state_dict(*args, **kwargs)\n"
        "    for key in list(state):\n        if key.startswith(kwargs['prefix'] + 'encoder.'):\n"
        "            del state[key]\n    return state",
    ],
)
def test_a_submodule_that_fills_no_dict_or_takes_keys_out_hides_them(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, CHILD, body) == ["LL301"]


EVERY = """
def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
    destination = {{}} if destination is None else destination
    self._save_to_state_dict(destination, prefix, keep_vars)
    for name, part in self.named_modules():
        if name:
            {line}
    return destination
"""


def test_a_loop_over_modules_may_save_every_one(tmp_path: Path) -> None:
    saves = 'part._save_to_state_dict(destination, prefix + name + ".", keep_vars)'
    assert codes(tmp_path, TOP, EVERY.format(line=saves)) == []
    assert codes(tmp_path, TOP, EVERY.format(line="print(part)")) == ["LL301"]
