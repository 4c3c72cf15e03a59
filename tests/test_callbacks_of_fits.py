"""Callbacks that freeze or switch what the YAML builds, given to a Trainer by the script that fits it."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

MODULE = """
import hydra
import lightning as L
import torch
from lightning.pytorch.callbacks import BaseFinetuning
from torch import nn
from transformers import AutoModel

class Net(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.enc = AutoModel.from_pretrained(name)

    def forward(self, x):
        return self.enc(x)

class Lit(L.LightningModule):
    def __init__(self, net):
        super().__init__()
        self.bert = net

    def training_step(self, batch, batch_idx):
        return self.bert(batch).pooler_output.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
NAMED = """
class Freeze(BaseFinetuning):
    def __init__(self, names=("bert",)):
        super().__init__()
        self.names = names

    def freeze_before_training(self, pl_module):
        for name in self.names:
            for n, m in pl_module.named_modules():
                if n.startswith(name):
                    self.freeze(m)

    def finetune_function(self, pl_module, epoch, optimizer):
        pass
"""
SWITCH = """
class Freeze(L.Callback):
    def on_fit_start(self, trainer, pl_module):
        pl_module.train()
"""
WATCH = """
class Freeze(L.Callback):
    def on_train_epoch_end(self, trainer, pl_module):
        pl_module.log("x", 1.0)
"""
SCRIPT = """
import hydra
import lightning as L

@hydra.main(version_base=None, config_path="../configs", config_name="train")
def main(cfg):
    model = hydra.utils.instantiate(cfg.model)
    callbacks = {callbacks}
    trainer = {trainer}
    trainer.fit(model)

if __name__ == "__main__":
    main()
"""
OF_YAML = "[hydra.utils.instantiate(each) for _, each in cfg.callbacks.items()]"
BUILT, WRITTEN = "hydra.utils.instantiate(cfg.trainer, callbacks=callbacks)", "L.Trainer(callbacks=callbacks)"
PROJECT = {
    "pyproject.toml": "",
    "src/__init__.py": "",
    "configs/train.yaml": "defaults:\n  - _self_\n  - model: lit\n  - trainer: default\n  - callbacks: mine\n",
    "configs/model/lit.yaml": "_target_: src.lit.Lit\nnet:\n  _target_: src.lit.Net\n  name: bert-base-uncased\n",
    "configs/trainer/default.yaml": "_target_: lightning.Trainer\nmax_epochs: 10\n",
    "configs/callbacks/mine.yaml": "mine:\n  _target_: src.lit.Freeze\n",
}
WITHOUT_ONE = {"configs/callbacks/mine.yaml": "mine:\n  _target_: lightning.pytorch.callbacks.RichProgressBar\n"}
IN_ONE_FILE = {
    "configs/train.yaml": "model:\n  _target_: src.lit.Lit\n"
    "  net:\n    _target_: src.lit.Net\n    name: bert-base-uncased\n"
    "trainer:\n  _target_: lightning.Trainer\ncallbacks:\n  mine:\n    _target_: src.lit.Freeze\n"
}


def found(folder: Path, files: dict[str, str]) -> list[Confidence]:
    """How sure each LL101 is that is shown by default."""
    findings = findings_of(folder, {**PROJECT, **files}, "src/lit.py")
    return [each.confidence for each in findings if each.code == "LL101" and each.confidence is not Confidence.LOW]


def project(callback: str, script: str, *, together: bool) -> dict[str, str]:
    if together:
        return {"src/lit.py": MODULE + callback + script}
    return {"src/lit.py": MODULE + callback, "src/train.py": script}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("trainer", [BUILT, WRITTEN])
@pytest.mark.parametrize("callback", [NAMED, SWITCH])
@pytest.mark.parametrize("yaml", [{}, IN_ONE_FILE])
def test_the_yaml_gives_one(tmp_path: Path, callback: str, trainer: str, together: bool, yaml: dict[str, str]) -> None:
    script = SCRIPT.format(callbacks=OF_YAML, trainer=trainer)
    assert found(tmp_path, {**project(callback, script, together=together), **yaml}) == []


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("trainer", [BUILT, WRITTEN])
@pytest.mark.parametrize(("callback", "yaml"), [(NAMED, WITHOUT_ONE), (WATCH, {}), (WATCH, IN_ONE_FILE)])
def test_the_yaml_gives_none_that_changes_anything(
    tmp_path: Path, callback: str, yaml: dict[str, str], trainer: str, together: bool
) -> None:
    script = SCRIPT.format(callbacks=OF_YAML, trainer=trainer)
    expected = [Confidence.MEDIUM]
    assert found(tmp_path, {**project(callback, script, together=together), **yaml}) == expected


@pytest.mark.parametrize(
    ("callback", "callbacks", "expected"),
    [
        (NAMED, "[Freeze()]", []),
        (SWITCH, "[Freeze()]", []),
        (WATCH, "[Freeze()]", [Confidence.MEDIUM]),
        (NAMED, "[]", [Confidence.MEDIUM]),
    ],
)
def test_the_script_beside_the_class_gives_one(
    tmp_path: Path, callback: str, callbacks: str, expected: list[Confidence]
) -> None:
    script = SCRIPT.format(callbacks=callbacks, trainer=BUILT)
    assert found(tmp_path, {**project(callback, script, together=True), **WITHOUT_ONE}) == expected
