"""Tables of classes that decorators fill, and the methods and functions that give a class out."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.config import Settings
from lintlight.registry import load_rules

TABLE = """
class Table:
    def __init__(self):
        self._held = {}

    def register(self, name):
        def put(cls):
            self._held[name] = cls
            return cls
        return put

    def get(self, name):
        return self._held[name]

    def pick(self, name, default=None):
        if name not in self._held:
            return default
        return self._held.get(name)

ENCODERS = Table()

def encoder_named(name):
    return ENCODERS.get(name)

def made_from(config, table):
    config = dict(config)
    return table.get(config.pop("type"))(**config)
"""
DICT = """
_HELD = {}

def register(name):
    def put(cls):
        _HELD[name] = cls
        return cls
    return put

def encoder_named(name):
    return _HELD[name]
"""
ENCODERS = """
from torch import nn
from transformers import AutoModel
from table import {names}

@{mark}("bert")
class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = AutoModel.from_pretrained("bert-base-uncased")

    def forward(self, ids):
        return self.inner(ids).last_hidden_state

@{mark}("plain")
class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Embedding(9, 768)

    def forward(self, ids):
        return self.inner(ids)
"""
MODEL = """
import lightning as L
import torch
import encoders
from table import *

class Model(L.LightningModule):
    def __init__(self, kind):
        super().__init__()
        self.encoder = {made}

    def training_step(self, batch, batch_idx):
        return self.encoder(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

if __name__ == "__main__":
    L.Trainer().fit(Model("{kind}"))
"""


def told(folder: Path, table: str, made: str, kind: str) -> list[str]:
    names, mark = ("ENCODERS", "ENCODERS.register") if table is TABLE else ("register", "register")
    imported = ", ".join(name for name in ("ENCODERS", "encoder_named", "made_from") if f"{name}" in table)
    folder.joinpath("table.py").write_text(table)
    folder.joinpath("encoders.py").write_text(ENCODERS.format(names=names, mark=mark))
    model = MODEL.format(made=made, kind=kind).replace("import *", f"import {imported}")
    folder.joinpath("model.py").write_text(model)
    found = check(sorted(folder.glob("*.py")), Settings(root=folder), load_rules(), root=folder).findings
    return [each.attribute or "" for each in found]


@pytest.mark.parametrize(
    ("table", "made"),
    [
        (TABLE, "ENCODERS.get(kind)()"),
        (TABLE, "ENCODERS.pick(kind)()"),
        (TABLE, "encoder_named(kind)()"),
        (TABLE, 'made_from({"type": kind}, ENCODERS)'),
        (DICT, "encoder_named(kind)()"),
    ],
)
def test_a_class_that_is_given_out_by_its_name(tmp_path: Path, table: str, made: str) -> None:
    assert told(tmp_path, table, made, "bert") == ["encoder.inner"]
    assert told(tmp_path, table, made, "plain") == []


KEYED = """
import hydra
import lightning as L
import torch
from omegaconf import OmegaConf

class Model(L.LightningModule):
    def __init__(self, {parameter}):
        super().__init__()
        self.encoder = hydra.utils.instantiate({parameter})

    def training_step(self, batch, batch_idx):
        return self.encoder(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

if __name__ == "__main__":
    config = OmegaConf.load("config.yaml")
    L.Trainer().fit(Model(config.{key}))
"""
PARTS = (
    ENCODERS.replace("from table import {names}\n", "")
    .replace('@{mark}("bert")\n', "")
    .replace('@{mark}("plain")\n', "")
)


@pytest.mark.parametrize(
    ("parameter", "key"), [("encoder", "encoder"), ("encoder_cfg", "encoder"), ("model_config", "model")]
)
def test_a_parameter_named_after_the_key_of_what_it_is_given(tmp_path: Path, parameter: str, key: str) -> None:
    tmp_path.joinpath("parts.py").write_text(PARTS)
    model = tmp_path / "model.py"
    model.write_text(KEYED.format(parameter=parameter, key=key))
    for name, expected in (("Bert", ["encoder.inner"]), ("Plain", [])):
        tmp_path.joinpath("config.yaml").write_text(f"{key}:\n  _target_: parts.{name}\n")
        found = check([model], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
        assert [each.attribute for each in found] == expected


BY_NAME = """
import importlib

def thing_named(text):
    file, name = text.rsplit(".", 1)
    return getattr(importlib.import_module(file), name)

def made_from(config):
    return thing_named(config["target"])(**config.get("params", {}))
"""


def test_a_class_that_is_imported_by_what_the_yaml_says(tmp_path: Path) -> None:
    tmp_path.joinpath("parts.py").write_text(PARTS)
    tmp_path.joinpath("table.py").write_text(BY_NAME)
    model = tmp_path / "model.py"
    text = KEYED.format(parameter="config", key="encoder").replace("import hydra", "from table import made_from")
    model.write_text(text.replace("hydra.utils.instantiate", "made_from"))
    for name, expected in (("Bert", ["encoder.inner"]), ("Plain", [])):
        tmp_path.joinpath("config.yaml").write_text(f"encoder:\n  target: parts.{name}\n  params: {{}}\n")
        found = check([model], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
        assert [each.attribute for each in found] == expected
