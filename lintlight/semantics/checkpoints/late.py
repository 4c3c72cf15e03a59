"""What a module gets only after its checkpoint was loaded: a new module does not miss its keys.

Lightning loads a checkpoint after `configure_model`, and before `configure_optimizers` and `on_fit_start`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import Const, Ref
from lintlight.semantics.walks.timeline import AROUND_VALIDATION, TRAINING, Walk

AFTER_LOADING = TRAINING.union(AROUND_VALIDATION, ("configure_optimizers", "on_fit_start", "train_dataloader"))
LOADING = ("on_load_checkpoint", "load_state_dict")
"""A class with one of these may make what it lacks before the weights come."""


def comes_late(walk: Walk, number: int, name: str) -> bool:
    """Whether a thing gets an attribute, or a module for it, only after the checkpoint was loaded."""
    now, before = walk.first_step[number], walk.when_loaded.get(number)
    if before is None or (now.cls is not None and name in _said_on_loading(now.cls)):
        return False
    if name in before.attributes:
        held = before.attributes[name].value
        return bool(held) and all(isinstance(atom, Const) and not atom.assumed for atom in held)
    parts = [walk.first_step.get(atom.thing) for atom in now.attributes[name].value if isinstance(atom, Ref)]
    return not any(part is not None and part.part_of is not None for part in parts)


def late_parts(walk: Walk) -> Iterator[str]:
    """The attributes that the module itself gets only then, but for numbers and texts."""
    for name, attribute in walk.first_step[walk.this].attributes.items():
        if not all(isinstance(atom, Const) for atom in attribute.value) and comes_late(walk, walk.this, name):
            yield name


def is_run_late(cls: ProjectClass, method: str) -> bool:
    """Whether a method is a hook that comes after the checkpoint was loaded."""
    return method in AFTER_LOADING and not any(cls.find_method(hook) for hook in LOADING)


def _said_on_loading(cls: ProjectClass) -> str:
    """The code that runs before the weights of a checkpoint are loaded, and may make what they belong to."""
    todo = [base.methods[hook] for base in cls.own_bases for hook in LOADING if hook in base.methods]
    reached: dict[ast.AST, str] = {}
    while todo:
        method = todo.pop()
        if method not in reached:
            reached[method] = ast.unparse(method)
            names = {node.attr for node in every_node(method) if isinstance(node, ast.Attribute)}
            todo += [base.methods[name] for base in cls.own_bases for name in names if name in base.methods]
    return "\n".join(reached.values())
