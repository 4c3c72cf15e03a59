"""The texts that a class holds: names of parts in its body, or in its constructor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from lintlight.semantics.checkpoints.keys import Known, Pattern, Text, compiled, literal
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import nodes_around

GROWS = frozenset("append extend insert add update remove discard pop clear".split())


def text_of(cls: ProjectClass, name: str) -> Text | Pattern | None:
    """The text, the texts or the pattern that `self.name` always stands for; None where it may be something else."""
    found = cls.find_assigned(name)
    if found is None and not _may_be_stored(cls, name):
        return None
    values = [*stored(cls, name), *([found[1]] if found is not None else [])]
    texts = {literal(value) or compiled(value) if value is not None else None for value in values}
    return texts.pop() if len(texts) == 1 else None


def joined_text(pieces: Sequence[Known]) -> Text | None:
    """`prefix + "head."`, where every piece is one text that is known."""
    texts = [piece.values[0] for piece in pieces if isinstance(piece, Text) and piece.single and len(piece.values) == 1]
    return Text(("".join(texts),)) if len(texts) == len(pieces) else None


def _may_be_stored(cls: ProjectClass, name: str) -> bool:
    """Whether the text of a class's file, or a base's, assigns a literal to an attribute of that name."""
    literal_stored = re.compile(rf"\.{re.escape(name)}\s*(?::[^=\n]*)?=\s*[\[({{\"'rf]")
    return any(literal_stored.search(base.module.code) for base in cls.own_bases)


def stored(cls: ProjectClass, name: str) -> Iterator[ast.expr | None]:
    """What the methods of a class and its bases assign to an attribute; None for what changes it otherwise."""
    for base in cls.own_bases:
        yield from cls.module.project.asked_once(_all_stored_in, base, name)


def _all_stored_in(base: ProjectClass, name: str) -> Sequence[ast.expr | None]:
    return tuple(_stored_in(base, name))


def _stored_in(base: ProjectClass, name: str) -> Iterator[ast.expr | None]:
    for node in nodes_around(base.node, [name]):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr=attribute)]) if attribute == name:
                yield node.value
            case ast.AnnAssign(target=ast.Attribute(attr=attribute)) if attribute == name:
                yield node.value
            case ast.AugAssign(target=ast.Attribute(attr=attribute)) if attribute == name:
                yield None
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=attribute), attr=method)):
                if attribute == name and method in GROWS:
                    yield None
