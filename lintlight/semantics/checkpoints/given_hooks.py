"""Hooks that are no methods: functions that the body of a class, or its `__init__`, puts in their place."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, last_name, nodes_around
from lintlight.semantics.values import Function

BINDS = frozenset({"MethodType", "partial"})
"""What makes a method of a function and an instance."""


@dataclass(frozen=True)
class GivenHook:
    """What runs as a hook of a class."""

    function: Function | None
    """None where it is not known which."""
    is_given_self: bool = False
    """Whether a plain function gets the module first, as a method does."""


def given_hook(cls: ProjectClass, name: str) -> GivenHook | None:
    """What a class puts in the place of a hook; None where that is a method, or not there at all."""
    bases = [base for base in cls.own_bases if base.module.says(name)]
    assigns = (
        (base, node) for base in bases for node in nodes_around(base.node, [name]) if isinstance(node, ast.Assign)
    )
    bound = [(base, node) for base, node in assigns if _binds(node, name)]
    if len(bound) == 1:
        return _bound(cls, *bound[0])
    if bound:
        return GivenHook(None)
    assigned, method = cls.find_assigned(name), cls.find_method(name)
    if assigned is None:
        return None
    base, value = assigned
    if method is not None and method.owner is not None and method.owner not in base.mro:
        return None
    if isinstance(value, ast.Name) and value.id in base.methods:
        return GivenHook(Function(base.module, base.methods[value.id], base))
    return GivenHook(_function(base, value), is_given_self=True)


def _binds(node: ast.Assign, name: str) -> bool:
    """`self.name = ...`."""
    return any(isinstance(each, ast.Attribute) and ast.unparse(each) == f"self.{name}" for each in node.targets)


def _bound(cls: ProjectClass, base: ProjectClass, node: ast.Assign) -> GivenHook:
    """What `__init__` binds in every case."""
    init = base.methods.get("__init__")
    if init is None or node not in init.body:
        return GivenHook(None)
    inner = {each.name: each for each in every_node(init) if isinstance(each, ast.FunctionDef)}

    def function(value: ast.expr) -> Function | None:
        is_inner = isinstance(value, ast.Name) and value.id in inner
        return Function(base.module, inner[last_name(value)]) if is_inner else _function(base, value)

    match node.value:
        case ast.Attribute(value=ast.Name("self"), attr=name):
            return GivenHook(cls.find_method(name))
        case ast.Call(func=called, args=[value, ast.Name("self")], keywords=[]) if last_name(called) in BINDS:
            return GivenHook(function(value), is_given_self=True)
        case ast.Call(func=ast.Attribute(value=value, attr="__get__"), args=[ast.Name("self"), *_]):
            return GivenHook(function(value), is_given_self=True)
        case value:
            return GivenHook(function(value))


def _function(base: ProjectClass, value: ast.expr) -> Function | None:
    """The function of the project that an expression is."""
    if isinstance(value, ast.Lambda):
        return Function(base.module, value)
    found = base.module.project.resolve_expression(base.module, value, inside=base.qualname)
    return next((atom for atom in found if isinstance(atom, Function)), None) if len(found) == 1 else None
