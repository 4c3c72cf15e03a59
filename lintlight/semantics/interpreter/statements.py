"""What statements do to the state. Each function changes it in place and says whether the path goes on."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

from lintlight.semantics.heap import Kind, State, join
from lintlight.semantics.interpreter import (
    assignment,
    attributes,
    cases,
    conditions,
    containers,
    contexts,
    expressions,
    loops,
    stepping,
    times,
    toplevel,
)
from lintlight.semantics.interpreter.machine import Arguments, Machine, Time
from lintlight.semantics.interpreter.module_tree import gone_over
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.names import every_node, imports_of
from lintlight.semantics.values import (
    UNKNOWN,
    ClassValue,
    Const,
    Function,
    Optimizer,
    Params,
    Ref,
    Scheduler,
    Seq,
    Several,
    Submodules,
    Value,
    const,
)
from lintlight.source.outline import UNREAD

MOST_ITERATIONS = 16
LEAVE = (ast.Return, ast.Break, ast.Continue, ast.Raise)


def execute(machine: Machine, body: list[ast.stmt], state: State) -> bool:
    """Run statements in order; what one that may leave asked for is known of those behind it."""
    depth = len(machine.under)
    goes = _in_order(machine, body, state)
    del machine.under[depth:]
    return goes


def _in_order(machine: Machine, body: list[ast.stmt], state: State) -> bool:
    for node in body:
        machine.steps += 1
        if machine.exhausted:
            return True
        handler = HANDLERS.get(type(node))
        if handler is not None and not handler(machine, node, state):
            return False
    return True


def _expression(machine: Machine, node: ast.Expr, state: State) -> bool:
    if isinstance(node.value, ast.Attribute) and node.value.attr == "train":
        assignment.uncalled_train(machine, node.value, state)
    state.grad = contexts.grad_after(machine.evaluate(node.value, state), state.grad)
    return True


def _assign(machine: Machine, node: ast.Assign, state: State) -> bool:
    value = machine.evaluate(node.value, state)
    for target in node.targets:
        assignment.assign(machine, target, value, node, state)
    return True


def _annotated(machine: Machine, node: ast.AnnAssign, state: State) -> bool:
    if node.value is not None:
        assignment.assign(machine, node.target, machine.evaluate(node.value, state), node, state)
    return True


def _augmented(machine: Machine, node: ast.AugAssign, state: State) -> bool:
    added = machine.evaluate(node.value, state)
    if isinstance(node.target, ast.Name):
        before = state.locals.get(node.target.id, UNKNOWN)
        if isinstance(node.op, ast.Add) and containers.extended(machine, before, added, state):
            machine.hand_on(added)
            return True
        state.locals[node.target.id] = expressions.operated(machine, node.op, before, added, state)
        return True
    machine.hand_on(added)
    if isinstance(node.target, ast.Attribute) and node.target.attr == "completed":
        stepping.count_by_hand(machine, node.target)
    elif isinstance(node.target, ast.Attribute):
        before = machine.evaluate(node.target, state)
        if isinstance(node.op, ast.Add):
            containers.extended(machine, before, added, state)
        is_counter = bool(before) and all(isinstance(atom, Const) for atom in before)
        if is_counter or node.target.attr == "requires_grad":
            assignment.assign(machine, node.target, UNKNOWN, node, state)
    return True


def _return(machine: Machine, node: ast.Return, state: State) -> bool:
    value = machine.evaluate(node.value, state) if node.value is not None else const(None)
    machine.frame.returns.append((value, state.copy()))
    return False


def _if(machine: Machine, node: ast.If, state: State) -> bool:
    test = machine.evaluate(node.test, state)
    verdict = conditions.truth(machine, test, (node.body, node.orelse), state)
    if verdict is None:
        verdict = times.comes_first(machine, node.test, state)
    if verdict is not None:
        return _decided(machine, node, verdict, state)
    since, likely = len(state.heap.log), conditions.likely(test, state)
    other = state.copy()
    made = [machine.made]
    decides = conditions.what_decides(machine, node.test, state)
    machine.under.append(machine.branch(decides, True))
    first = execute(machine, node.body, state)
    made.append(machine.made)
    machine.under[-1] = machine.branch(decides, False)
    second = execute(machine, node.orelse, other)
    machine.under.pop()
    if first is not second:
        machine.under.append(machine.branch(decides, first))
    conditions.doubt(machine, likely, made, (state, other))
    return merge(state, [s for s, goes in ((state, first), (other, second)) if goes], since)


def _decided(machine: Machine, node: ast.If, verdict: bool, state: State) -> bool:
    """The branch that is taken; late in training after what was done at other times."""
    now, before = (node.body, node.orelse) if verdict else (node.orelse, node.body)
    is_late = machine.time is Time.LATER and times.asks_for_the_time(node.test)
    if is_late and times.held_at_first(machine, node.test, state) is not verdict:
        if len(now) == 1 and isinstance(now[0], LEAVE) and getattr(now[0], "value", None) is None:
            return execute(machine, before, state)  # what stands behind it was done before
        _as_before(machine, before, state)
    return execute(machine, now, state)


def _as_before(machine: Machine, branch: list[ast.stmt], state: State) -> None:
    """What was done at other times, of which only the effects are left."""
    if not any(isinstance(node, LEAVE) for statement in branch for node in every_node(statement)):
        events, names = len(machine.events), dict(state.locals)
        execute(machine, branch, state)
        del machine.events[events:]
        state.locals = names


def merge(state: State, ways: list[State], since: int) -> bool:
    """Go on with whatever way was taken; whether there is one."""
    joined = join(ways, since)
    if joined is None:
        return False
    state.become(joined)
    return True


def _for(machine: Machine, node: ast.For | ast.AsyncFor, state: State) -> bool:
    return loops.over(machine, node, state)


def elements(machine: Machine, value: Value, state: State) -> list[Value]:
    """What a loop over `value` binds, one after the other."""
    found: list[Value] = []
    for atom in (assignment.as_tuple(each, state) for each in ordered(value)):
        if isinstance(atom, Params):
            each: Value = frozenset({replace(atom, names=False)})
            found.append(UNKNOWN if atom.keyed else frozenset({Seq((UNKNOWN, each))}) if atom.names else each)
        elif isinstance(atom, Submodules):
            found += gone_over(atom, state.heap)
        elif isinstance(atom, Seq):
            found.extend(atom.items)
        elif isinstance(atom, Several):
            of_modules = all(isinstance(each, Params) for each in atom.item)
            found += elements(machine, atom.item, state) if of_modules and atom.item else [atom.item]
        elif isinstance(atom, Optimizer | Scheduler):
            found.append(frozenset({atom}))
        elif isinstance(atom, Ref) and atom.thing in state.heap:
            thing = state.heap[atom.thing]
            if thing.kind is Kind.DICT:
                found.extend(map(assignment.key_value, thing.attributes))
            elif thing.attributes and (thing.kind is Kind.LIST or thing.library.startswith("torch.nn.")):
                found.extend(attribute.value for attribute in thing.attributes.values())
            elif thing.kind is Kind.MODULE:
                found.append(attributes.part(machine, atom.thing, "[]", state))
        elif isinstance(atom, Const) and isinstance(atom.value, str):
            continue
        else:
            machine.hand_on(frozenset({atom}))
            found.append(UNKNOWN)
    return found or [UNKNOWN]


def _while(machine: Machine, node: ast.While, state: State) -> bool:
    return loops.while_it_holds(machine, node, state)


def _break(machine: Machine, node: ast.Break, state: State) -> bool:
    machine.frame.breaks.append(state.copy())
    return False


def _continue(machine: Machine, node: ast.Continue, state: State) -> bool:
    machine.frame.continues.append(state.copy())
    return False


def _with(machine: Machine, node: ast.With | ast.AsyncWith, state: State) -> bool:
    return contexts.inside(machine, node, state)


def _try(machine: Machine, node: ast.Try | ast.TryStar, state: State) -> bool:
    frame, since = machine.frame, len(state.heap.log)
    before = state.copy()
    left = len(frame.returns), len(frame.breaks), len(frame.continues)
    goes = execute(machine, node.body, state)
    ways = [state] if goes and execute(machine, node.orelse, state) else []
    for handler in node.handlers:
        other = before.copy()
        if execute(machine, handler.body, other):
            ways.append(other)
    leaving = [each for _, each in frame.returns[left[0] :]]
    for each in (*leaving, *frame.breaks[left[1] :], *frame.continues[left[2] :]):
        execute(machine, node.finalbody, each)
    if not merge(state, ways, since):
        execute(machine, node.finalbody, state)
        return False
    return execute(machine, node.finalbody, state)


def _match(machine: Machine, node: ast.Match, state: State) -> bool:
    return cases.match(machine, node, state)


def _function(machine: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, state: State) -> bool:
    around = expressions.capture(machine, state, node.args)
    function = Function(machine.frame.module, node, machine.frame.owner, around)
    state.locals[node.name] = frozenset({function})
    _register(machine, node.decorator_list, function, state)
    return True


def _register(machine: Machine, marks: list[ast.expr], made: Function | ClassValue, state: State) -> None:
    """`@register("name")` in a script puts what it marks somewhere; what a decorator makes of it is left aside."""
    for mark in marks if machine.frame.key is None else ():
        value = machine.evaluate(mark.func if isinstance(mark, ast.Call) else mark, state)
        if all(isinstance(atom, Function) for atom in value):
            for atom in ordered(machine.evaluate(mark, state) if isinstance(mark, ast.Call) else value):
                if isinstance(atom, Function):
                    machine.run(atom, None, Arguments([frozenset({made})], {}), state)


def _class(machine: Machine, node: ast.ClassDef, state: State) -> bool:
    cls = machine.frame.module.class_of_node.get(node)
    if cls is not None:
        machine.closures[cls] = expressions.capture(machine, state)
    state.locals[node.name] = frozenset({ClassValue(cls)}) if cls is not None else UNKNOWN
    if cls is not None:
        _register(machine, node.decorator_list, ClassValue(cls), state)
    return True


def _import(machine: Machine, node: ast.Import | ast.ImportFrom, state: State) -> bool:
    module = machine.frame.module
    for item in imports_of(node, module.package):
        value = machine.project.resolve_import(module, item)
        if value == UNKNOWN and item.name is not None:  # a table of another file, for instance
            target = machine.project.imported(module, item, item.name)
            if target is not None and target is not module:
                value = toplevel.value_of(machine, target, item.name, state)
        state.locals[item.local] = value
    return True


def _delete(machine: Machine, node: ast.Delete, state: State) -> bool:
    for target in node.targets:
        if isinstance(target, ast.Attribute):
            for number in state.things(machine.evaluate(target.value, state)):
                thing = state.heap[number]
                kept = {k: v for k, v in thing.attributes.items() if k != target.attr}
                state.heap[number] = thing.changed(attributes=kept)
        elif isinstance(target, ast.Name):
            state.locals.pop(target.id, None)
    return True


def _raise(machine: Machine, node: ast.Raise, state: State) -> bool:
    return False


def _assert(machine: Machine, node: ast.Assert, state: State) -> bool:
    machine.evaluate(node.test, state)
    return True


HANDLERS: dict[type[ast.stmt], Callable[..., bool]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Delete: _delete,
    ast.Raise: _raise,
    ast.Assert: _assert,
}
HANDLERS |= {unread: HANDLERS[kind] for kind, unread in UNREAD.items()}
