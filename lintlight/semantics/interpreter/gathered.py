"""Methods of lists and sets in which parameters are gathered: what they are called on is something else afterwards."""

from __future__ import annotations

import ast

from lintlight.semantics.heap import State
from lintlight.semantics.interpreter import assignment, picked, statements
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.resolve.names import last_name
from lintlight.semantics.values import Several, Value, const, union

TAKE_OUT = frozenset({"remove", "discard", "difference_update", "intersection_update", "symmetric_difference_update"})
PUT_IN = frozenset({"append", "add", "extend", "update", "insert"})
WITH_LESS = frozenset({"difference", "intersection", "symmetric_difference"})
WITH_MORE = frozenset({"union"})
WITHOUT = frozenset({"remove", "discard", "difference", "difference_update"})
"""What takes out just what it is given."""
METHODS = TAKE_OUT | PUT_IN | WITH_LESS | WITH_MORE


def method(machine: Machine, node: ast.Call, value: Value, args: Arguments, state: State) -> Value | None:
    """`params.remove(p)`, `params.union(others)`; None for what is no list or set of parameters, or no such method.

    Those on the heap have methods of their own.
    """
    name = last_name(node.func)
    inside = picked.parameters_in(value) if name in METHODS else ()
    if not isinstance(node.func, ast.Attribute) or not inside or any(each.keyed for each in inside):
        return None
    given = union(args.values())
    if name in WITH_LESS:
        return picked.without(value, given, state) if name in WITHOUT else picked.some_of(value)
    more = value | frozenset({Several(union(statements.elements(machine, given, state)))})
    if name in WITH_MORE:
        return more
    if name in PUT_IN and not picked.parameters_in(given):
        return None
    left = more if name in PUT_IN else picked.without(value, given, state) if name in WITHOUT else picked.some_of(value)
    assignment.assign(machine, node.func.value, left, node, state)
    return const(None)
