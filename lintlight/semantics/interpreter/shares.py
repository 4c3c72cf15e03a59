"""How many parameters are meant where code works it out: `int(len(parameters) * 0.5)` is neither all nor none."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lintlight.semantics.heap import State
from lintlight.semantics.interpreter import picked
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.values import Const, Share

LEAST = 0.05
"""Of twenty parameters so small a share is one, and hardly a model has fewer."""
ROUNDS = frozenset({"int", "round", "floor", "ceil"})


@dataclass(frozen=True)
class Product:
    """`whole * factor`, or `whole / factor`."""

    whole: ast.expr
    factor: ast.expr
    is_divided: bool = False


def is_share(
    machine: Machine, node: ast.expr, things: frozenset[int], state: State, *, or_unknown: bool = False
) -> bool:
    """Whether a number is a share of how many parameters the modules `things` have: neither all of them nor none.

    With `or_unknown` also a share that is not known.
    """
    around = machine.frame.function or machine.frame.module.tree
    for product in _products(_rounded(node, around)):
        if _counts(machine, _meant(product.whole, around), things, state):
            found = machine.evaluate(product.factor, state)
            if not all(isinstance(atom, Const) and isinstance(atom.value, int | float) for atom in found):
                return or_unknown
            factors = [atom.value for atom in found if isinstance(atom, Const)]
            shares = [1 / each if product.is_divided and each else each for each in factors]
            return all(LEAST <= each <= 1 - LEAST for each in shares)
    return False


def _rounded(node: ast.expr, around: ast.AST) -> ast.expr:
    """What a number is before it is made a whole one."""
    node = _meant(node, around)
    while isinstance(node, ast.Call) and last_name(node.func) in ROUNDS and len(node.args) == 1:
        node = _meant(node.args[0], around)
    return node


def _products(node: ast.expr) -> Iterator[Product]:
    match node:
        case ast.BinOp(left, ast.Mult(), right):
            yield from (Product(left, right), Product(right, left))
        case ast.BinOp(left, ast.Div() | ast.FloorDiv(), right):
            yield Product(left, right, is_divided=True)


def _meant(node: ast.expr, around: ast.AST) -> ast.expr:
    """What a name stands for that is assigned once in the function around it; anything else as it is."""
    if not isinstance(node, ast.Name):
        return node
    stored = [each for each in every_node(around) if isinstance(each, ast.Name) and each.id == node.id]
    if sum(isinstance(each.ctx, ast.Store) for each in stored) != 1:
        return node
    assigned = [each for each in every_node(around) if isinstance(each, ast.Assign) and each.targets[0] in stored]
    return assigned[0].value if assigned else node


def _counts(machine: Machine, node: ast.expr, things: frozenset[int], state: State) -> bool:
    """Whether it is how many parameters some modules have: `len(parameters)`."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "len" or len(node.args) != 1:
        return False
    counted = picked.parameters_in(machine.evaluate(node.args[0], state))
    return all(each.share is Share.ALL for each in counted) and {each.thing for each in counted} == things
