"""Tables that decorators fill: `@register("name")` puts a class into a dict that stands empty in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import Import, every_node, is_empty_dict, last_name, top_level
from lintlight.semantics.values import ClassValue, Function

Registered = ClassValue | Function


def registered(module: SourceModule, name: str) -> dict[str, Registered]:
    """What decorators put into the table `name` of a file, each under its key."""
    if name not in module.tables:
        module.tables[name] = {}
        for word, is_mark in _marks(module, name):
            for user in module.project.modules_with(f"@{word}", module):
                if user is module or not (_has_its_own(user, word) or _is_of_another(user, word, module)):
                    module.tables[name].update(_entries(user, word, is_mark))
    return {key: entry for key, entry in module.tables[name].items() if isinstance(entry, Registered)}


def tables_of(cls: ProjectClass) -> tuple[str, ...]:
    """The names of the tables that the decorators of a class put it into."""
    found: dict[str, None] = {}
    for mark in cls.node.decorator_list:
        func = mark.func if isinstance(mark, ast.Call) else mark
        if isinstance(func, ast.Attribute) and func.attr.startswith("register"):
            found[last_name(func.value)] = None
        for atom in cls.module.project.resolve_expression(cls.module, func):
            if isinstance(atom, Function):
                found |= dict.fromkeys(_filled_by(atom.node))
    return tuple(found)


def _has_its_own(user: SourceModule, word: str) -> bool:
    """Whether a file means something of its own by the name of a decorator."""
    return any(not isinstance(binder, Import) for binder in user.bindings.get(word, ()))


def _is_of_another(user: SourceModule, word: str, module: SourceModule) -> bool:
    """Whether the decorator that a file imports is surely a function of another file than the table's."""
    meant = user.lookup(word)
    return bool(meant) and all(isinstance(atom, Function) and atom.module.path != module.path for atom in meant)


def _marks(module: SourceModule, name: str) -> Iterator[tuple[str, bool]]:
    """The decorators that fill the table: functions beside it, or methods of the table itself."""
    binders = module.bindings.get(name, [])
    value = binders[0].value if len(binders) == 1 and isinstance(binders[0], ast.Assign | ast.AnnAssign) else None
    if is_empty_dict(value):
        for node in top_level(module.tree.body):
            if isinstance(node, ast.FunctionDef) and _fills(node, name):
                yield node.name, False
    elif isinstance(value, ast.Call):
        for atom in module.project.resolve_expression(module, value.func):
            if isinstance(atom, ClassValue) and not atom.cls.is_module and has_register(atom.cls):
                yield name, True


def _fills(node: ast.FunctionDef, name: str) -> bool:
    """Whether a function holds `table[...] = ...` in a function inside it, or in itself."""
    return name in _filled_by(node)


def _filled_by(node: ast.AST) -> list[str]:
    """What a function puts something into: `table` of `table[...] = ...`."""
    return [
        child.value.id
        for child in every_node(node)
        if isinstance(child, ast.Subscript) and isinstance(child.ctx, ast.Store) and isinstance(child.value, ast.Name)
    ]


def has_register(cls: ProjectClass) -> bool:
    """Whether a class has methods that decorators may be."""
    return any(method.startswith("register") for base in cls.own_bases for method in base.methods)


def _entries(user: SourceModule, word: str, is_table: bool) -> Iterator[tuple[str, Registered]]:
    for node in top_level(user.tree.body):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            for mark in node.decorator_list:
                func = mark.func if isinstance(mark, ast.Call) else mark
                if _is_called(func, word, is_table):
                    made = user.class_of_node.get(node) if isinstance(node, ast.ClassDef) else None
                    key = _key(mark) or node.name
                    if made is not None:
                        yield key, ClassValue(made)
                    elif isinstance(node, ast.FunctionDef):
                        yield key, Function(user, node)


def _is_called(func: ast.expr, word: str, is_table: bool) -> bool:
    """`@word`, `@file.word`; for a table `@word.register...`."""
    if is_table:
        owner = func.value if isinstance(func, ast.Attribute) and func.attr.startswith("register") else func
        return getattr(owner, "id", getattr(owner, "attr", "")) == word
    return getattr(func, "id", getattr(func, "attr", "")) == word


def _key(mark: ast.expr) -> str | None:
    """The first literal among the decorator's arguments."""
    given = [*mark.args, *(keyword.value for keyword in mark.keywords)] if isinstance(mark, ast.Call) else []
    texts = [node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return texts[0] if texts else None
