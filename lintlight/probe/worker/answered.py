"""Imports of the project that fail, answered by what stands in, unless the code is ready for them itself."""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import os
import sys
from typing import Any, Callable, Iterator, Optional, Union

from .absent import ABSENCES, Absent, Fate, Origin, heir, origin_of, package, root_of, tells_only, use
from .older import lightning_one
from .older.moved import importable, named

STANDS_IN, KNOWN, ASKED, BARE, CAUGHT, HEIR = (
    f"__lintlight_{name}__" for name in ("import", "is", "ask", "call", "except", "class")
)
"""What the files of the project call: where an import failed, and where something is asked of what was imported."""
INSPECTS = frozenset("hasattr getattr isinstance issubclass callable type repr id hash vars dir".split())
CONFIGURE = frozenset({"hydra", "hydra_zen", "omegaconf"})
"""Packages that are given classes and functions to read settings with."""
CATCHES = frozenset({"BaseException", "Exception", "ImportError", "ModuleNotFoundError", "suppress"})
STAR: Any = getattr(ast, "TryStar", None)
Imports = Union[ast.Import, ast.ImportFrom]


def guards_of(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """The lines of the bodies whose exceptions the file handles, of those that an import may raise."""
    nodes: Iterator[Any] = ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Try) or type(node) is STAR:
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
    """Lets every import that fails be answered by `stand_in`, and what is asked of imported names by `helpers`."""

    def __init__(self, tree: ast.AST) -> None:
        imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
        self.imported = {package(alias.asname or alias.name) for node in imports for alias in node.names}

    def is_imported(self, node: Optional[ast.AST]) -> bool:
        """Whether an expression begins with the name of something that was imported."""
        while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name) and node.id in self.imported

    def checked(self, node: ast.expr) -> ast.expr:
        """An operand whose identity decides: not that of something absent."""
        return called(KNOWN, [node], node) if self.is_imported(node) else node

    def visit_Compare(self, node: ast.Compare) -> Any:
        """`wandb.run is None`."""
        self.generic_visit(node)
        if any(isinstance(each, (ast.Is, ast.IsNot)) for each in node.ops):
            node.left, node.comparators = self.checked(node.left), [self.checked(each) for each in node.comparators]
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        """`hasattr(package, "name")`."""
        self.generic_visit(node)
        inspects = isinstance(node.func, ast.Name) and node.func.id in INSPECTS
        if inspects and any(map(self.is_imported, node.args)) and not node.keywords:
            return called(ASKED, [node.func, *node.args], node)
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        """`package.patch()` is done for what it does."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Call) and self.is_imported(node.value):
            node.value = called(BARE, [node.value], node.value)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """A class that derives from what is not there is not there."""
        self.generic_visit(node)
        if node.bases:
            node.decorator_list.insert(0, ast.copy_location(ast.Name(HEIR, ast.Load()), node))
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        """`except package.Error:` catches nothing where there is no such class."""
        self.generic_visit(node)
        if node.type is not None and any(map(self.is_imported, getattr(node.type, "elts", [node.type]))):
            node.type = called(CAUGHT, [node.type], node.type)
        return node

    def answered(self, node: Imports, told: list[tuple[str, str]], module: str) -> ast.stmt:
        """The import, and what is done where it fails: the names that it binds -> what they stand for."""
        names = ast.Tuple([ast.Name(name, ast.Store()) for name, _ in told], ast.Store())
        paths = ast.Tuple([ast.Constant(path) for _, path in told], ast.Load())
        answer = called(STANDS_IN, [ast.Constant(module), paths], node)
        handler = ast.ExceptHandler(ast.Name("ImportError", ast.Load()), None, [ast.Assign([names], answer)])
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


def called(name: str, arguments: list[ast.expr], place: ast.AST) -> ast.Call:
    """A call of one of the helpers, where something stands."""
    call = ast.Call(ast.Name(name, ast.Load()), arguments, [])
    for node in (call, call.func, *arguments):
        if not hasattr(node, "lineno"):
            ast.copy_location(node, place)
    return call


def answering(tree: ast.Module) -> ast.Module:
    """The module with its imports answered where they fail."""
    changed: ast.Module = Answering(tree).visit(tree)
    return changed


def helpers(project: str, make_room: Callable[[str, str], bool]) -> dict[str, Callable[..., Any]]:
    """What the files of a project call, by name."""
    return {
        STANDS_IN: answer_for(project, make_room),
        KNOWN: known,
        ASKED: asked,
        BARE: bare,
        CAUGHT: caught,
        HEIR: heir,
    }


def known(value: Any) -> Any:
    """A value that is there; raises for one that is not."""
    return use(value) if type(value) is Absent else value


def asked(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function says of something that is there; Lightning has then only what it has."""
    given = [known(value) for value in arguments]
    if function not in (hasattr, getattr):
        return function(*given)
    with lightning_one.as_it_is():
        return function(*given)


def bare(value: Any) -> Any:
    """What a statement's call returned: it was called for what it does."""
    if type(value) is Absent and not tells_only(root_of(value)):
        given_code = origin_of(value) is Origin.CODE and package(root_of(value)) not in CONFIGURE
        if given_code or not ABSENCES.importing:
            ABSENCES.note(Fate.HIDDEN, root_of(value))
    return value


def caught(kinds: Any) -> Any:
    """The classes of an `except` without those that are not there: nobody raises them."""
    if isinstance(kinds, tuple):
        return tuple(kind for kind in kinds if type(kind) is not Absent)
    return () if type(kinds) is Absent else kinds


def answer_for(project: str, make_room: Callable[[str, str], bool]) -> Callable[[str, tuple[str, ...]], list[Any]]:
    """What the files of this project call where an import fails; it raises again unless something may stand in.

    `make_room` forgets an installed package that hides one of the project, if there is one.
    """

    def stand_in(module: str, wanted: tuple[str, ...]) -> list[Any]:
        error = sys.exc_info()[1]
        assert isinstance(error, ImportError)
        if ABSENCES.is_guarded():
            ABSENCES.note(Fate.FALLEN_BACK, error.name or module)
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
