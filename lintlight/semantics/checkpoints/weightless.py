"""Attributes that hold no weights, by what the class itself says of them: tokenizers and the like, and metrics."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lintlight.semantics.heap import Kind
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.knowledge.stateless import is_no_module, only_counts
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import External, Ref
from lintlight.semantics.walks.timeline import Walk


def weightless_parts(walk: Walk, cls: ProjectClass) -> Iterator[str]:
    """The names of the attributes of which nothing is saved."""
    made: dict[str, list[bool]] = {}
    for base in cls.own_bases:
        for name, value in _set_in(base):
            made.setdefault(name, []).append(_is_none(value) or _makes_no_weights(base, value))
    yield from (name for name, answers in made.items() if all(answers))
    heap = walk.first_step
    for name, attribute in heap[walk.this].attributes.items():
        things = [heap[atom.thing] for atom in attribute.value if isinstance(atom, Ref) and atom.thing in heap]
        counts = [each for each in things if each.kind is Kind.INSTANCE and only_counts(each.library)]
        if counts and len(counts) == len(attribute.value):
            yield name


def _set_in(base: ProjectClass) -> Iterator[tuple[str, ast.expr]]:
    """The attributes that methods set, and what they are set to: of several at once, all of it."""
    for node in every_node(base.node):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                stored = (each for each in every_node(target) if isinstance(each, ast.Attribute))
                yield from ((each.attr, node.value) for each in stored if isinstance(each.ctx, ast.Store))


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _makes_no_weights(base: ProjectClass, value: ast.expr) -> bool:
    """`AutoTokenizer.from_pretrained(name)`, `tiktoken.get_encoding(name)`."""
    if not isinstance(value, ast.Call):
        return False
    made = base.module.project.resolve_expression(base.module, value.func)
    return bool(made) and all(isinstance(atom, External) and _has_no_weights(atom.dotted) for atom in made)


def _has_no_weights(dotted: str) -> bool:
    owner = dotted.rpartition(".")[0] if dotted.rpartition(".")[2] in catalog.EVAL_FACTORIES else dotted
    of_models = owner.partition(".")[0] in catalog.EVAL_FACTORY_PACKAGES
    return is_no_module(dotted) or (of_models and owner.endswith(catalog.NOT_A_MODEL))
