"""The tree of modules on a heap: what is inside of what, and under which path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lintlight.semantics.heap import Kind, Thing
from lintlight.semantics.values import Ref, ordered

Modules = Mapping[int, Thing]


def submodules(this: int, heap: Modules) -> Iterator[tuple[tuple[str, ...], int]]:
    """The modules inside of one, each once with the shortest path to it; those nearer to it come first."""
    seen = {this}
    todo: list[tuple[tuple[str, ...], int]] = [((), this)]
    while todo:
        path, number = todo.pop(0)
        for name, attribute in heap[number].attributes.items():
            for atom in ordered(attribute.value):
                if isinstance(atom, Ref) and atom.thing not in seen and _is_module(atom.thing, heap):
                    seen.add(atom.thing)
                    todo.append(((*path, name), atom.thing))
                    yield (*path, name), atom.thing


def below(number: int, heap: Modules) -> set[int]:
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


def _is_module(number: int, heap: Modules) -> bool:
    return number in heap and heap[number].kind is Kind.MODULE
