"""A callback that freezes the model, which only some of Hydra's compositions take."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of
from tests.test_picked import LOW

MEDIUM = [Confidence.MEDIUM]
FREEZE = "_target_: freezing.Freeze\n"
TRAIN = """
import hydra
import lightning as L

@hydra.main(version_base="1.3", config_path="configs", config_name="train")
def main(cfg):
    model = hydra.utils.instantiate(cfg.model)
    callbacks = [hydra.utils.instantiate(each) for each in cfg.callbacks.values()]
    L.Trainer(callbacks=callbacks).fit(model)
"""
PROJECT = {
    "pyproject.toml": "",
    "module.py": """
import lightning as L
import torch
from transformers import AutoModelForSequenceClassification

class Classifier(L.LightningModule):
    def __init__(self, name: str, lr: float):
        super().__init__()
        self.lr = lr
        self.net = AutoModelForSequenceClassification.from_pretrained(name)

    def training_step(self, batch, batch_idx):
        return self.net(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)

class Other(Classifier):
    def __init__(self):
        super().__init__("bert-base-uncased", 0.1)
        self.net = torch.nn.Linear(2, 2)
""",
    "freezing.py": """
import lightning as L

class Freeze(L.Callback):
    def on_fit_start(self, trainer, pl_module):
        for param in pl_module.net.parameters():
            param.requires_grad = False
""",
    "train.py": TRAIN,
    "configs/train.yaml": "defaults:\n  - _self_\n  - model: bert\n  - callbacks: plain\n  - experiment: null\n",
    "configs/model/bert.yaml": "_target_: module.Classifier\nname: bert-base-uncased\nlr: 0.001\n",
    "configs/model/other.yaml": "_target_: module.Other\n",
    "configs/callbacks/plain.yaml": "monitor:\n  _target_: lightning.pytorch.callbacks.LearningRateMonitor\n",
    "configs/callbacks/probe.yaml": "defaults:\n  - plain\n  - freeze\n",
    "configs/callbacks/freeze.yaml": f"freeze:\n  {FREEZE}",
}
BY_DEFAULT = PROJECT["configs/train.yaml"]


def experiment(*overrides: str, more: str = "") -> str:
    lines = "".join(f"  - override /{each}\n" for each in overrides)
    return "# @package _global_\n" + (f"defaults:\n{lines}" if lines else "") + more


PROBE, LINEAR = experiment("callbacks: probe"), experiment("model: bert", "callbacks: probe")
TUNES = experiment("model: bert", "callbacks: plain")


def found(folder: Path, files: dict[str, str]) -> list[Confidence]:
    findings = findings_of(folder, {**PROJECT, **files}, "module.py")
    return [each.confidence for each in findings if each.code == "LL101"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, MEDIUM),
        ({"configs/experiment/short.yaml": experiment(more="seed: 1\n")}, MEDIUM),
        ({"configs/experiment/probe.yaml": PROBE}, MEDIUM),
        ({"configs/experiment/probe.yaml": PROBE, "configs/experiment/tune.yaml": TUNES}, MEDIUM),
        ({"configs/experiment/probe.yaml": experiment(more=f"callbacks:\n  mine:\n    {FREEZE}")}, MEDIUM),
        ({"configs/experiment/probe.yaml": experiment("model: other", "callbacks: probe")}, MEDIUM),
    ],
)
def test_by_default_there_is_none(tmp_path: Path, files: dict[str, str], expected: list[Confidence]) -> None:
    assert found(tmp_path, files) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"configs/train.yaml": BY_DEFAULT.replace("plain", "probe")},
        {"configs/train.yaml": BY_DEFAULT.replace("plain", "probe"), "configs/experiment/tune.yaml": TUNES},
        {"configs/train.yaml": BY_DEFAULT.replace("plain", "???")},
        {"configs/train.yaml": BY_DEFAULT + f"trainer:\n  callbacks:\n    - {FREEZE}"},
        {"configs/train.yaml": BY_DEFAULT.replace("- callbacks: plain", "- callbacks: [plain, freeze]")},
        {"configs/callbacks/plain.yaml": "mine:\n  _target_: ${callback}\n"},
        {"configs/callbacks/plain.yaml": "mine: ${callback}\n"},
    ],
)
def test_by_default_there_may_be_one(tmp_path: Path, files: dict[str, str]) -> None:
    assert found(tmp_path, files) == LOW


@pytest.mark.parametrize("default", ["other", "???"])
@pytest.mark.parametrize(
    ("experiments", "expected"), [((TUNES,), MEDIUM), ((TUNES, LINEAR), MEDIUM), ((LINEAR,), LOW), ((), LOW)]
)
def test_only_experiments_build_the_class(
    tmp_path: Path, default: str, experiments: tuple[str, ...], expected: list[Confidence]
) -> None:
    files = {f"configs/experiment/number{n}.yaml": text for n, text in enumerate(experiments)}
    assert found(tmp_path, {"configs/train.yaml": BY_DEFAULT.replace("bert", default), **files}) == expected


@pytest.mark.parametrize(
    "script",
    [
        TRAIN.replace(".fit(", ".validate("),
        TRAIN.replace('"train"', '"else"'),
        TRAIN.replace('config_name="train"', "config_name=NAME"),
        TRAIN.replace('@hydra.main(version_base="1.3", config_path="configs", config_name="train")', ""),
    ],
)
def test_which_composition_is_trained_is_not_known(tmp_path: Path, script: str) -> None:
    assert found(tmp_path, {"train.py": script}) == LOW
