"""Methods of lists and dicts."""

from __future__ import annotations

from dataclasses import replace

from lintlight.semantics.heap import Attribute, Kind, State
from lintlight.semantics.interpreter import assignment, statements
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.values import UNKNOWN, Const, Seq, Several, Value, const, union


def method(machine: Machine, number: int, name: str, args: Arguments, state: State) -> Value:
    """`thing.name(...)` where the thing is a list or a dict."""
    thing = state.heap[number]
    values = [attribute.value for attribute in thing.attributes.values()]
    if thing.kind is Kind.LIST:
        if name == "append" and args.positional:
            _extend(number, [args.positional[0]], state)
        elif name == "extend" and args.positional:
            _extend(number, statements.elements(machine, args.positional[0], state), state)
        elif name == "insert" and len(args.positional) > 1:
            _extend(number, [args.positional[1]], state)
        elif name == "clear":
            state.heap[number] = replace(thing, attributes={})
        elif name == "pop":
            return union(values) if values else UNKNOWN
        return const(None)
    if name == "items":
        return frozenset({Seq(tuple(_pairs(thing.attributes)))})
    if name == "values":
        return frozenset({Seq(tuple(values))}) if values else frozenset({Several(UNKNOWN)})
    if name == "keys":
        keys = tuple(map(assignment.key_value, thing.attributes))
        return frozenset({Seq(keys) if keys else Several(UNKNOWN)})
    if name in {"get", "pop", "setdefault"} and args.positional:
        key = assignment.dict_key(args.positional[0])
        if key is not None and key in thing.attributes:
            return thing.attributes[key].value
        return union([*values, *args.positional[1:2]]) if values else UNKNOWN
    if name == "update":
        given = {key: Attribute(value) for key, value in args.keywords.items()}
        for value in args.positional:
            for other in state.things(value):
                given |= state.heap[other].attributes
            if not state.things(value):  # it may say anything of what is known
                thing = replace(thing, attributes={})
                given["[?]"] = Attribute(UNKNOWN)
        state.heap[number] = replace(thing, attributes={**thing.attributes, **given})
        return const(None)
    if name == "copy":
        return machine.put(thing, state)
    if name.startswith("merge_with"):  # OmegaConf's
        state.heap[number] = replace(thing, attributes={"[?]": Attribute(UNKNOWN)})
    return UNKNOWN


TEXT_METHODS = frozenset("split rsplit partition rpartition lower upper strip startswith endswith replace".split())


def text_method(text: Const, name: str, args: Arguments) -> Value:
    """`"literal".name(...)` with literal arguments."""
    given = [atom for value in args.positional for atom in value]
    literal = len(given) == len(args.positional) and all(isinstance(atom, Const) for atom in given)
    if not isinstance(text.value, str) or name not in TEXT_METHODS or not literal or args.keywords:
        return UNKNOWN
    try:
        result = getattr(text.value, name)(*(atom.value for atom in given if isinstance(atom, Const)))
    except (TypeError, ValueError):
        return UNKNOWN
    if isinstance(result, str | bool):
        return const(result, assumed=text.assumed)
    return frozenset({Seq(tuple(const(part, assumed=text.assumed) for part in result))})


def _pairs(attributes: object) -> list[Value]:
    assert isinstance(attributes, dict)
    return [frozenset({Seq((assignment.key_value(key), attribute.value))}) for key, attribute in attributes.items()]


def _extend(number: int, values: list[Value], state: State) -> None:
    attributes = dict(state.heap[number].attributes)
    for value in values:
        attributes[str(len(attributes))] = Attribute(value)
    state.heap[number] = replace(state.heap[number], attributes=attributes)
