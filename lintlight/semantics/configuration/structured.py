"""Hydra's structured configs: dataclasses that say what is built, `_target_: str = "package.Class"`, as tables."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lintlight.model import Position, Span
from lintlight.semantics.configuration.tree import OPEN, Leaf, Table, Tree
from lintlight.semantics.resolve.names import every_node

TARGET = "_target_"
MOST_DEPTH = 8


def structured_in(path: Path, text: str) -> Iterator[tuple[str, Table]]:
    """What a Python file says is built: the key under which the program finds it, and the table."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    found = _Found(path)
    found.classes |= {node.name: node for node in tree.body if isinstance(node, ast.ClassDef) and node.decorator_list}
    for node in every_node(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "store":
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            group, stored = given.get("group"), given.get("node")
            if isinstance(group, ast.Constant) and isinstance(stored, ast.Name):
                found.groups.setdefault(str(group.value).rpartition("/")[2], []).append(stored.id)
    for name, node in found.classes.items():
        table = found.table(node, 0)
        for key in found.keys(name) if TARGET in table.items else ():
            yield key, table


@dataclass
class _Found:
    """The dataclasses of a file, and those that are stored under the last part of a group's name."""

    path: Path
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)

    def keys(self, name: str) -> list[str]:
        """The groups that a class is stored in, else the fields of other classes that hold it."""
        stored = [group for group, names in self.groups.items() if name in names]
        held = (each for cls in self.classes.values() for each in cls.body if isinstance(each, ast.AnnAssign))
        return stored or [_name(each.target) for each in held if name in (_name(each.annotation), _made(each))]

    def table(self, cls: ast.ClassDef, depth: int) -> Table:
        """The fields of a class; one without a default that only one class is stored for has that one."""
        items: dict[str, Tree] = {}
        for node in cls.body:
            if isinstance(node, ast.AnnAssign):
                items[_name(node.target)] = self._field(node, depth)
            elif isinstance(node, ast.Assign) and (leaf := _leaf(node.value)) is not None:
                items |= {_name(target): leaf for target in node.targets}
        start = Position(cls.lineno, cls.col_offset + 1)
        return Table(items, Span(self.path, start, Position(start.row, start.column + 1)))

    def _field(self, node: ast.AnnAssign, depth: int) -> Tree:
        default = _keywords(node.value).get("default", node.value)
        if (leaf := _leaf(default)) is not None:
            return leaf
        made = _made(node)
        is_missing = default is None or _name(default) == "MISSING"
        if not made and is_missing:
            stored = self.groups.get(_name(node.target), [])
            made = stored[0] if len(set(stored)) == 1 else _name(node.annotation)
        if made in self.classes and depth < MOST_DEPTH:
            return self.table(self.classes[made], depth + 1)
        return OPEN


def _made(node: ast.AnnAssign) -> str:
    """`field(default_factory=Encoder)`, `Encoder()`."""
    factory = _keywords(node.value).get("default_factory")
    if factory is not None:
        return _name(factory)
    return _name(node.value.func) if isinstance(node.value, ast.Call) and not node.value.keywords else ""


def _keywords(node: ast.expr | None) -> Mapping[str | None, ast.expr]:
    return {each.arg: each.value for each in node.keywords} if isinstance(node, ast.Call) else {}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _leaf(node: ast.expr | None) -> Leaf | None:
    """A literal; None for anything else."""
    value = node.value if isinstance(node, ast.Constant) else ...
    return Leaf(value) if value is None or isinstance(value, str | int | float) else None
