"""A file checked alone gives the findings that it has when everything is checked."""

import os
from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Finding
from lintlight.registry import load_rules
from lintlight.settings import Settings
from lintlight.source.files import find_files
from tests.sources import BASE, CHILD

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

WRAPPER = """\
from torch import nn
from transformers import AutoModel


class Encoder(nn.Module):
    def __init__(self, name="bert-base-uncased"):
        super().__init__()
        self.model = AutoModel.from_pretrained(name)

    def forward(self, batch):
        return self.model(**batch).last_hidden_state
"""
MODEL = """\
import lightning as L
import torch
from encoder import Encoder


class Classifier(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()

    def training_step(self, batch, batch_idx):
        return self.encoder(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
SCRIPT = """\
import lightning as L
from model import Classifier

model = Classifier()
{}L.Trainer().fit(model, [])
"""


def found(root: Path, *files: Path) -> tuple[Finding, ...]:
    return check(files, Settings(root=root, select=("ALL",)), load_rules(), root=root).findings


def assert_the_same(root: Path) -> list[tuple[str, int, str]]:
    """Compare whole findings, file by file; those of all files."""
    files = find_files([root], root=root).files
    together = found(root, *files)
    for file in files:
        assert found(root, file) == tuple(finding for finding in together if finding.span.path == file), file
    return [(finding.span.path.name, finding.span.start.row, finding.code) for finding in together]


@pytest.mark.parametrize(
    ("script", "expected"),
    [("", [("base.py", 9, "LL101"), ("model.py", 9, "LL101")]), ("model.train()\n", [("base.py", 9, "LL101")])],
    ids=["as loaded", "switched by the script"],
)
def test_base_wrapper_and_script_in_other_files(
    tmp_path: Path, script: str, expected: list[tuple[str, int, str]]
) -> None:
    (tmp_path / "pyproject.toml").touch()
    texts = {"base": BASE, "child": CHILD, "encoder": WRAPPER, "model": MODEL, "train": SCRIPT.format(script)}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)
    assert assert_the_same(tmp_path) == expected


MIXIN = """\
from transformers import AutoModel


class Base:
    def __init__(self):
        super().__init__()
        self.encoder = AutoModel.from_pretrained("bert-base-uncased")
"""


def test_a_mixin_that_knows_nothing_of_lightning(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "base.py").write_text(MIXIN)
    model = MODEL.replace("from encoder import Encoder", "from base import Base")
    model = model.replace("(L.", "(Base, L.").replace("        self.encoder = Encoder()\n", "")
    (tmp_path / "model.py").write_text(model)
    assert assert_the_same(tmp_path) == [("base.py", 7, "LL101")]


HELPER = """\
from transformers import AutoModel


def build():
    return AutoModel.from_pretrained("bert-base-uncased"){}
"""


def test_a_comment_that_other_files_need_is_not_unused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    helper, model = tmp_path / "helper.py", tmp_path / "model.py"
    helper.write_text(HELPER.format("  # lintlight: ignore[LL102] -- meant"))
    model.write_text(
        MODEL.replace("from encoder import Encoder", "from helper import build").replace("Encoder", "build")
    )
    assert "LL002" in {finding.code for finding in found(tmp_path, helper, model)}
    assert found(tmp_path, helper) == ()
    helper.write_bytes(helper.read_bytes().replace(b"\n", b"\r"))
    assert found(tmp_path, helper) == ()
    model.write_text(MODEL)
    assert [finding.code for finding in found(tmp_path, helper)] == ["LL002"]


@pytest.mark.parametrize("name", ["build", "größe", "maß", "é"])
def test_names_of_any_script(tmp_path: Path, name: str) -> None:
    (tmp_path / "pyproject.toml").touch()
    helper = tmp_path / "helper.py"
    helper.write_text(HELPER.replace("build", name).format("  # lintlight: ignore[LL101] -- meant"), "utf-8")
    assert [finding.code for finding in found(tmp_path, helper)] == ["LL002"]
    (tmp_path / "other.py").write_text(f"import helper\n\nhelper.{name}x()\n", "utf-8")
    assert [finding.code for finding in found(tmp_path, helper)] == ["LL002"]
    (tmp_path / "other.py").write_text(f"import helper\n\nhelper.{name}()\n", "utf-8")
    assert found(tmp_path, helper) == ()


def test_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "other.py").write_text("x = 1\n")
    helper = tmp_path / os.fsdecode(b"h\xe9lper.py")
    helper.write_text("x = 1  # lintlight: ignore[LL101] -- meant\n")
    assert [finding.code for finding in found(tmp_path, helper)] == ["LL002"]


TOOLS = """\
import torch


def in_half(module):
    if torch.cuda.is_available():
        module.encoder = module.encoder.half()
"""


def test_an_attribute_that_another_file_assigns_last(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    model = MODEL.replace("self.encoder = Encoder()\n", "self.encoder = Encoder()\n        in_half(self)\n")
    texts = {"encoder": WRAPPER, "model": f"from tools import in_half\n{model}", "tools": TOOLS}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)
    assert assert_the_same(tmp_path) == [("model.py", 10, "LL101")]


def test_every_fixture() -> None:
    assert len(assert_the_same(FIXTURES)) > 50
