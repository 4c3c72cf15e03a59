"""A helper of the project that hands what it is given on to Hydra's `instantiate` builds what its caller names."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

NETS = """
from torch import nn

class Net(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x).last_hidden_state.mean()
"""
TASK = """
import hydra
import lightning as L
import torch

{above}
class Task(L.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        self.net = {made}

    {method}

    def training_step(self, batch, batch_idx):
        return self.net(batch)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.net.parameters(), lr=self.cfg.lr)

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    L.Trainer().fit(Task(cfg=cfg.task))
"""
YAML = {
    "conf/config.yaml": "defaults:\n  - task: task\n  - _self_\n",
    "conf/task/task.yaml": "defaults:\n  - arch: bert\nlr: 0.001\n",
    "conf/task/arch/bert.yaml": """
_target_: nets.Net
inner:
  _target_: transformers.BertModel.from_pretrained
  pretrained_model_name_or_path: bert-base-uncased
""",
}
WAYS = {
    "by itself": ("hydra.utils.instantiate(self.cfg.arch)", "", ""),
    "method": ("self.build(self.cfg.arch)", "", "def build(self, c):\n        return hydra.utils.instantiate(c)"),
    "keyword": ("self.build(c=self.cfg['arch'])", "", "def build(self, c):\n        return hydra.utils.instantiate(c)"),
    "static method": (
        "self.build(1, self.cfg.arch)",
        "",
        "@staticmethod\n    def build(n, c):\n        return hydra.utils.instantiate(config=c)",
    ),
    "class method": (
        "Task.build(self.cfg.arch)",
        "",
        "@classmethod\n    def build(cls, c):\n        return hydra.utils.instantiate(c)",
    ),
    "function": ("build(self.cfg.arch)", "def build(c):\n    net = hydra.utils.instantiate(c)\n    return net\n", ""),
}


def found_in(folder: Path, made: str, above: str, method: str) -> list[tuple[str, Confidence]]:
    """The codes of what is found in a project whose YAML says what the net of its task is."""
    task = TASK.format(made=made, above=above, method=method)
    found = findings_of(folder, {**YAML, "nets.py": NETS, "task.py": task}, "task.py")
    return [(each.code, each.confidence) for each in found]


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_a_helper_is_given(tmp_path: Path, way: tuple[str, str, str]) -> None:
    assert found_in(tmp_path, *way) == [("LL101", Confidence.MEDIUM)]


def test_a_helper_whose_own_word_is_the_key(tmp_path: Path) -> None:
    method = "def build(self, arch):\n        return hydra.utils.instantiate(arch)"
    assert found_in(tmp_path, "self.build(torch.load('arch.pt'))", "", method) == [("LL101", Confidence.MEDIUM)]


@pytest.mark.parametrize(
    ("made", "method"),
    [
        ("self.build(self.cfg.optimizer)", "def build(self, c):\n        return hydra.utils.instantiate(c)"),
        (
            "self.build(self.cfg.arch)",
            "def build(self, c):\n        c = c.inner\n        return hydra.utils.instantiate(c)",
        ),
        ("self.build(self.cfg.arch)", "def build(self, c):\n        return hydra.utils.instantiate(c.head)"),
        ("self.build(1, self.cfg.arch)", "def build(self, c, *more):\n        return hydra.utils.instantiate(c)"),
    ],
)
def test_what_it_is_given_is_not_what_it_builds(tmp_path: Path, made: str, method: str) -> None:
    assert found_in(tmp_path, made, "", method) == []
