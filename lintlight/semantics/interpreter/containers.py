"""What lists and dicts hold, torch's own among them, and what their methods do; the methods of texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from lintlight.semantics.heap import Attribute, Kind, State, Thing
from lintlight.semantics.interpreter import assignment, statements
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.order import ordered
from lintlight.semantics.values import (
    UNKNOWN,
    AnyName,
    Assumed,
    Const,
    Ref,
    Seq,
    Several,
    Value,
    assuming,
    const,
    union,
)

Attributes = Mapping[str, Attribute]
MOST_REPEATED = 64
MOST_ITEMS = 512
PASSED = Attribute(UNKNOWN)
"""What `**kwargs` may hold besides: what callers pass by other names. What a dict holds for other reasons is not it."""
STANDS_FOR_LAYERS = re.compile(r"\[(?!-?\d+\])")
"""What an attribute is called that stands for each layer in a list of a library's model, or for some of them."""


def method(machine: Machine, number: int, name: str, args: Arguments, state: State) -> Value:
    """`thing.name(...)` where the thing is a list or a dict."""
    thing = state.heap[number]
    is_row = thing.kind is Kind.LIST or (thing.library.startswith("torch.nn.") and not thing.library.endswith("Dict"))
    known = (LIST_METHODS if is_row else DICT_METHODS).get(name)
    return known(machine, number, args, state) if known is not None else UNKNOWN


def extended(machine: Machine, value: Value, added: Value, state: State) -> bool:
    """`value += added`; whether it is a list, or one of torch's."""
    rows = [n for n in state.things(value) if state.heap[n].kind is Kind.LIST or state.heap[n].library in catalog.ROWS]
    for number in rows:
        _extend(machine, number, Arguments([added], {}), state)
    return bool(rows)


def laid_over(held: Attributes, value: Value, state: State) -> dict[str, Attribute]:
    """`{**held, **value}`: where it is not known what that is, it may say anything of what is held."""
    laid = [state.heap[number].attributes for number in state.things(value)]
    found = dict(held)
    for attributes in laid:
        found.update(attributes)
    if len(laid) < len(value) or any("[?]" in attributes for attributes in laid):
        told = laid[0].keys() if len(laid) == 1 else set[str]()
        for name in found.keys() - told:
            found[name] = Attribute(found[name].value | UNKNOWN)
        found["[?]"] = Attribute(UNKNOWN)
    return found


def laid_together(machine: Machine, left: Value, right: Value, state: State) -> Value | None:
    """`left | right` for dicts; None where one of them is none."""
    if not all(isinstance(a, Ref) and a.thing in state.heap for a in left | right) or not left or not right:
        return None
    if any(state.heap[number].kind is not Kind.DICT for number in state.things(left | right)):
        return None
    held = laid_over(laid_over({}, left, state), right, state)
    return machine.put(Thing(Kind.DICT, attributes=held), state)


def repeated(machine: Machine, row: Value, times: Value, state: State) -> Value | None:
    """`row * times` for lists and tuples; what is not repeated a few times only is held once."""
    (atom,) = row if len(row) == 1 else (None,)
    thing = state.heap.get(atom.thing) if isinstance(atom, Ref) else None
    count = _number(times)
    if isinstance(atom, Seq):
        return frozenset({Seq(atom.items * _few(count, len(atom.items)))})
    if thing is None or thing.kind is not Kind.LIST:
        return None
    held = list(thing.attributes.values())
    return machine.put(Thing(Kind.LIST, attributes=_numbered(held * _few(count, len(held)))), state)


def _few(count: int | None, length: int) -> int:
    return count if count is not None and count * length <= MOST_REPEATED else 1


def _number(value: Value | None) -> int | None:
    (atom,) = value if value is not None and len(value) == 1 else (None,)
    return atom.value if isinstance(atom, Const) and isinstance(atom.value, int) else None


def _numbered(row: list[Attribute]) -> Attributes:
    return {str(place): attribute for place, attribute in enumerate(row)}


def is_row(thing: Thing) -> bool:
    """Whether what a list, or one of torch's containers, holds is known, one by one and in order."""
    if thing.library == "torch.nn.Sequential":  # may name what it holds
        return not any(name.startswith("[") for name in thing.attributes)
    return (thing.kind is Kind.LIST or thing.library in catalog.ROWS) and all(map(str.isdigit, thing.attributes))


def row_of(number: int, state: State) -> list[Attribute] | None:
    """The items of a list in their order; None where that is not known, or one of them stands for many."""
    attributes = state.heap[number].attributes
    if not all(map(str.isdigit, attributes)) or any(stands_for_many(each.value, state) for each in attributes.values()):
        return None
    return list(attributes.values())


def cut(row: Sequence[Value], ends: slice, state: State) -> Sequence[Value] | None:
    """`row[:last]`, where one of the items may stand for many; None where that may cut it in two."""
    many = [place for place, item in enumerate(row) if stands_for_many(item, state)]
    if not many or ends == slice(None):
        return row[ends]
    if ends.start is not None or ends.step is not None or ends.stop is None:
        return None
    is_told = ends.stop <= many[0] if ends.stop >= 0 else len(row) + ends.stop > many[-1]
    return row[ends] if is_told else row if ends.stop >= len(row) - 1 + catalog.BASE_LAYERS else None


def stands_for_many(value: Value, state: State) -> bool:
    """Whether a value may be more things than one: what is not known, or each of the layers of a library's model."""
    for atom in value:
        if isinstance(atom, Several | AnyName) or (isinstance(atom, Ref) and atom.each):
            return True
        whole = state.heap[atom.thing].part_of if isinstance(atom, Ref) and atom.thing in state.heap else None
        if whole is not None and whole in state.heap:
            held = state.heap[whole].attributes.items()
            return any(STANDS_FOR_LAYERS.match(name) and atom in attribute.value for name, attribute in held)
    return False


def _hold(number: int, attributes: Attributes, state: State) -> Value:
    state.heap[number] = state.heap[number].changed(attributes=attributes)
    return const(None)


def _add(number: int, values: list[Value], state: State, *, many: bool = False) -> Value:
    attributes = dict(state.heap[number].attributes)
    for value in values[:MOST_ITEMS]:
        attributes["[?]" if value == UNKNOWN and many else str(len(attributes))] = Attribute(value)
    if len(attributes) > MOST_ITEMS:
        attributes = {"[?]": Attribute(union(attribute.value for attribute in attributes.values()))}
    return _hold(number, attributes, state)


def _append(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    return _add(number, args.positional[:1], state)


def _extend(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    values = statements.elements(machine, args.positional[0], state) if args.positional else []
    return _add(number, values, state, many=True)


def _insert(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    place, row = _number(args.get(0, "index")), row_of(number, state)
    value = args.get(1, "module") or UNKNOWN
    if place is None or row is None:
        return _add(number, [value], state)
    row.insert(place, Attribute(value))
    return _hold(number, _numbered(row), state)


def _remove(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    row = row_of(number, state) or []
    same = [place for place, attribute in enumerate(row) if attribute.value in args.positional[:1]]
    if same and len(state.things(row[same[0]].value)) == 1:
        _take(number, same[0], row, state)
    return const(None)


def _at_first(args: Arguments) -> Arguments:
    return Arguments([const(0), *args.positional], args.keywords)


def _pop_item(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    row = row_of(number, state) or []
    place = _number(args.get(0, "index") or const(-1))
    if place is not None and -len(row) <= place < len(row) and not machine.frame.rounds:
        value = row[place].value
        _take(number, place, row, state)
        return value
    return _any_of(number, state)


def _take(number: int, place: int, row: list[Attribute], state: State) -> None:
    """Take an item out of a list; the only one there is may stand for many that a loop put there."""
    if len(row) > 1:
        del row[place]
        _hold(number, _numbered(row), state)


def _any_of(number: int, state: State) -> Value:
    attributes = state.heap[number].attributes
    return union(attribute.value for attribute in attributes.values()) if attributes else UNKNOWN


def _reverse(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    row = row_of(number, state)
    return _hold(number, _numbered(row[::-1]), state) if row is not None else const(None)


def _clear(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    return _hold(number, {}, state)


def _copy(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    return machine.put(state.heap[number], state)


def _none(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    return const(None)


def _items(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    held = state.heap[number].attributes
    return frozenset({Seq(tuple(frozenset({Seq((assignment.key_value(k), a.value))}) for k, a in held.items()))})


def _values(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    values = tuple(attribute.value for attribute in state.heap[number].attributes.values())
    return frozenset({Seq(values) if values else Several(UNKNOWN)})


def _keys(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    keys = tuple(map(assignment.key_value, state.heap[number].attributes))
    return frozenset({Seq(keys) if keys else Several(UNKNOWN)})


def _get(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    key = assignment.dict_key(args.positional[0]) if args.positional else None
    attributes = state.heap[number].attributes
    if key is not None and key in attributes:
        return attributes[key].value
    if key is not None and attributes.get("[?]") is PASSED and machine.defaults and (default := args.get(1, "default")):
        return _if_nobody_passes(machine, key, default)
    values = [attribute.value for attribute in attributes.values()]
    return union([*values, *args.positional[1:2]]) if values and args.positional else UNKNOWN


def _if_nobody_passes(machine: Machine, name: str, default: Value) -> Value:
    """`kwargs.get(name, default)`: as a parameter with a default, but for what a command line says of its name."""
    if {type(atom.value) for atom in default if isinstance(atom, Const)} & {bool}:  # it may decide without a branch
        machine.relied = machine.by_configuration = True
    option = machine.project.option_default(name, machine.frame.module) if machine.options else UNKNOWN
    return option if option != UNKNOWN else assuming(default, Assumed.BY_OPTION)


def _pop_key(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    value = _get(machine, number, args, state)
    key = assignment.dict_key(args.positional[0]) if args.positional else None
    kept = {name: attribute for name, attribute in state.heap[number].attributes.items() if name != key}
    _hold(number, kept, state)
    return value


def _set_default(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    key, given = assignment.dict_key(args.get(0, "key") or UNKNOWN), args.get(1, "default") or const(None)
    attributes = state.heap[number].attributes
    if key is None or key not in attributes:
        before = [attributes["[?]"].value] if "[?]" in attributes else []
        _hold(number, {**attributes, key or "[?]": Attribute(union([*before, given]))}, state)
    return _get(machine, number, args, state)


def _update(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    thing = state.heap[number]
    attributes = dict(thing.attributes)
    for value in args.positional:
        given = entries(machine, value, state)
        if given is None and thing.kind is not Kind.MODULE:  # it may say anything of what is known
            attributes.clear()
        attributes |= given if given is not None else {"[?]": Attribute(UNKNOWN)}
    return _hold(number, attributes | {key: Attribute(value) for key, value in args.keywords.items()}, state)


def entries(machine: Machine, value: Value, state: State) -> Attributes | None:
    """What a dict, or a row of pairs, makes of a dict that takes it over; None for anything."""
    found: dict[str, Attribute] = {}
    known = False
    for atom in ordered(value):
        thing = state.heap.get(atom.thing) if isinstance(atom, Ref) else None
        known |= thing is not None or isinstance(atom, Seq)
        if thing is not None and thing.kind is not Kind.LIST:
            found |= thing.attributes
        elif thing is not None or isinstance(atom, Seq):
            for pair in statements.elements(machine, frozenset({atom}), state):
                key, item = assignment.unpack(pair, 2, state)
                found[assignment.dict_key(key) or "[?]"] = Attribute(item)
    return found if known else None


def _merge_with(machine: Machine, number: int, args: Arguments, state: State) -> Value:
    """OmegaConf's: it may say anything of what is known."""
    _hold(number, {"[?]": Attribute(UNKNOWN)}, state)
    return UNKNOWN


Method = Callable[[Machine, int, Arguments, State], Value]
LIST_METHODS: Mapping[str, Method] = {
    "append": _append,
    "appendleft": lambda machine, number, args, state: _insert(machine, number, _at_first(args), state),
    "popleft": lambda machine, number, args, state: _pop_item(machine, number, _at_first(args), state),
    "extend": _extend,
    "insert": _insert,
    "remove": _remove,
    "pop": _pop_item,
    "reverse": _reverse,
    "sort": _none,
    "clear": _clear,
    "copy": _copy,
}
DICT_METHODS: Mapping[str, Method] = {
    "items": _items,
    "values": _values,
    "keys": _keys,
    "get": _get,
    "pop": _pop_key,
    "setdefault": _set_default,
    "update": _update,
    "clear": _clear,
    "copy": _copy,
    **dict.fromkeys(("merge_with", "merge_with_cli", "merge_with_dotlist"), _merge_with),
}


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
