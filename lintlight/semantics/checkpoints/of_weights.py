"""Whether what a hook puts into a checkpoint is weights, each under a name of its own, and so no state dict."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lintlight.semantics.checkpoints.keystore import STATE_DICT
from lintlight.semantics.resolve.names import by_position, every_node, last_name
from lintlight.semantics.values import Function

if TYPE_CHECKING:
    from lintlight.semantics.checkpoints.keyflow import KeyFlow

OF_WEIGHTS = frozenset({"state_dict", "get_peft_model_state_dict"})
COPIES = frozenset({"dict", "OrderedDict", "copy", "deepcopy"})


def is_of_weights(flow: KeyFlow, node: ast.expr, around: frozenset[str] = frozenset()) -> bool | None:
    """`module.state_dict()`, a dict that the method fills itself, or what some call makes of one.

    `around` are the names that are being looked up: `kept = convert(kept)`.
    """
    match node:
        case ast.Name():
            return node.id in around or _is_name_of_weights(flow, node.id, around | {node.id})
        case ast.IfExp():
            return all_of(is_of_weights(flow, each, around) for each in (node.body, node.orelse))
        case ast.Call(args=[given, *_]) if last_name(node.func) not in OF_WEIGHTS:
            return all_of((is_of_weights(flow, given, around), _keeps_keys(flow, node.func)))
        case ast.Call():
            name = last_name(node.func)
            return name in OF_WEIGHTS or (name in {"dict", "OrderedDict"} and not node.keywords)
    return isinstance(node, ast.DictComp) or (isinstance(node, ast.Dict) and not node.keys)


def _is_name_of_weights(flow: KeyFlow, name: str, around: frozenset[str]) -> bool | None:
    """Whether everything that the method assigns to a name of its own is of weights."""
    method = flow.scope.module_function.node
    assigned = [e.value for e in every_node(method) if isinstance(e, ast.Assign) and _is_called(e.targets, name)]
    is_own = bool(assigned) and name not in by_position(method.args)
    return is_own and all_of(is_of_weights(flow, each, around) for each in assigned)


def _is_called(targets: list[ast.expr], name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _keeps_keys(flow: KeyFlow, called: ast.expr) -> bool | None:
    """Whether a call puts weights under no key of its own; None where its code is not known."""
    here = flow.scope.module_function
    method = flow.cls.find_method(called.attr) if isinstance(called, ast.Attribute) and _is_self(called.value) else None
    found = [method] if method is not None else _functions(here, called)
    if not found:
        return True if last_name(called) in COPIES else None
    reached = _reached(found)
    if any(names_state_dict(each.node) or _has_fixed_key(each) for each in reached):
        return False
    return None if any(map(_returns_unknown, reached)) else True


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _functions(here: Function, called: ast.expr) -> list[Function]:
    """The functions of the project that an expression in `here` may stand for."""
    return [atom for atom in here.meaning(called) if isinstance(atom, Function)]


def _reached(found: list[Function]) -> list[Function]:
    """Functions of the project, and those that they call."""
    every = list(found)
    for function in every:  # grows
        calls = [each.func for each in every_node(function.node) if isinstance(each, ast.Call)]
        every += [each for func in calls for each in _functions(function, func) if each not in every]
    return every


def _has_fixed_key(function: Function) -> bool:
    """Whether code puts anything under a key that does not come from what it goes over."""
    arguments = function.node.args
    given = {*by_position(arguments), *(each.arg for each in arguments.kwonlyargs), *function.module.bindings}
    for node in every_node(function.node):
        match node:
            case ast.Dict(keys=keys) if any(key is not None for key in keys):
                return True
            case ast.Call(func=called, keywords=[_, *_]) if last_name(called) in {"dict", "OrderedDict", "update"}:
                return True
            case ast.Call(func=ast.Attribute(attr="setdefault")):
                return True
            case ast.Subscript(ctx=ast.Store(), slice=key):
                if isinstance(key, ast.Constant) or last_name(key).isupper() or last_name(key) in given:
                    return True
    return False


def _returns_unknown(function: Function) -> bool:
    """Whether a function gives what code made that is not known."""
    returned = [e.value for e in every_node(function.node) if isinstance(e, ast.Return) and e.value is not None]
    names = {each.id for each in returned if isinstance(each, ast.Name)}
    assigned = [each for each in every_node(function.node) if isinstance(each, ast.Assign)]
    returned += [each.value for each in assigned for name in names if _is_called(each.targets, name)]
    calls = [each.func for each in returned if isinstance(each, ast.Call)]
    return any(last_name(func) not in COPIES | OF_WEIGHTS and not _functions(function, func) for func in calls)


def names_state_dict(function: ast.AST) -> bool:
    return any(isinstance(each, ast.Constant) and each.value in STATE_DICT.values for each in every_node(function))


def all_of(answers: Iterable[bool | None]) -> bool | None:
    """False where one is false, None where one is not known."""
    every = set(answers)
    return False if False in every else None if None in every else True
