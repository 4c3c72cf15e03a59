"""Parts that a module gets before its checkpoint is loaded, and those that it gets only afterwards."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests import test_picked as picked

MODEL = """
import copy
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Average(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.shadow = nn.Linear(4, 4).requires_grad_(False)

    def update(self): ...

class Net(L.LightningModule):
    def __init__(self, args):
        super().__init__()
        self.model = {model}
        {init}

    {before}
    def setup(self, stage):
        {setup}

    def {hook}(self, *args):
        {work}

    def make(self):
        self.ema = Average(self.model)

    def training_step(self, batch, batch_idx):
        return self.model(batch).mean()

    def configure_optimizers(self):
        {optimizers}
        return torch.optim.AdamW(self.model.parameters())

    def on_save_checkpoint(self, checkpoint):
        {save}
"""
WAYS = {
    "model": "nn.Linear(4, 4)",
    "init": "pass",
    "before": "",
    "setup": "pass",
    "hook": "on_fit_start",
    "work": "self.make()",
    "optimizers": "pass",
    "save": 'state = checkpoint["state_dict"]\n        '
    'checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith("ema.")}',
}
POPPED = """state = checkpoint["state_dict"]
        for key in [k for k in state if "ema." in k]:
            state.pop(key)"""
OF_MODEL = """state = checkpoint["state_dict"]
        for key in [k for k in state if k.startswith(("ema.", "model."))]:
            del state[key]"""


def found(folder: Path, text: str) -> list[Confidence]:
    """How sure each LL301 is."""
    return picked.found(folder, text, "LL301")


def told(folder: Path, **ways: str) -> list[Confidence]:
    """How sure it is that the keys are missing."""
    return found(folder, MODEL.format(**{**WAYS, **ways}))


@pytest.mark.parametrize("model", ["nn.Linear(4, 4)", 'AutoModel.from_pretrained("bert-base-uncased")', "build(args)"])
@pytest.mark.parametrize("save", [WAYS["save"], POPPED])
@pytest.mark.parametrize(
    "ways",
    [
        {},
        {"hook": "on_train_start"},
        {"hook": "on_train_epoch_start"},
        {"work": "self.ema = copy.deepcopy(self.model)"},
        {"work": 'if not hasattr(self, "ema"):\n            self.make()'},
        {"init": "self.ema = None", "work": "if self.ema is None:\n            self.make()"},
        {"work": "pass", "optimizers": "self.make()"},
        {
            "init": 'self.parts = ["model"]',
            "before": "def on_load_checkpoint(self, checkpoint):\n        self.seen = True\n",
        },
    ],
)
def test_what_comes_after_loading_is_not_missed(tmp_path: Path, model: str, save: str, ways: dict[str, str]) -> None:
    assert told(tmp_path, **{"model": model, "save": save, **ways}) == []


@pytest.mark.parametrize("save", [WAYS["save"], POPPED])
@pytest.mark.parametrize(
    "ways",
    [
        {"hook": "configure_model"},
        {"hook": "prepare_data"},
        {"setup": "self.make()"},
        {"setup": 'if not hasattr(self, "ema"):\n            self.make()'},
        {"init": "self.make()"},
        {"init": "self.ema = Average(self.model)", "work": "self.ema = copy.deepcopy(self.model)"},
        {"init": "self.ema = None", "setup": "if self.ema is None:\n            self.make()"},
        {"before": "def on_load_checkpoint(self, checkpoint):\n        self.make()\n"},
        {
            "before": "def on_load_checkpoint(self, checkpoint):\n        self.begin()\n\n"
            "    def begin(self):\n        self.make()\n"
        },
        {"before": 'def on_load_checkpoint(self, checkpoint):\n        setattr(self, "ema", nn.Linear(4, 4))\n'},
    ],
)
def test_what_is_there_when_it_is_loaded_is_missed(tmp_path: Path, save: str, ways: dict[str, str]) -> None:
    assert told(tmp_path, **{"save": save, **ways}) in ([Confidence.HIGH], [Confidence.MEDIUM])


@pytest.mark.parametrize(
    ("where", "expected"),
    [("on_fit_start", []), ("on_train_start", []), ("configure_model", [Confidence.HIGH])],
)
@pytest.mark.parametrize(
    ("work", "key"),
    [
        ('self.register_buffer("queue", torch.ones(4))', "queue"),
        ("self.scale = nn.Parameter(torch.ones(4))", "scale"),
        ("self.model.gate = nn.Linear(4, 4)", "model.gate.weight"),
    ],
)
def test_single_keys(tmp_path: Path, where: str, work: str, key: str, expected: list[Confidence]) -> None:
    save = f'del checkpoint["state_dict"]["{key}"]'
    assert told(tmp_path, model="nn.Sequential(nn.Linear(4, 4))", hook=where, work=work, save=save) == expected


@pytest.mark.parametrize(
    ("init", "hook", "expected"),
    [
        ("pass", "on_fit_start", [Confidence.HIGH]),  # somebody else may call it before
        ("self.fill()", "on_fit_start", [Confidence.HIGH]),
        ("pass", "setup", [Confidence.HIGH]),
    ],
)
def test_a_buffer_from_a_helper(tmp_path: Path, init: str, hook: str, expected: list[Confidence]) -> None:
    before = 'def fill(self):\n        self.register_buffer("queue", torch.ones(4))\n'
    ways = {"setup": "self.fill()"} if hook == "setup" else {"hook": hook, "work": "self.fill()"}
    save = 'del checkpoint["state_dict"]["queue"]'
    assert told(tmp_path, **{"work": "pass", **ways}, init=init, before=before, save=save) == expected


def test_a_checkpoint_of_nothing_but_the_late_part_lacks_the_others(tmp_path: Path) -> None:
    assert told(tmp_path, save='checkpoint["state_dict"] = self.ema.state_dict()') != []


def test_what_goes_with_it_is_missed(tmp_path: Path) -> None:
    assert told(tmp_path, save=OF_MODEL) == [Confidence.HIGH]


@pytest.mark.parametrize(("hook", "expected"), [("on_fit_start", []), ("setup", [Confidence.HIGH])])
def test_a_callback_makes_it(tmp_path: Path, hook: str, expected: list[Confidence]) -> None:
    callback = f"""
class Averages(L.Callback):
    def {hook}(self, trainer, pl_module, stage=None):
        pl_module.ema = Average(pl_module.model)

def main(args):
    trainer = L.Trainer(callbacks=[Averages()])
    trainer.fit(Net(args))
"""
    text = MODEL.format(**{**WAYS, "work": "pass"}) + callback
    assert found(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ("self.emas = nn.ModuleList()", []),
        ("self.emas = nn.ModuleList([nn.Linear(4, 4)])", [Confidence.HIGH]),
    ],
)
def test_a_list_that_is_filled_late(tmp_path: Path, init: str, expected: list[Confidence]) -> None:
    save = WAYS["save"].replace("ema.", "emas.")
    assert told(tmp_path, init=init, work="self.emas.append(Average(self.model))", save=save) == expected
