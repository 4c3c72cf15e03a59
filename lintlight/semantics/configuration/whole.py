"""The whole configuration of a program: what `@hydra.main` composes of the project's YAML, and what one file says."""

from __future__ import annotations

import ast
from pathlib import Path

from lintlight.semantics.configuration.composed import ENDINGS, composed_in, filled, read, without_dots
from lintlight.semantics.configuration.recipes import configuration_of
from lintlight.semantics.configuration.tree import Table, size
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.values import External

MOST_SIZE = 2_000
"""Tables, lists and literals: more is data."""


def composed(module: SourceModule, node: ast.AST) -> Table | None:
    """What Hydra hands to the function `node`, without anything from the command line.

    None where it is not known, and where another decorator may change it.
    """
    begins = where_it_begins(module, node)
    return _once(module, *begins) if begins is not None else None


def where_it_begins(module: SourceModule, node: ast.AST) -> tuple[Path, str] | None:
    """The folder, and the file in it, that `@hydra.main` above the function `node` names; None likewise."""
    marks = getattr(node, "decorator_list", [])
    for mark in marks if len(marks) == 1 else ():
        if isinstance(mark, ast.Call) and External("hydra.main") in module.project.resolve_expression(
            module, mark.func
        ):
            given = {keyword.arg: keyword.value for keyword in mark.keywords}
            given |= dict(zip(("config_path", "config_name"), mark.args, strict=False))
            folder, name = _text(given.get("config_path")), _text(given.get("config_name"))
            if folder is not None and name is not None:
                return without_dots(module.path.parent / folder), name
    return None


def in_file(module: SourceModule, name: str) -> Table | None:
    """What a file of the project says, whose name is relative to the project or to the file that reads it.

    None where both may be meant.
    """
    paths = {without_dots(folder / name) for folder in (module.project.root, module.path.parent)}
    found = [path for path in paths if path.suffix in ENDINGS and path in module.project.index.yaml]
    return _once(module, found[0]) if len(found) == 1 else None


def _once(module: SourceModule, path: Path, name: str = "") -> Table | None:
    """The configuration in a file, or composed in a folder, beginning with the file of this name; read once."""
    project = module.project
    kept = configuration_of(project).whole
    if (path, name) not in kept:
        document = read(project.index.yaml, path) if not name else None
        tree = filled(document.root) if document is not None else None
        if name:
            tree = composed_in(project.index.yaml, path, name)
        kept[path, name] = tree if tree is not None and size(tree) <= MOST_SIZE else None
    return kept[path, name]


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
