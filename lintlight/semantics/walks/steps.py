"""The optimizer steps of a walk: which are the module's, and which of them Lightning counts."""

from __future__ import annotations

from collections.abc import Iterator

from lintlight.semantics.interpreter.machine import Counted, Stepped
from lintlight.semantics.interpreter.module_tree import everything_in
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.values import Ref
from lintlight.semantics.walks.timeline import Walk


def steps_of(walk: Walk) -> Iterator[Stepped]:
    """The steps of a walk that matter, if it does not keep Lightning's counter itself."""
    if any(isinstance(event, Counted) for event in walk.events):
        return
    steps = [event for event in walk.events if isinstance(event, Stepped)]
    inside = {event.span for event in steps if event.hook in catalog.INSIDE_TRAINING_STEP}
    counts = any(is_counted(event.hook, event.wrapped) for event in steps)
    for event in steps:
        # A helper of both steps leaves the optimizer alone in validation, or means to step there.
        is_aside = (event.span in inside and "validation" in event.hook) or (counts and _warms_up(event))
        if not is_aside and _is_ours(event, walk):
            yield event


def is_counted(hook: str, wrapped: bool | None) -> bool:
    """Whether a step in a hook may advance `global_step`, of an optimizer that is wrapped or not."""
    return wrapped is not False and hook in catalog.INSIDE_TRAINING_STEP


def _warms_up(event: Stepped) -> bool:
    """Whether an optimizer is made and stepped before the first batch, in the same hook."""
    return event.hook == event.made_in == "on_train_start"


def _is_ours(event: Stepped, walk: Walk) -> bool:
    """Whether an optimizer steps parameters of the module: a callback may train a head of its own, a step a copy."""
    if event.over is None:
        return not event.late
    heap = walk.after_epoch
    mine = everything_in(walk.this, heap)
    held = (atom for each in mine for attribute in heap[each].attributes.values() for atom in attribute.value)
    own = mine | {atom.thing for atom in held if isinstance(atom, Ref)}  # a parameter of its own is no module
    return any(params.thing in own for params in event.over)
