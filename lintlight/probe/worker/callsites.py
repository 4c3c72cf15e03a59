"""Where the project itself constructs the class: the arguments at a call, worked out by running what they rest on."""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import json
import os
import sys
import types
from typing import Any, Iterator, Optional

from . import answered, hydra, slicing
from .absent import told

MOST_FILES, MOST_SETTINGS, MOST_ENTRIES, MOST_BYTES = 2000, 200, 100_000, 400_000
MOST_NOTEBOOK_BYTES = 10_000_000
NOTEBOOK = ".ipynb"
SKIPPED = ("site-packages", "node_modules", "__pycache__", "build", "dist", "venv", "env", "wandb", "lightning_logs")


class NotThisCall(TypeError):
    """A call of something else that has the same name."""


class CallerUnknown(NameError):
    """A call that rests on what its function is called with, where no caller tells it."""


class CallSite:
    """One call of the class, in the statements that lead to it."""

    def __init__(
        self,
        path: str,
        call: ast.Call,
        before: list[ast.stmt],
        scope: Optional[ast.FunctionDef],
        after: list[ast.stmt],
        target: str,
        inside: tuple[str, ...] = (),
    ) -> None:
        self.inside = inside
        """The functions that were followed to their callers to get here."""
        self.assumed = False
        """An argument rests on one caller of several that there may be, or on what a command line may override."""
        self.path, self.call, self.before, self.scope = path, call, before, scope
        self.after, self.target = after, target
        """The statements that follow, and the name that what is made gets, if any."""

    @property
    def place(self) -> str:
        """File name and row; of a notebook the name alone, its rows are counted in each cell anew."""
        name = os.path.basename(self.path)
        return name if name.endswith(NOTEBOOK) else f"{name}:{self.call.lineno}"

    def given(self, names: list[str]) -> Optional[set[str]]:
        """The names of the arguments that the call passes; None when `*` or `**` hides them."""
        hidden = any(isinstance(node, ast.Starred) for node in self.call.args)
        if hidden or any(keyword.arg is None for keyword in self.call.keywords) or len(self.call.args) > len(names):
            return None
        return {*names[: len(self.call.args)], *(keyword.arg or "" for keyword in self.call.keywords)}

    def says_the_same(self, other: CallSite) -> bool:
        """Whether it is the same call, or one with the same arguments written out; a name may mean two things."""
        if self.place == other.place and self.path == other.path:
            return True
        arguments = [*self.call.args, *(keyword.value for keyword in self.call.keywords)]
        return ast.dump(self.call) == ast.dump(other.call) and not names_in(arguments)


def is_test(site: CallSite) -> bool:
    """Whether a call stands in a test."""
    return "test" in os.path.basename(site.path)


def find(name: str, path: str, project: str) -> list[CallSite]:
    """The calls of a class of this name: those in its own file first, then those in other files, then in notebooks."""
    found: list[CallSite] = []
    for file in (*files(path, project), *files("", project, (NOTEBOOK,))):
        found.extend(CallSite(file, *parts) for parts in in_body(code_in(file, name), name, None))
    return found


def code_in(path: str, name: str) -> list[ast.stmt]:
    """The statements of a file in which a name stands; of a notebook those of the cells that are plain Python."""
    is_notebook = path.endswith(NOTEBOOK)
    try:
        with open(path, "rb") as source:
            data = source.read(MOST_NOTEBOOK_BYTES if is_notebook else MOST_BYTES)
        if name.encode() not in data:
            return []
        return in_cells(data) if is_notebook else ast.parse(data).body
    except (OSError, SyntaxError, ValueError, KeyError, TypeError):
        return []


def parsed(path: str, *parts: bytes) -> Optional[ast.Module]:
    """The tree of a file that holds one of these bytes; None for any other."""
    try:
        with open(path, "rb") as file:
            data = file.read(MOST_BYTES)
        return ast.parse(data) if any(part in data for part in parts) else None
    except (OSError, SyntaxError, ValueError):
        return None


def in_cells(data: bytes) -> list[ast.stmt]:
    """The statements in a notebook's cells, one after the other, without magics; raises ValueError, KeyError."""
    found: list[ast.stmt] = []
    for cell in json.loads(data)["cells"]:
        lines = "".join(cell["source"]).split("\n") if cell["cell_type"] == "code" else []
        try:
            found += ast.parse("\n".join("" if line.startswith(("%", "!")) else line for line in lines)).body
        except SyntaxError:  # other cells may be plain
            continue
    return found


def files(path: str, project: str, endings: tuple[str, ...] = (".py",)) -> Iterator[str]:
    """The file itself, then the files of the project with these endings."""
    if path:
        yield path
    for file in listed(project):
        if file.endswith(endings) and file != path:
            yield file


@functools.lru_cache(maxsize=8)
def listed(project: str) -> tuple[str, ...]:
    """The Python, YAML and JSON files and notebooks of a project; of a very large folder, those that are met first."""
    found: list[str] = []
    settings: list[str] = []
    looked_at = 0
    for folder, names, entries in os.walk(project):
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in SKIPPED)
        looked_at += len(names) + len(entries)
        paths = [os.path.join(folder, entry) for entry in sorted(entries)]
        found += [path for path in paths if path.endswith((".py", ".yaml", ".yml", NOTEBOOK))]
        # Data is kept in files of this kind, too, and must not crowd out the code.
        settings += [path for path in paths if path.endswith(".json")]
        if len(found) > MOST_FILES or looked_at > MOST_ENTRIES:
            break
    return (*found[:MOST_FILES], *settings[:MOST_SETTINGS])


def in_body(
    body: list[ast.stmt],
    name: str,
    scope: Optional[ast.FunctionDef],
    before: tuple[ast.stmt, ...] = (),
    after: tuple[ast.stmt, ...] = (),
) -> Iterator[tuple[ast.Call, list[ast.stmt], Optional[ast.FunctionDef], list[ast.stmt], str]]:
    """Calls of the class in some statements, each with the statements of its scope around it."""
    for number, node in enumerate(body):
        earlier, later = (*before, *body[:number]), (*body[number + 1 :], *after)
        if isinstance(node, ast.FunctionDef):
            yield from in_body(node.body, name, node)
        elif isinstance(node, ast.ClassDef):
            if node.name != name:
                yield from in_body([part for part in node.body if isinstance(part, ast.FunctionDef)], name, scope)
        elif isinstance(node, (ast.If, ast.With, ast.Try, ast.For, ast.While)):
            for field in ("body", "orelse", "finalbody"):
                yield from in_body(getattr(node, field, []), name, scope, earlier, later)
        elif not isinstance(node, ast.AsyncFunctionDef):
            target = root(node.targets[0]) if isinstance(node, ast.Assign) else ""
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and named(inner.func) == name:
                    yield inner, list(earlier), scope, list(later), target


def named(function: ast.expr) -> str:
    """The last name of what is called."""
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def bound(site: CallSite, module: Any, cls: Any, names: list[str]) -> dict[str, Any]:
    """The arguments at a call by name; a TypeError when the call is of another class of the same name."""
    args, options = arguments(site, module, cls)
    if len(args) > len(names):
        raise NotThisCall(f"the call in {site.place} has too many arguments")
    return {**dict(zip(names, args)), **options}


def same_class(one: Any, other: Any) -> bool:
    """Whether two classes are made by the same lines, also when their module was imported twice."""
    if one is other:
        return True
    files = [getattr(sys.modules.get(getattr(each, "__module__", "")), "__file__", None) for each in (one, other)]
    alike = getattr(one, "__qualname__", "") == getattr(other, "__qualname__", "-")
    return alike and None not in files and os.path.realpath(str(files[0])) == os.path.realpath(str(files[1]))


def arguments(site: CallSite, module: Any, cls: Any) -> tuple[list[Any], dict[str, Any]]:
    """The values at a call; whatever working them out raises is left to the caller.

    Only the statements before the call are run that say something about the names in its arguments.
    """
    space: dict[str, Any] = dict(vars(module))
    prepare(site, space)
    if not same_class(evaluated(site.call.func, site, space), cls):
        raise NotThisCall(f"the call in {site.place} is of another class")
    return evaluated_all(site, space)


def values_at(site: CallSite, space: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The same for a call of any function, among these names."""
    prepare(site, space)
    return evaluated_all(site, space)


def evaluated_all(site: CallSite, space: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The values of a call's arguments among these names."""
    args = [evaluated(node, site, space) for node in site.call.args if not isinstance(node, ast.Starred)]
    for node in site.call.args:
        if isinstance(node, ast.Starred):
            args.extend(evaluated(node.value, site, space))
    options: dict[str, Any] = {}
    for keyword in site.call.keywords:
        value = evaluated(keyword.value, site, space)
        options.update({keyword.arg: value} if keyword.arg else value)
    return args, options


def prepare(site: CallSite, space: dict[str, Any]) -> None:
    """Run the statements that the arguments rest on, in a copy of the module's names."""
    parameters = site.scope.args if site.scope else None
    if parameters is not None:
        pairs = zip(parameters.args[len(parameters.args) - len(parameters.defaults) :], parameters.defaults)
        optional = [*pairs, *((arg, node) for arg, node in zip(parameters.kwonlyargs, parameters.kw_defaults) if node)]
        required = {arg.arg for arg in [*parameters.args, *parameters.kwonlyargs]} - {arg.arg for arg, _ in optional}
        wanted = names_in([site.call]) | {name for node in needed(site) for name in names_in([node])}
        for arg, node in optional:
            space[arg.arg] = evaluated(node, site, space)
        if required & wanted:
            space.update(from_outside(site, space, required & wanted))
    body = needed(site)
    if body:
        ended = [Ending().visit(node) for node in copy.deepcopy(body)]
        tree = ast.Module(body=ended, type_ignores=[])
        if answered.STANDS_IN in space:
            tree = answered.answering(tree)
        exec(compile(tree, site.path, "exec", dont_inherit=True), space)  # the project's own code


class Ending(ast.NodeTransformer):
    """Statements of a function, to be run outside of it: one that returns does not come to the call."""

    def visit_Return(self, node: ast.Return) -> Any:
        """Ends what is run."""
        ending = ast.parse("raise SystemExit('the function returns before the call')").body[0]
        return ast.fix_missing_locations(ast.copy_location(ending, node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """A function of its own."""
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        """Another one."""
        return node


def from_outside(site: CallSite, space: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """What the function around a call is called with: by Hydra, or by the first caller in its file that tells it."""
    scope, site.assumed = site.scope, True
    if scope is None or scope.name in site.inside:
        raise CallerUnknown(f"the call in {site.place} rests on arguments of its function")
    composed = hydra.composed(scope, site.path)
    names = [arg.arg for arg in scope.args.args]
    if composed is not None and set(names[:1]) >= wanted:
        return {names[0]: composed}
    for parts in in_body(code_in(site.path, scope.name), scope.name, None):
        caller = CallSite(site.path, *parts, inside=(*site.inside, scope.name))
        try:
            args, options = values_at(caller, dict(space))
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever the code raises: another caller may tell
            told(error)
            continue
        found = {**dict(zip(names, args)), **options}
        if wanted <= set(found):
            return found
    raise CallerUnknown(f"the call in {site.place} rests on arguments of its function")


def needed(site: CallSite) -> list[ast.stmt]:
    """The statements before the call that mention what its arguments rest on, and what those rest on."""
    wanted = names_in([*site.call.args, *(keyword.value for keyword in site.call.keywords)])
    chosen: list[ast.stmt] = []
    for node in reversed(site.before):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Return)):
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            mine = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            mine = names_in([node])
        if stored(node) & wanted or (isinstance(node, ast.Expr) and receiver(node) in wanted):
            chosen.insert(0, node)
            wanted |= mine
    return chosen


def stored(node: ast.stmt) -> set[str]:
    """The names that a statement binds, or whose attributes and entries it sets."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Name, ast.Attribute, ast.Subscript)) and isinstance(inner.ctx, ast.Store):
            found.add(root(inner))
    return found


def receiver(node: ast.Expr) -> str:
    """`model` in `model.train()`, at any depth."""
    return root(node.value.func) if isinstance(node.value, ast.Call) else ""


def root(node: ast.expr) -> str:
    """The name that a chain of attributes, entries and calls begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def names_in(nodes: list[Any]) -> set[str]:
    """All names that are read."""
    return {
        inner.id
        for node in nodes
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    }


def evaluated(node: ast.expr, site: CallSite, space: dict[str, Any]) -> Any:
    """The value of an expression among these names."""
    return eval(compile(ast.Expression(node), site.path, "eval", dont_inherit=True), space)


def module_of(site: CallSite, project: str, probed: Any) -> Any:
    """The module in which a call stands, imported without running what it runs."""
    from . import userimport

    if site.path.endswith(NOTEBOOK):
        return defined_in_cells(site)

    if os.path.samefile(site.path, getattr(probed, "__file__", None) or site.path):
        return probed
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and userimport.same_file(module, site.path):
            return module
    return userimport.load(site.path, project)[0]


def defined_in_cells(site: CallSite) -> types.ModuleType:
    """What a notebook imports and defines, as far as that works."""
    module = types.ModuleType("__main__")
    sys.path.append(os.path.dirname(site.path))
    for node in code_in(site.path, named(site.call.func)):
        if isinstance(node, slicing.Definition):
            code = compile(ast.Module(body=[node], type_ignores=[]), site.path, "exec", dont_inherit=True)
            with contextlib.suppress(Exception):
                exec(code, vars(module))  # the project's own code, in the child that is there to run it
    return module
