"""Classes of which there is one instance, and those that are never looked into: errors, and what gives out data."""

import ast
from pathlib import Path

import pytest

from lintlight.semantics.resolve.project import Project
from lintlight.semantics.screening.relevance import Relevance
from lintlight.semantics.values import Function
from tests.checking import codes_of

METACLASSES = {
    "kept in a dict": """
class Singleton(type):
    kept = {}

    def __call__(cls, *args, **kwargs):
        if cls not in cls.kept:
            cls.kept[cls] = super().__call__(*args, **kwargs)
        return cls.kept[cls]
""",
    "kept in an attribute": """
class Singleton(type):
    kept = None

    def __call__(cls, *args, **kwargs):
        if cls.kept is None:
            cls.kept = super().__call__(*args, **kwargs)
        return cls.kept
""",
}
KEPT_BY_NAME = """
class Singleton(type):
    kept = {}

    def __call__(cls, name="first"):
        if name not in cls.kept:
            cls.kept[name] = super().__call__()
        return cls.kept[name]
"""
IN_A_LIST = """
class Singleton(type):
    def __call__(cls, *args):
        made = [super().__call__(*args)]
        return made[0]
"""
NEW_EACH_TIME = """
class Singleton(type):
    def __call__(cls, *args, **kwargs):
        made = super().__call__(*args, **kwargs)
        made.after_init()
        return made
"""
TASK = """
import lightning as L
import torch
from transformers import AutoModel
{metaclass}

class Shared(metaclass=Singleton):
    def __init__(self):
        self.encoder = AutoModel.from_pretrained("bert-base-uncased")

    def after_init(self):
        pass


class Task(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.encoder = Shared().encoder
        Shared().encoder.train()

    def training_step(self, batch, batch_idx):
        return self.encoder(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize("metaclass", METACLASSES.values(), ids=METACLASSES)
def test_what_a_metaclass_keeps_is_the_same_for_all(tmp_path: Path, metaclass: str) -> None:
    assert codes_of(tmp_path, TASK.format(metaclass=metaclass)) == []


@pytest.mark.parametrize("metaclass", [NEW_EACH_TIME, KEPT_BY_NAME, IN_A_LIST])
def test_what_a_metaclass_makes_is_another_each_time(tmp_path: Path, metaclass: str) -> None:
    assert codes_of(tmp_path, TASK.format(metaclass=metaclass)) == ["LL101"]


CODE = """
import torch
from torch.utils.data import Dataset, Sampler
from transformers import AutoModel


class NotAllowed(ValueError):
    pass


class Rows(Dataset):
    def __init__(self, names):
        self.is_shuffled = True
        self.names = names


class Trains(Dataset):
    def __init__(self, net):
        net.train()


class Encoded(Dataset):
    def __init__(self, names):
        self.is_shuffled = True
        self.encoder = AutoModel.from_pretrained("bert-base-uncased")


class Options:
    def __init__(self, names):
        self.is_shuffled = True
        self.names = names


def refuse(target):
    raise NotAllowed(target)


def rows(names):
    return Rows(names)


def trains(net):
    return Trains(net)


def encoded(names):
    return Encoded(names)


def options(names):
    return Options(names)
"""


@pytest.mark.parametrize(
    ("name", "matters"), [("refuse", False), ("rows", False), ("trains", True), ("encoded", True), ("options", True)]
)
def test_errors_and_data_tell_nothing(tmp_path: Path, name: str, *, matters: bool) -> None:
    path = tmp_path / "code.py"
    path.write_text(CODE)
    project = Project(tmp_path)
    (function,) = project.module(path).lookup(name)
    assert isinstance(function, Function)
    assert isinstance(function.node, ast.FunctionDef)
    assert Relevance(project).matters(function, None) is matters


@pytest.mark.parametrize(
    ("bases", "is_said"),
    [("object", True), ("ValueError", True), ("dict", True), ("Unknown", False), ("make_base()", False)],
)
def test_what_python_has_itself_is_no_unknown_base(tmp_path: Path, bases: str, *, is_said: bool) -> None:
    path = tmp_path / "code.py"
    path.write_text(f"from elsewhere import make_base\n\n\nclass Kept({bases}):\n    pass\n")
    (cls,) = Project(tmp_path).module(path).classes.values()
    assert ("?" not in cls.mro) is is_said
    assert cls.may_be_module is not is_said


def test_a_name_that_the_file_takes_for_something_else(tmp_path: Path) -> None:
    path = tmp_path / "code.py"
    path.write_text("from torch.nn import Module as object\n\n\nclass Kept(object):\n    pass\n")
    (cls,) = Project(tmp_path).module(path).classes.values()
    assert cls.is_module
