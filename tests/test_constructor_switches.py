"""Keys that a hook drops only behind a switch of the constructor, which the project turns on or leaves off."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import NAME, findings_of

MODULE = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self, width=4, lean=False, whole=True):
        super().__init__()
        {init}
        self.lean = lean
        self.whole = whole
        self.encoder = nn.Linear(4, width).requires_grad_(False)
        self.head = nn.Linear(width, 1)

    def on_save_checkpoint(self, checkpoint):
        {body}

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=1e-2)
"""
CALLBACK = """
import lightning as L
import torch
from torch import nn

class Lean(L.Callback):
    def __init__(self, lean=False):
        self.lean = lean

    def on_save_checkpoint(self, trainer, pl_module, checkpoint):
        if not self.lean:
            return
        checkpoint["state_dict"].pop("net.weight")

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.net(batch).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-2)

def main(loader, args):
    L.Trainer(callbacks=[{made}]).fit(Model(), loader)
"""
DROP = 'checkpoint["state_dict"].pop("encoder.weight")'
LEAVES = f"if not self.lean:\n            return\n        {DROP}"
AROUND = f"if self.lean:\n            {DROP}"
OTHERWISE = f"if not self.lean:\n            pass\n        else:\n            {DROP}"
ONE_OF_TWO = f"if self.lean or not self.whole:\n            {DROP}"
BOTH = f"if self.lean and checkpoint:\n            {DROP}"
FITS = "\ndef main(loader, args):\n    L.Trainer().fit(Model({given}), loader)\n"
ELSEWHERE = "import lightning as L\nfrom model import Model\n\ndef main(loader, config):\n    {code}\n"
LOW, MEDIUM, HIGH = Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH


def module(body: str = LEAVES, given: str | None = "", init: str = "pass") -> str:
    return MODULE.format(init=init, body=body) + ("" if given is None else FITS.format(given=given))


def told(folder: Path, code: str, other: str = "") -> list[tuple[str, Confidence]]:
    files = {NAME: code, **({"other.py": ELSEWHERE.format(code=other)} if other else {})}
    return [(each.code, each.confidence) for each in findings_of(folder, files)]


@pytest.mark.parametrize("body", [LEAVES, AROUND, OTHERWISE, ONE_OF_TWO, BOTH])
def test_what_is_never_asked_for_is_not_dropped(tmp_path: Path, body: str) -> None:
    assert told(tmp_path, module(body)) == []


@pytest.mark.parametrize("body", [LEAVES, AROUND, OTHERWISE, ONE_OF_TWO])
def test_what_is_asked_for_is_dropped(tmp_path: Path, body: str) -> None:
    assert told(tmp_path, module(body, "lean=True")) == [("LL301", HIGH)]


@pytest.mark.parametrize("given", ["lean=args.lean", "4, args.lean", "*args", "**args", None])
def test_nobody_knows_what_is_asked_for(tmp_path: Path, given: str | None) -> None:
    assert told(tmp_path, module(given=given)) == [("LL301", MEDIUM)]


@pytest.mark.parametrize(
    "other",
    [
        "L.Trainer().fit(Model(lean=True), loader)",
        "L.Trainer().fit(Model(4, True), loader)",
        "return Model(lean=config.lean)",
        "return build(Model, lean=True)",
        "return Model(**config)",
    ],
)
def test_one_file_of_the_project_may_ask_for_it(tmp_path: Path, other: str) -> None:
    assert told(tmp_path, module(), other) == [("LL301", MEDIUM)]


@pytest.mark.parametrize("other", ["L.Trainer().fit(Model(lean=False), loader)", "return Model(8)"])
def test_no_file_of_the_project_asks_for_it(tmp_path: Path, other: str) -> None:
    assert told(tmp_path, module(), other) == []


@pytest.mark.parametrize("change", ["self.lean = True", "self.lean |= True"])
def test_a_switch_may_be_turned_on_later(tmp_path: Path, change: str) -> None:
    method = f"\n    def on_fit_end(self):\n        {change}\n"
    assert told(tmp_path, module().replace("\ndef main", f"{method}\ndef main")) == [("LL301", MEDIUM)]


def test_a_switch_that_lenient_loading_is_for_makes_it_no_mistake(tmp_path: Path) -> None:
    assert told(tmp_path, module(init="self.strict_loading = False")) == []


@pytest.mark.parametrize(("made", "expected"), [("Lean()", []), ("Lean(True)", [HIGH]), ("Lean(args.lean)", [MEDIUM])])
def test_a_callback_has_switches_too(tmp_path: Path, made: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, CALLBACK.format(made=made)) == [("LL301", each) for each in expected]


KEPT = f"if self.hparams.lean:\n            {DROP}"
HPARAMS = "self.save_hyperparameters()"


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", []), ("lean=False", []), ("lean=True", [HIGH]), ("lean=args.lean", [MEDIUM]), (None, [MEDIUM])],
)
def test_a_switch_among_the_hyperparameters(tmp_path: Path, given: str | None, expected: list[Confidence]) -> None:
    assert told(tmp_path, module(KEPT, given, HPARAMS)) == [("LL301", each) for each in expected]


def test_a_hyperparameter_that_is_turned_on_later(tmp_path: Path) -> None:
    method = "\n    def on_fit_start(self):\n        self.hparams.lean = True\n"
    code = module(KEPT, "", HPARAMS).replace("\ndef main", f"{method}\ndef main")
    assert told(tmp_path, code) == [("LL301", MEDIUM)]


CONSTANT = """
import lightning as L
import torch
from torch import nn

class Base(L.LightningModule):
    dropped = {dropped}

    def on_save_checkpoint(self, checkpoint):
        for name in self.dropped:
            for key in [key for key in checkpoint["state_dict"] if key.startswith(name + ".")]:
                del checkpoint["state_dict"][key]
        if self.light:
            checkpoint["state_dict"].pop("encoder.weight")

class Model(Base):
    {own}

    def __init__(self):
        super().__init__()
        self.light = {light}
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=1e-2)
"""


@pytest.mark.parametrize(
    ("dropped", "own", "light", "other", "is_told"),
    [
        ("()", "pass", "False", "", False),
        ("[]", "pass", "None", "", False),
        ("('encoder',)", "pass", "False", "", True),
        ("()", "dropped = ('encoder',)", "False", "", True),
        ("()", "pass", "True", "", True),
        ("()", "pass", "False", "Model().light = True", True),
        ("()", "pass", "False", "setattr(Model(), 'light', True)", True),
        ("()", "pass", "False", "Model.dropped = ('encoder',)", True),
    ],
)
def test_what_is_always_off(tmp_path: Path, dropped: str, own: str, light: str, other: str, *, is_told: bool) -> None:
    found = told(tmp_path, CONSTANT.format(dropped=dropped, own=own, light=light), other)
    assert [code for code, _ in found] == ["LL301"] * is_told
