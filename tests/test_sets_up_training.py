"""Which functions may give a script a Trainer, or callbacks for it."""

import ast
from itertools import permutations
from pathlib import Path

import pytest

from lintlight.semantics.resolve.project import Project
from lintlight.semantics.screening.relevance import Relevance
from lintlight.semantics.values import Function

IN_A_CIRCLE = """
import lightning as L

def first():
    second()
    return {made}

def second():
    return third()

def third():
    return first()

def other():
    return print(other)
"""
CIRCLE = ["first", "second", "third"]


@pytest.mark.parametrize(
    ("made", "expected"),
    [("L.Trainer()", CIRCLE), ("L.Trainer", CIRCLE), ("L.seed_everything(1)", []), ("other()", [])],
)
def test_the_answer_is_the_same_whatever_is_asked_first(tmp_path: Path, made: str, expected: list[str]) -> None:
    path = tmp_path / "train.py"
    path.write_text(IN_A_CIRCLE.format(made=made))
    module = Project(tmp_path).module(path)
    functions = {node.name: Function(module, node) for node in module.tree.body if isinstance(node, ast.FunctionDef)}
    for order in permutations(functions):
        relevance = Relevance(module.project)
        assert sorted(name for name in order if relevance.sets_up_training(functions[name])) == expected
