"""A part that a class only runs, and that who builds an instance puts there."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

TASK = """
import lightning as L
import torch
from transformers import AutoModel

class Base(L.LightningModule):
    def __init__(self, args):
        super().__init__()
        self.lr = args.lr

    def training_step(self, batch, batch_idx):
        return self.model(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)
"""
CLASSMETHOD = """
class Task(Base):
    @classmethod
    def {name}(cls, args):
        obj = cls(args)
        obj.model = AutoModel.from_pretrained(args.name)
        {then}
        return obj
"""
STATICMETHOD = (
    CLASSMETHOD.replace("classmethod", "staticmethod").replace("(cls, args)", "(args)").replace("cls(", "Task(")
)
FUNCTION = """
def build(args):
    obj = Task(args)
    obj.model = AutoModel.from_pretrained(args.name)
    {then}
    return obj
"""
IMPORTS = "from transformers import AutoModel\nfrom task import Task\n"
FITS = """
import argparse
import lightning as L
{imports}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    args = parser.parse_args()
    task = {build}
    L.Trainer().{does}(task)
"""
BY_CLASS = FITS.replace("{imports}", "from task import Task")


def found(folder: Path, **files: str) -> list[tuple[str, Confidence]]:
    """The file and the confidence of each LL101."""
    findings = findings_of(folder, {f"{name}.py": text for name, text in files.items()})
    return [(each.span.path.stem, each.confidence) for each in findings if each.code == "LL101"]


def built(folder: Path, where: str, then: str = "pass", does: str = "fit") -> list[tuple[str, Confidence]]:
    """The same of a module that is built in one of several ways."""
    if where in {"classmethod", "staticmethod", "from_pretrained"}:
        name = "load" if where != "from_pretrained" else where
        method = (STATICMETHOD if where == "staticmethod" else CLASSMETHOD).format(name=name, then=then)
        return found(folder, task=TASK + method, fits=BY_CLASS.format(build=f"Task.{name}(args)", does=does))
    own = "\nclass Task(Base):\n    pass\n"
    made = FUNCTION.format(then=then)
    if where == "function":
        script = FITS.format(imports="from task import build", build="build(args)", does=does)
        return found(folder, task=TASK + own + made, fits=script)
    script = FITS.format(imports="from factory import build", build="build(args)", does=does)
    return found(folder, task=TASK + own, factory=IMPORTS + made, fits=script)


WAYS = ["classmethod", "staticmethod", "from_pretrained", "function", "another file"]


@pytest.mark.parametrize("where", WAYS)
def test_what_a_factory_puts_into_an_instance(tmp_path: Path, where: str) -> None:
    file = "factory" if where == "another file" else "task"
    assert built(tmp_path, where) == [(file, Confidence.HIGH)]


@pytest.mark.parametrize("then", ["obj.model.requires_grad_(False)", "obj.model.train()", "obj.train()"])
@pytest.mark.parametrize("where", WAYS)
def test_what_a_factory_freezes_or_trains(tmp_path: Path, where: str, then: str) -> None:
    assert built(tmp_path, where, then) == []


@pytest.mark.parametrize("where", WAYS)
def test_what_is_never_fitted(tmp_path: Path, where: str) -> None:
    assert built(tmp_path, where, does="test") == []


def test_what_a_script_puts_into_an_instance(tmp_path: Path) -> None:
    script = BY_CLASS.format(build="Task(args)\n    task.model = {}", does="fit")
    task = TASK.replace("Base", "Task")
    assert found(tmp_path, task=task, fits=script.format("AutoModel(args)")) == []
    loads = f"from transformers import AutoModel\n{script}".format("AutoModel.from_pretrained(args.name)")
    assert found(tmp_path, task=task, fits=loads) == [("fits", Confidence.HIGH)]
