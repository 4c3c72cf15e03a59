"""Code that reads a whole configuration: `@hydra.main`, `OmegaConf.load(path)`, `yaml.safe_load(open(path))`."""

from __future__ import annotations

import ast

from lintlight.semantics.configuration import whole
from lintlight.semantics.heap import Attribute, Kind, State, Thing
from lintlight.semantics.interpreter import assignment, configured
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.values import UNKNOWN, File, Function, Value

OTHERS = "[?]"
"""The key of what is not known by name."""


def handed_to(machine: Machine, function: Function, parameter: str, state: State) -> Value:
    """What Hydra hands to a function that nobody gives anything; unknown for any other parameter than its first."""
    spec = function.node.args
    if not spec.args or spec.args[0].arg != parameter:
        return UNKNOWN
    tree = whole.composed(function.module, function.node)
    return configured.put(machine, tree, state) if tree is not None else UNKNOWN


def opened(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`open(path)`."""
    path = assignment.item_key(args.get(0, "file") or UNKNOWN)
    return frozenset({File(path)}) if path is not None else UNKNOWN


def load_path(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`OmegaConf.load(path)`."""
    return _said_in(machine, assignment.item_key(args.get(0, "file_") or UNKNOWN), state)


def load_stream(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`yaml.safe_load(stream)`."""
    files = [atom.path if isinstance(atom, File) else None for atom in args.get(0, "stream") or UNKNOWN]
    return _said_in(machine, files[0] if len(files) == 1 else None, state)


def _said_in(machine: Machine, path: str | None, state: State) -> Value:
    tree = whole.in_file(machine.frame.module, path) if path is not None else None
    return configured.put(machine, tree, state) if tree is not None else UNKNOWN


def from_command_line(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`OmegaConf.from_cli()`: nothing, as long as nobody writes anything there."""
    return machine.put(Thing(Kind.DICT, attributes={OTHERS: Attribute(UNKNOWN)}), state)


def merged(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`OmegaConf.merge(config, from_cli())`: what is known of them, where it is one."""
    if not all(state.things(value) for value in args.positional):
        return UNKNOWN
    things = [state.heap[number] for value in args.positional for number in state.things(value)]
    known = [thing for thing in things if thing.attributes.keys() - {OTHERS}]
    return machine.put(known[0], state) if len(known) == 1 else UNKNOWN


def updated(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`OmegaConf.update(config, key, value)`: anything in it may be new."""
    for number in state.things(args.get(0, "cfg") or UNKNOWN):
        state.heap[number] = state.heap[number].changed(attributes={OTHERS: Attribute(UNKNOWN)})
    return UNKNOWN
