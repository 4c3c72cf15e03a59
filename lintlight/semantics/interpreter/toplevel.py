"""What a name means that a file assigns at its top level: `model = load()`, and what is done to it there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from lintlight.semantics.heap import Attribute, Kind, State
from lintlight.semantics.interpreter import expressions
from lintlight.semantics.interpreter.machine import Frame, Machine
from lintlight.semantics.resolve import registries
from lintlight.semantics.resolve.changes import Changes, changes_at_once
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import Import, every_node, last_name
from lintlight.semantics.values import UNKNOWN, ClassValue, External, Function, Ref, Value
from lintlight.source.outline import may_say


def value_of(machine: Machine, module: SourceModule, name: str, state: State) -> Value:
    """The value of a top-level name of `module`, worked out once a run."""
    key = (module, name)
    if key not in machine.globals or any(
        isinstance(a, Ref) and a.thing not in state.heap for a in machine.globals[key]
    ):
        machine.globals[key] = UNKNOWN
        binders = module.bindings.get(name, [])
        first = binders[0] if binders else None
        if isinstance(first, Import) and first.name is not None and len(binders) == 1:  # a registry, for instance
            target = machine.project.imported(module, first, first.name)
            if target is not None and target is not module:
                machine.globals[key] = value_of(machine, target, first.name, state)
        elif isinstance(first, ast.Assign | ast.AnnAssign) and first.value is not None and _is_plain(first):
            is_table = isinstance(first.value, ast.Dict) and bool(first.value.keys)
            done = _put_into if is_table else _done_to if isinstance(first.value, ast.Call) else None
            further = list(done(module, name, first)) if done is not None else []
            if len(binders) == 1 and not further:
                machine.globals[key] = expressions.evaluate_elsewhere(machine, module, first.value, state)
            elif all(_goes_on(each, name) for each in binders[1:]):
                machine.globals[key] = _after(machine, module, name, [first, *further], state)
            if is_table:
                _forget(machine, machine.globals[key], module, name, state)
            _fill(machine.globals[key], registries.registered(module, name), state)
    return machine.globals[key]


def _done_to(module: SourceModule, name: str, first: ast.stmt) -> Iterator[ast.stmt]:
    """The statements that do something to what a name stands for, and to nothing else."""
    body = module.tree.body
    for node in body[body.index(first) + 1 :] if first in body else ():
        if may_say(node, (name,)) and _is_about(node, name):
            yield node


def _put_into(module: SourceModule, name: str, first: ast.stmt) -> Iterator[ast.stmt]:
    """The statements behind a table that change what stands in it."""
    body = module.tree.body
    after = body[body.index(first) + 1 :] if first in body else ()
    return (node for node in after if changes_at_once(node, name))


def _is_about(node: ast.stmt, name: str) -> bool:
    """`model.train()`, `freeze(model)`, `model = model.to(device)`, the same in a loop or under a condition."""
    if isinstance(node, ast.Assign):
        return _goes_on(node, name) and all(isinstance(target, ast.Name) for target in node.targets)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        is_freezing = "freez" in last_name(node.value.func) and _names(node, name)
        return _root(node.value.func) == name or is_freezing
    if isinstance(node, ast.For):
        return _names(node.iter, name)
    return isinstance(node, ast.If) and all(_is_about(each, name) for each in (*node.body, *node.orelse))


def _root(node: ast.expr) -> str:
    """`model` of `model.encoder.layer[0].train`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.AST, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in every_node(node))


def _goes_on(binder: object, name: str) -> bool:
    """Whether a name is assigned what is made of what it stood for: `model = model.to(device)`."""
    return isinstance(binder, ast.Assign) and _names(binder.value, name)


def _after(machine: Machine, module: SourceModule, name: str, body: list[ast.stmt], state: State) -> Value:
    """What a name stands for once some statements have run."""
    machine.frames.append(Frame(module))
    inner = State(state.heap, {}, state.grad)
    machine.execute(body, inner)
    machine.frames.pop()
    state.heap = inner.heap
    return inner.locals.get(name, UNKNOWN)


def _forget(machine: Machine, table: Value, module: SourceModule, name: str, state: State) -> None:
    """What stands under the keys that other code changes in a table is unknown."""
    changes = machine.project.once(Changes)
    for number in state.things(table):
        held = state.heap[number].attributes
        keys = changes.here(module, name)
        if any(isinstance(atom, ClassValue | External) for each in held.values() for atom in each.value):
            keys = keys | changes.elsewhere(module, name)
        for key in held if None in keys else sorted(key for key in keys if key is not None):
            state.heap[number] = state.heap[number].with_attribute(key, UNKNOWN, None)


def _fill(table: Value, entries: Mapping[str, ClassValue | Function], state: State) -> None:
    """Put into a table, or into the dict inside it, what decorators put there."""
    for number in state.things(table) if entries else []:
        thing = state.heap[number]
        inner = [n for a in thing.attributes.values() for n in state.things(a.value)]
        for each in [number] if thing.kind is Kind.DICT else inner:
            if state.heap[each].kind is Kind.DICT:
                held = {key: Attribute(frozenset({entry})) for key, entry in entries.items()}
                state.heap[each] = state.heap[each].changed(attributes={**state.heap[each].attributes, **held})


def _is_plain(node: ast.Assign | ast.AnnAssign) -> bool:
    return isinstance(node, ast.AnnAssign) or all(isinstance(target, ast.Name) for target in node.targets)
