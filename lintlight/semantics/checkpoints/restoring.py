"""What `on_load_checkpoint` writes into the module by itself, past the state dict that Lightning loads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from lintlight.semantics.checkpoints.putting_back import load_hooks
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, is_false, last_name

LOADS_A_PART = ("load_state_dict", "set_peft_model_state_dict")
COPIES = "copy_"
ANYTHING = "*"
"""Stands for the path of what is not known."""
NO_MODULE = re.compile("opt|sched|scaler|loader|sampler", re.IGNORECASE)
"""What is in the name of other things that have a state dict."""


def restored(cls: ProjectClass) -> Iterator[str]:
    """The paths of what a hook loads by itself: `self.head.load_state_dict(checkpoint["head"])`."""
    for nodes in _code_of_hooks(cls):
        reads_state_dict = any(isinstance(each, ast.Constant) and each.value == "state_dict" for each in nodes)
        for node in nodes:
            if isinstance(node, ast.Call) and last_name(node.func) in LOADS_A_PART:
                yield from _loaded(node, reads_state_dict=reads_state_dict)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == COPIES:
                yield from _path(node.func.value)
            elif isinstance(node, ast.Assign):
                written = (each for each in node.targets if isinstance(each, ast.Attribute) and each.attr == "data")
                yield from (path for each in written for path in _path(each))


def is_restored(path: str, parts: frozenset[str]) -> bool:
    """Whether what is at a path is, or may be, among the parts that a hook restores."""
    return ANYTHING in parts or any(f"{path}.".startswith(f"{part}.") for part in parts)


def _code_of_hooks(cls: ProjectClass) -> Iterator[Sequence[ast.AST]]:
    """The code of each hook, and of each method of the class that one calls."""
    for hook in load_hooks(cls):
        nodes = every_node(hook.node)
        yield nodes
        called = {node.func.attr for node in nodes if isinstance(node, ast.Call) and _is_of_self(node.func)}
        methods = map(cls.find_method, sorted(called - {"load_state_dict", "on_load_checkpoint"}))
        yield from (every_node(method.node) for method in methods if method is not None)


def _is_of_self(node: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _loaded(call: ast.Call, *, reads_state_dict: bool) -> Iterator[str]:
    """What a call loads; nothing where it takes what fits out of the state dict, as what was left out is not there."""
    is_lenient = any(is_false(each) for each in every_node(call) if isinstance(each, ast.Constant))
    if reads_state_dict and is_lenient:
        return
    is_method = isinstance(call.func, ast.Attribute) and call.func.attr == "load_state_dict"
    loaded = call.func.value if is_method and isinstance(call.func, ast.Attribute) else next(iter(call.args), None)
    if isinstance(loaded, ast.Name) and loaded.id == "self":
        yield from () if reads_state_dict else (ANYTHING,)
    elif loaded is not None and not (isinstance(loaded, ast.Call) and last_name(loaded.func) == "super"):
        yield from _path(loaded)


def _path(node: ast.expr) -> Iterator[str]:
    """The path of `self.head`, and of `self.head.weight.data`; anything for what a name or a call gives."""
    path = ast.unparse(node).removesuffix(".data").split(".")
    if path[0] == "self" and all(map(str.isidentifier, path)):
        yield ".".join(path[1:])
    elif not NO_MODULE.search(path[-1]):
        yield ANYTHING
