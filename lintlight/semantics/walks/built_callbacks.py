"""Callbacks that change what is trained, and that only some of the project's compositions take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from lintlight.model import Confidence
from lintlight.semantics.configuration.built import callbacks_among, callbacks_built
from lintlight.semantics.configuration.recipes import Composition, configuration_of
from lintlight.semantics.configuration.tree import Leaf, Open, Table, Tree, tables
from lintlight.semantics.configuration.whole import where_it_begins
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.resolve.targets import class_of
from lintlight.semantics.values import ClassValue


def sure_despite_callbacks(cls: ProjectClass, changes: Callable[[ProjectClass], bool]) -> Confidence:
    """How sure it can be what state a class is trained in, given the callbacks that the YAML builds.

    Low where one that `changes` it is there by default, or may be; medium where only some experiments take one, or
    none: a command line may.
    """
    project = cls.module.project
    if not any(map(changes, callbacks_built(project, cls.module))):
        return Confidence.HIGH
    begins = set(where_training_begins(cls))
    ways = [each for each in configuration_of(project).compositions if each.whole.path.with_suffix("") in begins]
    by_default = {each.whole.path: each for each in reversed(ways)}
    building = [each for each in ways if _builds(each, cls)]
    taking = [each for each in building if _may_take(each, cls, changes)]
    if len(taking) == len(building) or any(each in taking for each in by_default.values()):
        return Confidence.LOW
    return Confidence.MEDIUM


def where_training_begins(cls: ProjectClass) -> Iterator[Path]:
    """The files, without their ending, that Hydra composes for scripts that call `fit`."""
    for script in (cls.module, *cls.module.project.scripts_with(("hydra",), cls.module)):
        found = (where_it_begins(script, node) for node in every_node(script.tree) if script.says(".fit("))
        yield from ((begins[0] / begins[1]).with_suffix("") for begins in found if begins is not None)


def _builds(composition: Composition, cls: ProjectClass) -> bool:
    named = (each for each in composition.recipes if each.target.rpartition(".")[2] == cls.node.name)
    return any(class_of(cls.module, each.target) == {ClassValue(cls)} for each in named)


def _may_take(composition: Composition, cls: ProjectClass, changes: Callable[[ProjectClass], bool]) -> bool:
    """Whether a composition has such a callback, or one of which nothing is known."""
    given = (table.items.get("callbacks", Leaf(None)) for _, table in tables(composition.whole.root))
    return any(map(_is_open, given)) or any(map(changes, callbacks_among(composition.recipes, cls.module)))


def _is_open(callbacks: Tree) -> bool:
    """Whether something among the callbacks is known only at run time."""
    items = callbacks.items.values() if isinstance(callbacks, Table) else getattr(callbacks, "items", ())
    built = [each.items.get("_target_", Leaf(None)) for each in items if isinstance(each, Table)]
    return any(isinstance(each, Open) for each in (callbacks, *items, *built))
