"""A network for each experiment: all of their loading places are named."""

from pathlib import Path

import pytest

from tests.checking import findings_of

NAMES = ("bert", "albert", "electra", "hubert", "roberta", "wav2vec2", "deberta", "mpnet")
NETWORK = """
from torch import nn
from transformers import AutoModel

class Net(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.model = {loaded}

    def forward(self, x):
        return self.model(x)[0]
"""
LOADS = "AutoModel.from_pretrained(name)"
MODULE = """
import lightning as L
import torch

class Model(L.LightningModule):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def training_step(self, batch, batch_idx):
        return self.network(batch["x"]).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-5)
"""


def named(folder: Path, loads: dict[str, str]) -> list[str]:
    """The files of the networks that a finding names; the first is the default, each other an experiment's."""
    default, *others = loads
    files = {
        "module.py": MODULE,
        **{f"{name}.py": NETWORK.format(loaded=loaded) for name, loaded in loads.items()},
        "configs/train.yaml": "defaults:\n  - _self_\n  - model: model\n  - experiment: null\n",
        "configs/model/model.yaml": f"defaults:\n  - _self_\n  - network: {default}\n_target_: module.Model\n",
        **{f"configs/model/network/{name}.yaml": f"_target_: {name}.Net\nname: some/{name}\n" for name in loads},
        **{
            f"configs/experiment/{name}.yaml": f"# @package _global_\ndefaults:\n  - override /model/network: {name}\n"
            for name in others
        },
    }
    findings = findings_of(folder, files, "module.py")
    found = [each for finding in findings if finding.code == "LL101" for each in finding.related]
    return sorted({each.span.path.stem for each in found if each.span.path.suffix == ".py"})


@pytest.mark.parametrize("count", [2, 4, 6, 8])
def test_each_is_named(tmp_path: Path, count: int) -> None:
    assert named(tmp_path, dict.fromkeys(NAMES[:count], LOADS)) == sorted(NAMES[:count])


@pytest.mark.parametrize("trained", [NAMES[-1:], NAMES[4:], NAMES])
@pytest.mark.parametrize("instead", [f"{LOADS}.train()", f"{LOADS}.requires_grad_(False)", "nn.Linear(4, 4)"])
def test_those_that_are_right_are_not(tmp_path: Path, trained: tuple[str, ...], instead: str) -> None:
    loads = dict.fromkeys(NAMES, LOADS) | dict.fromkeys(trained, instead)
    assert named(tmp_path, loads) == sorted(name for name in NAMES if name not in trained)
