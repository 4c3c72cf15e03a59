"""Loops that ask for the number of what they go over: `for i, layer in enumerate(layers): if i >= 8: ...`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from lintlight.semantics.heap import State
from lintlight.semantics.interpreter import attributes, conditions
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.resolve.names import every_node, names_in
from lintlight.semantics.values import Params, Ref, Seq, Value

MOST_LOOPS = 1000
"""So many are remembered as they are read."""
NO_ITEMS = frozenset({Seq(())})


@dataclass(frozen=True)
class Round:
    """What one round of a loop binds, and runs."""

    item: Value
    body: list[ast.stmt]


def told_apart(machine: Machine, node: ast.For | ast.AsyncFor, items: list[Value], state: State) -> list[Round]:
    """A round for the layers that a test on their number picks, and one for all others; nothing where none is asked.

    The layers are those of a module whose code is not in the project: how many there are is not known.
    """
    asked = _asked_of_numbers(node)
    layer = _numbered(items[0]) if asked is not None and len(items) == 1 else None
    whole = state.heap[layer.thing].part_of if isinstance(layer, Ref) and layer.thing in state.heap else None
    if asked is None or whole is None or whole not in state.heap:
        return []
    place, test = asked, node.body[asked]
    assert isinstance(test, ast.If)
    if not asks_plainly(machine, node, state):
        return []
    (row,) = items[0]
    assert isinstance(row, Seq)
    ways = ((f"[{ast.unparse(test.test)}]", test.body), (f"[not {ast.unparse(test.test)}]", test.orelse))
    return [
        Round(
            frozenset({Seq((row.items[0], attributes.part(machine, whole, name, state)))}),
            [*node.body[:place], *branch, *node.body[place + 1 :]],
        )
        for name, branch in ways
    ]


def asks_plainly(machine: Machine, node: ast.For | ast.AsyncFor, state: State) -> bool:
    """Whether a setting that is nothing decides on no number: `i >= 12 - unfrozen`, where `unfrozen` is 0."""
    tests = (each.test for statement in node.body for each in every_node(statement) if isinstance(each, ast.If))
    settings = [each for test in tests for each in every_node(test) if isinstance(each, ast.Name | ast.Attribute)]
    values = (machine.evaluate(each, state) for each in settings if not names_in(each) & names_in(node.target))
    return not any(value == NO_ITEMS or conditions.plain_truth(value, state) is False for value in values)


def parameters_of(node: ast.For | ast.AsyncFor, iterated: Value) -> list[int]:
    """The modules whose parameters a loop goes over, numbered or not."""
    rows = [atom.items for atom in iterated if isinstance(atom, Seq)] if counts(node) else []
    numbered = [item for row in rows for item in map(_numbered, row)]
    return [atom.thing for atom in (*iterated, *numbered) if isinstance(atom, Params)]


def _numbered(item: Value) -> Params | Ref | None:
    """What stands beside its number; of parameters that come with their names, those."""
    for atom in item if len(item) == 1 else ():
        if isinstance(atom, Params | Ref):
            return atom
        if isinstance(atom, Seq) and len(atom.items) == 2:
            return _numbered(atom.items[1])
    return None


@lru_cache(MOST_LOOPS)
def _asked_of_numbers(node: ast.For | ast.AsyncFor) -> int | None:
    """The place of the one statement in a loop that asks for the number, and for nothing else of what comes."""
    number = counts(node)
    if not number:
        return None
    uses = [
        place
        for place, statement in enumerate(node.body)
        if any(isinstance(each, ast.Name) and each.id == number for each in every_node(statement))
    ]
    if len(uses) != 1:
        return None
    test = node.body[uses[0]]
    if not isinstance(test, ast.If) or number not in names_in(test.test):
        return None
    return uses[0] if names_in(test.test).isdisjoint(names_in(node.target) - {number}) else None


def counts(node: ast.For | ast.AsyncFor) -> str:
    """The name of the number in `for number, item in enumerate(...)`; empty in any other loop."""
    match node:
        case ast.For(iter=ast.Call(func=ast.Name(id="enumerate")), target=ast.Tuple(elts=[ast.Name(id=name), _])):
            return name
    return ""
