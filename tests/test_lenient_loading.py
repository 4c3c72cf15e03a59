"""Modules that load without being strict: what is lost, and whether there is a reason for it."""

from pathlib import Path

import pytest

from lintlight.registry import load_rules
from lintlight.semantics.lightning import lightning_classes
from lintlight.semantics.resolve.project import Project

RULES = [rule for rule in load_rules() if rule.code in {"LL302", "LL304"}]
MODULE = """
import copy
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.strict_loading = False
        self.net = nn.Linear(4, 4)
        self.head = nn.Linear(4, 4)
        self.teacher = None
        {init}

    def training_step(self, batch, batch_idx):
        {step}
        return self.head(self.net(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""
DROPS_HEAD = """
    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"].pop("head.weight")
"""
OWN_FILES = "\nclass Plain(CheckpointIO): ...\n"


def codes(folder: Path, text: str) -> set[str]:
    (folder / "pyproject.toml").touch()
    path = folder / "model.py"
    path.write_text(text, encoding="utf-8")
    classes = lightning_classes(Project(folder), path)
    return {finding.code for cls in classes for rule in RULES for finding in rule.check_class(cls)}


@pytest.mark.parametrize(
    ("init", "step", "below", "told"),
    [
        ("pass", "pass", "", {"LL304"}),
        ("pass", "if self.teacher is None: self.teacher = nn.Linear(4, 4)", "", set()),
        ("pass", "if self.teacher is None: self.teacher = copy.deepcopy(self.net).eval()", "", set()),
        ("self.build()", "pass", "\n    def build(self):\n        self.teacher = nn.Linear(4, 4)\n", {"LL304"}),
        ("pass", "self.teacher = float(batch_idx)", "", {"LL304"}),
        ("pass", "pass", OWN_FILES, set()),
        ("pass", "pass", DROPS_HEAD, {"LL302"}),
        ("self.head.weight = self.net.weight", "pass", DROPS_HEAD, set()),
        ("self.head.weight = nn.Parameter(torch.ones(4, 4))", "pass", DROPS_HEAD, {"LL302"}),
    ],
    ids=[
        "for nothing",
        "a part made in a step",
        "a copy made in a step",
        "a part made at the start",
        "no part",
        "files of its own",
        "a trained key dropped",
        "one of two names dropped",
        "a parameter of its own",
    ],
)
def test_what_is_lost(tmp_path: Path, init: str, step: str, below: str, told: set[str]) -> None:
    assert codes(tmp_path, MODULE.format(init=init, step=step) + below) == told


@pytest.mark.parametrize(("index", "part"), [("-1", "self.net[1]"), ("-2", "self.net[0]"), ("1", "self.net[1]")])
def test_the_part_that_a_negative_index_means(tmp_path: Path, index: str, part: str) -> None:
    layers = "nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)]).requires_grad_(False)"
    text = MODULE.format(init=f"self.net[{index}].requires_grad_(True)", step="pass")
    text = text.replace("self.net = nn.Linear(4, 4)", f"self.net = {layers}") + DROPS_HEAD.replace(
        'checkpoint["state_dict"].pop("head.weight")',
        'checkpoint["state_dict"] = {k: v for k, v in checkpoint["state_dict"].items() if "net" not in k}',
    )
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "model.py"
    path.write_text(text.replace("self.net(batch)", "self.net[1](self.net[0](batch))"), encoding="utf-8")
    (cls,) = lightning_classes(Project(tmp_path), path)
    (finding,) = [finding for rule in RULES for finding in rule.check_class(cls)]
    assert f"trained keys of `{part}` are dropped" in finding.message
