"""`match`: each case is a way of its own, and its pattern binds names."""

from __future__ import annotations

import ast

from lintlight.semantics.heap import State
from lintlight.semantics.interpreter import assignment, conditions, statements
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import UNKNOWN, Value


def match(machine: Machine, node: ast.Match, state: State) -> bool:
    """A `match` statement; whether the path goes on behind it."""
    subject = machine.evaluate(node.subject, state)
    since = len(state.heap.log)
    ways = [] if any(map(_takes_anything, node.cases)) else [state.copy()]
    depth = len(machine.under)
    for case in node.cases:
        way = state.copy()
        _bind(case.pattern, subject, way)
        if _is_kept_out(machine, case, way):
            continue
        asked = _as_condition(node.subject, case)
        machine.under += [machine.branch(asked, True)] if asked is not None else []
        if machine.execute(case.body, way):
            ways.append(way)
        if asked is not None:
            machine.under[-1] = machine.branch(asked, False)
    del machine.under[depth:]
    return statements.merge(state, ways, since)


def _as_condition(subject: ast.expr, case: ast.match_case) -> ast.expr | None:
    """What a case asks, as an `if` would; None where that is more than to compare with one value."""
    if case.guard is not None:
        return None
    if isinstance(case.pattern, ast.MatchValue):
        return ast.copy_location(ast.Compare(subject, [ast.Eq()], [case.pattern.value]), subject)
    if isinstance(case.pattern, ast.MatchSingleton) and case.pattern.value is not None:
        return subject if case.pattern.value else ast.copy_location(ast.UnaryOp(ast.Not(), subject), subject)
    return None


def _takes_anything(case: ast.match_case) -> bool:
    return isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None


def _is_kept_out(machine: Machine, case: ast.match_case, state: State) -> bool:
    """Whether the `if` of a case does not hold."""
    if case.guard is None:
        return False
    return conditions.truth(machine, machine.evaluate(case.guard, state), (case.body, []), state) is False


def _bind(pattern: ast.pattern, value: Value, state: State) -> None:
    """Give the names in a pattern what they stand for in a value that it fits."""
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            _bind(pattern.pattern, value, state)
        if pattern.name is not None:
            state.locals[pattern.name] = value
        return
    inside = pattern.patterns if isinstance(pattern, ast.MatchSequence) else []
    if inside and not any(isinstance(each, ast.MatchStar) for each in inside):
        for each, part in zip(inside, assignment.unpack(value, len(inside), state), strict=True):
            _bind(each, part, state)
        return
    for within in every_node(pattern):
        name = within.rest if isinstance(within, ast.MatchMapping) else getattr(within, "name", None)
        if isinstance(name, str):
            state.locals[name] = UNKNOWN
