"""Comprehensions: what each round gives, and what the conditions leave of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lintlight.semantics.heap import Attribute, Kind, State, Thing
from lintlight.semantics.interpreter import (
    assignment,
    conditions,
    expressions,
    loops,
    parameter_names,
    picked,
    statements,
)
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.values import Params, Several, Value, union

MOST_ASKED = 16
"""Of how many submodules each condition on names is asked: each answer takes steps."""

InARow = ast.ListComp | ast.GeneratorExp | ast.SetComp


def in_a_row(machine: Machine, node: InARow, state: State) -> Value:
    """The list, set or generator that a comprehension makes."""
    inner = State(state.heap, dict(state.locals), state.grad)
    rounds = [(each.of(node.elt), each.is_sure) for each in _rounds(machine, node, inner)]
    ways = [value for value, _ in rounds]
    state.heap = inner.heap
    concrete = len(node.generators) == 1 and all(is_sure for _, is_sure in rounds)
    if concrete and isinstance(node, ast.ListComp) and not any(isinstance(a, Params) for way in ways for a in way):
        return expressions.make_list(machine, ways, state)
    return frozenset({Several(union(ways))})


def by_key(machine: Machine, node: ast.DictComp, state: State) -> Value:
    """The dict that a comprehension makes; what has an unknown key stands under `[?]`."""
    inner = State(state.heap, dict(state.locals), state.grad)
    held: dict[str, Value] = {}
    for each in _rounds(machine, node, inner):
        key = assignment.dict_key(each.of(node.key)) or "[?]"
        value = each.of(node.value)
        held[key] = union((held[key], value)) if key == "[?]" and key in held else value
    state.heap = inner.heap
    return machine.put(Thing(Kind.DICT, attributes={key: Attribute(value) for key, value in held.items()}), state)


@dataclass(frozen=True)
class _Round:
    """One round, its names bound in `inner`."""

    machine: Machine
    inner: State
    target: ast.expr
    tests: Sequence[ast.expr]
    """What is asked that may or may not hold."""
    beside: Mapping[tuple[str, ...], int | None]
    """The submodules that the conditions tell apart."""

    @property
    def is_sure(self) -> bool:
        """Whether it gives something in any case."""
        return not self.tests

    def of(self, node: ast.expr) -> Value:
        """What an expression is in this round."""
        value = self.machine.evaluate(node, self.inner)
        left = picked.narrowed(self.machine, value, self.tests, self.inner, self.target, self.beside)
        return self.machine.hand_on(left)


def _rounds(machine: Machine, node: InARow | ast.DictComp, inner: State) -> Iterator[_Round]:
    """Each round that may give something; of a second loop all that it goes over at once."""
    first, *more = node.generators
    iterated = machine.evaluate(first.iter, inner)
    tests = [test for generator in node.generators for test in generator.ifs]
    named = _by_name(machine, node, iterated, tests, inner)
    beside = parameter_names.modules_in(named)
    gives = False
    for item in named:
        assignment.assign(machine, first.target, item, node, inner)
        left = conditions.undecided(machine, tests, inner)
        if left is not None:
            gives = True
            yield _Round(machine, inner, first.target, left, beside)
    for item in loops.rounds(statements.elements(machine, iterated, inner)) if not gives else ():
        assignment.assign(machine, first.target, item, node, inner)
        for each in more:
            items = statements.elements(machine, machine.evaluate(each.iter, inner), inner)
            assignment.assign(machine, each.target, union(items), node, inner)
        left = conditions.undecided(machine, tests, inner, surely=True)
        if left is not None:
            yield _Round(machine, inner, first.target, left, {})


def _by_name(
    machine: Machine, node: InARow | ast.DictComp, iterated: Value, tests: Sequence[ast.expr], inner: State
) -> list[Value]:
    """`... for name, p in self.named_parameters() if "bert" in name`: each submodule's, where it is asked for names."""
    around = machine.frame.function or node
    named = parameter_names.by_submodule(iterated, inner) if tests and len(node.generators) == 1 else []
    is_asked = 1 < len(named) <= MOST_ASKED and parameter_names.are_written_out(tests, around, named)
    return named if is_asked else []
