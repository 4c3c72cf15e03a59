"""Looking back: what a project builds a class for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lintlight.semantics.definitions import ProjectClass, SourceModule
from lintlight.semantics.index import data_at
from lintlight.semantics.names import every_node
from lintlight.semantics.trail import FITS

MOST_FILES = 20
"""A name in more files than this says nothing."""
TRAINS = (FITS.decode(), "LightningCLI")
"""What stands in a file that trains, or may."""
FROM_CHECKPOINT = "load_from_checkpoint"


def only_infers(cls: ProjectClass) -> bool:
    """Whether the project only ever runs a class with weights that it has learnt elsewhere.

    So it is where each file that names it builds it to load a checkpoint or for eval mode, and none of them trains.
    """
    project, name = cls.module.project, cls.node.name
    if project.configuration_names(cls) or any(word in cls.module.source.text for word in TRAINS):
        return False
    if cls.built_by != (name,) or name in project.index.deriving:
        return False
    files = [path for path in project.files_naming(name, cls.module) if path != cls.module.path]
    if len(files) > MOST_FILES or any(word.encode() in data_at(path) for path in files for word in TRAINS):
        return False
    modules = [project.try_module(path, cls.module) for path in files]
    uses = [use for module in modules if module is not None for use in _uses(module, name)]
    return bool(uses) and all(uses)


def _uses(module: SourceModule, name: str) -> Iterator[bool]:
    """For each place that names a class, but for imports and annotations, whether it is for inference."""
    nodes = every_node(module.tree)
    aside = {id(inner) for node in nodes for hint in _annotations(node) for inner in every_node(hint)}
    calls = {id(node.func): node for node in nodes if isinstance(node, ast.Call)}
    loads = {id(node.value) for node in nodes if isinstance(node, ast.Attribute) and node.attr == FROM_CHECKPOINT}
    for node in nodes:
        if _last_name(node) == name and id(node) not in aside:
            call = calls.get(id(node))
            yield id(node) in loads or (call is not None and _is_for_inference(module, call))


def _is_for_inference(module: SourceModule, call: ast.Call) -> bool:
    """Whether what a call builds is given weights, or put into eval mode, under the name that it gets."""
    for node in every_node(module.tree):
        if isinstance(node, ast.Assign) and any(inner is call for inner in every_node(node.value)):
            names = [ast.unparse(target) for target in node.targets]
            return any(
                f"{each}{use}" in module.source.text for each in names for use in (".load_state_dict(", ".eval()")
            )
    return False


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    hints = (getattr(node, field, None) for field in ("annotation", "returns"))
    return (hint for hint in hints if isinstance(hint, ast.AST))


def _last_name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
