"""Comprehensions over keys: the dict or the list of names that they make."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lintlight.model import Span
from lintlight.semantics.checkpoints.groups import Test, always, both, either, equals, negate, unknown
from lintlight.semantics.checkpoints.keys import OPAQUE, Collected, Contents, DictOf, Key, KeyChange, Known, Text, What

if TYPE_CHECKING:
    from lintlight.semantics.checkpoints.keyflow import KeyFlow


def new_dict(flow: KeyFlow, key: ast.expr, generators: list[ast.comprehension], node: ast.expr) -> Known:
    """The dict that a comprehension makes, given the expression for its keys."""
    value, test, sure = _over(flow, key, generators)
    span = flow.span(node)
    if isinstance(value, Text) and isinstance(node, ast.DictComp) and test is always and sure:
        taken = picked(flow, [(key, value, node.value)], span)
        if taken is not None:
            return taken
    if not isinstance(value, Key):
        return DictOf(flow.store.new(Contents(span, known=False)))
    contents = replace(flow.store.source(value.of, span), made=span)
    if test is not always or not sure:
        kept = test if sure else both(test, unknown)
        contents = contents.with_change(KeyChange(What.DROPPED, span, negate(kept), flow.store.sure and sure))
    contents = flow.store.renamed(contents, value.changed, value.prefix, test, span)
    return DictOf(flow.store.new(contents))


def picked(flow: KeyFlow, items: Sequence[tuple[ast.expr, Text, ast.expr]], span: Span) -> DictOf | None:
    """`{name: state[name] for name in ("a", "b")}` and `{"a": state["a"], "b": state["b"]}`: the rest is dropped.

    An item is the expression of a key, the names that it stands for, and the expression of its value. None where the
    values come from elsewhere.
    """
    taken = [value.value for key, _, value in items if isinstance(value, ast.Subscript) and _same(value.slice, key)]
    sources = {flow.evaluate(source) for source in taken}
    source = sources.pop() if len(sources) == 1 and len(taken) == len(items) else None
    if not isinstance(source, DictOf):
        return None
    names = [name for _, text, _ in items for name in text.values]
    dropped = KeyChange(What.DROPPED, span, negate(either(*map(equals, names))), flow.store.sure)
    return DictOf(flow.store.new(replace(flow.store.settled(source.number), made=span).with_change(dropped)))


def _same(one: ast.expr, other: ast.expr) -> bool:
    return ast.dump(one) == ast.dump(other)


def _over(flow: KeyFlow, element: ast.expr, generators: list[ast.comprehension]) -> tuple[Known, Test, bool]:
    """The element of a comprehension, the test of the keys it is made for, and whether nothing else decides."""
    before = dict(flow.names)
    tests: list[Test] = []
    sure = True
    for loop in generators:
        flow.bind_loop(loop.target, loop.iter, flow.evaluate(loop.iter))
        for condition in loop.ifs:
            about_key = flow.reader.mentions_key(condition)
            sure = sure and about_key
            tests += [flow.reader.read(condition)] if about_key else []
    flow.store.tests += tests
    value = flow.evaluate(element)
    del flow.store.tests[len(flow.store.tests) - len(tests) :]
    flow.names.clear()
    flow.names.update(before)
    own = value.test if isinstance(value, Key) else always
    every = [test for test in (own, *tests) if test is not always]
    return value, both(*every) if every else always, sure


def new_list(flow: KeyFlow, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Known:
    """The list of names that a comprehension makes; nothing known where its elements are no keys."""
    value, test, sure = _over(flow, node.elt, node.generators)
    if not isinstance(value, Key):
        return OPAQUE
    known = value.changed is None or value.prefix is None or value.is_whole
    tests = (test if sure else both(test, unknown),)
    return flow.store.new_list(Collected(value.of, tests, known=known, lacks=value.still_lacks))
