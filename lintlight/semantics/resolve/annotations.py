"""What the annotations of a constructor say of its arguments: which are modules, and which surely are none."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.values import Atom, ClassValue, External

NO_MODULES = ("typing.Callable", "collections.abc.Callable", "torch.Tensor", "builtins.")
AROUND = frozenset("Callable Dict Iterable List Mapping Sequence Tuple Type dict list tuple type".split())
"""What is made of modules, or makes some, and is none."""

PLAIN_TYPES = frozenset("bool bytes float int str".split())
MAYBE = frozenset({"Optional", "Union"})


def annotated_arguments(cls: ProjectClass, fits: Callable[[ProjectClass, ast.expr], bool]) -> set[str]:
    """The arguments of a class's own constructor with an annotation that fits."""
    if "__init__" not in cls.methods:
        return set()
    spec = cls.methods["__init__"].args
    every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
    return {each.arg for each in every if each.annotation is not None and fits(cls, each.annotation)}


def is_module(cls: ProjectClass, annotation: ast.expr) -> bool:
    """`nn.Module`, `Optional[nn.Module]`, a class of modules of the project."""
    return not _is_around(annotation) and any(
        (isinstance(atom, ClassValue) and atom.cls.is_module)
        or (isinstance(atom, External) and catalog.is_torch_module_class(atom.dotted))
        for atom in _meant(cls, annotation)
    )


def is_any_module(cls: ProjectClass, annotation: ast.expr) -> bool:
    """`nn.Module`: whatever module a caller likes."""
    anything = External("torch.nn.Module")
    return not _is_around(annotation) and any(atom == anything for atom in _meant(cls, annotation))


def is_no_module(cls: ProjectClass, annotation: ast.expr) -> bool:
    """`Callable[[Tensor], Tensor]`, a class of the project that is none."""
    return not is_module(cls, annotation) and any(
        (isinstance(atom, ClassValue) and "?" not in atom.cls.mro)
        or (isinstance(atom, External) and atom.dotted.startswith(NO_MODULES))
        for atom in _meant(cls, annotation)
    )


def is_plain_type(cls: ProjectClass, annotation: ast.expr) -> bool:
    """`float`, `int | None`, `Optional[str]`: a number or a text, and nothing but that."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value in PLAIN_TYPES - cls.module.bindings.keys()
    names = [node for node in every_node(annotation) if isinstance(node, ast.Name | ast.Attribute)]
    told = {last_name(node) for node in names if last_name(node) not in MAYBE and last_name(node) != "typing"}
    return bool(told) and told <= PLAIN_TYPES - cls.module.bindings.keys()


def _is_around(annotation: ast.expr) -> bool:
    return any(last_name(node) in AROUND for node in every_node(annotation))


def _meant(cls: ProjectClass, annotation: ast.expr) -> Iterator[Atom]:
    """All that is named in an annotation."""
    for node in every_node(annotation):
        if isinstance(node, ast.Name | ast.Attribute):
            yield from cls.module.project.resolve_expression(cls.module, node)
