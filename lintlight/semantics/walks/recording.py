"""A walk as data that can be drawn: what each submodule goes through, hook by hook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lintlight.model import AttributeLine, Grad, HookState, Mode, ModuleTimeline, Runs
from lintlight.semantics.heap import Flag, Kind, Thing
from lintlight.semantics.interpreter.machine import Event, Forward, ModeSet
from lintlight.semantics.interpreter.module_tree import everything_in, module_at, one_is_in_other
from lintlight.semantics.walks.parts import GRADS
from lintlight.semantics.walks.timeline import AROUND_VALIDATION, Mark, Walk

MOST_LINES = 8
_MODES = {Flag.TRAIN: Mode.TRAIN, Flag.LEFT: Mode.EVAL, Flag.ASKED: Mode.EVAL, Flag.UNSURE: Mode.UNKNOWN}


def timeline_of(walk: Walk, attribute: str) -> ModuleTimeline | None:
    """The line of one submodule, and of the others that the class holds; None when the walk never sees the first."""
    first = _line(walk, attribute)
    if first is None:
        return None
    names = [name for name in _held_modules(walk) if name != attribute][: MOST_LINES - 1]
    lines = [first, *(line for name in names if (line := _line(walk, name)) is not None)]
    hooks = tuple(mark.hook for mark in walk.marks)
    return ModuleTimeline(walk.cls.name, hooks, walk.marks_before_second, tuple(lines))


def _held_modules(walk: Walk) -> list[str]:
    """The attributes of the class that hold a module at some hook, in the order of their assignment."""
    names: dict[str, None] = {}
    for mark in walk.marks:
        for name in mark.heap[walk.this].attributes:
            if name not in names and module_at(walk.this, name, mark.heap) is not None:
                names[name] = None
    return list(names)


def _line(walk: Walk, attribute: str) -> AttributeLine | None:
    states: list[HookState | None] = []
    begin = 0
    for mark in walk.marks:
        states.append(_state(walk, attribute, mark, walk.events[begin : mark.events]))
        begin = mark.events
    return AttributeLine(attribute, tuple(states)) if any(states) else None


def _state(walk: Walk, attribute: str, mark: Mark, events: Sequence[Event]) -> HookState | None:
    number = module_at(walk.this, attribute, mark.heap)
    if number is None:
        return None
    forwards = [event for event in events if isinstance(event, Forward) and _concerns(event, number)]
    learning = [event for event in forwards if True in event.grad and mark.hook not in AROUND_VALIDATION]
    first = next(iter((*learning, *forwards)), None)
    switch = _switch(number, mark, events)
    heap = first.heap if first is not None else mark.heap
    place = first.span if first is not None else switch.span if switch is not None else None
    runs = Runs.WITH_GRADIENTS if learning else Runs.WITHOUT_GRADIENTS if forwards else None
    asked = switch.asked.value if switch is not None else ""
    return HookState(_mode_within(number, heap), _grad_within(number, heap), runs, asked, place)


def _concerns(event: Forward, number: int) -> bool:
    """Whether a module runs when this one does, or something inside it."""
    if number not in event.heap:
        return False
    return one_is_in_other(event.thing, number, event.heap)


def _switch(number: int, mark: Mark, events: Sequence[Event]) -> ModeSet | None:
    """The last switch in a hook that concerns a module."""
    concerned = (
        event
        for event in reversed(events)
        if isinstance(event, ModeSet) and (event.thing == number or number in everything_in(event.thing, mark.heap))
    )
    return next(concerned, None)


def _mode_within(number: int, heap: Mapping[int, Thing]) -> Mode:
    """The mode of a module and of all in it."""
    modes = {_MODES[flag] for each in _modules(number, heap) for flag in heap[each].mode}
    own = {_MODES[flag] for flag in heap[number].mode}
    if Mode.UNKNOWN in modes or len(own) > 1:
        return Mode.UNKNOWN
    return modes.pop() if len(modes) == 1 else Mode.MIXED


def _grad_within(number: int, heap: Mapping[int, Thing]) -> Grad:
    """A class of the project that holds modules learns as far as they do."""
    if heap[number].only_adapters_learn:
        return Grad.PARTLY
    inside = _modules(number, heap)
    counted = [each for each in inside if heap[each].cls is None] or inside
    if any(len(heap[each].grad) > 1 for each in counted):
        return Grad.UNKNOWN
    grads = {GRADS[learn] for each in counted for learn in heap[each].grad}
    if Grad.UNKNOWN in grads:
        return Grad.UNKNOWN
    return grads.pop() if len(grads) == 1 else Grad.PARTLY


def _modules(number: int, heap: Mapping[int, Thing]) -> list[int]:
    return [each for each in everything_in(number, heap) if heap[each].kind is Kind.MODULE]
