"""Dotted names in configuration files -> classes and functions."""

from __future__ import annotations

from pathlib import Path

from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.resolve.trail import ITSELF
from lintlight.semantics.values import UNKNOWN, ClassValue, External, ModuleValue, Value


def owner_and_name(asking: SourceModule, dotted: str) -> tuple[Value, str]:
    """What holds the thing that `dotted` names, and the thing's name in it; unknown when that is not exactly one.

    `asking` is the file whose code is built, or builds something, by that name.
    """
    project = asking.project
    parts = dotted.split(".")
    for length in range(len(parts) - 1, 0, -1):
        path = _module_path(project, parts[:length])
        if path is None:
            continue
        module = project.try_module(path, asking, ITSELF)
        if module is None:
            break
        value: Value = frozenset({ModuleValue(module)})
        for name in parts[length:-1]:
            value = project.member(value, name, module)
        return value, parts[-1]
    if len(parts) < 2 or _is_own(project.root, parts[0]):
        return UNKNOWN, parts[-1]
    return frozenset({External(catalog.canonical(".".join(parts[:-1])))}), parts[-1]


def class_of(asking: SourceModule, dotted: str) -> Value:
    """The class of the project that `dotted` names; unknown for anything else."""
    owner, name = owner_and_name(asking, dotted)
    for atom in owner:
        if isinstance(atom, ModuleValue) and len(owner) == 1:
            value = asking.project.member(owner, name, atom.module)
            return value if all(isinstance(each, ClassValue) for each in value) else UNKNOWN
    return UNKNOWN


def _module_path(project: Project, parts: list[str]) -> Path | None:
    """The file of a module: below the root or `src`, else the only one in the project that ends so.

    A script's own folder is on the path when it runs, so the name may start anywhere below the root.
    """
    for folder in (project.root, project.root / "src"):
        base = folder.joinpath(*parts)
        for path in (base / "__init__.py", base.with_name(base.name + ".py")):
            if path.is_file():
                return path
    if len(parts) < 2:
        return None
    ends = ((*parts, "__init__.py"), (*parts[:-1], parts[-1] + ".py"))
    called_so = project.index.modules.get(parts[-1], ())
    found = [path for path in called_so if any(path.parts[-len(end) :] == end for end in ends)]
    return found[0] if len(found) == 1 else None


def _is_own(root: Path, top: str) -> bool:
    return any((folder / top).is_dir() or (folder / f"{top}.py").is_file() for folder in (root, root / "src"))
