"""What a call that loads a model says of it: which checkpoint, and which settings it is given."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from lintlight.semantics.heap import Attribute, Kind, Origin, State, Thing
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.interpreter.module_tree import wholes
from lintlight.semantics.knowledge import rates
from lintlight.semantics.values import UNKNOWN, Const, Ref, Value, const

NAME = "_name_or_path"
"""What a configuration of transformers calls the checkpoint that it is loaded from."""


def origin(machine: Machine, receiver: str, args: Arguments, node: ast.Call, state: State) -> Origin:
    """What the call `node` says of the model that it loads."""
    settings = _random(args.keywords)
    configs: list[Thing] = []
    is_known = not args.open
    for atom in args.keywords.get("config", ()):
        thing = state.heap.get(atom.thing) if isinstance(atom, Ref) else None
        if thing is not None:
            configs.append(thing)
        elif atom != Const(None):
            is_known = False
    given = [_settings_in(each) for each in configs]
    for name in sorted({name for each in given for name in each}):
        settings[name] = all(each.get(name, False) for each in given)
    return Origin(
        machine.span(node),
        ast.unparse(node.func),
        receiver,
        checkpoint(args, node),
        is_known and all(NAME in each.attributes for each in configs),
        tuple(_text(each.attributes[NAME].value) for each in configs if NAME in each.attributes),
        tuple(settings.items()),
    )


def _settings_in(config: Thing) -> dict[str, bool]:
    """What a configuration says of what is random."""
    return _random({name: held.value for name, held in config.attributes.items()})


def _random(given: Mapping[str, Value]) -> dict[str, bool]:
    """What has to do with randomness among some settings, and whether it is surely 0."""
    return {name: value == const(0) for name, value in given.items() if rates.is_told(name)}


def checkpoint(args: Arguments, node: ast.Call) -> str | None:
    """The name of what is loaded; of an f-string what it begins with, which mostly says what family it is of."""
    name = _text(args.get(0, "pretrained_model_name_or_path") or UNKNOWN)
    if name is None and node.args and isinstance(node.args[0], ast.JoinedStr):
        first = node.args[0].values[0] if node.args[0].values else None
        return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
    return name


def _text(value: Value) -> str | None:
    (atom,) = value if len(value) == 1 else (None,)
    return atom.value if isinstance(atom, Const) and isinstance(atom.value, str) else None


def configuration(machine: Machine, library: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """A configuration that is loaded from a checkpoint, and what is changed in it."""
    held = {name: Attribute(value) for name, value in args.keywords.items()}
    if not args.open:
        name = checkpoint(args, node)
        held[NAME] = Attribute(UNKNOWN if name is None else const(name))
    return machine.put(Thing(Kind.INSTANCE, library=library, attributes=held), state)


def configuration_of(machine: Machine, number: int, state: State) -> Value:
    """`model.config` of a loaded model, and of its parts: it holds what is set on it afterwards.

    It is no attribute of the model here: nothing in there learns, or has a mode.
    """
    *_, whole = wholes(number, state.heap)
    if state.heap[whole].origin is None or state.heap[whole].cls is not None:
        return UNKNOWN
    config = machine.number_of_part(whole, "config")
    if config not in state.heap:
        state.heap[config] = Thing(Kind.INSTANCE, library="transformers.PretrainedConfig", part_of=whole)
    return frozenset({Ref(config)})


def as_it_runs(number: int, loaded: Origin, heap: Mapping[int, Thing]) -> Origin:
    """The call that loaded a part, and what was set since then on the `config` and is asked for by a forward."""
    *_, whole = (number, *wholes(number, heap))
    configs = [thing for thing in heap.values() if thing.part_of == whole and thing.kind is Kind.INSTANCE]
    late = [(name, zero) for each in configs for name, zero in _settings_in(each).items() if name in rates.READ_LATE]
    return replace(loaded, settings=(*loaded.settings, *late)) if late else loaded
