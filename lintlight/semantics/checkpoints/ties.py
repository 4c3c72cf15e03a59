"""Parameters that have two names: one of them is enough to load what both mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import last_name, nodes_around

TIED = ("weight", "bias")


def tied_keys(cls: ProjectClass) -> set[str]:
    """The keys of parameters that may have two names: `self.head.weight = self.embedding.weight`."""
    found: set[str] = set()
    for base in cls.own_bases:
        found |= _tied_in(base.node, is_class=True)
        for part in base.module.tree.body:
            if not isinstance(part, ast.ClassDef):  # what another class calls `self` is something else
                found |= _tied_in(part, is_class=False)
    return found


def _tied_in(code: ast.AST, *, is_class: bool) -> set[str]:
    found: set[str] = set()
    for node in nodes_around(code, TIED):
        for target, value in _put(node):
            given = [each for each in _may_be(value) if each.attr in TIED]
            if isinstance(target, ast.Attribute) and target.attr in TIED and given:
                names = (ast.unparse(each).partition(".") for each in (target, *given))
                found.update(key for root, _, key in names if root == "self" or not is_class)
    return found


def _put(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a statement puts something into, and what."""
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                    yield from zip(target.elts, value.elts, strict=False)
                yield target, value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value
        case ast.Call(args=[owner, ast.Constant(value=str(name)), value]) if last_name(node.func) == "setattr":
            yield ast.Attribute(owner, name), value


def _may_be(value: ast.expr) -> Iterator[ast.Attribute]:
    """The attributes that an expression may give: either of `a.weight if tie else b.weight`, no `a.weight.clone()`."""
    match value:
        case ast.Attribute(value=owner, attr="data"):
            yield from _may_be(owner)
        case ast.Attribute():
            yield value
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_may_be(body), *_may_be(orelse))
        case ast.BoolOp(values=values):
            yield from (each for one in values for each in _may_be(one))
        case ast.Call(args=[given, *_]) if last_name(value.func) == "Parameter":  # has the same numbers
            yield from _may_be(given)
