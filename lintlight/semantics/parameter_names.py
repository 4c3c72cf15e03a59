"""Loops over `named_parameters()`: what the name of a submodule answers, asked for the parameters in it."""

from __future__ import annotations

import ast
from dataclasses import replace

from lintlight.semantics.heap import Kind, State
from lintlight.semantics.names import every_node
from lintlight.semantics.values import UNKNOWN, Atom, Const, ParameterName, Params, Seq, Value, const, union

MOST_SUBMODULES = 16
ASKS = frozenset({"startswith", "endswith", "split", "partition", "any", "all"})
"""What a condition on a name may call without hiding what it asks."""


def by_submodule(value: Value, state: State) -> list[Value]:
    """`named_parameters()` of a module of the project: those of each submodule, and what their names begin with."""
    atom = next(iter(value)) if len(value) == 1 else None
    thing = state.heap.get(atom.thing) if isinstance(atom, Params) and atom.names else None
    if thing is None or thing.cls is None or not isinstance(atom, Params):
        return []
    parts = [(name, each) for name, held in thing.attributes.items() for each in _modules_in(held.value, state)]
    if len(parts) > MOST_SUBMODULES or not all(name.isidentifier() for name, _ in parts):
        return []
    names = frozenset(name for name, _ in parts)
    pairs = [(ParameterName(name, names - {name}), replace(atom, thing=each, names=False)) for name, each in parts]
    return [frozenset({Seq((frozenset({name}), frozenset({params})))}) for name, params in pairs]


def _modules_in(value: Value, state: State) -> list[int]:
    return [number for number in state.things(value) if state.heap[number].kind is Kind.MODULE]


def as_its_parts(value: Value, state: State) -> None:
    """A module whose submodules all became alike is like them."""
    for number in {atom.thing for atom in value if isinstance(atom, Params)}:
        thing = state.heap[number]
        grads = {state.heap[each].grad for held in thing.attributes.values() for each in _modules_in(held.value, state)}
        if len(grads) == 1:
            state.heap[number] = replace(thing, grad=grads.pop())


def are_written_out(node: ast.For | ast.AsyncFor, around: ast.AST) -> bool:
    """Whether what a loop asks is written out in it, or in a list of the function around it."""
    tests = [each.test for each in every_node(node) if isinstance(each, ast.If)]
    inside = [child for test in tests for child in every_node(test)]
    called = [child.func for child in inside if isinstance(child, ast.Call)]
    if any(getattr(func, "attr", getattr(func, "id", "")) not in ASKS for func in called):
        return False
    lists = [each for each in every_node(around) if isinstance(each, ast.List | ast.Tuple | ast.Set)]
    inside += [child for each in lists for child in every_node(each)]
    return any(isinstance(child, ast.Constant) and isinstance(child.value, str) for child in inside)


def method(atom: ParameterName, name: str, given: Value) -> Value:
    """A method of a parameter's name, `given` its first argument: `startswith`, `split(".")`, `partition(".")`."""
    texts = [each.value for each in _flattened(given) if isinstance(each, Const) and isinstance(each.value, str)]
    if name == "startswith" and texts:
        answers = [atom.starts_with(text) for text in texts]
        return const(True) if True in answers else UNKNOWN if None in answers else const(False)
    if name in {"split", "partition"} and texts == ["."]:
        rest = (UNKNOWN,) if name == "split" else (const("."), UNKNOWN)
        return frozenset({Seq((const(atom.front), *rest))})
    return UNKNOWN


def _flattened(value: Value) -> list[Atom]:
    """The atoms of a value, those in a tuple in its place."""
    return [each for atom in value for each in (union(atom.items) if isinstance(atom, Seq) else [atom])]
