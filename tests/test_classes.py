"""Class hierarchies of every shape, as a linter meets them."""

from pathlib import Path

import pytest

from lintlight.semantics.definitions import MOST_GENERATIONS, ProjectClass
from lintlight.semantics.project import Project


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
