"""Import the user's module: its package root found, scripts sliced, and nothing trained on the way."""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import os
import sys
from types import ModuleType
from typing import Any, Optional

from . import absent, answered, slicing

ROOT_MARKS = ("pyproject.toml", ".git", "setup.py", "setup.cfg")
AT_THE_TOP = (".gitignore", "LICENSE", "LICENSE.md", "LICENSE.txt")
BESIDE_A_ROOT = ("requirements.txt", "environment.yml", "environment.yaml", "README.md", "README.rst")


class TrainsAtImport(RuntimeError):
    """Training was started while a module was imported."""


def package_of(path: str) -> tuple[str, str]:
    """The folder to put on the path, and the dotted name of the module from there."""
    folder, file = os.path.split(os.path.abspath(path))
    names = [] if file == "__init__.py" else [os.path.splitext(file)[0]]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        names.insert(0, name)
    return folder, ".".join(names)


def tree_of(path: str) -> ast.Module:
    """The syntax tree of a file."""
    with open(path, "rb") as file:
        return ast.parse(file.read())


def by_relative_imports(tree: ast.Module, path: str, project: str) -> Optional[tuple[str, str]]:
    """Root and name of a module in folders without `__init__.py` that imports its neighbours relatively."""
    up = max((node.level for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)), default=0)
    folder, name = package_of(path)
    if up == 0 or name.count(".") >= up:
        return None
    names = name.split(".")
    while len(names) <= up and os.path.abspath(folder).startswith(os.path.abspath(project) + os.sep):
        folder, above = os.path.split(folder)
        names.insert(0, above)
    return (folder, ".".join(names)) if len(names) > up else None


def by_absolute_imports(tree: ast.Module, path: str, project: str) -> Optional[tuple[str, str]]:
    """Root and name of a module that is called like a folder around it, where it imports below that folder."""
    folder, name = package_of(path)
    names, top = name.split("."), os.path.join(folder, name.partition(".")[0])
    below = [each.split(".")[1] for each in imports_of(tree) if each.startswith(names[0] + ".")]
    if all(any(os.path.exists(os.path.join(top, each + end)) for end in ("", ".py")) for each in below):
        return None
    while os.path.abspath(folder).startswith(os.path.abspath(project) + os.sep):
        folder, above = os.path.split(folder)
        names.insert(0, above)
        if above == os.path.basename(top):
            return folder, ".".join(names)
    return None


def imports_of(tree: ast.Module) -> list[str]:
    """The dotted names that a file imports, or imports from, other than relatively."""
    nodes = list(ast.walk(tree))
    froms = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level]
    return froms + [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]


def project_of(path: str) -> str:
    """The nearest folder upwards with a project file, or with what else lies beside one, else the file's folder."""
    start = os.path.dirname(os.path.abspath(path))
    home = os.path.expanduser("~")
    for marks in (ROOT_MARKS, AT_THE_TOP, BESIDE_A_ROOT):
        folder = start
        while os.path.basename(folder) and (marks is ROOT_MARKS or folder != home):
            in_package = marks is not ROOT_MARKS and os.path.isfile(os.path.join(folder, "__init__.py"))
            if not in_package and any(os.path.exists(os.path.join(folder, mark)) for mark in marks):
                return folder
            folder = os.path.dirname(folder)
    return start


class Slicer(importlib.abc.MetaPathFinder):
    """Finds the modules of the project, and loads scripts without what they run."""

    def __init__(self, project: str, force: str = "") -> None:
        self.project, self.force = os.path.realpath(project) + os.sep, force
        self.left_out: dict[str, int] = {}

    def find_spec(self, name: str, path: Any, target: Optional[ModuleType] = None) -> Any:
        """The usual specification, with our loader for the project's own source files."""
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return spec
        origin = os.path.realpath(spec.origin or "")
        if origin.startswith(self.project) and "site-packages" not in origin:
            spec.loader = SlicedLoader(name, spec.origin or "", self)
        return spec


class SlicedLoader(importlib.machinery.SourceFileLoader):
    """Compiles a script without the statements that run something."""

    def __init__(self, name: str, path: str, slicer: Slicer) -> None:
        super().__init__(name, path)
        self.slicer = slicer

    def get_code(self, fullname: str) -> Any:
        """Compiled from the source every time: a cached file would hold the whole script."""
        return self.source_to_code(self.get_data(self.path), self.path)

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        """The code of the module, sliced if it is a script."""
        tree = ast.parse(data, filename=path)
        answered.note_guards(tree, path)
        if slicing.is_script(tree) or self.slicer.force == self.name:
            tree, left_out = slicing.sliced(tree)
            self.slicer.left_out[path] = left_out
        return compile(answered.answering(tree), path, "exec", dont_inherit=True, optimize=_optimize)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, with what its imports call that fail."""
        vars(module).update(answered.helpers(self.slicer.project, make_room))
        with absent.while_importing():
            super().exec_module(module)


def load(path: str, project: str) -> tuple[ModuleType, dict[str, int]]:
    """Import a file of the project; also what was left out of which file, in statements."""
    tree = tree_of(path)
    root, name = (
        by_relative_imports(tree, path, project) or by_absolute_imports(tree, path, project) or package_of(path)
    )
    sources = os.path.join(project, "src")
    if os.path.isdir(sources) and not within(path, sources):
        # An installed package goes before one of its name in there, as it does where the project is installed.
        sys.path[:] = [*(other for other in sys.path if other != sources), sources]
    folder = os.path.dirname(os.path.abspath(path))
    in_place = "" if belongs_to_package(tree, name) else folder
    for entry in (sources if within(path, sources) else "", project, in_place, root):
        if os.path.isdir(entry):
            # The root comes first, also before a folder of the package: a module there may be called like the package.
            sys.path[:] = [entry, *(other for other in sys.path if other != entry)]
    hides_package = os.path.isfile(os.path.join(folder, name.partition(".")[0] + ".py"))
    if folder not in sys.path and not hides_package:
        # Behind all else: a module of the package may be called like an installed one.
        sys.path.append(folder)
    slicer = Slicer(project)
    sys.meta_path.insert(0, slicer)
    restore = forbid_training()
    try:
        try:
            return import_file(path, name), slicer.left_out
        except TrainsAtImport:
            slicer.force = name
        except ModuleNotFoundError as error:
            if not make_room(error.name or "", project):
                raise
        sys.modules.pop(name, None)
        return import_file(path, name), slicer.left_out
    finally:
        restore()


def belongs_to_package(tree: ast.Module, name: str) -> bool:
    """Whether a file imports its neighbours as a module of its package, and not as a script that is run in place."""
    top, dotted, _ = name.partition(".")
    if not dotted:
        return False
    relative = any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))
    return relative or any(each.partition(".")[0] == top for each in imports_of(tree))


def make_room(name: str, project: str) -> bool:
    """Forget an installed package that hides one of the project's of the same name; whether there was one.

    The libraries that are loaded beforehand bring packages along, `datasets` for instance, that a script in this
    project would not find first.
    """
    top = name.partition(".")[0]
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    own = [
        entry for entry in (project, *sys.path) if os.path.isdir(os.path.join(entry, top)) and within(entry, project)
    ]
    if not file or within(file, project) or not own or top in ("torch", "transformers", "lightning"):
        return False
    for loaded in [key for key in sys.modules if key == top or key.startswith(top + ".")]:
        del sys.modules[loaded]
    return True


def within(path: str, folder: str) -> bool:
    """Whether a path lies in a folder."""
    return (os.path.realpath(path) + os.sep).startswith(os.path.realpath(folder) + os.sep)


def import_file(path: str, name: str) -> ModuleType:
    """The module `name`; under a name of its own when an installed package has taken that one."""
    taken = sys.modules.get(name)
    if taken is None:
        module = importlib.import_module(name)
        if same_file(module, path):
            return module
    elif same_file(taken, path):
        return taken
    slicer = sys.meta_path[0]
    own = "lintlight_probed_" + name.replace(".", "_")
    if not isinstance(slicer, Slicer):
        raise ImportError(f"cannot import {path}")
    spec = importlib.util.spec_from_file_location(own, path, loader=SlicedLoader(own, path, slicer))
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[own] = module
    spec.loader.exec_module(module)
    return module


def same_file(module: ModuleType, path: str) -> bool:
    """Whether a module was made from a file."""
    return os.path.realpath(getattr(module, "__file__", None) or "") == os.path.realpath(path)


def forbid_training() -> Any:
    """Let `Trainer.fit` and its friends raise until the returned function is called."""
    changed: list[tuple[Any, str, Any]] = []

    def refuse(*arguments: Any, **options: Any) -> None:
        raise TrainsAtImport("training was started by importing the module")

    for package in ("lightning.pytorch", "pytorch_lightning"):
        trainer = getattr(sys.modules.get(package), "Trainer", None)
        for method in ("fit", "validate", "test", "predict"):
            if trainer is not None:
                changed.append((trainer, method, getattr(trainer, method)))
                setattr(trainer, method, refuse)

    def restore() -> None:
        for owner, method, real in changed:
            setattr(owner, method, real)

    return restore


MOST_NAMED = 5
"""Classes to choose from, for one that was mistyped."""


class NoSuchClass(LookupError):
    """A module has no class of a name; the message says which it has."""


def find_class(module: ModuleType, dotted: str) -> Any:
    """The class `Outer.Inner` of a module. Raises NoSuchClass."""
    found: Any = module
    for name in dotted.split("."):
        if not hasattr(found, name):
            own = [
                n for n, each in vars(found).items() if isinstance(each, type) and each.__module__ == module.__name__
            ]
            near = difflib.get_close_matches(name, own, n=MOST_NAMED, cutoff=0) if own else []
            raise NoSuchClass(f"it has {', '.join(near)}" if near else "it has none")
        found = getattr(found, name)
    if isinstance(found, absent.Absent):
        absent.use(found, hidden=True)
    return found


def concrete_heirs(cls: Any) -> list[Any]:
    """The classes of its own module that stand for an abstract class, in the order of the file; none for any other."""
    if not inspect.isabstract(cls):
        return []
    heirs = list(cls.__subclasses__())
    for heir in heirs:
        heirs += [each for each in heir.__subclasses__() if each not in heirs]
    return [each for each in heirs if each.__module__ == cls.__module__ and not inspect.isabstract(each)]
