"""Words that a filter looks for in the keys, and whether anything in the project is called so."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lintlight.semantics.checkpoints.groups import Group
from lintlight.semantics.checkpoints.keys import KeyChange, What
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import Unknown
from lintlight.semantics.walks.timeline import Walk

ASKS = frozenset({"startswith", "endswith"})


def fits_nowhere(change: KeyChange, groups: Iterable[Group], cls: ProjectClass, walk: Walk) -> bool:
    """Whether keys are dropped only by words of which no attribute of the project has any, in parts nobody knows.

    What a library makes has names that the project need not say.
    """
    answers = [(group, change.test(group)) for group in groups]
    open_ones = [group for group, answer in answers if answer is None]
    if change.what is not What.DROPPED or not open_ones or any(answer for _, answer in answers):
        return False
    if any(not _is_anything(group, walk) or change.test(_other_key(group)) is not False for group in open_ones):
        return False
    words = set(_words_at(change, cls))
    return bool(words) and not any(_is_a_name(word, cls) for word in words)


def _is_anything(group: Group, walk: Walk) -> bool:
    """Whether nobody knows who makes what is in the attribute that a group belongs to."""
    attribute = walk.first_step[walk.this].attributes.get(group.path.partition(".")[0])
    return attribute is not None and any(isinstance(atom, Unknown) for atom in attribute.value) and not group.is_seen


def _other_key(group: Group) -> Group:
    """A key in a part that has none of the words."""
    return replace(group, path=f"{group.path}.?", is_one_key=True)


def _words_at(change: KeyChange, cls: ProjectClass) -> Iterator[str]:
    """The words that the method asks for in which keys are dropped."""
    for base in cls.own_bases:
        for method in base.methods.values():
            span = base.module.span(method)
            if span.path == change.span.path and span.start <= change.span.start and change.span.end <= span.end:
                yield from (node.value for node in _asked_for(method) if isinstance(node.value, str))


def _asked_for(code: ast.AST) -> Iterator[ast.Constant]:
    """`"vgg" in key`, `key.startswith("vgg")`."""
    for node in every_node(code):
        match node:
            case ast.Compare(left=ast.Constant() as word, ops=[ast.In() | ast.NotIn()]):
                yield word
            case ast.Call(func=ast.Attribute(attr=attr), args=[given]) if attr in ASKS:
                yield from (each for each in every_node(given) if isinstance(each, ast.Constant))


def _is_a_name(word: str, cls: ProjectClass) -> bool:
    """Whether an attribute, a keyword or a text of the project has a word in it, but for the filters."""
    asking = cls.module
    part = max(word.split("."), key=len)
    return any(_names(module, part) for module in asking.project.modules_with(part, asking))


def _names(module: SourceModule, word: str) -> bool:
    filters = set(_asked_for(module.tree))
    for node in every_node(module.tree):
        match node:
            case ast.Attribute(attr=name) | ast.keyword(arg=str() as name):
                is_one = word in name
            case ast.Constant(value=str() as text):
                is_one = word in text and node not in filters
            case _:
                continue
        if is_one:
            return True
    return False
