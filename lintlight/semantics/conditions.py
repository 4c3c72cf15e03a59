"""Whether a condition holds: yes, no, or either."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lintlight.semantics.heap import Kind, State
from lintlight.semantics.machine import Machine
from lintlight.semantics.values import (
    Bound,
    ClassValue,
    Const,
    Function,
    ParameterName,
    Partial,
    Ref,
    Seq,
    Unknown,
    Value,
    const,
)


def compared(operator: ast.cmpop, left: Value, right: Value, state: State) -> bool | None:
    """Whether a comparison holds; None when it may be either."""
    if isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and all(isinstance(a, Const) for a in right):
        negated = isinstance(operator, ast.IsNot | ast.NotEq)
        if right == {Const(None)} or right == {Const(None, True)}:
            if any(isinstance(a, Unknown) for a in left):
                return None
            nones = {isinstance(a, Const) and a.value is None for a in left}
            return nones.pop() is not negated if len(nones) == 1 else None
        if len(left) == len(right) == 1 and all(isinstance(a, Const) for a in left):
            (mine,), (other,) = left, right
            assert isinstance(mine, Const) and isinstance(other, Const)
            return (mine.value == other.value) is not negated
    if any(isinstance(atom, ParameterName) for atom in left | right):
        return _about_a_name(operator, left, right, state)
    if isinstance(operator, ast.In | ast.NotIn) and len(left) == 1:
        options = [a for item in _options(right, state) for a in item]
        (mine,) = left
        known = [a.value for a in options if isinstance(a, Const)]
        if isinstance(mine, Const) and options and (len(known) == len(options) or mine.value in known):
            return (mine.value in known) is isinstance(operator, ast.In)
    return None


def _about_a_name(operator: ast.cmpop, left: Value, right: Value, state: State) -> bool | None:
    """`"encoder" in name`, `name in NAMES`, `name == "head.bias"`."""
    if len(left) != 1 or len(right) != 1:
        return None
    (mine,), (other,) = left, right
    answer = None
    if isinstance(operator, ast.In | ast.NotIn) and isinstance(other, ParameterName) and isinstance(mine, Const):
        answer = other.contains(str(mine.value))
    elif isinstance(mine, ParameterName):
        values = [right] if isinstance(operator, ast.Eq | ast.NotEq) else _options(right, state)
        texts = [atom.value for value in values for atom in value if isinstance(atom, Const)]
        if (
            texts
            and len(texts) == sum(map(len, values))
            and not any(mine.starts_with(str(text)) is None for text in texts)
        ):
            answer = False
    return None if answer is None else answer is isinstance(operator, ast.In | ast.Eq)


def _options(value: Value, state: State) -> list[Value]:
    for atom in value:
        if isinstance(atom, Seq):
            return list(atom.items)
        if isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind is Kind.LIST:
            return [a.value for a in state.heap[atom.thing].attributes.values()]
        if isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind is Kind.DICT:
            keys = state.heap[atom.thing].attributes
            return [const(key) for key in keys] if "[?]" not in keys else []
    return []


def is_assumed(value: Value) -> bool:
    """Whether a value may be a parameter's default, which a caller may change."""
    return any(isinstance(atom, Const) and atom.assumed for atom in value)


def truth(
    machine: Machine, value: Value, branches: tuple[Sequence[ast.AST], Sequence[ast.AST]], state: State
) -> bool | None:
    """Whether a condition holds, as far as this run may rely on it.

    A parameter's default does not keep a branch out in which a model is loaded: that flag is there to be used.
    """
    verdict = plain_truth(value, state)
    if verdict is not None and is_assumed(value):
        taken, left_out = branches if verdict else branches[::-1]
        if any(isinstance(node, ast.Raise) for node in taken):
            return None  # then a caller passes something else
        if not machine.defaults or any(machine.project.loads_a_model(node) for node in left_out):
            return None
        machine.relied = True
    return verdict


def plain_truth(value: Value, state: State) -> bool | None:
    """Whether a value is true: yes, no, or None when it may be either."""
    verdicts: set[bool | None] = set()
    for atom in value:
        if isinstance(atom, Const):
            verdicts.add(bool(atom.value))
        elif isinstance(atom, Ref) and atom.thing in state.heap:
            thing = state.heap[atom.thing]
            verdicts.add(True if thing.kind is Kind.MODULE or thing.attributes else None)
        elif isinstance(atom, Function | Bound | ClassValue | Partial):
            verdicts.add(True)
        else:
            verdicts.add(None)
    return verdicts.pop() if len(verdicts) == 1 else None
