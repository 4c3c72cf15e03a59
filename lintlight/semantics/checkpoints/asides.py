"""The parts of expressions that may not run: what they read is there only where they do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lintlight.semantics.resolve.names import every_node


def reads_aside(function: ast.AST) -> Iterator[ast.Subscript]:
    """What a function reads only where another part of the expression says so, or in the turns of a comprehension."""
    for node in every_node(function):
        if isinstance(node, ast.IfExp):
            one, other = list(_reads(node.body)), list(_reads(node.orelse))
            in_both = set(map(ast.dump, one)) & set(map(ast.dump, other))
            yield from (each for each in (*one, *other) if ast.dump(each) not in in_both)
        for part in _after_the_first(node):
            yield from _reads(part)


def _after_the_first(node: ast.AST) -> list[ast.AST]:
    """The parts of an expression but for the one that runs in any case."""
    match node:
        case ast.BoolOp():
            return [*node.values[1:]]
        case ast.DictComp():
            return [node.key, node.value, *node.generators[0].ifs, *node.generators[1:]]
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return [node.elt, *node.generators[0].ifs, *node.generators[1:]]
    return []


def _reads(node: ast.AST) -> Iterator[ast.Subscript]:
    return (each for each in every_node(node) if isinstance(each, ast.Subscript))
