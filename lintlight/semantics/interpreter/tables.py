"""Calls that make dicts, and things whose attributes are the entries of one."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from lintlight.semantics.heap import Attribute, Kind, State, Thing
from lintlight.semantics.interpreter import conditions, containers, functions, subscripts
from lintlight.semantics.interpreter.machine import Arguments, Known, Machine
from lintlight.semantics.interpreter.module_tree import listed
from lintlight.semantics.values import UNKNOWN, Assumed, External, Params, Ref, Value

FILLED_LIKE_DICTS = ("builtins.dict", "collections.OrderedDict", "typing.OrderedDict", "collections.UserDict")
WITH_ATTRIBUTES = (
    *("easydict.EasyDict", "addict.Dict", "box.Box", "munch.Munch", "munch.munchify", "munch.Munch.fromDict"),
    *("attrdict.AttrDict", "ml_collections.ConfigDict", "ml_collections.config_dict.ConfigDict", "dotmap.DotMap"),
)


def _dict(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`dict(pairs, **more)`, and the classes that are filled like it."""
    if args.positional and any(isinstance(atom, Params) for atom in args.positional[0]):
        return frozenset(replace(atom, keyed=True) if isinstance(atom, Params) else atom for atom in args.positional[0])
    held: dict[str, Attribute] = {}
    for value in args.positional:
        of_modules = [each for atom in value for each in listed(atom, state.heap) or ()]
        told = {path: Attribute(frozenset({Ref(number)})) for path, number in of_modules}
        held |= told or containers.entries(machine, value, state) or {"[?]": Attribute(UNKNOWN)}
    held |= {name: Attribute(value) for name, value in args.keywords.items()}
    return machine.put(Thing(Kind.DICT, attributes=held), state)


def _default_dict(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`defaultdict(list)`: of what is not in it yet nothing is known, unless a new list is made for each key."""
    made = _dict(machine, Arguments(args.positional[1:], args.keywords), node, state)
    is_of_lists = args.positional[:1] == [frozenset({External("builtins.list")})]
    for number in state.things(made):
        thing = state.heap[number]
        state.heap[number] = (
            thing.changed(library=subscripts.OF_LISTS) if is_of_lists else thing.with_attribute("[?]", UNKNOWN, None)
        )
    return made


def _with_attributes(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`EasyDict(config, **more)`: a copy of a dict, and what is given besides."""
    more = {name: Attribute(value) for name, value in args.keywords.items()}
    given = machine.put(Thing(Kind.DICT, attributes=more), state) | (UNKNOWN if args.open else frozenset())
    if not args.positional:
        return machine.put(Thing(Kind.DICT, attributes=containers.laid_over({}, given, state)), state)
    copied = functions.deepcopied(machine, Arguments(args.positional[:1], {}), node, state)
    for number in state.things(copied):
        held = containers.laid_over(state.heap[number].attributes, given, state)
        state.heap[number] = state.heap[number].changed(attributes=held)
    return copied


def _namespace(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`SimpleNamespace(a=..., b=...)`."""
    if args.positional or (args.open and not args.keywords):
        return UNKNOWN
    written = {keyword.arg for keyword in node.keywords}
    held = {}
    for name, value in args.keywords.items():
        is_told = name in written or not args.open or conditions.assumed(value) is Assumed.BY_CONFIGURATION
        held[name] = Attribute(value if is_told else value | UNKNOWN)
    return machine.put(Thing(Kind.INSTANCE, attributes=held), state)


KNOWN: Mapping[str, Known] = {
    **dict.fromkeys(FILLED_LIKE_DICTS, _dict),
    **dict.fromkeys(WITH_ATTRIBUTES, _with_attributes),
    "collections.defaultdict": _default_dict,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
}
