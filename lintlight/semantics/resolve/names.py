"""Names in code: what imports bind and what expressions are called; the nodes of a tree. Nothing is read from disk."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from keyword import iskeyword

from lintlight.source.outline import may_say

BUILTINS = frozenset(dir(builtins))
"""The names that every file knows."""
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
MOST_PARTS = 50


@dataclass(frozen=True)
class Import:
    """A local name that an import statement makes."""

    local: str
    module: str
    """Absolute dotted module; empty when a relative import leaves the package."""
    name: str | None
    """The name taken out of the module; None for the module itself, `*` for all of them."""


def absolute(package: str, level: int, module: str | None) -> str:
    """The absolute name of a relative import's module. `package` is the package of the importing file."""
    if level == 0:
        return module or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - (level - 1)] if level > 1 else parts
    return ".".join([*kept, module] if module else kept)


def imports_of(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[Import]:
    """The names that one statement binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                yield Import(alias.asname, alias.name, None)
            else:
                top = alias.name.partition(".")[0]
                yield Import(top, top, None)
        return
    module = absolute(package, node.level, node.module)
    for alias in node.names:
        yield Import(alias.asname or alias.name, module, alias.name)


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a file is imported: also those under `if`, `try` and `with`, in order."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.For | ast.While):
            yield from top_level(node.body)
            yield from top_level(node.orelse)
        elif isinstance(node, ast.With):
            yield from top_level(node.body)
        elif isinstance(node, ast.Try | ast.TryStar):
            yield from top_level(node.body)
            for handler in node.handlers:
                yield from top_level(handler.body)
            yield from top_level(node.orelse)
            yield from top_level(node.finalbody)


def last_name(node: ast.AST) -> str:
    """`name` of `name` and of `x.name`; empty for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def dotted_name(text: str) -> ast.expr | None:
    """`package.name` as code; None where the text is no dotted name, or has one of Python's own words in it."""
    if text.count(".") >= MOST_PARTS or not DOTTED.match(text) or any(map(iskeyword, text.split("."))):
        return None
    return ast.parse(text, mode="eval").body


def by_position(spec: ast.arguments) -> list[str]:
    """The parameters that may be given by position, `self` among them, in order."""
    return [each.arg for each in (*spec.posonlyargs, *spec.args)]


def parameter_names(spec: ast.arguments) -> list[str]:
    """The same, and those that are given by name only."""
    return by_position(spec) + [each.arg for each in spec.kwonlyargs]


def names_in(node: ast.AST) -> set[str]:
    """The plain names in code: `model` of `model.bert`."""
    return {each.id for each in every_node(node) if isinstance(each, ast.Name)}


def is_false(node: ast.expr) -> bool:
    """Whether an expression is a plain `False`."""
    return isinstance(node, ast.Constant) and node.value is False


def every_node(root: ast.AST) -> Sequence[ast.AST]:
    """A node and the code below it, in no particular order: `ast.walk` in a fifth of its time.

    What is no code of its own is left out: contexts (`ast.Load`) and operators (`ast.Add`).
    """
    if not isinstance(root, ast.ClassDef | ast.FunctionDef):
        return _every_node(root)
    # NOTE: several questions are asked about each definition, and trees are never changed.
    known: Sequence[ast.AST] | None = getattr(root, "every_node", None)
    if known is None:
        known = root.every_node = _every_node(root)  # type: ignore[union-attr]
    return known


def is_empty_dict(node: ast.AST | None) -> bool:
    """`{}`, `dict()`, `collections.OrderedDict()`: what is to be filled."""
    if isinstance(node, ast.Call):
        return last_name(node.func) in {"dict", "OrderedDict", "UserDict"} and not node.args and not node.keywords
    return isinstance(node, ast.Dict) and not node.keys


def nodes_around(root: ast.AST, words: Collection[str]) -> Iterator[ast.AST]:
    """The code of a definition, but for those parts of a class that cannot have one of `words` in them."""
    if not may_say(root, words):
        return
    parts: Sequence[ast.AST] = [root]
    if isinstance(root, ast.ClassDef):
        parts = [*root.decorator_list, *root.bases, *root.keywords, *root.body]
    for part in parts:
        if may_say(part, words):
            yield from every_node(part)


def _every_node(root: ast.AST) -> Sequence[ast.AST]:
    nodes = [root]
    for node in nodes:
        for name in _CODE_FIELDS[type(node)]:
            value = getattr(node, name, None)
            if type(value) is list:
                nodes += value if None not in value else [item for item in value if item is not None]
            elif value is not None:
                nodes.append(value)
    return nodes


class _CodeFields(dict[type[ast.AST], tuple[str, ...]]):
    """Kind of node -> its fields that hold code, by the grammar that each kind carries: `Name(identifier id, ...)`."""

    _FIELD = re.compile(r"(\w+)[*?]? (\w+)")
    _NO_CODE = frozenset(
        "identifier int string constant expr_context operator cmpop boolop unaryop type_ignore".split()
    )

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        grammar = (kind.__doc__ or "").partition("(")[2]
        found = tuple(name for type_, name in self._FIELD.findall(grammar) if type_ not in self._NO_CODE)
        self[kind] = found
        return found


_CODE_FIELDS = _CodeFields()
