"""Imports of the project that fail, answered by what stands in, unless the code is ready for them itself."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import os
import sys
from typing import Any, Callable, Iterator, Union

from .absent import ABSENCES, package
from .moved import importable, named

STANDS_IN = "__lintlight_stand_in__"
"""What an import that failed is answered by, in the files of the project."""
CATCHES = frozenset({"BaseException", "Exception", "ImportError", "ModuleNotFoundError", "suppress"})
Imports = Union[ast.Import, ast.ImportFrom]


def guards_of(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """The lines of the bodies whose exceptions the file handles, of those that an import may raise."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            caught = [handler.type for handler in node.handlers]
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            caught = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        else:
            continue
        names = {
            getattr(inner, "id", getattr(inner, "attr", "")) for each in caught if each for inner in ast.walk(each)
        }
        if names & CATCHES or None in caught:
            yield node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno


class Answering(ast.NodeTransformer):
    """Lets every import that fails be answered by `stand_in`, which may raise the exception again."""

    def answered(self, node: Imports, told: list[tuple[str, str]], module: str) -> ast.stmt:
        """The import, and what is done where it fails: the names that it binds -> what they stand for."""
        names = ast.Tuple([ast.Name(name, ast.Store()) for name, _ in told], ast.Store())
        paths = ast.Tuple([ast.Constant(path) for _, path in told], ast.Load())
        arguments: list[ast.expr] = [ast.Constant(module), paths]
        call = ast.Call(ast.Name(STANDS_IN, ast.Load()), arguments, [])
        handler = ast.ExceptHandler(ast.Name("ImportError", ast.Load()), None, [ast.Assign([names], call)])
        answered = ast.Try([node], [handler], [], [])
        for inner in ast.walk(answered):
            if inner is not node and not hasattr(inner, "lineno"):
                ast.copy_location(inner, node)
        return answered

    def visit_Import(self, node: ast.Import) -> Any:
        """`import a.b` binds `a`, `import a.b as c` binds what `a.b` is."""
        split = [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
        return [
            self.answered(
                each,
                [(alias.asname, alias.name) if alias.asname else (package(alias.name), package(alias.name))],
                alias.name,
            )
            for each, alias in zip(split, node.names)
        ]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        """Names of a module outside the file's own package; all of them cannot be stood in for."""
        if node.level or node.module in (None, "__future__") or node.names[0].name == "*":
            return node
        names = [(alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names]
        return self.answered(node, names, node.module or "")


def note_guards(tree: ast.Module, path: str) -> None:
    """Note where a file is ready for imports that fail."""
    ABSENCES.guards[path] = list(guards_of(tree))


def answering(tree: ast.Module) -> ast.Module:
    """The module with its imports answered where they fail."""
    changed: ast.Module = Answering().visit(tree)
    return changed


def answer_for(project: str, make_room: Callable[[str, str], bool]) -> Callable[[str, tuple[str, ...]], list[Any]]:
    """What the files of this project call where an import fails; it raises again unless something may stand in.

    `make_room` forgets an installed package that hides one of the project, if there is one.
    """

    def stand_in(module: str, wanted: tuple[str, ...]) -> list[Any]:
        error = sys.exc_info()[1]
        assert isinstance(error, ImportError)
        if ABSENCES.is_guarded():
            raise error
        if make_room(error.name or "", project):
            importlib.import_module(module)
        installed = top_of(module) is not None
        found = [importable(path) if installed else None for path in wanted]
        if None not in found and module in sys.modules:
            return found
        if is_own(module, project) or (installed and wanted == (package(module),)):
            # Something is wrong with the project's own, or `import a.b` lacks `b`.
            raise error
        return [named(path, error, installed) if each is None else each for path, each in zip(wanted, found)]

    return stand_in


def top_of(module: str) -> Any:
    """The specification of a module's package, as it would be found; None where there is none."""
    loaded = sys.modules.get(package(module))
    with contextlib.suppress(ImportError, ValueError):
        return getattr(loaded, "__spec__", None) or importlib.util.find_spec(package(module))
    return None


def is_own(module: str, project: str) -> bool:
    """Whether a module's package lies in the project: then something is wrong with it, and it is not absent."""
    spec = top_of(module)
    origin = [spec.origin] if spec is not None and spec.origin else []
    places = [
        os.path.realpath(place) for place in [*origin, *(getattr(spec, "submodule_search_locations", None) or ())]
    ]
    inside = os.path.realpath(project) + os.sep
    return any(place.startswith(inside) and "site-packages" not in place for place in places)
