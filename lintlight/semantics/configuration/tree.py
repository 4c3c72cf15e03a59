"""A YAML file as plain data with the places of its tables; nothing in it is ever constructed or run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lintlight.model import Span

MOST_BYTES = 512_000
MOST_NODES = 20_000
MOST_AMONG = 6
"""Of so many literals one is kept in mind; one of more is known only at run time."""


@dataclass(frozen=True)
class Leaf:
    """A literal."""

    value: str | int | float | bool | None


@dataclass(frozen=True)
class Open:
    """What is known only at run time; `path` when it is the interpolation `${path}` and nothing else.

    It is one of the literals `among` others, None for one that is left out, where several files say what it may be.
    """

    path: str = ""
    among: frozenset[Leaf | None] = frozenset()


@dataclass(frozen=True)
class Row:
    """A list."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, eq=False)
class Table:
    """A mapping with names as keys, and where it stands."""

    items: Mapping[str, Tree]
    span: Span
    whole: bool = True
    """Whether these are all of its keys."""


Tree = Leaf | Open | Row | Table
OPEN = Open()
LEFT_OUT = Open(among=frozenset({None}))


@dataclass(frozen=True)
class Document:
    """One file: its data, and the line `# @package ...` of Hydra if it has one."""

    path: Path
    root: Table
    package: str


def read_document(path: Path, data: bytes) -> Document | None:
    """The document in a file; None when that is too large, is no YAML, or is not one mapping."""
    if len(data) > MOST_BYTES:
        return None
    # NOTE: most projects have no YAML that matters, and the import takes a tenth of the time of checking a small one.
    from lintlight.semantics.configuration.parsing import document_in

    return document_in(path, data)


def tables(tree: Tree, key: str = "") -> Iterator[tuple[str, Table]]:
    """Every mapping in a tree, each with the key it stands under; those in a list have the key of the list."""
    if isinstance(tree, Table):
        yield key, tree
        for name, item in tree.items.items():
            yield from tables(item, name)
    elif isinstance(tree, Row):
        for item in tree.items:
            yield from tables(item, key)


def find(tree: Tree, path: list[str]) -> Tree:
    """What stands under a dotted path; open when that is not known."""
    for name in path:
        if not isinstance(tree, Table):
            return OPEN
        tree = tree.items.get(name, OPEN)
    return tree


def size(tree: Tree) -> int:
    """How many tables, lists and literals there are in a tree."""
    items = tree.items.values() if isinstance(tree, Table) else tree.items if isinstance(tree, Row) else ()
    return 1 + sum(map(size, items))


def overlaid(one: Tree, other: Tree) -> Tree:
    """A tree with another put over it, mapping by mapping, as OmegaConf merges."""
    if not isinstance(one, Table) or not isinstance(other, Table):
        return other
    items = {**one.items, **{name: overlaid(one.items.get(name, item), item) for name, item in other.items.items()}}
    return Table(items, one.span, one.whole and other.whole)


def merge(one: Tree, other: Tree) -> Tree:
    """What two trees agree on; the rest is open."""
    if one is other or (isinstance(one, Leaf | Open) and one == other and type(one) is type(other)):
        return one
    if isinstance(one, Table) and isinstance(other, Table):
        names = [*one.items, *(name for name in other.items if name not in one.items)]
        apart = _build_different_things(one, other)
        items = {name: merge(_item(one, name, apart), _item(other, name, apart)) for name in names}
        return Table(items, one.span, one.whole and other.whole)
    if isinstance(one, Row) and isinstance(other, Row) and len(one.items) == len(other.items):
        return Row(tuple(merge(a, b) for a, b in zip(one.items, other.items, strict=True)))
    mine, others = _among(one), _among(other)
    return Open(among=mine | others) if mine and others and len(mine | others) <= MOST_AMONG else OPEN


def _build_different_things(one: Table, other: Table) -> bool:
    """Whether what the one builds the other never does: then an argument of the one says nothing of the other's."""
    mine, others = (_among(table.items.get("_target_", OPEN)) for table in (one, other))
    return bool(mine and others) and mine != others


def _item(table: Table, name: str, apart: bool) -> Tree:
    return table.items.get(name, LEFT_OUT if table.whole or apart else OPEN)


def _among(tree: Tree) -> frozenset[Leaf | None]:
    return frozenset({tree}) if isinstance(tree, Leaf) else tree.among if isinstance(tree, Open) else frozenset()
