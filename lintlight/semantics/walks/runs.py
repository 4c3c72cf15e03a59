"""The runs of a module in `training_step`, with gradients and without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lintlight.semantics.interpreter.branches import Told, exclude
from lintlight.semantics.interpreter.machine import Forward
from lintlight.semantics.interpreter.module_tree import everything_in, one_is_in_other
from lintlight.semantics.walks.timeline import Walk

WHETHER_TO_TRAIN = re.compile(
    r"\b(?:stage|phase|mode|split|(?:is_|do_)?(?:train(?:ing)?|fit|test(?:ing)?|val(?:id(?:ate|ation)?)?"
    r"|eval(?:uate|uation)?|infer(?:ence)?|predict(?:ion)?)(?:_only)?)\b"
    r"(?!['\"]?\]?[.\[])"
)
"""A setting that says whether anything is trained at all; not a section of them, as in `cfg.training.frozen`."""


def forwards_of(walk: Walk, number: int) -> list[Forward]:
    """The runs of a module in `training_step` that record gradients, in order."""
    found = []
    related: dict[int, bool] = {}
    for event in _in_the_step(walk):
        if True in event.grad:
            if event.number in walk.detached or number not in event.heap:
                continue
            if event.thing not in related:
                related[event.thing] = one_is_in_other(event.thing, number, event.heap)
            if related[event.thing]:
                found.append(event)
    return found


def is_seen_without_gradients(walk: Walk, number: int) -> bool:
    """Whether it runs in `training_step` where no gradients are recorded; what was not followed may run it again."""
    return any(event.thing in everything_in(number, event.heap) for event in _in_the_step(walk))


def learns_at_times(walk: Walk, number: int) -> bool:
    """Whether it runs without gradients in some epochs, or steps: `if self.current_epoch == 0:` under `no_grad`."""
    runs = [event for event in _in_the_step(walk) if True not in event.grad]
    at_times = [event for event in runs if any(branch.asks_for_the_time for branch in event.branches)]
    return any(event.thing in everything_in(number, event.heap) for event in at_times)


def may_run_without_gradients(walk: Walk, number: int, forwards: Sequence[Forward]) -> bool:
    """Whether it has no gradients in any of its runs in one case of a setting of which nothing is known."""
    without = [
        _of_settings(event.under | _detached_where(walk, event, holds=True))
        for event in _in_the_step(walk)
        if (True not in event.grad or event.number in {*walk.detached, *walk.detached_where})
        and number in everything_in(event.thing, event.heap)
    ]
    learning = [_of_settings(event.under | _detached_where(walk, event, holds=False)) for event in forwards]
    return bool(learning) and any(all(exclude(each, other) for each in learning) for other in without)


def _in_the_step(walk: Walk) -> Iterator[Forward]:
    return (event for event in walk.events if isinstance(event, Forward) and event.hook == "training_step")


def _detached_where(walk: Walk, event: Forward, *, holds: bool) -> frozenset[Told]:
    """The setting that detaches what comes of a run, where it holds or does not."""
    if event.number not in walk.detached_where:
        return frozenset()
    text, detaches = walk.detached_where[event.number]
    return frozenset({(text, detaches is holds)})


def _of_settings(under: frozenset[Told]) -> frozenset[Told]:
    """The settings under which something runs, but for those that say whether anything is trained."""
    return frozenset(told for told in under if not WHETHER_TO_TRAIN.search(told[0]))
