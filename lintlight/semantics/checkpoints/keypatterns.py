r"""Conditions that ask a pattern: `re.match(r"(lm|teacher)\.", key)`, `SKIP.search(key)`, `fnmatch(key, "lm.*")`."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Callable

from lintlight.semantics.checkpoints.groups import Group, Test, either, starts_with, unknown
from lintlight.semantics.checkpoints.keys import Key, Known, Pattern, Text
from lintlight.semantics.resolve.names import last_name

ASKS = frozenset({"match", "fullmatch", "search"})
BEGINNINGS = re.compile(r"(\^?)(?:(\w+)|\((?:\?:)?(\w+(?:\|\w+)*)\))\\\.(?:\.\*)?")
r"""`^lm\.`, `(lm|teacher)\.`: each key that begins so fits, and no other."""
LOOKS_FURTHER = re.compile(r"\$|\\[ZbB]|\(\?[!=<]")
"""With one of these in it what is behind a beginning that fits matters, too."""
MAY_TAKE_LONG = re.compile(r"[+*}][^()]*\)[+*{]")
"""A repetition of repetitions: to look for one may take as long as it likes."""


def asked_of(node: ast.Call, evaluate: Callable[[ast.expr], Known]) -> Test | None:
    """The test that a call which asks a pattern is; None for any other call."""
    how = last_name(node.func)
    if how in {"fnmatch", "fnmatchcase"} and len(node.args) == 2:
        key, pattern = map(evaluate, node.args)
        return _globbed(pattern) if _is_unchanged(key) else None
    if how not in ASKS or not isinstance(node.func, ast.Attribute):
        return None
    compiled = evaluate(node.func.value)
    given = [compiled, *map(evaluate, node.args)] if isinstance(compiled, Pattern) else [*map(evaluate, node.args)]
    return _fits(given[0], how) if len(given) == 2 and _is_unchanged(given[1]) else None


def _is_unchanged(key: Known) -> bool:
    return isinstance(key, Key) and key.changed is None


def _globbed(pattern: Known) -> Test:
    if not isinstance(pattern, Text) or not pattern.single:
        return unknown
    tests = []
    for text in pattern.values:
        front = text.removesuffix("*")
        is_plain = front != text and not any(mark in front for mark in "*?[")
        tests.append(starts_with(front) if is_plain else _asked(fnmatch.translate(text), "match"))
    return either(*tests)


def _fits(pattern: Known, how: str) -> Test:
    if isinstance(pattern, Pattern):
        return _asked(pattern.text, how)
    is_one = isinstance(pattern, Text) and pattern.single
    return either(*(_asked(text, how) for text in pattern.values)) if isinstance(pattern, Text) and is_one else unknown


def _asked(pattern: str, how: str) -> Test:
    begins = BEGINNINGS.fullmatch(pattern)
    if begins is not None and (how == "match" or (how == "search" and begins[1])):
        return either(*(starts_with(f"{name}.") for name in (begins[2] or begins[3]).split("|")))
    try:
        ask = getattr(re.compile(pattern), how) if not MAY_TAKE_LONG.search(pattern) else None
    except re.error:
        ask = None
    if ask is None:
        return unknown
    is_open = how != "fullmatch" and not LOOKS_FURTHER.search(pattern)

    def test(group: Group) -> bool | None:
        if group.is_one_key:
            return ask(group.start) is not None
        return True if is_open and ask(group.start) is not None else None

    return test
