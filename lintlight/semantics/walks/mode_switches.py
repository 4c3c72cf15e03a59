"""Mode switches of the author's own: eval mode that is not left again, and overrides that Lightning never calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lintlight.model import Confidence, Span
from lintlight.semantics.heap import Asked, Flag, Kind, Learn, Thing
from lintlight.semantics.interpreter import torch_module
from lintlight.semantics.interpreter.machine import Built, Fitted, Forward, ModeSet
from lintlight.semantics.interpreter.modes import own_train
from lintlight.semantics.interpreter.module_tree import everything_in, registered_in, submodules
from lintlight.semantics.resolve.annotations import annotated_arguments, is_any_module
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.walks import timeline
from lintlight.semantics.walks.parts import is_covered
from lintlight.semantics.walks.timeline import START_OF_EPOCH, TRAINING, Walk, WalkOptions
from lintlight.semantics.walks.train_overrides import FREEZES, override_span
from lintlight.source.outline import may_say

WITH_MODULES = WalkOptions(defaults=True, modules=True)
"""A class as its own code builds it from modules in train mode."""
SAYS_EVAL = ("eval", "False", "freeze", "frozen")
"""A word of a `train()` that keeps something in eval mode."""


@dataclass(frozen=True)
class LeftInEval:
    """An `.eval()` during training that is still in force when the next step begins."""

    span: Span
    hook: str
    attribute: str
    """The part that it leaves in eval mode; empty for the whole module."""
    confidence: Confidence
    learns_at_once: str = ""
    """The part that learns in eval mode at the first step already; empty where it does so at a later one."""


@dataclass(frozen=True)
class IgnoredOverride:
    """A `train()` override that would keep a frozen part in eval mode, if Lightning called it."""

    span: Span
    attribute: str
    confidence: Confidence


def left_in_eval(cls: ProjectClass, walks: Sequence[Walk]) -> Iterator[LeftInEval]:
    """The `.eval()` calls during training that a later step starts in, also those for modules that callers give."""
    for each in walks:
        yield from _left_by_a_start_hook(each)
        yield from _left_for_the_second_epoch(each)
    events = (event for each in walks for event in each.events)
    is_seen_given = any(isinstance(e, Fitted) or (isinstance(e, Built) and e.modules) for e in events)
    may_be_frozen = any(word in base.text for base in cls.own_bases for word in FREEZES)
    if not is_seen_given and not may_be_frozen and annotated_arguments(cls, is_any_module):
        for left in _left_for_the_second_epoch(timeline.walk(cls.module.project, cls, WITH_MODULES)):
            yield replace(left, confidence=Confidence.MEDIUM)


def _left_by_a_start_hook(walk: Walk) -> Iterator[LeftInEval]:
    """The `.eval()` of a start hook that all that learns is still in at its first step, and that was not meant for it.

    It was meant for what the hook runs behind it, as in order to sample; alone it is meant for training.
    """
    meant_for = _run_in_eval_by_start_hooks(walk)
    learning: dict[int, Thing] = {}
    for event in walk.events[: walk.second_epoch] if meant_for else ():
        if isinstance(event, Forward) and event.hook == "training_step" and True in event.grad:
            for number in sorted(everything_in(event.thing, event.heap) - learning.keys()):
                thing = event.heap[number]
                if thing.kind is Kind.MODULE and torch_module.has_modes(thing) and _learns(number, walk, event.heap):
                    learning[number] = thing
    if all(number in meant_for and _is_in_eval_at_its_start(walk, number, learning[number]) for number in learning):
        paths = {each: ".".join(path) for path, each in submodules(walk.this, walk.first_step)}
        for number, thing in learning.items():
            switch, sure = meant_for[number], thing.mode == {Flag.ASKED}
            name, inside = (paths.get(each, "") for each in (switch.thing, number))
            part = name or inside.partition(".")[0]
            yield LeftInEval(switch.span, switch.hook, name, Confidence.HIGH if sure else Confidence.MEDIUM, part)


def _run_in_eval_by_start_hooks(walk: Walk) -> dict[int, ModeSet]:
    """The modules that a start hook puts into eval mode and then runs, alone or within them, and the switch.

    Not those that a later hook puts into eval mode in any case, and does not run: that is meant for training. Nor those
    of which code that cannot be followed may have changed the mode.
    """
    asked: dict[int, ModeSet] = {}
    found: dict[int, ModeSet] = {}
    unknown: set[int] = set()
    inside: dict[int, set[int]] = {}
    for event in walk.events[: walk.second_epoch]:
        if isinstance(event, ModeSet) and event.asked is Asked.EVAL and event.hook in START_OF_EPOCH:
            if event.thing not in inside:
                inside[event.thing] = everything_in(event.thing, walk.first_step)
            asked |= dict.fromkeys(inside[event.thing], event)
            for number in inside[event.thing] & found.keys() if event.always else ():
                if found[number].hook != event.hook:
                    del found[number]
        elif isinstance(event, Forward) and event.hook in START_OF_EPOCH:
            switch = asked.get(event.thing)
            parts = everything_in(event.thing, event.heap)
            if not event.followed:
                unknown |= parts
            elif switch is not None and switch.hook == event.hook:
                found |= {number: switch for number in parts if event.heap[number].mode == {Flag.ASKED}}
    return {number: switch for number, switch in found.items() if number not in unknown}


def _is_in_eval_at_its_start(walk: Walk, number: int, thing: Thing) -> bool:
    """Whether a module that nobody had put into eval mode before training is in eval mode when a step begins."""
    if number not in walk.before_start or Flag.UNSURE in thing.mode:
        return False
    if walk.first_step[number].lent and not walk.before_start[number].lent:
        return False  # what it was handed to may put the mode back
    asked = [Flag.ASKED in mode for mode in (walk.before_start[number].mode, walk.first_step[number].mode, thing.mode)]
    return asked == [False, True, True]


def _left_for_the_second_epoch(walk: Walk) -> Iterator[LeftInEval]:
    """The `.eval()` calls of the first epoch that the second one starts in."""
    switches = [
        e
        for e in walk.events[: walk.second_epoch]
        if isinstance(e, ModeSet) and e.asked is Asked.EVAL and e.hook in TRAINING and not e.hook.endswith("_start")
    ]
    if not switches:
        return
    settled = _in_eval_at_first(walk)  # what was run before: what comes later in a step is for this step
    for event in walk.events[walk.second_epoch :]:
        if not isinstance(event, Forward) or event.hook != "training_step" or True not in event.grad:
            continue
        if event.number in walk.detached:
            continue
        for number in sorted(everything_in(event.thing, event.heap) - settled):
            settled.add(number)
            if _is_left(walk, number, event.heap):
                switch = next((s for s in reversed(switches) if number in everything_in(s.thing, event.heap)), None)
                if switch is not None:
                    sure = event.heap[number].mode == {Flag.ASKED}
                    name = attribute_of(walk.this, switch.thing, event.heap)
                    yield LeftInEval(switch.span, switch.hook, name, Confidence.HIGH if sure else Confidence.MEDIUM)


def _in_eval_at_first(walk: Walk) -> set[int]:
    """The modules that `training_step` itself puts into eval mode before it runs them.

    Not those that run without gradients before: eval mode was meant for that run, and was left on.
    """
    found: set[int] = set()
    seen: set[int] = set()
    aside: set[int] = set()
    for event in walk.events[: walk.second_epoch]:
        if not isinstance(event, Forward) or event.hook != "training_step":
            continue
        parts = everything_in(event.thing, event.heap)
        in_eval = {number for number in parts if event.heap[number].mode != {Flag.TRAIN}}
        if True in event.grad:
            found |= in_eval - seen - aside
            seen |= parts
        else:
            aside |= in_eval
    return found


def _is_left(walk: Walk, number: int, heap: Mapping[int, Thing]) -> bool:
    """Whether a module that learns, and in which eval mode turns something off, was in train mode and no longer is."""
    thing = heap[number]
    if number not in walk.first_step or thing.kind is not Kind.MODULE:
        return False
    if walk.first_step[number].mode != {Flag.TRAIN} or Flag.ASKED not in thing.mode or Flag.UNSURE in thing.mode:
        return False
    return torch_module.has_modes(thing) and _learns(number, walk, heap)


def _learns(number: int, walk: Walk, heap: Mapping[int, Thing]) -> bool:
    """Whether a module, or the whole that it is a part of, is trained; a dropout layer has no parameters of its own."""
    thing = heap[number]
    if thing.grad in ({Learn.OFF}, {Learn.UNSURE}) or (Learn.OFF in thing.grad and thing.mode != {Flag.ASKED}):
        return False  # frozen where it is put into eval mode, most likely
    return walk.trained_over is None or is_covered(number, walk.trained_over, heap)


def attribute_of(this: int, number: int, heap: Mapping[int, Thing]) -> str:
    """The dotted path from a LightningModule to a module in it; empty for itself."""
    return next((".".join(path) for path, each in submodules(this, heap) if each == number), "")


def ignored_overrides(walk: Walk) -> Iterator[IgnoredOverride]:
    """The overrides that would put a part, which runs in train mode, into eval mode."""
    if walk.after_override is None:
        return
    seen: set[int] = set()
    told: set[ProjectClass] = set()
    nearest = _nearest_overrides(walk)
    for event in walk.events[: walk.second_epoch]:
        if not isinstance(event, Forward) or event.hook != "training_step":
            continue
        parts = everything_in(event.thing, event.heap)
        for number in sorted(parts - seen):
            cls = nearest.get(number, walk.cls)
            span = override_span(cls) if cls not in told else None
            if span is not None and _is_meant_for_eval(walk, event.heap[number], number):
                told.add(cls)
                sure = Confidence.HIGH if walk.after_override[number].mode == {Flag.ASKED} else Confidence.MEDIUM
                if cls is not walk.cls and event.heap[number].grad != {Learn.OFF}:
                    sure = Confidence.MEDIUM if sure is Confidence.HIGH else Confidence.LOW
                yield IgnoredOverride(span, attribute_of(walk.this, number, event.heap), sure)
        seen |= parts


def _is_meant_for_eval(walk: Walk, thing: Thing, number: int) -> bool:
    """Whether `train()` would put a module in train mode into eval mode, and that changes what it does."""
    meant = walk.after_override.get(number) if walk.after_override is not None else None
    is_switched = meant is not None and thing.mode == {Flag.TRAIN} and Flag.ASKED in meant.mode
    return is_switched and torch_module.has_modes(thing)


def _nearest_overrides(walk: Walk) -> dict[int, ProjectClass]:
    """Each module in a class whose `train()` keeps something in eval mode, and the nearest such class around it."""
    found: dict[int, ProjectClass] = {}
    heap = walk.first_step
    for number in (walk.this, *(number for _, number in submodules(walk.this, heap))):  # the outermost first
        cls = heap[number].cls
        override = own_train(cls) if cls is not None else None
        if cls is not None and override is not None and may_say(override.node, SAYS_EVAL):
            found |= dict.fromkeys(registered_in(number, heap), cls)
    return found
