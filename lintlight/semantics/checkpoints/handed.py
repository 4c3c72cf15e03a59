"""Whether a call that is handed a checkpoint may run code of the project: its name alone does not say what it does."""

from __future__ import annotations

import ast

from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import External, Function, Value

JUDGED_ELSEWHERE = frozenset({"load_state_dict", "on_load_checkpoint"})
"""Where the class itself has them."""


def may_run_own_code(cls: ProjectClass, here: Function, called: ast.expr) -> bool:
    """Whether what is called in a hook of `cls` is a function or a method of the project, or may be one."""
    match called:
        case ast.Name(id=name):
            is_global = name in here.module.bindings
            return name in local_names(here) or (is_global and not _is_of_library(here.meaning(called)))
        case ast.Attribute(value=ast.Call(func=ast.Name("super"))):
            return False
        case ast.Attribute(value=ast.Name("self"), attr=name):
            return name not in JUDGED_ELSEWHERE and (cls.find_method(name) or cls.find_assigned(name)) is not None
        case ast.Attribute(value=ast.Name(id=name) as owner) if name not in local_names(here):
            if _is_of_library(here.meaning(owner)):
                return False
    return any(isinstance(atom, Function) for atom in here.meaning(called))


def local_names(here: Function) -> set[str]:
    """The names that a function binds itself, or one inside of it."""
    return {name for node in every_node(here.node) if node is not here.node for name in bound_by(node)}


def bound_by(node: ast.AST) -> list[str]:
    """The names that one piece of code gives something to, without what is inside of it."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [each.asname or each.name.partition(".")[0] for each in aliases]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
    return []


def _is_of_library(value: Value) -> bool:
    return bool(value) and all(isinstance(atom, External) for atom in value)
