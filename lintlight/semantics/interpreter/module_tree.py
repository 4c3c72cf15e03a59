"""The tree of modules on a heap: what is inside of what, and under which path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lintlight.semantics.heap import Kind, Learn, Thing
from lintlight.semantics.knowledge.catalog import CONTAINERS
from lintlight.semantics.order import ordered
from lintlight.semantics.values import UNKNOWN, Atom, Ref, Seq, Submodules, Value, const

MOST_CHILDREN = 16
Modules = Mapping[int, Thing]


def submodules(
    this: int, heap: Modules, is_open: Callable[[int], bool] | None = None
) -> Iterator[tuple[tuple[str, ...], int]]:
    """The modules inside of one, each once with the shortest path to it; those nearer to it come first.

    Into one that is not open nobody looks.
    """
    seen = {this}
    todo: list[tuple[tuple[str, ...], int]] = [((), this)]
    while todo:
        path, number = todo.pop(0)
        for name, attribute in heap[number].attributes.items():
            for atom in ordered(attribute.value):
                if not isinstance(atom, Ref) or atom.thing in seen or atom.thing not in heap:
                    continue
                if heap[atom.thing].kind is Kind.MODULE:
                    seen.add(atom.thing)
                    if is_open is None or is_open(atom.thing):
                        todo.append(((*path, name), atom.thing))
                    yield (*path, name), atom.thing


def listed(atom: Atom, heap: Modules) -> list[tuple[str, int]] | None:
    """The modules that `named_children()` or `named_modules()` lists, by their paths; None where not each is known."""
    if not isinstance(atom, Submodules) or atom.thing not in heap or not _is_known(heap[atom.thing]):
        return None
    if atom.deep:
        return [(".".join(path), number) for path, number in submodules(atom.thing, heap)]
    return [(".".join(path), number) for path, number in submodules(atom.thing, heap) if len(path) == 1]


def gone_over(atom: Submodules, heap: Modules) -> list[Value]:
    """What a loop over the modules of a module binds: each child where all are known, else one thing for all."""
    children = listed(atom, heap) if not atom.deep else None
    if children is None or not 0 < len(children) <= MOST_CHILDREN:
        every: Value = frozenset({Ref(atom.thing, each=True)})
        return [frozenset({Seq((UNKNOWN, every))}) if atom.names else every]
    each = [(const(name), frozenset[Atom]({Ref(number)})) for name, number in children]
    return [frozenset({Seq(pair)}) if atom.names else pair[1] for pair in each]


def _is_known(thing: Thing) -> bool:
    """Whether what is inside of a module is what its own code put there."""
    return (thing.cls is not None or thing.library in CONTAINERS) and "[?]" not in thing.attributes


def children(number: int, heap: Modules) -> Iterator[int]:
    """The registered submodules of a module: attributes that are modules, not those in plain lists."""
    for attribute in heap[number].attributes.values():
        for atom in attribute.value:
            if isinstance(atom, Ref) and atom.thing in heap and heap[atom.thing].kind is Kind.MODULE:
                yield atom.thing


def registered_in(number: int, heap: Modules) -> list[int]:
    """A module and all that are registered in it, however deep, each once."""
    seen: dict[int, None] = {}
    todo = [number]
    while todo:
        current = todo.pop()
        if current not in seen and current in heap:
            seen[current] = None
            todo.extend(children(current, heap))
    return list(seen)


def everything_in(number: int, heap: Modules) -> set[int]:
    """A thing and all that can be reached from it through attributes, modules or not."""
    seen: set[int] = set()
    todo = [number]
    while todo:
        current = todo.pop()
        if current in seen or current not in heap:
            continue
        seen.add(current)
        for attribute in heap[current].attributes.values():
            todo.extend(a.thing for a in attribute.value if isinstance(a, Ref))
    return seen


def one_is_in_other(one: int, other: int, heap: Modules) -> bool:
    """Whether two things are the same, or one of them can be reached from the other."""
    return one in everything_in(other, heap) or other in everything_in(one, heap)


def wholes(number: int, heap: Modules) -> Iterator[int]:
    """A module of a library, the one that it is a part of, and so on."""
    current: int | None = number
    while current is not None and current in heap:
        yield current
        current = heap[current].part_of


def module_at(this: int, path: str, heap: Modules) -> int | None:
    """The module under a dotted path; None unless it is exactly one."""
    current = this
    for name in path.split("."):
        attribute = heap[current].attributes.get(name)
        found = [atom.thing for atom in attribute.value if isinstance(atom, Ref)] if attribute is not None else []
        if len(found) != 1 or found[0] not in heap:
            return None
        current = found[0]
    return current if heap[current].kind is Kind.MODULE else None


def learns_with(number: int, whole: int, heap: Modules) -> frozenset[Learn]:
    """What of a whole learns where one part of it does, or does not."""
    off, before = frozenset({Learn.OFF}), heap[whole].grad
    if before in (off, {Learn.IN_PARTS}):
        parts = [heap[each].grad for each in children(whole, heap)]
        return off if parts and all(grad == off for grad in parts) else frozenset({Learn.IN_PARTS})
    may_be_frozen = before == {Learn.ON, Learn.OFF} and heap[number].grad == off
    return frozenset({Learn.PARTLY, Learn.OFF} if may_be_frozen else {Learn.PARTLY})
