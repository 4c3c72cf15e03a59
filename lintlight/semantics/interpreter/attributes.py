"""What the attributes of a value are: submodules, methods, properties, parts that are made when first asked for."""

from __future__ import annotations

import ast
from dataclasses import replace

from lintlight.semantics.heap import Flag, Kind, State, Thing
from lintlight.semantics.interpreter import expressions, origins, stepping, toplevel
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.interpreter.module_tree import wholes
from lintlight.semantics.knowledge import catalog, members, plain_parts
from lintlight.semantics.resolve import candidates
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.values import (
    UNKNOWN,
    Bound,
    ClassValue,
    External,
    Function,
    ModuleValue,
    Optimizer,
    Output,
    Params,
    Ref,
    Scheduler,
    Several,
    Share,
    SomeFile,
    Super,
    Trainer,
    Value,
    const,
)


def read(machine: Machine, atom: object, name: str, state: State) -> Value:
    """The attribute `name` of one thing that a value may be."""
    if isinstance(atom, Ref):
        return read_thing(machine, atom.thing, name, state) if atom.thing in state.heap else UNKNOWN
    if isinstance(atom, External):
        return machine.project.member(frozenset({atom}), name, machine.frame.module)
    if isinstance(atom, ModuleValue):
        value = machine.project.member(frozenset({atom}), name, machine.frame.module)
        return value if value != UNKNOWN else toplevel.value_of(machine, atom.module, name, state)
    if isinstance(atom, SomeFile):
        return candidates.classes_named(atom.modules, name)
    if isinstance(atom, ClassValue):
        return _read_class(machine, atom, name, state)
    if isinstance(atom, Super):
        return _read_super(atom, name, state)
    if isinstance(atom, Optimizer):
        return frozenset({replace(atom, wrapped=False)}) if name in stepping.INNER else UNKNOWN
    if isinstance(atom, Scheduler):
        return frozenset({Optimizer(wrapped=False)}) if name == "optimizer" else UNKNOWN
    if isinstance(atom, Trainer):
        return _read_trainer(atom, name)
    if isinstance(atom, Output):
        if name in catalog.OF_ITS_SHAPE:
            return UNKNOWN
        if name == "data":
            return machine.detach(atom.forward)
        return frozenset({atom})
    return UNKNOWN


def _read_trainer(atom: Trainer, name: str) -> Value:
    raw: Value = frozenset({Optimizer(wrapped=False)})
    if name == "optimizers":
        return frozenset({Several(raw)})
    if name in {"model", "lightning_module"} and atom.module is not None:
        return frozenset({Ref(atom.module)})
    if name == "callbacks" and atom.callbacks:
        return atom.callbacks
    if name == "strategy":  # it has the same optimizers
        return frozenset({atom})
    if name == "_lightning_optimizers":
        return frozenset({Several(frozenset({Optimizer(wrapped=True)}))})
    return UNKNOWN


def _read_class(machine: Machine, atom: ClassValue, name: str, state: State) -> Value:
    nested = machine.project.member(frozenset({atom}), name, machine.frame.module)
    if nested != UNKNOWN:
        return nested
    method = atom.cls.find_method(name)
    if method is not None:
        return frozenset({method})
    assigned = atom.cls.find_assigned(name)
    return expressions.evaluate_elsewhere(machine, assigned[0].module, assigned[1], state) if assigned else UNKNOWN


def _read_super(atom: Super, name: str, state: State) -> Value:
    thing = state.heap.get(atom.thing)
    if thing is None or thing.cls is None:
        return UNKNOWN
    method = thing.cls.find_method(name, after=atom.after)
    return frozenset({Bound(atom.thing, name, method)})


def read_thing(machine: Machine, number: int, name: str, state: State) -> Value:
    """The attribute `name` of a thing on the heap."""
    thing = state.heap[number]
    found = thing.attributes.get(name)
    if found is not None:
        return found.value
    if thing.cls is not None:
        value = _read_from_class(machine, number, thing.cls, name, state)
        if value is not None:
            return value
    if thing.kind is not Kind.MODULE:
        return UNKNOWN
    if name in members.NOT_A_FORWARD:
        return frozenset({Bound(number, name)})
    if thing.cls is not None and thing.cls.is_lightning and name == "trainer":
        return frozenset({Trainer(module=number)})
    if name in {"weight", "bias"} and thing.library.startswith("torch.nn."):
        return frozenset({Params(number, Share.SOME)})
    if name == "training":
        return const(True) if thing.mode == {Flag.TRAIN} else UNKNOWN if Flag.TRAIN in thing.mode else const(False)
    if name == "_modules":
        parts = {key: held for key, held in thing.attributes.items() if _may_be_a_module(held.value, state)}
        return machine.put(Thing(Kind.DICT, attributes=parts), state)
    if members.is_no_submodule(name):
        return origins.configuration_of(machine, number, state) if name == "config" else UNKNOWN
    if is_opaque(thing):
        return part(machine, number, name, state)
    return UNKNOWN


def _may_be_a_module(value: Value, state: State) -> bool:
    return any(state.heap[number].kind is Kind.MODULE for number in state.things(value))


def is_opaque(thing: Thing) -> bool:
    """Whether a module's own submodules are not in the project's code."""
    return thing.cls is None or thing.cls.loads_in_eval is not None


def _read_from_class(machine: Machine, number: int, cls: ProjectClass, name: str, state: State) -> Value | None:
    method = cls.find_method(name)
    if method is not None:
        if is_property(method):
            held = state.heap[number].attributes.get(_kept_under(method))
            if held is not None:
                return held.value
            return machine.run(method, number, Arguments([], {}), state)
        return frozenset({Bound(number, name, method)})
    assigned = cls.find_assigned(name)
    if assigned is not None:
        return expressions.evaluate_elsewhere(machine, assigned[0].module, assigned[1], state)
    if name == "__class__":
        return frozenset({ClassValue(cls)})
    return None


def _kept_under(method: Function) -> str:
    """The attribute that a property hands out as it is: `return self._cfg`; else empty."""
    match method.node.body:
        case [*docstring, ast.Return(value=ast.Attribute(value=ast.Name(id="self"), attr=name))]:
            return "" if any(not isinstance(each, ast.Expr) for each in docstring) else name
    return ""


def is_property(method: Function) -> bool:
    """Whether a method is read like an attribute."""
    marks = getattr(method.node, "decorator_list", [])
    names = {getattr(mark, "attr", getattr(mark, "id", "")) for mark in marks}
    return not names.isdisjoint({"property", "cached_property", "lazy_property"})


def part(machine: Machine, number: int, name: str, state: State) -> Value:
    """A submodule of a module whose code is not in the project: made when it is first asked for."""
    thing = state.heap[number]
    if name in thing.attributes:
        return thing.attributes[name].value
    if name in {"[0]", "auto_model"} and catalog.loads_when_called(thing.library):
        return frozenset({Ref(number)})  # all that learns in it is in there
    is_plain = name in members.WITHOUT_DROPOUT or _is_plain(number, name, state)
    mode = frozenset[Flag]() if is_plain else thing.mode
    piece = Thing(Kind.MODULE, library=thing.library, mode=mode, grad=thing.grad, part_of=number, lent=thing.lent)
    made = machine.put_part(number, name, piece, state)
    state.heap[number] = state.heap[number].with_attribute(name, made, None)
    return made


def _is_plain(number: int, name: str, state: State) -> bool:
    """Whether a part of a loaded model, or of a part of it, is known to be the same in any mode."""
    *_, whole = wholes(number, state.heap)
    loaded = state.heap[whole]
    return loaded.origin is not None and not loaded.lora and plain_parts.is_plain(loaded.origin, name)
