"""Whether a checkpoint that a hook emptied gets a state dict again."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lintlight.semantics.checkpoints.of_weights import all_of, is_of_weights, names_state_dict
from lintlight.semantics.resolve.names import every_node, names_in

if TYPE_CHECKING:
    from lintlight.semantics.checkpoints.keyflow import KeyFlow


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


def stays_without_weights(flow: KeyFlow, node: ast.expr | ast.stmt, name: str) -> bool | None:
    """Whether the dict `name`, which `node` empties, gets no state dict again: nothing, or weights that are no part.

    Someone who kept what was in it may put that back. None where the weights go through code that is not known.
    """
    method = flow.scope.module_function.node
    inside = set(every_node(node))
    uses = [e for e in every_node(method) if isinstance(e, ast.Name) and e.id == name and e not in inside]
    later = [each for each in uses if each.lineno > (node.end_lineno or node.lineno)]
    if not later:
        return True
    if names_state_dict(method) or len(later) < len(uses):
        return False
    fillings = {filling: is_sure for filling, is_sure in _fillings(flow, name) if is_sure is not False}
    return len(later) == len(fillings) and all_of(fillings.values())


def _fillings(flow: KeyFlow, name: str) -> Iterator[tuple[ast.expr, bool | None]]:
    """Where the dict `name` is filled; whether with weights, or under a name that is written there."""
    every = every_node(flow.scope.module_function.node)
    for node in every:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=held), attr="update"), args=[given]) if held == name:
                yield node, is_of_weights(flow, given)
            case ast.Subscript(value=ast.Name(id=held), slice=ast.Constant()) if held == name:
                yield node, True
            case ast.For():
                keys = names_in(node.target)
                inside = [each for each in every_node(node) if isinstance(each, ast.Subscript)]
                filled = [e for e in inside if ast.unparse(e.value) == name and names_in(e.slice) & keys]
                yield from ((each, _goes_over_weights(flow, node.iter)) for each in filled)


def _goes_over_weights(flow: KeyFlow, node: ast.expr) -> bool | None:
    """`module.state_dict().items()`, `module.named_parameters()`."""
    match node:
        case ast.Call(func=ast.Attribute(attr="named_parameters" | "named_buffers")):
            return True
        case ast.Call(func=ast.Attribute(value=held, attr="items" | "keys"), args=[]):
            return is_of_weights(flow, held)
    return is_of_weights(flow, node)
