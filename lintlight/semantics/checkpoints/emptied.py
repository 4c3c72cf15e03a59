"""Whether a checkpoint that a hook emptied gets a state dict again."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lintlight.semantics.checkpoints.keystore import STATE_DICT
from lintlight.semantics.resolve.names import by_position, every_node, last_name
from lintlight.semantics.values import Function

if TYPE_CHECKING:
    from lintlight.semantics.checkpoints.keyflow import KeyFlow

OF_WEIGHTS = frozenset({"state_dict", "get_peft_model_state_dict"})


def stays_without_weights(flow: KeyFlow, node: ast.Call) -> bool:
    """Whether what `checkpoint.clear()` empties gets no state dict again: nothing, or weights that are no part of one.

    Someone who kept what was in it may put that back.
    """
    method = flow.scope.module_function.node
    name = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    uses = [each for each in every_node(method) if isinstance(each, ast.Name) and each.id == name]
    if all(each.lineno <= node.lineno for each in uses):
        return True
    if _names_state_dict(method) or any(each.lineno < node.lineno for each in uses):
        return False
    calls = [each for each in every_node(method) if isinstance(each, ast.Call) and len(each.args) == 1]
    filled = [each for each in calls if ast.unparse(each.func) == f"{name}.update"]
    weights = [each for each in filled if _is_of_weights(flow, each.args[0])]
    return len(weights) == len([each for each in uses if each.lineno > node.lineno])


def _names_state_dict(function: ast.AST) -> bool:
    return any(isinstance(each, ast.Constant) and each.value in STATE_DICT.values for each in every_node(function))


def _is_of_weights(flow: KeyFlow, node: ast.expr, around: frozenset[str] = frozenset()) -> bool:
    """`module.state_dict()`, a dict that the method fills itself, or what some call makes of one.

    `around` are the names that are being looked up: `kept = convert(kept)`.
    """
    match node:
        case ast.Name():
            return node.id in around or _is_name_of_weights(flow, node.id, around | {node.id})
        case ast.IfExp():
            return all(_is_of_weights(flow, each, around) for each in (node.body, node.orelse))
        case ast.Call(args=[given, *_]) if last_name(node.func) not in OF_WEIGHTS:
            return _is_of_weights(flow, given, around) and not _may_wrap(flow, node.func)
        case ast.Call():
            name = last_name(node.func)
            return name in OF_WEIGHTS or (name in {"dict", "OrderedDict"} and not node.keywords)
    return isinstance(node, ast.DictComp) or (isinstance(node, ast.Dict) and not node.keys)


def _is_name_of_weights(flow: KeyFlow, name: str, around: frozenset[str]) -> bool:
    """Whether everything that the method assigns to a name of its own is of weights."""
    method = flow.scope.module_function.node
    assigned = [e.value for e in every_node(method) if isinstance(e, ast.Assign) and _is_called(e.targets, name)]
    is_own = bool(assigned) and name not in by_position(method.args)
    return is_own and all(_is_of_weights(flow, each, around) for each in assigned)


def _is_called(targets: list[ast.expr], name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _may_wrap(flow: KeyFlow, called: ast.expr) -> bool:
    """Whether a function of the project may put what it gets under `state_dict`."""
    here = flow.scope.module_function
    if isinstance(called, ast.Attribute) and ast.unparse(called.value) == "self":
        method = flow.cls.find_method(called.attr)
        return method is not None and _names_state_dict(method.node)
    value = flow.project.resolve_expression(here.module, called, here.owner.qualname if here.owner else "")
    return any(isinstance(atom, Function) and _names_state_dict(atom.node) for atom in value)
