"""Whether a checkpoint that a hook emptied gets a state dict again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lintlight.semantics.checkpoints.keystore import STATE_DICT
from lintlight.semantics.resolve.names import by_position, every_node, last_name
from lintlight.semantics.values import Function

if TYPE_CHECKING:
    from lintlight.semantics.checkpoints.keyflow import KeyFlow

OF_WEIGHTS = frozenset({"state_dict", "get_peft_model_state_dict"})


def takes_all(flow: KeyFlow, node: ast.expr | ast.stmt, name: str) -> ast.For | None:
    """The loop that does nothing but `node`: take every key out of the dict `name`."""
    for loop in every_node(flow.scope.module_function.node):
        if isinstance(loop, ast.For) and isinstance(loop.target, ast.Name) and _is_every_key(loop.iter, name):
            key = loop.target.id
            does = [each.value if isinstance(each, ast.Expr) else each for each in loop.body]
            if does == [node] and ast.unparse(node) in {f"{name}.pop({key})", f"del {name}[{key}]"}:
                return loop
    return None


def _is_every_key(node: ast.expr, name: str) -> bool:
    """`list(checkpoint.keys())`, `[key for key in checkpoint]`."""
    match node:
        case ast.Call(func=ast.Name(id=made), args=[given]) if made in {"list", "tuple", "set", "sorted"}:
            return _is_every_key(given, name)
        case ast.ListComp(elt=ast.Name(id=key), generators=[ast.comprehension(target=ast.Name(id=each), ifs=[])]):
            return key == each and _is_every_key(node.generators[0].iter, name)
    return ast.unparse(node) in {name, f"{name}.keys()"}


def stays_without_weights(flow: KeyFlow, node: ast.expr | ast.stmt, name: str) -> bool:
    """Whether the dict `name`, which `node` empties, gets no state dict again: nothing, or weights that are no part.

    Someone who kept what was in it may put that back.
    """
    method = flow.scope.module_function.node
    inside = set(every_node(node))
    uses = [e for e in every_node(method) if isinstance(e, ast.Name) and e.id == name and e not in inside]
    later = [each for each in uses if each.lineno > (node.end_lineno or node.lineno)]
    if not later:
        return True
    if _names_state_dict(method) or len(later) < len(uses):
        return False
    return len(later) == len(set(_fillings(flow, name)))


def _fillings(flow: KeyFlow, name: str) -> Iterator[ast.expr]:
    """Where the dict `name` gets weights, or something under a name that is written there."""
    every = every_node(flow.scope.module_function.node)
    for node in every:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=held), attr="update"), args=[given]) if held == name:
                if _is_of_weights(flow, given):
                    yield node
            case ast.Subscript(value=ast.Name(id=held), slice=ast.Constant()) if held == name:
                yield node
            case ast.For() if _goes_over_weights(flow, node.iter):
                keys = _names(node.target)
                inside = [each for each in every_node(node) if isinstance(each, ast.Subscript)]
                yield from (e for e in inside if ast.unparse(e.value) == name and _names(e.slice) & keys)


def _names(node: ast.expr) -> set[str]:
    return {each.id for each in every_node(node) if isinstance(each, ast.Name)}


def _goes_over_weights(flow: KeyFlow, node: ast.expr) -> bool:
    """`module.state_dict().items()`, `module.named_parameters()`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="named_parameters" | "named_buffers")):
            return True
        case ast.Call(func=ast.Attribute(value=held, attr="items" | "keys"), args=[]):
            return _is_of_weights(flow, held)
    return _is_of_weights(flow, node)


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
