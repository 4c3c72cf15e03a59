"""The classes and files of a project that a program may mean by a name which it works out."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.finder import INIT
from lintlight.semantics.resolve.names import Import, absolute, every_node, last_name
from lintlight.semantics.resolve.trail import WHOLE
from lintlight.semantics.values import MOST_ATOMS, UNKNOWN, Atom, ClassValue, Value

MOST_FILES = 50
"""In a package of which one is picked; of more nobody asks what is in them."""
NAME = re.compile(r"\.*(?:[A-Za-z_]\w*\.)*(?:[A-Za-z_]\w*)?\Z")
"""What may be the name of a module, or its beginning."""


def module_classes(module: SourceModule) -> Value:
    """The classes in a file that are torch modules, each as a guess; unknown where they are too many."""
    module.leads_to.add((module.path, WHOLE))
    names = dict.fromkeys(module.bindings)
    for item in module.bindings.get("*", []):
        path = module.project.find(item.module, module) if isinstance(item, Import) else None
        target = module.project.try_module(path, module) if path else None
        names |= dict.fromkeys(target.bindings) if target is not None else {}
    return _guesses(atom for name in names for atom in module.lookup(name))


def classes_named(modules: Sequence[SourceModule], name: str) -> Value:
    """The same for what is called `name` in one of several files."""
    return _guesses(atom for module in modules for atom in module.lookup(name))


def classes_in(modules: Sequence[SourceModule], asking: SourceModule, *, for_a_task: bool) -> Value:
    """The same for what several files define themselves, one of which is picked: but for what is used as a part.

    A LightningModule is no part of another, and what the asking file imports by its name needs no picking.
    """
    every = ((atom, module) for module in modules for each in module.bindings for atom in module.lookup(each))
    found = _guesses(atom for atom, module in every if isinstance(atom, ClassValue) and _gives(module, atom))
    classes = {atom.cls for atom in found if isinstance(atom, ClassValue)}
    imported = {atom for name in asking.bindings for atom in asking.lookup(name)} if asking.path.name != INIT else set()
    parts = {cls for module in modules for cls in _parts(module, {cls.node.name for cls in classes})}
    left = classes - parts - {atom.cls for atom in imported if isinstance(atom, ClassValue)}
    return _guesses(ClassValue(cls) for cls in left if not (for_a_task and cls.is_lightning))


def _parts(module: SourceModule, names: Collection[str]) -> Iterator[ProjectClass]:
    """The classes of some names that other classes of a file use, and do not only inherit from."""
    for cls in module.classes.values():
        for node in every_node(cls.node):
            if isinstance(node, ast.Name | ast.Attribute) and last_name(node) in names and node not in cls.node.bases:
                used = module.project.resolve_expression(module, node)
                yield from (atom.cls for atom in used if isinstance(atom, ClassValue) and atom.cls is not cls)


def _gives(module: SourceModule, atom: ClassValue) -> bool:
    return atom.cls.module is module or module.path.name == INIT


def _guesses(atoms: Iterable[Atom]) -> Value:
    classes = {ClassValue(atom.cls, guessed=True) for atom in atoms if isinstance(atom, ClassValue)}
    found: Value = frozenset(each for each in classes if each.cls.is_module)
    return found if 0 < len(found) <= MOST_ATOMS else UNKNOWN


def files_of(package: str, asking: SourceModule) -> tuple[SourceModule, ...]:
    """The other files of a package, as a file sees it; none where they are too many."""
    project, home = asking.project, asking.project.find(package, asking)
    found = [
        path
        for name, path in project.index.in_folder.get(package.rpartition(".")[2], ())
        if path != asking.path and project.find(f"{package}.{name}", asking) == path
    ]
    inside = [path for path in found if home is None or path.is_relative_to(home.parent)]
    modules = (project.try_module(path, asking) for path in inside if len(inside) <= MOST_FILES)
    return tuple(module for module in modules if module is not None)


def files_named(text: str, asking: SourceModule) -> Iterator[SourceModule]:
    """The files that a text may stand for where modules are imported by their names: it, and what is below it."""
    if not text or not NAME.match(text):
        return
    dotted = absolute_name(text, asking.package)
    path = asking.project.find(dotted, asking)
    module = asking.project.try_module(path, asking) if path is not None else None
    yield from (module,) if module is not None else ()
    yield from files_of(dotted, asking)


def absolute_name(text: str, package: str) -> str:
    """The name of a module that a program gives, or its beginning, `..name` as it is meant in a package."""
    rest = text.lstrip(".")
    return absolute(package, len(text) - len(rest), rest.rstrip(".") or None)
