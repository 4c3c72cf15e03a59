"""A `state_dict` that fills the dict it is given, or makes one where Lightning gives none."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)
        self.scale = nn.Parameter(torch.ones(1))
        {init}

    def training_step(self, batch, batch_idx):
        return (self.scale * self.head(self.encoder(batch))).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
{body}
"""
MADE = "if destination is None:\n    destination = {}\n"
OWN = "self._save_to_state_dict(destination, prefix, keep_vars)\n"
PART = 'self.{0}.state_dict(destination=destination, prefix=prefix + "{0}.", keep_vars=keep_vars)\n'
HEAD, ENCODER = PART.format("head"), PART.format("encoder")
END = "return destination"


def codes(folder: Path, body: str, init: str = "pass") -> list[str]:
    return codes_of(folder, MODEL.format(init=init, body="\n".join(" " * 8 + line for line in body.splitlines())))


@pytest.mark.parametrize(
    "body",
    [
        MADE + OWN + HEAD + END,
        MADE + HEAD + ENCODER + END,
        MADE + OWN + HEAD.replace('prefix + "head."', 'f"{prefix}head."') + END,
        MADE + OWN + HEAD + ENCODER.replace('"encoder."', '"body."') + END,
        "destination = {} if destination is None else destination\n" + OWN + HEAD + END,
        "destination = {}\n" + OWN + HEAD + END,
        'return self.head.state_dict(destination, prefix + "head.", keep_vars)',
        MADE + OWN + 'destination[prefix + "head.bias"] = self.head.bias\n' + END,
        "state = super().state_dict(*args, destination=destination, prefix=prefix, keep_vars=keep_vars)\n"
        'for key in list(state):\n    if key.startswith(prefix + "encoder."):\n        del state[key]\nreturn state',
    ],
)
def test_parts_that_are_left_out(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, body) == ["LL301"]


@pytest.mark.parametrize(
    "body",
    [
        MADE + OWN + HEAD + ENCODER + END,
        MADE + OWN + f"if self.training:\n    {HEAD}{ENCODER}{END}",
        MADE + OWN + "for name, module in self._modules.items():\n"
        "    module.state_dict(destination=destination, prefix=prefix + name + '.')\n" + END,
        "destination = {}\n" + OWN + "for name in ('head', 'encoder'):\n"
        "    getattr(self, name).state_dict(destination=destination, prefix=name + '.')\n" + END,
        "destination = {}\n" + OWN + HEAD.replace("prefix + ", "self.name + ") + ENCODER + END,
        MADE + HEAD + ENCODER + 'destination[prefix + "scale"] = self.scale\n' + END,
        MADE + "super().state_dict(destination=destination, prefix=prefix, keep_vars=keep_vars)\n" + END,
        "state = super().state_dict(*args, destination=destination, prefix=prefix)\n"
        "return {prefix + key: value for key, value in state.items()}",
        "state = super().state_dict(*args, destination=destination, prefix=prefix)\n"
        "return {key.removeprefix(prefix): value for key, value in state.items()}",
    ],
)
def test_everything_is_saved(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, body) == []


@pytest.mark.parametrize(("body", "expected"), [(ENCODER, ["LL302"]), (ENCODER + HEAD, []), (HEAD, [])])
def test_what_is_left_out_and_not_asked_for(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert codes(tmp_path, MADE + OWN + body + END, "self._strict_loading = False") == expected


CHILD = """
import lightning as L
import torch
from torch import nn

class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lm = nn.Linear(4, 4).requires_grad_(False)
        self.proj = nn.Linear(4, 4)

    def state_dict(self, *args, **kwargs):
        state = super().state_dict(*args, **kwargs)
        {work}

    def forward(self, x):
        return self.proj(self.lm(x))

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
TAKES_OUT = """for key in list(state):
            if {test}:
                del state[key]
        return state"""


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (TAKES_OUT.format(test='".lm." in key'), ["LL301"]),
        (TAKES_OUT.format(test='"encoder.lm." in key'), ["LL301"]),
        (TAKES_OUT.format(test='"lm." in key'), ["LL301"]),
        (TAKES_OUT.format(test='".mlm." in key'), []),
        (TAKES_OUT.format(test='"head.lm." in key'), []),
        (TAKES_OUT.format(test='".encoder." in key'), []),
        ('return {key: value for key, value in state.items() if ".lm." not in key}', []),
    ],
)
def test_a_submodule_sees_its_keys_under_its_own_path(tmp_path: Path, work: str, expected: list[str]) -> None:
    path = tmp_path / "model.py"
    path.write_text(CHILD.format(work=work))
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in findings] == expected
