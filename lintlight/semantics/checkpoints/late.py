"""What a module gets only after its checkpoint was loaded: a new module does not miss its keys.

Lightning loads a checkpoint after `configure_model`, and before `configure_optimizers` and `on_fit_start`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lintlight.semantics.knowledge.members import SET_BY_NAME
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node, last_name
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


def given_late(walk: Walk, cls: ProjectClass, callbacks: Iterable[ProjectClass]) -> Iterator[str]:
    """The attributes that callbacks give to the module when its checkpoint was loaded, or that others may give it.

    A class that asks whether it has an attribute (`hasattr(self, "ema")`) and sets none of that name is given it.
    """
    before = walk.when_loaded.get(walk.this)
    nodes = [node for base in cls.own_bases for node in every_node(base.node)]
    own = {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    own |= {
        str(each.value)
        for call in calls
        if last_name(call.func) in SET_BY_NAME
        for each in call.args
        if isinstance(each, ast.Constant)
    }
    asked = {name for call in calls if (name := _asked_for(call))}
    set_late = {name for callback in callbacks for name in _set_late(callback)}
    has = before.attributes.keys() if before is not None else set()
    yield from (asked | set_late) - own - has


def _asked_for(call: ast.Call) -> str:
    """The name in `hasattr(self, "ema")`."""
    match call:
        case ast.Call(func=ast.Name("hasattr"), args=[ast.Name("self"), ast.Constant(str() as name)]):
            return name
    return ""


def _set_late(callback: ProjectClass) -> Iterator[str]:
    """The attributes that the hooks of a callback set on the module once that is loaded: `pl_module.ema = ...`."""
    for base in callback.own_bases:
        for method in (node for name, node in base.methods.items() if name in AFTER_LOADING):
            module = "".join(by_position(method.args)[2:3])
            for node in every_node(method):
                match node:
                    case ast.Attribute(ast.Name(owner), name, ast.Store()) if owner == module:
                        yield name
                    case ast.Call(func=ast.Name("setattr"), args=[ast.Name(owner), ast.Constant(str() as name), _]):
                        yield from [name] if owner == module else ()
