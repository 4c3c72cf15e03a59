"""What `train()` overrides would make of a module, if Lightning called them: since 2.2 `fit` keeps the modes it finds.

Validation calls them with False, through `eval()`, before the first epoch, too, and puts back the modes, but nothing
else (`tests/evidence/train_overrides.out`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lintlight.model import Position, Span
from lintlight.semantics.heap import Flag, State, Thing
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.interpreter.modes import own_train, switch
from lintlight.semantics.interpreter.module_tree import registered_in
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.values import const

FREEZES = ("requires_grad", "freeze")
"""A word of what freezes something."""


def after_train(
    machine: Machine, cls: ProjectClass, this: int, state: State, *, mode: bool = True
) -> Mapping[int, Thing] | None:
    """What `train(mode)` would make of a module, if it were called; None where nothing overrides it."""
    override = own_train(cls)
    if override is not None and (override.owner is None or _is_for_parts(override.owner)):
        override = None  # written for submodules, too, of which Lightning's `train()` calls it
    inside = [state.heap[number].cls for number in registered_in(this, state.heap)]
    if override is None and not any(own_train(each) for each in inside if each is not None and each is not cls):
        return None
    trial, events = state.copy(), len(machine.events)
    if override is not None:
        machine.run(override, this, Arguments([const(mode)], {}), trial)
    else:
        switch(machine, this, Flag.TRAIN if mode else Flag.ASKED, trial, {this})
    del machine.events[events:]
    return trial.heap


def _is_for_parts(owner: ProjectClass) -> bool:
    return owner.is_module and not owner.is_lightning


def override_span(cls: ProjectClass) -> Span | None:
    """The line `def train(...)` of a class."""
    override = own_train(cls)
    if override is None:
        return None
    whole = override.module.span(override.node)
    line = override.module.lines[whole.start.row - 1]
    return replace(whole, end=Position(whole.start.row, len(line.rstrip()) + 1))
