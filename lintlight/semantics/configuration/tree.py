"""A YAML file as plain data with the places of its tables; nothing in it is ever constructed or run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from lintlight.model import Position, Span

MOST_BYTES = 512_000
MOST_NODES = 20_000
MOST_DEPTH = 40
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
REFERENCE = re.compile(r"\$\{([A-Za-z_][\w.]*)\}\Z")
KNOWN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "map", "seq"))
TRUE = frozenset({"yes", "true", "on"})


@dataclass(frozen=True)
class Leaf:
    """A literal."""

    value: str | int | float | bool | None


@dataclass(frozen=True)
class Open:
    """What is known only at run time; `path` when it is the interpolation `${path}` and nothing else."""

    path: str = ""


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
    try:
        text = data.decode("utf-8-sig")
        node = yaml.compose(text, Loader=LOADER) if _is_shallow(text) else None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        return None
    root = _Reader(path).tree(node, 0) if node is not None else OPEN
    if not isinstance(root, Table):
        return None
    package = re.match(r"\s*#\s*@package[ \t]+(\S+)", text)
    return Document(path, root, package[1] if package else "")


def _is_shallow(text: str) -> bool:
    """Whether no brackets are nested deeper than anyone writes them. NOTE: libyaml's composer overflows the C stack."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH:
            return False
    return True


@dataclass
class _Reader:
    """Turns nodes into data. An alias is one node in several places, so what is visited is counted."""

    path: Path
    visited: int = 0
    above: list[int] = field(default_factory=list)

    def tree(self, node: yaml.Node, depth: int) -> Tree:
        self.visited += 1
        if self.visited > MOST_NODES or depth > MOST_DEPTH or node.tag not in KNOWN_TAGS:
            return OPEN
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self.above:  # an alias to what is around it
            return OPEN
        self.above.append(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return Row(tuple(self.tree(item, depth + 1) for item in node.value))
            return self.table(node, depth) if isinstance(node, yaml.MappingNode) else OPEN
        finally:
            self.above.pop()

    def table(self, node: yaml.MappingNode, depth: int) -> Table:
        items: dict[str, Tree] = {}
        whole = True
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                merged = self.tree(value, depth + 1)
                for each in merged.items if isinstance(merged, Row) else [merged]:
                    if isinstance(each, Table):
                        items = {**each.items, **items}
                    else:
                        whole = False
            elif isinstance(key, yaml.ScalarNode):
                items[key.value] = self.tree(value, depth + 1)
            else:
                whole = False
        return Table(items, self.span(node), whole)

    def span(self, node: yaml.Node) -> Span:
        """The first line of a node, which is what a reader wants to see."""
        mark = node.start_mark
        start = Position(mark.line + 1, mark.column + 1)
        return Span(self.path, start, Position(start.row, start.column + 1))


def _scalar(node: yaml.ScalarNode) -> Tree:
    text: str = node.value
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return Leaf(None)
    if kind == "bool":
        return Leaf(text.lower() in TRUE)
    try:
        if kind == "int":
            return Leaf(int(text.replace("_", ""), 0 if text.lower().startswith(("0x", "0b", "0o")) else 10))
        if kind == "float":
            return Leaf(float(text.replace("_", "")))
    except ValueError:
        return OPEN
    if kind != "str" or text == "???":
        return OPEN
    if "${" in text:
        reference = REFERENCE.match(text)
        return Open(reference[1]) if reference else OPEN
    return Leaf(text)


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
        items = {name: merge(one.items.get(name, OPEN), other.items.get(name, OPEN)) for name in names}
        return Table(items, one.span, one.whole and other.whole)
    if isinstance(one, Row) and isinstance(other, Row) and len(one.items) == len(other.items):
        return Row(tuple(merge(a, b) for a, b in zip(one.items, other.items, strict=True)))
    return OPEN
