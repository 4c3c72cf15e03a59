"""`${lm.default}`: some programs put each file of a folder under its name, `lm/default.yaml` for one."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import found

MODEL = """
import torch
from lightning import LightningModule
from torch import nn
from transformers import T5ForConditionalGeneration

from tools import instantiate_from_config

class Speaker(nn.Module):
    def __init__(self, path):
        super().__init__()
        self.net = T5ForConditionalGeneration.from_pretrained(path)

    def forward(self, batch):
        return self.net(**batch).loss

class Ready(Speaker):
    def __init__(self, path):
        super().__init__(path)
        self.net.train()

class Model(LightningModule):
    def __init__(self, lm):
        super().__init__()
        self.lm = instantiate_from_config(lm)

    def training_step(self, batch, batch_idx):
        return self.lm(batch)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
TOOLS = """
import importlib

def instantiate_from_config(config):
    package, name = config["target"].rsplit(".", 1)
    return getattr(importlib.import_module(package), name)(**config.get("params", {}))
"""
WHOLE = "model:\n  target: model.Model\n  params:\n    lm: ${{{path}}}\n"
"""What begins with the model; `path` is where the part stands."""
PART = "target: model.{name}\nparams:\n  path: t5-small\n"


@pytest.mark.parametrize(
    ("path", "file", "name", "expected"),
    [
        ("lm.default", "lm/default.yaml", "Speaker", [Confidence.MEDIUM]),
        ("lm.default", "lm/default.yml", "Speaker", [Confidence.MEDIUM]),
        ("parts.lm.default", "parts/lm/default.yaml", "Speaker", [Confidence.MEDIUM]),
        ("lm.default", "lm/default.yaml", "Ready", []),
        ("lm.default", "lm/other.yaml", "Speaker", []),
        ("default", "default.yaml", "Speaker", []),  # no folder: what the command line adds
    ],
)
def test_a_part_that_a_file_beside_says(
    path: str, file: str, name: str, expected: list[Confidence], tmp_path: Path
) -> None:
    for place, text in {
        "tools.py": TOOLS,
        "configs/whole.yaml": WHOLE.format(path=path),
        f"configs/{file}": PART.format(name=name),
    }.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    assert found(tmp_path, MODEL) == expected
