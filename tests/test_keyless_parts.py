"""Submodules of the project that register nothing that is saved: what names them leaves no key out."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.checking import codes_of

MODEL = """
import functools
import math
import lightning as L
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

def registered(module):
    module.register_parameter("scale", nn.Parameter(torch.ones(4)))
    return module

{parts}

class Motion(L.LightningModule):
    def __init__(self, settings):
        super().__init__()
        {lenient}
        self.net = nn.Linear(4, 4)
        self.body = {made}

    def on_save_checkpoint(self, checkpoint):
        for key in list(checkpoint["state_dict"]):
            if key.startswith("body"):
                checkpoint["state_dict"].pop(key)

    def training_step(self, batch, batch_idx):
        return self.net(self.body(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-2)
"""
BODY = """
class Body(nn.Module):
    def __init__(self, width=None):
        super().__init__()
        {init}

    def forward(self, x):
        return x + 1
"""
LENIENT = "self.strict_loading = False"


def body(init: str, more: str = "") -> str:
    return BODY.format(init=dedent(init).strip().replace("\n", "\n        ")) + indent(dedent(more), "    ")


def model(parts: str, made: str = "Body()", lenient: str = "") -> str:
    return MODEL.format(parts=parts, made=made, lenient=lenient or "pass")


WITHOUT_KEYS = {
    "only a forward": "class Body(nn.Module):\n    def forward(self, x):\n        return x + 1",
    "a buffer of one run": body("self.register_buffer('template', torch.zeros(4), persistent=False)"),
    "a buffer of one run, by position": body("self.register_buffer('template', torch.zeros(4), False)"),
    "numbers, texts and tensors": body(
        """
        self.width = width
        self.half, self.kind = 0.5, "mean"
        self.ones = torch.ones(4)
        self.scale = math.sqrt(2) ** -0.5
        self.grid = np.arange(4)
        self.loss = F.mse_loss if width else F.l1_loss
        """
    ),
    "what is worked out": body("self.mask = torch.zeros(4, 4)[:, 0].clone()\nself.kinds = [k for k in 'ab']"),
    "a buffer that gets another value": body(
        "self.register_buffer('template', torch.zeros(4), False)\nself.template = self.template[[0, 1]].clone()"
    ),
    "settings that nothing is done with": body("settings = settings_of(width)\nself.width = settings.width"),
    "submodules without keys": body("self.act = nn.ReLU()\nself.drop = nn.Dropout(0.1)"),
    "containers of them": body("self.both = nn.Sequential(nn.ReLU(), nn.Sequential(nn.Dropout(0.1), nn.Identity()))"),
    "a list that torch does not look into": body("self.layers = [nn.Linear(4, 4)]"),
    "bases of the project": body("self.register_buffer('template', torch.zeros(4), False)").replace("Body", "Base")
    + "\nclass Body(Base):\n    def forward(self, x):\n        self.last = x\n        return super().forward(x)\n",
}
WITH_KEYS = {
    "a parameter": body("self.scale = nn.Parameter(torch.ones(4))"),
    "a parameter under a local name": body("scale = nn.Parameter(torch.ones(4))\nself.scale = scale"),
    "a parameter by name": body("self.register_parameter('scale', nn.Parameter(torch.ones(4)))"),
    "a parameter of a name that is worked out": body(
        "for i in range(2):\n    setattr(self, f'scale{i}', nn.Parameter(torch.ones(4)))"
    ),
    "a list of parameters": body("self.scales = nn.ParameterList([nn.Parameter(torch.ones(4))])"),
    "one layer in a container": body("self.both = nn.Sequential(nn.ReLU(), nn.Linear(4, 4))"),
    "a container of what nobody knows": body("self.both = nn.Sequential(*parts_of(width))"),
    "a buffer": body("self.register_buffer('template', torch.zeros(4))"),
    "a buffer that a setting saves": body("self.register_buffer('template', torch.zeros(4), persistent=width is None)"),
    "a parameter that a helper makes": body(
        "self.build()", "def build(self):\n    self.scale = nn.Parameter(torch.ones(4))"
    ),
    "a parameter that takes the place of nothing": body(
        "self.scale = None\nself.build()", "def build(self):\n    self.scale = nn.Parameter(torch.ones(4))"
    ),
    "a parameter that a function registers": body("registered(self)"),
    "a parameter put among the others": body("self._parameters['scale'] = nn.Parameter(torch.ones(4))"),
    "a base with a parameter": body("self.scale = nn.Parameter(torch.ones(4))").replace("Body", "Base")
    + "\nclass Body(Base):\n    def forward(self, x):\n        return x * self.scale\n",
    "a base of a library": "class Body(nn.Linear):\n    def __init__(self):\n        super().__init__(4, 4)",
    "a state of its own": body("pass", "def get_extra_state(self):\n    return {'steps': 1}\n")
    + "\n    def set_extra_state(self, state):\n        pass\n",
}


@pytest.mark.parametrize("case", WITHOUT_KEYS)
@pytest.mark.parametrize("lenient", ["", LENIENT])
def test_of_a_part_without_keys_nothing_is_left_out(tmp_path: Path, case: str, lenient: str) -> None:
    assert codes_of(tmp_path, model(WITHOUT_KEYS[case], lenient=lenient)) == []


@pytest.mark.parametrize("case", WITH_KEYS)
def test_what_a_part_registers_itself_is_left_out(tmp_path: Path, case: str) -> None:
    assert codes_of(tmp_path, model(WITH_KEYS[case])) == ["LL301"]


def test_a_parameter_of_a_part_is_lost(tmp_path: Path) -> None:
    assert codes_of(tmp_path, model(WITH_KEYS["a parameter"], lenient=LENIENT)) == ["LL302"]


def test_a_part_beside_it_that_nobody_knows_has_other_names(tmp_path: Path) -> None:
    code = model(WITHOUT_KEYS["only a forward"])
    beside = code.replace("self.net = nn.Linear(4, 4)", "self.net = build(settings)")
    assert codes_of(tmp_path, beside) == []
    assert codes_of(tmp_path, code.replace("Body()", "build(settings).eval()")) == ["LL301"]


IGNORES = """
    def on_save_checkpoint(self, checkpoint):
        for prefix in self.ignored:
            for key in list(checkpoint["state_dict"]):
                if key.startswith(prefix):
                    checkpoint["state_dict"].pop(key)
"""
ANY = """
    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {k: v for k, v in state.items() if not any(k.startswith(p) for p in self.ignored)}
"""


@pytest.mark.parametrize("hook", [IGNORES, ANY])
@pytest.mark.parametrize(
    ("default", "script", "expected"),
    [
        ('["body"]', "", []),
        ('["body"]', "Motion({}, ignored=['body', 'losses'])", ["LL301"]),
        ('["body", "net"]', "", ["LL301"]),
        ("None", "", ["LL301"]),
    ],
)
def test_names_that_an_argument_has_by_default(
    tmp_path: Path, hook: str, default: str, script: str, expected: list[str]
) -> None:
    code = model(WITHOUT_KEYS["only a forward"]).replace("settings):", f"settings, ignored={default}):")
    code = code.replace("self.net =", "self.ignored = ignored\n        self.net =")
    start, end = code.index("    def on_save_checkpoint"), code.index("    def training_step")
    assert codes_of(tmp_path, f"{code[:start]}{hook}\n{code[end:]}\n{script}\n") == expected
