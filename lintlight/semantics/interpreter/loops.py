"""Loops: a round for each thing that is known, and what holds where there is no round at all."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from lintlight.semantics.heap import Learn, State
from lintlight.semantics.interpreter import (
    assignment,
    conditions,
    numbered,
    parameter_names,
    picked,
    poolers,
    statements,
)
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.interpreter.module_tree import registered_in
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.values import UNKNOWN, AnyName, Const, Params, Place, Ref, Several, Value, const, union

SOME_NUMBERS: Value = frozenset({Several(frozenset({Place()}))})
"""What `range(3)` gives."""
ASIDE = (ast.If, ast.IfExp, ast.Break, ast.Continue, ast.Return, ast.Raise, ast.Match, ast.comprehension)
"""With one of these in it a loop does not do the same with each thing that it goes over."""


def over(machine: Machine, node: ast.For | ast.AsyncFor, state: State) -> bool:
    """A `for` loop; whether the path goes on behind it."""
    has_rounds = _has_rounds(machine, node, state)
    if has_rounds is False:
        return machine.execute(node.orelse, state)
    frame, since = machine.frame, len(state.heap.log)
    outer = frame.breaks, frame.continues
    frame.breaks, frame.continues = [], []
    iterated = machine.evaluate(node.iter, state)
    inside = [each for number in numbered.parameters_of(node, iterated) for each in registered_in(number, state.heap)]
    before = {each: state.heap[each].grad for each in inside}
    body = parameter_names.with_branches(node) if before else node.body
    named = parameter_names.by_submodule(iterated, state)
    numbers = _numbers(node) if iterated == SOME_NUMBERS else []
    items = named or numbers or rounds(statements.elements(machine, iterated, state))
    skipped = state.copy() if len(items) == 1 else None
    others = [state.copy()] if has_rounds is None else []
    if items == [UNKNOWN] and _picks_attributes(node):  # they may be any, or none
        items, others = [frozenset({AnyName()})], [state.copy()]
    goes = True
    frame.rounds += 1
    gone_over = _each_of_all(node, items)
    machine.gone_over += gone_over
    apart = [] if before else numbered.told_apart(machine, node, items, state)
    for each in apart or [numbered.Round(item, body) for item in items]:
        assignment.assign(machine, node.target, each.item, node, state)
        goes = machine.execute(each.body, state)
        ways = [*([state] if goes else []), *frame.continues]
        frame.continues = []
        if not (goes := statements.merge(state, ways, since)):
            break
    frame.rounds -= 1
    del machine.gone_over[len(machine.gone_over) - len(gone_over) :]
    if apart:
        numbered.as_one(items, apart, state)
    if before:
        is_told = not _has_unknown_prefix(iterated) and _tells_which(machine, node, body, named, state)
        if numbered.counts(node):
            is_told = is_told and numbered.picks_some(machine, node, list(before.values()), state)
        _partly(before, state, Learn.PARTLY if is_told else Learn.UNSURE)
        for atom in iterated if len(iterated) == 1 else ():
            if isinstance(atom, Params) and atom.thing in before:
                poolers.tell_apart(machine, node, body, atom, before[atom.thing], state)
    if named:
        parameter_names.as_its_parts(iterated, state)
    others += frame.breaks
    frame.breaks, frame.continues = outer
    return _behind(machine, node, goes, skipped, others, state, since)


def _has_rounds(machine: Machine, node: ast.For | ast.AsyncFor, state: State) -> bool | None:
    """Whether the number of rounds is not 0, as that of layers to unfreeze often is by default; None for maybe."""
    number = _how_many(node.iter)
    if not isinstance(number, ast.Name | ast.Attribute | ast.Subscript | ast.Constant):
        return True
    known = machine.evaluate(number, state)
    if any(not isinstance(atom, Const) or type(atom.value) is not int or atom.value for atom in known or UNKNOWN):
        return True
    return conditions.truth(machine, known, (node.body, node.orelse), state)


def _how_many(node: ast.expr) -> ast.expr | None:
    """`n` of `range(n)`, `range(total - n, total)`, `layers[:n]` and `layers[len(layers) - n:]`."""
    match node:
        case ast.Call(func=ast.Name(id="reversed" | "enumerate" | "list"), args=[inner]):
            return _how_many(inner)
        case ast.Call(func=ast.Name(id="range"), args=[number] | [ast.Constant(value=0), number]):
            return number
        case ast.Call(func=ast.Name(id="range"), args=[ast.BinOp(left=total, op=ast.Sub(), right=number), last]):
            return number if ast.unparse(total) == ast.unparse(last) else None
        case ast.Subscript(slice=ast.Slice(lower=None, upper=number, step=None)):
            return number
        case ast.Subscript(
            value=row,
            slice=ast.Slice(
                lower=ast.BinOp(left=ast.Call(func=ast.Name(id="len"), args=[counted]), op=ast.Sub(), right=number),
                upper=None,
                step=None,
            ),
        ):
            return number if ast.unparse(row) == ast.unparse(counted) else None
    return None


def _each_of_all(node: ast.For | ast.AsyncFor, items: list[Value]) -> list[int]:
    """What a loop does the same to, whichever it is: no condition and no end comes between."""
    if isinstance(node.iter, ast.Call) or any(
        isinstance(each, ASIDE) for part in node.body for each in every_node(part)
    ):
        return []
    return [atom.thing for item in items if len(item) == 1 for atom in item if isinstance(atom, Ref)]


def _tells_which(
    machine: Machine, node: ast.For | ast.AsyncFor, body: list[ast.stmt], named: list[Value], state: State
) -> bool:
    """Whether a loop over parameters asks nothing but what can be told of each of them."""
    around = machine.frame.function or node
    tests = [each.test for statement in body for each in every_node(statement) if isinstance(each, ast.If)]
    if parameter_names.asks_which(tests) or any(picked.asks_which(machine, test, state) for test in tests):
        return False
    if len(named) > 1 and not parameter_names.are_written_out(tests, around, named):
        return False
    others = parameter_names.asked_of_others(node)
    return not any(conditions.plain_truth(machine.evaluate(each, state), state) is None for each in others)


def while_it_holds(machine: Machine, node: ast.While, state: State) -> bool:
    """A `while` loop, gone through once; whether the path goes on behind it."""
    test = machine.evaluate(node.test, state)
    begins = conditions.plain_truth(test, state)
    if begins is False:
        begins = conditions.truth(machine, test, (node.body, node.orelse), state)
    if begins is False:
        return machine.execute(node.orelse, state)
    frame, since = machine.frame, len(state.heap.log)
    outer = frame.breaks, frame.continues
    frame.breaks, frame.continues = [], []
    skipped = None if begins else state.copy()
    by_default = [state.copy()] if begins is None and conditions.assumed(test) else []
    frame.rounds += 1
    goes = machine.execute(node.body, state)
    frame.rounds -= 1
    goes = statements.merge(state, [*([state] if goes else []), *frame.continues], since)
    others = [*frame.breaks, *by_default]
    frame.breaks, frame.continues = outer
    return _behind(machine, node, goes, skipped, others, state, since)


def _behind(
    machine: Machine,
    node: ast.For | ast.AsyncFor | ast.While,
    goes: bool,
    skipped: State | None,
    others: list[State],
    state: State,
    since: int,
) -> bool:
    """What comes after the rounds: a loop that no round leaves for what stands behind it had no round."""
    if not goes and not others and skipped is not None:
        state.become(skipped)
        goes = True
    goes = goes and machine.execute(node.orelse, state)
    return statements.merge(state, [*([state] if goes else []), *others], since)


def rounds(items: list[Value]) -> list[Value]:
    """What the rounds of a loop are run with: the first things one by one, all others at once."""
    most = statements.MOST_ITERATIONS
    return [*items[:most], union(items[most:])] if len(items) > most else items


def _numbers(node: ast.For | ast.AsyncFor) -> list[Value]:
    """The numbers of a short `for step in range(3)` that does nothing with them but compare: `if step == 1: ...`."""
    given = node.iter.args if isinstance(node.iter, ast.Call) and last_name(node.iter.func) == "range" else []
    ends = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, int)]
    if not 0 < len(given) == len(ends) < 3 or ends[-1] > statements.MOST_ITERATIONS:
        return []
    inside = [each for part in node.body for each in every_node(part)]
    compared = [side for each in inside if isinstance(each, ast.Compare) for side in (each.left, *each.comparators)]
    used = [each for each in inside if isinstance(each, ast.Name) and each.id == last_name(node.target)]
    return [const(number) for number in range(*ends)] if used and all(each in compared for each in used) else []


def _picks_attributes(node: ast.For | ast.AsyncFor) -> bool:
    """Whether a loop has `getattr(owner, name)` or `owner.get_submodule(name)`, where `name` is what it goes over."""
    calls = [each for each in every_node(node) if isinstance(each, ast.Call) and each.args]
    asked = [each.args[-1] for each in calls if last_name(each.func) == "get_submodule"]
    asked += [each.args[1] for each in calls if last_name(each.func) == "getattr" and len(each.args) > 1]
    return isinstance(node.target, ast.Name) and any(getattr(each, "id", "") == node.target.id for each in asked)


def _has_unknown_prefix(value: Value) -> bool:
    return any(isinstance(atom, Params) and atom.prefix is None for atom in value)


def _partly(before: Mapping[int, frozenset[Learn]], state: State, learn: Learn) -> None:
    """A loop over parameters that froze some of them under a condition froze the module partly."""
    for each, grad in before.items():
        thing = state.heap[each]
        if Learn.OFF in thing.grad and len(thing.grad) > 1 and len(grad) == 1:
            state.heap[each] = thing.changed(grad=frozenset({learn}))
