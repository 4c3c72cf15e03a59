"""What stands under an index or a key."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from lintlight.semantics.heap import Attribute, Kind, State, Thing
from lintlight.semantics.interpreter import assignment, attributes, conditions, containers, numbered, picked
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.interpreter.module_tree import wholes
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve import candidates
from lintlight.semantics.values import (
    UNKNOWN,
    Atom,
    Const,
    ModuleValue,
    Optimizer,
    Output,
    Params,
    Place,
    Ref,
    Scheduler,
    Seq,
    Several,
    Submodules,
    Value,
    union,
)

SOME_PLACE: Value = frozenset({Place()})
OF_LISTS = "collections.defaultdict"
INDEX = re.compile(r"-?[0-9]{1,9}")


def item(machine: Machine, atom: Atom, index: Value, state: State) -> Value:
    """`atom[index]`, for one thing that a value may be."""
    key = assignment.item_key(index)
    atom = assignment.as_tuple(atom, state)
    if isinstance(atom, Seq):
        place = _index(key, len(atom.items))
        return atom.items[place] if place is not None else union(atom.items)
    if isinstance(atom, Several):
        return atom.item
    if isinstance(atom, Output) or (isinstance(atom, Optimizer | Scheduler) and (key is None or INDEX.fullmatch(key))):
        return frozenset({atom})
    if isinstance(atom, Ref) and atom.thing in state.heap:
        if state.heap[atom.thing].kind is Kind.DICT:
            key = assignment.dict_key(index)
        return _item_of_thing(machine, atom.thing, key if index != SOME_PLACE else "?", state)
    if isinstance(atom, Params):
        return frozenset({atom.one()})
    if isinstance(atom, ModuleValue):  # what `globals()` gives
        return attributes.read(machine, atom, key, state) if key is not None else candidates.module_classes(atom.module)
    return UNKNOWN


def sliced(machine: Machine, atom: Atom, node: ast.Slice, state: State) -> Value:
    """`atom[first:last]`, for one thing that a value may be."""
    if parameters := picked.parameters_in(frozenset({atom})):
        is_some = numbered.takes_some(machine, node, parameters, state)
        some = picked.cut(parameters, state) if is_some else frozenset()
        return some or picked.some_of(frozenset({atom}))
    row, ends = _row(atom, state), _ends(node)
    if row and ends is not None and (told := containers.cut(row, ends, state)) is not None:
        return _like(machine, atom, told, state)
    if row and ends is None and not any(containers.stands_for_many(each, state) for each in row):
        return frozenset({Several(union(row))})
    if isinstance(atom, Ref | Submodules) and atom.thing in state.heap and attributes.is_opaque(state.heap[atom.thing]):
        ends = ends or _known_ends(machine, node, state)
        if isinstance(atom, Ref) and ends is not None and _takes_each(ends, atom.thing, state):
            return frozenset({atom})
        some = attributes.part(machine, atom.thing, f"[{ast.unparse(node)}]", state)  # not each of its layers
        return some if isinstance(atom, Ref) else frozenset({Several(some)})
    return item(machine, atom, UNKNOWN, state)


def _takes_each(ends: slice, number: int, state: State) -> bool:
    """Whether a slice of a model's layers is all of them: `[:12]` of a base-sized one."""
    first, last = ends.start or 0, ends.stop
    if ends.step is not None or (first > 0 or (last is not None and last < catalog.BASE_LAYERS)):
        return False
    if first == 0 and last is None:
        return True
    origins = (state.heap[each].origin for each in wholes(number, state.heap))
    names = [origin.checkpoint or "" for origin in origins if origin is not None]
    return (first == 0 or first <= -catalog.BASE_LAYERS) and any(map(catalog.OF_BASE_SIZE.search, names))


def _like(machine: Machine, atom: Atom, items: Sequence[Value], state: State) -> Value:
    """A slice: of one of torch's containers a container, with the same modules in it; of all else a row."""
    thing = state.heap.get(atom.thing) if isinstance(atom, Ref) else None
    if thing is None or thing.kind is not Kind.MODULE:
        return frozenset({Seq(tuple(items))})
    held = {str(place): Attribute(item) for place, item in enumerate(items)}
    return machine.put(Thing(Kind.MODULE, library=thing.library, attributes=held), state)


def _row(atom: Atom, state: State) -> Sequence[Value]:
    """What stands in a list, a tuple or one of torch's containers, in order; nothing where that is not known."""
    if isinstance(atom, Seq):
        return atom.items
    thing = state.heap.get(atom.thing) if isinstance(atom, Ref) and not atom.each else None
    is_row = thing is not None and containers.is_row(thing)
    return [attribute.value for attribute in thing.attributes.values()] if thing is not None and is_row else ()


def _ends(node: ast.Slice) -> slice | None:
    """Where a slice begins and ends, if it says so in numbers."""
    ends = [ast.unparse(each) if each is not None else None for each in (node.lower, node.upper, node.step)]
    if not all(each is None or INDEX.fullmatch(each) for each in ends) or ends[2] == "0":
        return None
    return slice(*(int(each) if each is not None else None for each in ends))


def _known_ends(machine: Machine, node: ast.Slice, state: State) -> slice | None:
    """Where a slice begins and ends, as far as this run may rely on the numbers that its names stand for."""
    written = [each for each in (node.lower, node.upper) if each is not None]
    known = {id(each): _number(machine, each, state) for each in written}
    if node.step is not None or None in known.values():
        return None
    return slice(known.get(id(node.lower)), known.get(id(node.upper)))


def _number(machine: Machine, node: ast.expr, state: State) -> int | None:
    is_negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    named = node.operand if isinstance(node, ast.UnaryOp) and is_negative else node
    value = machine.evaluate(named, state) if isinstance(named, ast.Name | ast.Attribute | ast.Constant) else UNKNOWN
    (atom,) = value if len(value) == 1 else (None,)
    if not isinstance(atom, Const) or type(atom.value) is not int:
        return None
    if conditions.truth(machine, value, ([], []), state) is None:  # another run may be given another number
        return None
    return -atom.value if is_negative else atom.value


def _index(key: str | None, length: int) -> int | None:
    """The place that a key means in a sequence of that length; None for none of it."""
    if key is None or not INDEX.fullmatch(key):
        return None
    return int(key) if -length <= int(key) < length else None


def _new_list(machine: Machine, number: int, key: str | None, state: State) -> Value:
    """What a `defaultdict(list)` makes for a new key; one that is not known may be any."""
    held = state.heap[number].attributes
    if "[?]" in held:
        return held["[?]"].value if key is None else UNKNOWN
    made = machine.put(Thing(Kind.LIST), state)
    state.heap[number] = state.heap[number].with_attribute(key or "[?]", made, None)
    return made


def _item_of_thing(machine: Machine, number: int, key: str | None, state: State) -> Value:
    thing = state.heap[number]
    if key is not None and key in thing.attributes:
        return thing.attributes[key].value
    if thing.library == OF_LISTS:
        return _new_list(machine, number, key, state)
    if key is not None and INDEX.fullmatch(key) and containers.is_row(thing):
        place = _index(key, len(thing.attributes))
        if place is not None:
            return list(thing.attributes.values())[place].value
    if thing.kind is not Kind.MODULE and thing.attributes:
        return union(a.value for a in thing.attributes.values())
    if thing.kind is Kind.MODULE and thing.library.startswith("torch.nn.") and thing.attributes:
        return union(a.value for a in thing.attributes.values())
    return attributes.part(machine, number, f"[{key or ''}]", state) if thing.kind is Kind.MODULE else UNKNOWN
