"""Where code of a script begins, followed to its end once for all that it builds and fits."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace

from lintlight.semantics.heap import Heap, State, Thing
from lintlight.semantics.interpreter import following
from lintlight.semantics.interpreter.machine import Arguments, Built, Fitted, Frame, Machine
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.values import Function
from lintlight.semantics.walks.timeline import WalkOptions, machine_for, put_together

MOST_KEPT = 256
"""Ends of scripts that are remembered: a model zoo has one script, and a class that it may fit in every file."""


@dataclass(frozen=True)
class ScriptEntry:
    """Where a script begins: its top level, a function, or a method of a class that drives the training."""

    body: list[ast.stmt]
    function: Function | None = None
    driver: ProjectClass | None = None


@dataclass(frozen=True)
class Followed:
    """What became of a script, from where it begins to its end."""

    entered: frozenset[ast.AST]
    """The functions that it came through."""
    relied: bool
    """Whether a default or an option decided something; else it does the same whether these may decide or not."""
    fitted: tuple[Fitted, ...] = ()
    built: tuple[Built, ...] = ()
    """The LightningModules that were given modules."""
    heap: Mapping[int, Thing] = field(default_factory=dict)
    """The things at its end."""
    machine: Machine | None = None
    """The machine at its end, to be copied and not to be changed; None where nothing was fitted or given modules."""


Key = tuple[SourceModule, ast.AST | None, ProjectClass | None, WalkOptions]


class Scripts:
    """The scripts of one project that were followed."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._in_vain: dict[Key, Followed] = {}
        self._kept: OrderedDict[Key, Followed] = OrderedDict()
        """Those that were asked for last."""

    def follow(self, module: SourceModule, entry: ScriptEntry, how: WalkOptions) -> Followed:
        """What becomes of the code that begins there."""
        where = (module, entry.function.node if entry.function is not None else None, entry.driver)
        relying = self._known((*where, replace(how, defaults=True, options=True)))
        if relying is not None and not relying.relied:
            return relying
        found = self._known((*where, how)) or self._followed(module, entry, how)
        if found.machine is None:
            self._in_vain[*where, how] = found
            return found
        self._kept[*where, how] = found
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    def _known(self, key: Key) -> Followed | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._in_vain.get(key) or self._kept.get(key)

    def _followed(self, module: SourceModule, entry: ScriptEntry, how: WalkOptions) -> Followed:
        machine, state = machine_for(self._project, how), State(Heap([]), {})
        machine.frames.append(Frame(module))
        machine.hook = "script"
        _begin(machine, entry, state)
        machine.close()
        fitted = tuple(event for event in machine.events if isinstance(event, Fitted))
        built = tuple(event for event in machine.events if isinstance(event, Built) and event.modules)
        if not (fitted or built):
            return Followed(frozenset(machine.entered), machine.relied)
        return Followed(frozenset(machine.entered), machine.relied, fitted, built, state.heap, machine)


def like(machine: Machine, how: WalkOptions) -> Machine:
    """One that has come as far, and goes on as it is told without changing it."""
    other = copy(machine)
    other.defaults, other.options = how.defaults, how.options
    for name, value in vars(machine).items():
        if isinstance(value, list | set | dict):
            setattr(other, name, value.copy())
    return put_together(other)


def _begin(machine: Machine, entry: ScriptEntry, state: State) -> None:
    anything = Arguments([], {}, open=True)
    if entry.function is None:
        machine.execute(entry.body, state)
    elif entry.driver is None:
        machine.run(entry.function, None, anything, state)
    else:
        for number in state.things(following.instantiate(machine, entry.driver, anything, None, state)):
            loading = _loading_method(machine, entry.driver, entry.function)
            if loading is not None:
                machine.run(loading, number, anything, state)
            machine.run(entry.function, number, anything, state)


def _loading_method(machine: Machine, driver: ProjectClass, entry: Function) -> Function | None:
    """The first method of a driver that loads a model for another one to use; later ones load it for other ends."""
    for name, node in driver.methods.items():
        if node is not entry.node and name != "__init__" and machine.project.loads_a_model(node):
            return Function(driver.module, node, driver)
    return None
