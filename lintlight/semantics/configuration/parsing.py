"""YAML's nodes turned into plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from lintlight.model import Position, Span
from lintlight.semantics.configuration.tree import MOST_NODES, OPEN, Document, Leaf, Open, Row, Table, Tree

MOST_DEPTH = 40
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
REFERENCE = re.compile(r"\$\{([A-Za-z_][\w.]*)\}\Z")
KNOWN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "map", "seq"))
TRUE = frozenset({"yes", "true", "on"})


def document_in(path: Path, data: bytes) -> Document | None:
    """The document in a file's bytes; None when they are no YAML, or not one mapping."""
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
