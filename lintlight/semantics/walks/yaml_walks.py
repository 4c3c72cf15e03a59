"""Walks of LightningModules that start from what the project's YAML gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lintlight.semantics.configuration import built
from lintlight.semantics.heap import Heap, State
from lintlight.semantics.interpreter import configured, following
from lintlight.semantics.interpreter.machine import Arguments, Frame, Machine
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.values import Ref
from lintlight.semantics.walks import timeline
from lintlight.semantics.walks.timeline import Walk, WalkOptions


def walk_recipes(project: Project, cls: ProjectClass, how: WalkOptions, *, literals: bool) -> Iterator[Walk]:
    """One walk for each way in which the YAML builds `cls`; everything in it rests on the file that says so.

    Those that give it nothing but literals count only where `literals` may decide something.
    """
    for recipe in built.recipes_of(project, cls):
        if not literals and not built.is_nested(project, cls, recipe):
            continue
        machine = timeline.machine_for(project, how)
        state = State(Heap([]), {})
        machine.frames.append(Frame(cls.module))
        machine.hook = "__init__"
        given = dict(configured.arguments(machine, cls, recipe, state))
        _place_in_the_file(machine, state)
        made = following.instantiate(machine, cls, Arguments([], given, open=True), None, state)
        reason = built.place(project, recipe.table)
        for atom in made:
            if isinstance(atom, Ref):
                walk = timeline.fit(machine, cls, atom.thing, frozenset(), state)
                said = {**dict.fromkeys(range(1, machine.made + 1), reason), **machine.configured}
                yield replace(walk, configured=said)
        machine.close()


def _place_in_the_file(machine: Machine, state: State) -> None:
    """What the file itself loads is loaded there, and in no line of the program."""
    for number, said in machine.configured.items():
        thing = state.heap.get(number)
        if thing is not None and thing.origin is not None and thing.origin.span.path == machine.frame.module.path:
            state.heap[number] = thing.changed(origin=replace(thing.origin, span=said.span))
