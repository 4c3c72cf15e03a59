"""Loops that ask for the number of what they go over: `for i, layer in enumerate(layers): if i >= 8: ...`."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lintlight.semantics.heap import Learn, State
from lintlight.semantics.interpreter import attributes, shares
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.resolve.names import every_node, names_in
from lintlight.semantics.values import Const, Params, Ref, Seq, Value, const

MOST_LOOPS = 1000
"""So many are remembered as they are read."""
MOST_NUMBERED = 48
MOST_PARAMETERS = 400
"""A larger number takes all: no model that is fine-tuned often has more."""
LEAVES = (ast.Break, ast.Return, ast.Raise)
ASKS = (ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.Name, ast.Attribute, ast.Constant, ast.Tuple, ast.List)
"""What a test on a number consists of."""


@dataclass(frozen=True)
class Round:
    """What one round of a loop binds, and runs."""

    item: Value
    body: list[ast.stmt]


def told_apart(machine: Machine, node: ast.For | ast.AsyncFor, items: list[Value], state: State) -> list[Round]:
    """A round for the layers that a test on their number picks, and one for all others; nothing where none is asked.

    The layers are those of a module whose code is not in the project: how many there are is not known.
    """
    test = _asked_of_numbers(node)
    layer = _numbered(items[0]) if test is not None and len(items) == 1 else None
    whole = state.heap[layer.thing].part_of if isinstance(layer, Ref) and layer.thing in state.heap else None
    if test is None or whole is None or whole not in state.heap:
        return []
    if not _asks_plainly(machine, node, test, MOST_NUMBERED, state):
        return []
    (row,) = items[0]
    assert isinstance(row, Seq)
    asked = ast.unparse(test)
    return [
        Round(
            frozenset({Seq((row.items[0], attributes.part(machine, whole, name, state)))}),
            _answered(node, asked, holds),
        )
        for name, holds in ((f"[{asked}]", True), (f"[not {asked}]", False))
    ]


@lru_cache(MOST_LOOPS)
def _answered(node: ast.For | ast.AsyncFor, asked: str, holds: bool) -> list[ast.stmt]:
    """The statements of a loop where the answer to a test is known."""
    loop = copy.deepcopy(node)
    _Answer(asked, holds).generic_visit(loop)
    return loop.body


@dataclass(frozen=True)
class _Answer(ast.NodeTransformer):
    """Puts the answer where a test stands."""

    asked: str
    holds: bool

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.expr) and ast.unparse(node) == self.asked:
            return ast.copy_location(ast.Constant(self.holds), node)
        return self.generic_visit(node)


def as_one(items: list[Value], apart: list[Round], state: State) -> None:
    """Layers that became alike, whatever their number, are what each layer is."""
    layer, parts = _numbered(items[0]), [_numbered(each.item) for each in apart]
    things = [state.heap[part.thing] for part in parts if isinstance(part, Ref)]
    if isinstance(layer, Ref) and len({(thing.grad, thing.mode) for thing in things}) == 1:
        state.heap[layer.thing] = state.heap[layer.thing].changed(grad=things[0].grad, mode=things[0].mode)


def picks_some(
    machine: Machine, node: ast.For | ast.AsyncFor, before: Sequence[frozenset[Learn]], state: State
) -> bool:
    """Whether a loop over numbered parameters of one module asks once, and for the number: it takes some of them."""
    asked = _asked_of_numbers(node)
    tests = [each.test for statement in node.body for each in every_node(statement) if isinstance(each, ast.If)]
    if asked is None or len(tests) != 1 or len(before) != 1 or before[0] not in ({Learn.ON}, {Learn.OFF}):
        return False
    if _asks_plainly(machine, node, tests[0], MOST_PARAMETERS, state):
        return True
    things = frozenset(parameters_of(node, machine.evaluate(node.iter, state)))
    match tests[0]:
        case ast.Compare(ops=[ast.Lt() | ast.GtE()], left=ast.Name(), comparators=[end]):
            return shares.is_share(machine, end, things, state)
    return False


def takes_some(machine: Machine, node: ast.Slice, parameters: frozenset[Params], state: State) -> bool:
    """Whether a slice of parameters has one end, and that is a number: it takes neither all of them nor none.

    Of a share of them that nobody knows `[:-number]` does not take all.
    """
    ends = [each for each in (node.lower, node.upper) if each is not None]
    if len(ends) != 1 or node.step is not None:
        return False
    (end,), things = ends, frozenset(each.thing for each in parameters)
    if _is_number(machine.evaluate(end, state), MOST_PARAMETERS):
        return True
    is_from_behind = isinstance(end, ast.UnaryOp) and isinstance(end.op, ast.USub)
    number = end.operand if isinstance(end, ast.UnaryOp) and is_from_behind else end
    return shares.is_share(machine, number, things, state, or_unknown=is_from_behind and node.lower is None)


def _asks_plainly(machine: Machine, node: ast.For | ast.AsyncFor, test: ast.expr, most: int, state: State) -> bool:
    """Whether a test compares the number with others that are known: `i >= 12 - unfrozen` may take none."""
    inside = [each for each in every_node(test) if not isinstance(each, ast.expr_context)]
    settings = [each for each in inside if isinstance(each, ast.Name | ast.Attribute | ast.Constant)]
    others = [each for each in settings if names_in(each).isdisjoint(names_in(node.target))]
    values = [machine.evaluate(each, state) for each in others if not _is_owner(each, inside)]
    return all(isinstance(each, ASKS) for each in inside) and all(_is_number(value, most) for value in values)


def _is_owner(node: ast.expr, inside: Sequence[ast.AST]) -> bool:
    """Whether it is only where an attribute is read from: `self` of `self.first`."""
    return any(isinstance(each, ast.Attribute) and each.value is node for each in inside)


def _is_number(value: Value, most: int) -> bool:
    """Whether it is surely a number but 0, and not larger than some, or a row of numbers."""
    for atom in value:
        if isinstance(atom, Seq):
            if not atom.items or not all(_is_number(item, most) or item == const(0) for item in atom.items):
                return False
        elif not isinstance(atom, Const) or type(atom.value) is not int or not 0 < abs(atom.value) <= most:
            return False
    return bool(value)


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
def _asked_of_numbers(node: ast.For | ast.AsyncFor) -> ast.expr | None:
    """The one test in a loop that asks for the number, and for nothing else of what comes: the number has no other use.

    It may stand in several places: `layer.train(i >= 8)`, `layer.requires_grad_(i >= 8)`.
    """
    number = counts(node)
    asking = [each for statement in node.body for each in _asking(statement, number)] if number else []
    tests = [each.test if isinstance(each, ast.If) else each for each in asking]
    if len({ast.unparse(test) for test in tests}) != 1 or isinstance(asking[0], ast.Name):
        return None
    if any(isinstance(each, LEAVES) for place in asking for each in every_node(place)):
        return None
    return tests[0] if names_in(tests[0]).isdisjoint(names_in(node.target) - {number}) else None


def _asking(node: ast.AST, number: str) -> Iterator[ast.If | ast.expr]:
    """Where some code asks for a number: an `if`, or a test by itself; the bare number where it is used otherwise."""
    asked = node.test if isinstance(node, ast.If) else node
    if isinstance(node, ast.If | ast.Compare | ast.BoolOp | ast.Name) and number in names_in(asked):
        yield node
    else:
        for child in ast.iter_child_nodes(node):
            yield from _asking(child, number)


def counts(node: ast.For | ast.AsyncFor) -> str:
    """The name of the number in `for number, item in enumerate(...)`; empty in any other loop."""
    match node:
        case ast.For(iter=ast.Call(func=ast.Name(id="enumerate")), target=ast.Tuple(elts=[ast.Name(id=name), _])):
            return name
    return ""
