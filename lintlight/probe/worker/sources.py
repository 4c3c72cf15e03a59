"""The user's own code of a class, as it is written."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from typing import Any, Optional


@functools.lru_cache(maxsize=None)
def source_of(function: Any) -> Optional[ast.FunctionDef]:
    """The definition of a function, if its source is there."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return None
    return next((node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), None)


def defined(cls: Any, method: str, after: Any = None) -> tuple[Any, Optional[ast.FunctionDef]]:
    """The class that defines a method, and the definition; `after` skips the classes up to that one."""
    order = list(cls.__mro__)
    for owner in order[order.index(after) + 1 :] if after in order else order:
        if method in vars(owner):
            return owner, source_of(vars(owner)[method]) if is_users(owner) else None
    return None, None


def is_users(owner: Any) -> bool:
    """Whether a class is written by the user, not by torch or Lightning."""
    return not (owner.__module__ or "builtins").startswith(("torch.", "lightning.", "pytorch_lightning", "builtins"))


def written_in(owner: Any) -> dict[str, ast.FunctionDef]:
    """The functions that the user has written in the body of a class, by their names there."""
    functions = vars(owner) if is_users(owner) else {}
    found = {name: source_of(value) for name, value in functions.items() if inspect.isfunction(value)}
    return {name: definition for name, definition in found.items() if definition is not None}


def definitions_of(cls: Any) -> list[ast.FunctionDef]:
    """The methods that the user has written for a class and its bases."""
    return [definition for owner in cls.__mro__ for definition in written_in(owner).values()]


def method_called(function: ast.expr) -> tuple[Optional[str], bool]:
    """The method of `self` that an expression names, and whether through `super()`; `self(...)` is `forward`."""
    if isinstance(function, ast.Name) and function.id == "self":
        return "forward", False
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self":
        return function.attr, False
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and is_name(function.value.func, "super")
    ):
        return function.attr, True
    return None, False


def is_name(node: ast.expr, name: str) -> bool:
    """Whether an expression is just the name."""
    return isinstance(node, ast.Name) and node.id == name
