"""`match` as the `if`s that it stands for."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def as_ifs(node: ast.Match) -> list[ast.stmt]:
    """One `if` inside the `else` of another for the cases, the first one outermost."""
    body: list[ast.stmt] = []
    for case in reversed(node.cases):
        test = _test(node.subject, case.pattern)
        body = [ast.If(test if case.guard is None else ast.BoolOp(ast.And(), [test, case.guard]), case.body, body)]
    return body


def captured(node: ast.Match) -> Iterator[str]:
    """The names that its patterns bind."""
    for case in node.cases:
        for each in ast.walk(case.pattern):
            name = each.rest if isinstance(each, ast.MatchMapping) else getattr(each, "name", None)
            if name is not None:
                yield name


def _test(subject: ast.expr, pattern: ast.pattern) -> ast.expr:
    """Whether a pattern fits; the subject compared with itself where that is not told."""
    match pattern:
        case ast.MatchValue(value=value):
            return ast.Compare(subject, [ast.Eq()], [value])
        case ast.MatchSingleton(value=value):
            return ast.Compare(subject, [ast.Is()], [ast.Constant(value)])
        case ast.MatchOr(patterns=patterns):
            return ast.BoolOp(ast.Or(), [_test(subject, each) for each in patterns])
        case ast.MatchAs(pattern=None):
            return ast.Constant(True)
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _test(subject, inner)
    return ast.Compare(subject, [ast.Is()], [subject])
