"""What an assignment does: to local names, attributes, flags and items."""

from __future__ import annotations

import ast
import re

from lintlight.semantics.heap import Asked, Attribute, Flag, Kind, Learn, State, Thing
from lintlight.semantics.interpreter import modes
from lintlight.semantics.interpreter.machine import Arguments, Frame, Machine, ModeSet, Replaced
from lintlight.semantics.interpreter.module_tree import gone_over, listed, registered_in
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.names import last_name, nodes_around
from lintlight.semantics.values import (
    UNKNOWN,
    Atom,
    Const,
    Function,
    Optimizer,
    Output,
    Params,
    Ref,
    Scheduler,
    Seq,
    Several,
    Share,
    Submodules,
    Unknown,
    Value,
    const,
    union,
)

KEPT = re.compile(r"\[(##?)(\d+)\]")


def assign(machine: Machine, target: ast.expr, value: Value, node: ast.stmt | ast.expr, state: State) -> None:
    """Bind `value` to `target`; `node` is the whole statement."""
    if isinstance(target, ast.Name):
        state.locals[target.id] = value
    elif isinstance(target, ast.Tuple | ast.List):
        rest = next((place for place, each in enumerate(target.elts) if isinstance(each, ast.Starred)), None)
        value = value if rest is None else _gathered(value, rest, len(target.elts) - 1 - rest, state)
        for item, part in zip(target.elts, unpack(value, len(target.elts), state), strict=True):
            assign(machine, item.value if isinstance(item, ast.Starred) else item, part, node, state)
    elif isinstance(target, ast.Attribute):
        assign_attribute(machine, machine.evaluate(target.value, state), target.attr, value, node, state)
    elif isinstance(target, ast.Subscript):
        _assign_item(machine, target, value, node, state)


def unpack(value: Value, count: int, state: State) -> list[Value]:
    """The parts of `value` when it is taken apart into `count` names."""
    ways: list[list[Value]] = []
    for atom in (as_tuple(each, state) for each in ordered(value)):
        if isinstance(atom, Seq) and len(atom.items) == count:
            ways.append(list(atom.items))
        elif isinstance(atom, Several):
            ways.append([atom.item] * count)
        elif isinstance(atom, Optimizer | Scheduler | Output):
            ways.append([frozenset({atom})] * count)
        elif isinstance(atom, Ref) and _is_plain(state.heap.get(atom.thing), count):
            held = [attribute.value for attribute in state.heap[atom.thing].attributes.values()]
            ways.append(held if len(held) == count else held * count)
        else:
            ways.append([UNKNOWN] * count)
    return [union(parts) for parts in zip(*ways, strict=True)] if ways else [UNKNOWN] * count


def _gathered(value: Value, before: int, behind: int, state: State) -> Value:
    """Rows of which what `*rest` takes is one item: `first, *rest, last = row`; others as they are."""
    found: set[Atom] = set()
    for atom in (as_tuple(each, state) for each in value):
        thing = state.heap.get(atom.thing) if isinstance(atom, Ref) else None
        items = atom.items if isinstance(atom, Seq) else ()
        if thing is not None and _is_plain(thing, len(thing.attributes)) and len(thing.attributes) > 1:
            items = tuple(attribute.value for attribute in thing.attributes.values())
        end = len(items) - behind
        is_told = items and before <= end
        taken: Value = frozenset({Seq(items[before:end])})
        found.add(Seq((*items[:before], taken, *items[end:])) if is_told else atom)
    return frozenset(found)


def as_tuple(atom: Atom, state: State) -> Atom:
    """The fields of a NamedTuple in their order, children that are known one by one; anything else as it is."""
    if isinstance(atom, Submodules) and not atom.deep and listed(atom, state.heap):
        return Seq(tuple(gone_over(atom, state.heap)))
    thing = state.heap.get(atom.thing) if isinstance(atom, Ref) else None
    if (
        thing is None
        or thing.cls is None
        or thing.kind is not Kind.INSTANCE
        or "typing.NamedTuple" not in thing.cls.mro
    ):
        return atom
    held = thing.attributes
    return Seq(tuple(held[name].value if name in held else UNKNOWN for name in thing.cls.fields))


def _is_plain(thing: Thing | None, count: int) -> bool:
    """Whether a list can be taken apart so; one item stands for any number, where a loop made it."""
    if thing is None or (thing.kind is not Kind.LIST and thing.library not in catalog.ROWS):
        return False
    return len(thing.attributes) == count or (thing.kind is Kind.LIST and len(thing.attributes) == 1)


def assign_attribute(
    machine: Machine, owners: Value, name: str, value: Value, node: ast.stmt | ast.expr, state: State
) -> None:
    """`owner.name = value`, for parameters and modules, one or each of them."""
    machine.hand_on(value)
    for atom in ordered(owners):
        if isinstance(atom, Params) and name == "requires_grad":
            set_requires_grad(machine, atom, value, state)
        elif isinstance(atom, Unknown) and name == "training" and value != const(False):
            modes.may_be_put_back(state)  # `module.training = was` on whatever module
        elif isinstance(atom, Ref) and atom.thing in state.heap:
            if name == "training" and (atom.each or _calls_itself(machine.frame)):
                _set_every_flag(machine, atom.thing, value, state)
            else:
                set_attribute(machine, atom.thing, name, value, node, state)


def _calls_itself(frame: Frame) -> bool:
    """Whether a function goes down to the children of what it is given, most likely."""
    node = frame.function
    if not isinstance(node, ast.FunctionDef):
        return False
    calls = [each.func for each in nodes_around(node, [node.name]) if isinstance(each, ast.Call)]
    return any(last_name(func) == node.name and not ast.unparse(func).startswith("super(") for func in calls)


def _set_every_flag(machine: Machine, number: int, value: Value, state: State) -> None:
    """`training = ...` on every module in a loop, or a recursion, is what `train()` does."""
    flag = Flag.TRAIN if value == const(True) else Flag.ASKED if value == const(False) else Flag.UNSURE
    for each in registered_in(number, state.heap):
        machine.set_flag(each, flag, state)


def set_attribute(
    machine: Machine, number: int, name: str, value: Value, node: ast.stmt | ast.expr, state: State
) -> None:
    """`thing.name = value`, with what torch makes of the names that it knows."""
    thing = state.heap[number]
    if thing.cls is not None and (override := thing.cls.find_method("__setattr__")) is not None and state.things(value):
        key = (override.node, number)
        if all(frame.key != key for frame in machine.frames):
            machine.run(override, number, Arguments([const(name), value], {}), state)
            return
    if thing.kind is Kind.MODULE and name == "training":
        # NOTE: the flag of this one module changes and nothing below it does, so its dropout stays as it was.
        if value == const(True):
            machine.events.append(ModeSet(number, machine.span(node), machine.hook, Asked.FLAG))
        return
    if thing.kind is Kind.MODULE and name == "requires_grad":
        return  # a plain attribute on a module: no parameter sees it
    if thing.kind is Kind.MODULE and name in {"train", "eval"} and any(isinstance(a, Function) for a in value):
        state.heap[number] = thing.changed(locked=True)
        return
    if name == "p" and value == const(0) and thing.kind is Kind.MODULE:
        modes.lose_dropout(machine, frozenset({Ref(number)}), state)
        return
    before = thing.attributes.get(name)
    for old in state.things(before.value) if before is not None else []:
        machine.events.extend(Replaced(old, new) for new in state.things(value) if new != old)
    state.heap[number] = thing.with_attribute(name, value, machine.span(node))


def set_plainly(machine: Machine, number: int, given: list[Value], node: ast.expr, state: State) -> Value:
    """`super().__setattr__(name, value)` in a class with a `__setattr__` of its own."""
    set_attribute(machine, number, item_key(given[0]) or "[?]", given[1], node, state)
    return const(None)


def set_requires_grad(machine: Machine, params: Params, value: Value, state: State) -> None:
    """`p.requires_grad = value` for the parameters of a thing."""
    if params.thing not in state.heap:
        return
    known = {bool(atom.value) for atom in value if isinstance(atom, Const)}
    is_told = len(known) == 1 and all(isinstance(atom, Const) for atom in value)
    before = state.heap[params.thing].grad
    is_cut = params.share is Share.CUT and is_told and before in ({Learn.ON}, {Learn.OFF})
    if params.share is not Share.ALL and known == {True} and (not is_told or before == {Learn.ON}):
        learn = Learn.ON
    elif params.share >= Share.PICKED and not is_cut:
        learn = Learn.UNSURE
    elif params.share is not Share.ALL:
        learn = Learn.PARTLY
    else:
        learn = (Learn.ON if True in known else Learn.OFF) if is_told else Learn.UNSURE
    machine.set_grad(params.thing, learn, state)


def uncalled_train(machine: Machine, node: ast.Attribute, state: State) -> None:
    """`module.train` as a statement: the author forgot the call."""
    for number in state.things(machine.evaluate(node.value, state)):
        if state.heap[number].kind is Kind.MODULE:
            machine.events.append(ModeSet(number, machine.span(node), machine.hook, Asked.UNCALLED))


def _assign_item(
    machine: Machine, target: ast.Subscript, value: Value, node: ast.stmt | ast.expr, state: State
) -> None:
    machine.hand_on(value)
    index = machine.evaluate(target.slice, state)
    for number in state.things(machine.evaluate(target.value, state)):
        thing = state.heap[number]
        key = dict_key(index) if thing.kind is Kind.DICT else item_key(index)
        if key is None:
            others = thing.attributes.get("[?]")
            kept = union((others.value, value)) if others else value
            attributes = {**thing.attributes, "[?]": Attribute(kept, machine.span(node))}
            state.heap[number] = thing.changed(attributes=attributes)
        else:
            state.heap[number] = thing.with_attribute(key, value, machine.span(node))


def item_key(value: Value) -> str | None:
    """The key of an item as lists and dicts keep it here; None when it is not known."""
    if len(value) == 1:
        (atom,) = value
        if isinstance(atom, Const) and isinstance(atom.value, str | int):
            return str(atom.value)
    return None


def dict_key(value: Value) -> str | None:
    """The key of an item as dicts keep it here, where a module may be one: `{m: m.training for m in net.modules()}`."""
    (atom,) = value if len(value) == 1 else (None,)
    return f"[{'##' if atom.each else '#'}{atom.thing}]" if isinstance(atom, Ref) else item_key(value)


def key_value(key: str) -> Value:
    """What a key of a dict is."""
    kept = KEPT.fullmatch(key)
    if kept is None:
        return UNKNOWN if key == "[?]" else const(key)
    return frozenset({Ref(int(kept[2]), each=len(kept[1]) > 1)})
