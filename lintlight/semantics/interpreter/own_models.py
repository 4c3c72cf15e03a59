"""The `from_pretrained` that models of the project inherit: called by the class, by `super()`, or on an instance."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lintlight.semantics.heap import State, Thing
from lintlight.semantics.interpreter import following, library
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import Import, every_node
from lintlight.semantics.values import UNKNOWN, ClassValue, External, Value

WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
"""A word of a name: `model` and `cls` of `model_cls`, `Model` and `Class` of `ModelClass`."""


def owners_by_name(machine: Machine, owners: Value, node: ast.Call) -> Value:
    """What `from_pretrained` is called on where a class is picked by its name: of those guessed the ones that load.

    It may be a library's model, too, where their file imports one and the words say so, or nothing else is imported.
    """
    guessed = frozenset(atom for atom in owners if isinstance(atom, ClassValue) and atom.guessed)
    if not guessed:
        return owners
    places = [ast.unparse(place).rpartition(".")[2] for place in _places(machine, node)]
    files = {atom.cls.module for atom in guessed}
    if any(catalog.is_no_model(place.lower()) for place in places) or not any(map(_imports_a_model, files)):
        return owners
    is_said = any(word.lower() in catalog.MODEL_WORDS for place in places for word in WORD.findall(place))
    if not is_said and any(name.endswith(catalog.NOT_A_MODEL) for file in files for name in file.bindings):
        return owners
    return owners - {atom for atom in guessed if not _loads(atom.cls)} | {External(catalog.ANY_MODEL)}


def _places(machine: Machine, node: ast.Call) -> Iterator[ast.expr]:
    """Where words tell what is loaded: the receiver, by what it is picked, and what is assigned."""
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else node
    yield receiver
    around = machine.frame.function or machine.frame.module.tree
    for each in every_node(around):
        if isinstance(each, ast.Assign) and any(inner is node for inner in _called(each.value)):
            yield from each.targets
        elif isinstance(each, ast.Assign) and isinstance(receiver, ast.Name):
            is_it = any(isinstance(target, ast.Name) and target.id == receiver.id for target in each.targets)
            yield from [each.value] if is_it else []


def _called(node: ast.expr) -> Iterator[ast.expr]:
    """A call, and what its method is called on: `a.f().g()` and `a.f()`."""
    yield node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _called(node.func.value)


def _imports_a_model(module: SourceModule) -> bool:
    found = (atom for name in module.bindings for atom in module.lookup(name))
    return any(isinstance(atom, External) and catalog.is_called_a_model(atom.dotted) for atom in found)


def _loads(cls: ProjectClass) -> bool:
    return cls.loads_in_eval is not None or "?" in cls.mro or cls.find_method("from_pretrained") is not None


def load(machine: Machine, cls: ProjectClass, receiver: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """A new instance of a class, loaded by the library class that it inherits from."""
    made = following.instantiate(machine, cls, Arguments([], {}, open=True), node, state, pretrained=True)
    return library.mark_loaded(machine, made, receiver, args, node, state, cls)


def is_super_of_a_class(machine: Machine, node: ast.expr) -> bool:
    """`super()` in a classmethod."""
    is_super = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    return is_super and machine.frame.this is None and machine.frame.owner is not None


def load_by_super(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`super().from_pretrained(...)` in a classmethod: the class itself, loaded by the library."""
    cls = machine.frame.owner
    if cls is None or cls.loads_in_eval is None:
        return UNKNOWN
    return load(machine, cls, cls.loads_in_eval, args, node, state)


def load_by_instance(
    machine: Machine, thing: Thing, name: str, args: Arguments, node: ast.Call, state: State
) -> Value | None:
    """`model.from_pretrained(...)`: another model of the same class, in eval mode; None for what has no such method."""
    cls = thing.cls or _plain_class(machine, thing)
    if cls is not None and cls.loads_in_eval is not None:
        return load(machine, cls, cls.loads_in_eval, args, node, state)
    if thing.cls is None and catalog.is_model_class(thing.library):
        return library.call_external(machine, f"{thing.library}.{name}", args, node, state)
    return None


def _plain_class(machine: Machine, thing: Thing) -> ProjectClass | None:
    """The class of the project whose inside tells nothing, of which a thing only has the name."""
    package, _, name = thing.library.rpartition(".")
    found = machine.project.resolve_import(machine.frame.module, Import(name, package, name)) if package else UNKNOWN
    return next((atom.cls for atom in found if isinstance(atom, ClassValue) and atom.cls.name == thing.library), None)
