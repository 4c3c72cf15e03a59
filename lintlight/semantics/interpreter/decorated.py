"""Functions that the project's own decorators wrap: what runs is what the decorator gives back."""

from __future__ import annotations

import ast
from dataclasses import replace

from lintlight.semantics.heap import State
from lintlight.semantics.interpreter import expressions, following
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.values import Function, Ref, Value


def decorators_of(function: Function) -> tuple[ast.expr, ...]:
    """The decorators of a function that are functions of the project, the one that comes first last.

    None of a classmethod: what it is called on is none of its arguments.
    """
    module = function.module
    marks = getattr(function.node, "decorator_list", [])
    if any(isinstance(mark, ast.Name) and mark.id == "classmethod" for mark in marks):
        return ()
    called = [(mark, mark.func if isinstance(mark, ast.Call) else mark) for mark in reversed(marks)]
    own = [mark for mark, name in called if _is_own(module.project.resolve_expression(module, name))]
    return tuple(own)


def _is_own(value: Value) -> bool:
    return len(value) == 1 and all(isinstance(atom, Function) for atom in value)


def run(
    machine: Machine, function: Function, this: int | None, args: Arguments, state: State, cls: ProjectClass | None
) -> Value:
    """Call what the decorators make of a function; the function itself where that is not seen."""
    plain = replace(function, plain=True)
    made: Function | None = plain
    for mark in decorators_of(function):
        made = _made_by(machine, mark, made, state) if made is not None else None
    if made is None or made.node is function.node:
        return following.run(machine, plain, this, args, state, cls)
    if this is not None:
        args = Arguments([frozenset({Ref(this)}), *args.positional], args.keywords, open=args.open)
    return following.run(machine, replace(made, plain=True), None, args, state)


def _made_by(machine: Machine, mark: ast.expr, function: Function, state: State) -> Function | None:
    """What one decorator gives back for a function, if it is one function."""
    found = expressions.evaluate_elsewhere(machine, function.module, mark, state)
    (decorator,) = found if len(found) == 1 else (None,)
    if not isinstance(decorator, Function):
        return None
    given = Arguments([frozenset({function})], {})
    value = following.run(machine, replace(decorator, plain=True), None, given, state)
    (made,) = value if len(value) == 1 else (None,)
    return made if isinstance(made, Function) else None
