"""Class hierarchies of every shape, as a linter meets them."""

from pathlib import Path
from typing import Any

import pytest

from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.semantics.resolve.definitions import MOST_GENERATIONS, ProjectClass
from lintlight.semantics.resolve.project import Project
from lintlight.settings import Settings
from tests.sources import BAD


def last_class(tmp_path: Path, text: str) -> ProjectClass:
    path = tmp_path / "classes.py"
    path.write_text("import lightning as L\n\n\n" + text)
    return list(Project(tmp_path).module(path).classes.values())[-1]


def names(cls: ProjectClass) -> list[str]:
    return [base if isinstance(base, str) else base.node.name for base in cls.mro]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("class A(L.LightningModule): ...\nclass B(A): ...\n", "B A lightning.pytorch.LightningModule"),
        ("class A: ...\nclass B(A): ...\nclass C(A): ...\nclass D(B, C): ...\n", "D B C A"),
        ("class A(B): ...\nclass B(A): ...\n", "B A"),
        ("class A(A): ...\n", "A ?"),
    ],
)
def test_the_order_in_which_methods_are_looked_up(tmp_path: Path, text: str, order: str) -> None:
    assert names(last_class(tmp_path, text)) == order.split()


def test_a_long_line_of_classes(tmp_path: Path) -> None:
    text = "class C0(L.LightningModule): ...\n" + "".join(f"class C{n}(C{n - 1}): ...\n" for n in range(1, 1000))
    cls = last_class(tmp_path, text)
    assert names(cls)[:2] == ["C999", "C998"]
    assert names(cls)[-1] == "?"
    assert len(cls.mro) == MOST_GENERATIONS + 3
    assert not cls.is_lightning


def test_many_ways_to_one_base(tmp_path: Path) -> None:
    layers = [f"class A{n}(B{n - 1}, A{n - 1}): ...\nclass B{n}(A{n - 1}, B{n - 1}): ...\n" for n in range(1, 40)]
    cls = last_class(tmp_path, "class A0(L.LightningModule): ...\nclass B0: ...\n" + "".join(layers))
    assert cls.is_lightning
    assert len(cls.mro) == 2 * 39 + 2  # itself, two of each layer below, and Lightning's


ENCODER = """from torch import nn
from transformers import AutoModel


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = {}

    def forward(self, x):
        return self.bert(x)
"""


def test_one_name_imported_twice_may_be_either(tmp_path: Path) -> None:
    """What a method imports for itself says nothing of what another method imports under that name."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "enc.py").write_text(ENCODER.format('AutoModel.from_pretrained("bert-base-uncased")'))
    (tmp_path / "plain.py").write_text(ENCODER.format("nn.Linear(2, 2)"))
    model = """import lightning as L
import torch


class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        if self:
            from enc import Encoder
        self.enc = Encoder()

    def training_step(self, batch, batch_idx):
        return self.enc(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

    def other(self):
        from plain import Encoder
        return Encoder()

    def last(self):
        return 1
"""
    for text in (model, model.replace("        super", f"        # {'-' * 1000}\n        super")):
        (tmp_path / "model.py").write_text(text)
        report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
        assert [found.code for found in report.findings] == ["LL101"]


def test_a_table_out_of_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "enc.py").write_text(ENCODER.format('AutoModel.from_pretrained("bert-base-uncased")'))
    (tmp_path / "tables.py").write_text("from enc import Encoder\nfrom model import *\n\nTABLE = {'a': Encoder}\n")
    model = """import lightning as L
import torch
from tables import *


class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.enc = TABLE["a"]()

    def training_step(self, batch, batch_idx):
        return self.enc(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
    for text in (model, model.replace("import *", "import TABLE")):
        (tmp_path / "model.py").write_text(text)
        report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
        assert ([found.code for found in report.findings], report.errors) == (["LL101"], ())


def test_everything_imported_in_circles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size, asked = 40, 0
    for number in range(size):
        stars = [f"from m{(number + step) % size} import *\n" for step in (1, 2, 3)]
        (tmp_path / f"m{number}.py").write_text("".join(stars))
    (tmp_path / "m0.py").write_text((tmp_path / "m0.py").read_text() + BAD.format(comment=""))
    imported = Project.imported

    def counted(*given: Any) -> Any:
        nonlocal asked
        asked += 1
        return imported(*given)

    monkeypatch.setattr(Project, "imported", counted)
    report = check(sorted(tmp_path.glob("*.py")), Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.code for finding in report.findings] == ["LL101"]
    assert asked < 100 * 3 * size  # each name once for each import, and not once for each way through them


OWN = """
import lightning as L
import torch
from transformers import BertModel, PreTrainedModel

class Own(BertModel):
    pass

class Module(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = Own.from_pretrained("bert-base-uncased")
        if isinstance(self.bert, {asked}):
            self.bert.train()

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("Own", []),
        ("torch.nn.Module", []),
        ("torch.nn.modules.Module", [Confidence.LOW]),
        ("PreTrainedModel", [Confidence.LOW]),
        ("object", [Confidence.LOW]),
        ("str", [Confidence.HIGH]),
    ],
)
def test_an_instance_of_what_a_librarys_class_derives_from(tmp_path: Path, asked: str, found: list[Confidence]) -> None:
    path = tmp_path / "model.py"
    path.write_text(OWN.format(asked=asked))
    report = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.confidence for finding in report.findings] == found


@pytest.mark.parametrize(
    ("first", "second", "is_told"),
    [
        ("pytorch_lightning as L", "lightning as L", True),
        ("lightning.pytorch as L", "pytorch_lightning as L", True),
        ("lightning as L", "torch as L", False),
    ],
)
def test_a_base_that_either_package_gives(tmp_path: Path, first: str, second: str, is_told: bool) -> None:
    text = BAD.format(comment="").replace(
        "import lightning as L", f"import sys\n\nif len(sys.argv) > 1:\n    import {first}\nelse:\n    import {second}"
    )
    (tmp_path / "model.py").write_text(text)
    report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [found.code for found in report.findings] == (["LL101"] if is_told else [])


def test_what_a_class_says_of_itself_is_short(tmp_path: Path) -> None:
    path = tmp_path / "classes.py"
    path.write_text(
        "import lightning as L\nfrom other import *\n\n\nclass A(L.LightningModule):\n    def f(self): ...\n"
    )
    project = Project(tmp_path)
    cls = project.module(path).classes["A"]
    assert cls.find_method("f") is not None
    assert all(len(repr(each)) < 1000 for each in (cls, cls.module, project, cls.find_method("f")))
