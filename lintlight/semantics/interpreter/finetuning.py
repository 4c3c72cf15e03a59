"""Lightning's `BaseFinetuning`: what its heirs freeze before training, and give gradients again in a later epoch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lintlight.semantics.heap import HOLDERS, Attribute, Kind, Learn, State, Thing, atoms_inside
from lintlight.semantics.interpreter.machine import Arguments, Machine, Time
from lintlight.semantics.interpreter.module_tree import registered_in
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import UNKNOWN, Const, Optimizer, Params, Ref, Submodules, Unknown, Value, const, union

GRADIENTS = {
    "freeze": Learn.OFF,
    "freeze_module": Learn.OFF,
    "make_trainable": Learn.ON,
    "unfreeze_and_add_param_group": Learn.ON,
}
"""Its own methods, and what they make of the modules that they are given; no mode changes."""
BACKBONE = "BackboneFinetuning"
AT = "unfreeze_backbone_at_epoch"


def is_finetuning(cls: ProjectClass | None) -> bool:
    """Whether a class derives from `BaseFinetuning`."""
    return cls is not None and any(isinstance(b, str) and catalog.is_lightning(b, "BaseFinetuning") for b in cls.mro)


def called(cls: ProjectClass, hook: str, module: Value, time: Time) -> Iterator[tuple[str, list[Value]]]:
    """What it calls of its heirs in a hook, and what with; any later epoch comes at the end of the first."""
    optimizer: Value = frozenset({Optimizer(wrapped=False)})
    own = cls.find_method("on_train_epoch_start" if hook == "on_train_epoch_end" else hook)
    if own is not None and not any(isinstance(node, ast.Name) and node.id == "super" for node in every_node(own.node)):
        return
    if hook == "setup":
        yield "freeze_before_training", [module]
    elif hook == "on_train_epoch_start":
        yield "finetune_function", [module, UNKNOWN if time is Time.LATER else const(0), optimizer]
    elif hook == "on_train_epoch_end":
        yield "finetune_function", [module, UNKNOWN, optimizer]


def backbone(args: Arguments, dotted: str) -> Thing:
    """A `BackboneFinetuning` as it is built; by default it is for the tenth epoch."""
    return Thing(Kind.INSTANCE, library=dotted, attributes={AT: Attribute(args.get(0, AT) or const(10))})


def is_backbone(thing: Thing) -> bool:
    """Whether a callback is Lightning's own `BackboneFinetuning`."""
    return thing.cls is None and catalog.is_lightning(thing.library, BACKBONE)


def trained_for(epochs: Value, callbacks: Value, state: State) -> None:
    """A Trainer ends before the epoch that a `BackboneFinetuning` waits for: it does nothing but freeze."""
    last = _number(epochs)
    for atom in list(atoms_inside([callbacks], state, HOLDERS)) if last is not None and last > 0 else ():
        thing = state.heap.get(atom.thing) if isinstance(atom, Ref) else None
        if isinstance(atom, Ref) and thing is not None and is_backbone(thing):
            first = _number(thing.attributes[AT].value) if AT in thing.attributes else None
            if first is not None and last is not None and first >= last:
                state.heap[atom.thing] = thing.changed(attributes={})


def _number(value: Value) -> int | None:
    (atom,) = value if len(value) == 1 else (None,)
    return atom.value if isinstance(atom, Const) and isinstance(atom.value, int) else None


def call_backbone(machine: Machine, callback: Thing, hook: str, module: int, state: State) -> None:
    """What `BackboneFinetuning` does in a hook: the module's `backbone` is frozen, and learns from an epoch on.

    It sets no mode (`tests/evidence/train_overrides.out`).
    """
    held = state.heap[module].attributes.get("backbone")
    first = callback.attributes[AT].value if AT in callback.attributes else None
    now = "on_train_epoch_start" if first == const(0) or machine.time is Time.LATER else "on_train_epoch_end"
    for number in state.things(held.value) if held is not None else ():
        if hook == "setup":
            machine.set_grad(number, Learn.OFF, state)
        elif hook == now and first is not None:
            machine.set_grad(number, Learn.ON, state)
            machine.added.append(frozenset({Params(number)}))


def method(machine: Machine, name: str, args: Arguments, state: State) -> Value | None:
    """One of its own methods, called with one module or several; None for another one."""
    given = args.get(0, "modules") or args.get(0, "module") or UNKNOWN
    if name == "flatten_modules":
        return frozenset(Submodules(number) for number in state.things(given)) or UNKNOWN
    if name in GRADIENTS:
        _set_gradients(machine, name, given, state)
        return UNKNOWN
    return None


def _set_gradients(machine: Machine, name: str, given: Value, state: State) -> None:
    """Freeze or unfreeze what a method is given; which that is may not be known."""
    atoms = list(atoms_inside([given], state, HOLDERS))
    if GRADIENTS[name] is Learn.OFF and any(isinstance(atom, Unknown) for atom in atoms):
        for number in state.things(union(state.locals.values())):
            if state.heap[number].kind is Kind.MODULE:
                _may_be_frozen(number, state)
    for atom in atoms:
        if isinstance(atom, Submodules):
            machine.set_grad(atom.thing, GRADIENTS[name], state)
        elif isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind is Kind.MODULE:
            machine.set_grad(atom.thing, GRADIENTS[name], state)
            if name == "unfreeze_and_add_param_group":
                machine.added.append(frozenset({Params(atom.thing)}))


def _may_be_frozen(module: int, state: State) -> None:
    """Something in a module is frozen, or all of it."""
    for each in registered_in(module, state.heap):
        grad = state.heap[each].grad
        state.heap[each] = state.heap[each].changed(grad=grad if grad == {Learn.OFF} else grad | {Learn.UNSURE})
