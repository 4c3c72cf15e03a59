"""`strict_loading = False` as a safe fix: only for what a new module surely has again."""

from pathlib import Path

import pytest

from lintlight.model import Safety
from tests.checking import NAME, findings_of

MODEL = """
import lightning as L
import torch
from lightning.pytorch.callbacks import Callback
from torch import nn
from transformers import AutoModel, AutoModelForImageClassification
{above}

class Distilled({base}):
    def __init__(self, rate: float):
        super().__init__()
        self.rate = rate
        self.student = nn.Linear(8, 8)
        {teacher}
        {then}

    def on_save_checkpoint(self, checkpoint):
        for name in list(checkpoint["state_dict"]):
            if {dropped}:
                del checkpoint["state_dict"][name]

    def training_step(self, batch, batch_idx):
        with torch.no_grad():
            goal = self.teacher(batch).last_hidden_state
        return (self.student(goal) - goal).pow(2).mean()

    {hook}

    def configure_optimizers(self):
        return torch.optim.AdamW(self.student.parameters(), lr=self.rate)

{below}
"""
LOAD = 'self.teacher = AutoModel.from_pretrained("bert-base-uncased")'
PLAIN = {
    "base": "L.LightningModule",
    "above": "",
    "teacher": LOAD,
    "then": "self.teacher.requires_grad_(False)",
    "dropped": 'name.startswith("teacher.")',
    "hook": "",
    "below": "",
}
AFTER = "def on_train_batch_end(self, outputs, batch, batch_idx):\n        "
PAIRS = "for t, s in zip(self.teacher.parameters(), self.student.parameters()):\n                "
UNDER = f"{AFTER}with torch.no_grad():\n            "
FIT = "\ndef main(dl):\n    L.Trainer(callbacks=[{}]).fit(Distilled(0.1), dl)\n"
TELLS = """
class Tells(Callback):
    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pl_module.log("epoch", trainer.current_epoch)
"""


def found_with(folder: Path, **changed: str) -> tuple[Safety | None, str]:
    """How safe the fix of LL301 is, and what its message and help say."""
    text = MODEL.format(**{**PLAIN, **changed})
    [found] = [each for each in findings_of(folder, {NAME: text}) if each.code == "LL301"]
    return found.fix.safety if found.fix else None, f"{found.message} {found.help}"


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"teacher": f"{LOAD}.requires_grad_(False)", "then": ""},
        {"then": "for p in self.teacher.parameters():\n            p.requires_grad = False"},
        {"then": "self.teacher.eval().requires_grad_(False)\n        self.wide = self.teacher.config.hidden_size"},
        {"dropped": '"teacher" in name'},
        {"below": FIT.format("")},
        {"above": TELLS, "below": FIT.format("Tells()")},
        {"hook": f"{AFTER}self.log('rate', self.rate)"},
        {
            "hook": "def optimized(self):\n"
            "        return torch.optim.SGD(filter(lambda p: p.requires_grad, self.parameters()))"
        },
    ],
    ids=["plain", "at once", "in a loop", "eval asked for", "by a word", "fitted", "callback", "hook", "optimizer"],
)
def test_a_plain_frozen_encoder_comes_back(changed: dict[str, str], tmp_path: Path) -> None:
    safety, told = found_with(tmp_path, **changed)
    assert safety is Safety.SAFE
    assert "; set `self.strict_loading = False`" in told


@pytest.mark.parametrize(
    "hook",
    [
        f"{UNDER}{PAIRS}t.mul_(0.99).add_(s, alpha=0.01)",
        f"{UNDER}{PAIRS}t.data = 0.99 * t.data + 0.01 * s.data",
        f"{UNDER}{PAIRS}t.copy_(0.99 * t + 0.01 * s)",
        f"{UNDER}{PAIRS}t *= 0.99",
        f"{AFTER}torch._foreach_lerp_([*self.teacher.parameters()], [*self.student.parameters()], 0.01)",
        f"{AFTER}self.teacher.load_state_dict(self.student.state_dict())",
        f"{AFTER}move(self.teacher, self.student)",
        f"{AFTER}move(self)",
        f"{AFTER}each = self.teacher\n        move(each)",
        f"{AFTER}move(*self.children())",
        f"{AFTER}params = list(self.parameters())\n        move(params)",
        f"{AFTER}torch.lerp(self.teacher.weight, self.student.weight, 0.1, out=self.teacher.weight)",
    ],
    ids=["mul_", "data", "copy_", "*=", "foreach", "load", "helper", "self", "name", "children", "list", "out"],
)
def test_what_is_averaged_does_not(hook: str, tmp_path: Path) -> None:
    (tmp_path / "ema.py").write_text("def move(*parts): ...\n")
    safety, told = found_with(tmp_path, hook=hook, above="from ema import move")
    assert safety is Safety.UNSAFE
    assert "; keep them in the checkpoint" in told
    assert "would lose what is random, averaged" in told


UNFREEZES = """
from lightning.pytorch.callbacks import BaseFinetuning

class Later(BaseFinetuning):
    def freeze_before_training(self, pl_module):
        self.freeze(pl_module.teacher)

    def finetune_function(self, pl_module, epoch, optimizer):
        if epoch == 2:
            self.unfreeze_and_add_param_group(pl_module.teacher, optimizer)
"""
HANDS_ON = """
class Moves(Callback):
    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        move(pl_module)
"""


@pytest.mark.parametrize(
    "changed",
    [
        {"below": FIT.format("L.pytorch.callbacks.BackboneFinetuning(unfreeze_backbone_at_epoch=5)")},
        {"below": UNFREEZES + FIT.format("Later()")},
        {"above": UNFREEZES, "hook": "def configure_callbacks(self):\n        return [Later()]"},
        {"above": f"from ema import move\n{HANDS_ON}", "below": FIT.format("Moves()")},
        {"above": "from more_callbacks import EMA", "below": FIT.format("EMA()")},
        {
            "hook": "def on_train_epoch_start(self):\n        if self.current_epoch == 4:\n"
            "            self.teacher.requires_grad_(True)"
        },
    ],
    ids=["BackboneFinetuning", "BaseFinetuning", "configure_callbacks", "callback", "EMA", "epoch"],
)
def test_what_changes_later_does_not(changed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "ema.py").write_text("def move(*parts): ...\n")
    assert Safety.SAFE is not found_with(tmp_path, **changed)[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"teacher": f"{LOAD}.train()"},
        {"base": "L.LightningModule, KnowsMore", "above": "from elsewhere import KnowsMore"},
        {"teacher": f"{LOAD}\n        self.teacher.resize_token_embeddings(40000)"},
        {"teacher": LOAD.replace('")', '", num_labels=3)')},
        {"teacher": LOAD.replace('")', '", **options)'), "above": "options = {}"},
        {"teacher": LOAD.replace("AutoModel", "AutoModelForImageClassification")},
        {"teacher": "self.teacher = AutoModel.from_pretrained(NAME)", "above": "from names import NAME"},
        {"teacher": "self.teacher = nn.Linear(8, 8)"},
        {
            "teacher": f'{LOAD}\n        self.register_buffer("center", torch.zeros(8))',
            "dropped": '"student" not in name',
        },
    ],
    ids=["train mode", "base", "resized", "labels", "options", "head", "any name", "random", "buffer beside it"],
)
def test_what_is_not_only_loaded_does_not(changed: dict[str, str], tmp_path: Path) -> None:
    assert Safety.SAFE is not found_with(tmp_path, **changed)[0]


def test_an_heir_that_writes_makes_it_unsafe(tmp_path: Path) -> None:
    heir = f"class Averaged(Distilled):\n    {UNDER}{PAIRS}t.mul_(0.99)\n"
    text = f"from {NAME.removesuffix('.py')} import Distilled\nimport torch\n\n{heir}"
    found = findings_of(tmp_path, {NAME: MODEL.format(**PLAIN), "heir.py": text}, NAME)
    assert [each.fix and each.fix.safety for each in found if each.code == "LL301"] == [Safety.UNSAFE]
