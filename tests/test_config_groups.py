"""What a config group may hold, and what `instantiate` is given beside a config, for the parts of a model."""

from pathlib import Path

import pytest

from lintlight.model import Confidence, Finding
from tests.checking import findings_of

CONFIG = """
from dataclasses import dataclass
from typing import Any
from hydra.core.config_store import ConfigStore

@dataclass
class BertConfig:
    name: str = "bert-base-uncased"
    width: int = 768
    learns: bool = {learns}
    _target_: str = "parts.Bert"

@dataclass
class SmallConfig:
    width: int = 768
    _target_: str = "parts.{other}"

@dataclass
class TaskConfig:
    encoder: {field}
    lr: float = 1e-4
    _target_: str = "task.Task"

store = ConfigStore.instance()
store.store(group="model", name="task", node=TaskConfig)
store.store(group="model/{group}", name="bert", node=BertConfig)
store.store(group="model/encoder", name="small", node=SmallConfig)
"""
PARTS = """
from torch import nn
from transformers import AutoModel

class Bert(nn.Module):
    def __init__(self, name, width, learns):
        super().__init__()
        self.net = AutoModel.from_pretrained(name)
        self.top = nn.Linear(768, width)
        if not learns:
            self.net.requires_grad_(False)

    def forward(self, x):
        return self.top(self.net(x).pooler_output)

class Small(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = nn.Linear(768, width)

    def forward(self, x):
        return self.net(x)

class Large(Small):
    def __init__(self, width):
        super().__init__(width)
        self.net = AutoModel.from_pretrained("roberta-large")
"""
TASK = """
import lightning as L
import torch

class Task(L.LightningModule):
    def __init__(self, encoder, lr=1e-4):
        super().__init__()
        self.encoder = encoder
        self.lr = lr

    def training_step(self, batch, batch_idx):
        return self.encoder(batch).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)
"""
TRAIN = """
import hydra
import lightning as L

@hydra.main(version_base=None, config_path="configs", config_name="config")
def main(cfg):
    task = hydra.utils.instantiate(cfg.model{given})
    L.Trainer().fit(task)
"""


def found(root: Path, texts: dict[str, str]) -> list[Finding]:
    return findings_of(root, texts)


@pytest.mark.parametrize(
    ("field", "group", "other", "learns", "expected"),
    [
        pytest.param("Any", "encoder", "Large", True, [Confidence.MEDIUM], id="both"),
        pytest.param("Any", "encoder", "Small", True, [Confidence.LOW], id="one of two"),
        pytest.param("Any", "encoder", "Small", False, [], id="one of two, and that does not learn"),
        pytest.param("Any", "decoder", "Small", True, [], id="a group for something else"),
        pytest.param("Any = None", "encoder", "Large", True, [], id="none of them"),
    ],
)
def test_a_group_of_dataclasses(
    tmp_path: Path, field: str, group: str, other: str, learns: bool, expected: list[Confidence]
) -> None:
    config = CONFIG.format(field=field, group=group, other=other, learns=learns)
    texts = {"config.py": config, "parts.py": PARTS, "task.py": TASK, "train.py": TRAIN.format(given="")}
    told = found(tmp_path, texts)
    assert [each.confidence for each in told] == expected
    assert {each.attribute for each in told} <= {"encoder.net"}


WHOLE = "_target_: task.Task\nencoder:\n  _target_: parts.Bert\n  name: bert-base-uncased\n  learns: true\n  width: 2\n"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("", ["encoder.net"], id="nothing"),
        pytest.param(', encoder={"width": 4}', ["encoder.net"], id="an entry"),
        pytest.param(", encoder=dict(width=cfg.width)", ["encoder.net"], id="an entry that is not known"),
        pytest.param(', encoder={"learns": False}', [], id="the entry that freezes it"),
        pytest.param(", lr=1e-5", ["encoder.net"], id="something else"),
    ],
)
def test_a_dict_beside_a_config_is_merged_into_it(tmp_path: Path, given: str, expected: list[str]) -> None:
    texts = {"configs/model.yaml": "".join(f"{line}\n" for line in ["model:", *_indented(WHOLE)])}
    texts |= {"parts.py": PARTS, "task.py": TASK, "train.py": TRAIN.format(given=given)}
    told = [each for each in found(tmp_path, texts) if each.confidence is not Confidence.LOW]
    assert [each.attribute for each in told] == expected


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
