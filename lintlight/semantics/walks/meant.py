"""What `train()` overrides are meant to make of a pretrained part: eval mode, train mode, or to freeze it."""

from __future__ import annotations

from lintlight.model import Span
from lintlight.semantics.heap import Flag, Learn, Thing
from lintlight.semantics.interpreter.modes import own_train
from lintlight.semantics.interpreter.module_tree import registered_in, submodules
from lintlight.semantics.walks.timeline import Walk
from lintlight.semantics.walks.train_overrides import FREEZES, override_span
from lintlight.source.outline import may_say


def modes(walk: Walk, number: int) -> frozenset[Flag]:
    """The modes that a part would have if Lightning called `train()`; none where nothing overrides that."""
    thing = walk.after_override.get(number) if walk.after_override is not None else None
    return thing.mode if thing is not None else frozenset()


def is_to_be_frozen(walk: Walk, number: int) -> bool:
    """Whether a `train()` that nobody calls would freeze a part that learns."""
    thing = walk.after_override.get(number) if walk.after_override is not None else None
    return _is_frozen(thing) and not _is_frozen(walk.first_step[number])


def is_as_wanted(walk: Walk, number: int) -> bool:
    """Whether a `train()` that nobody calls wants a part in eval mode and learning, or validation has it freeze it."""
    if walk.after_validation is not None and _is_frozen(walk.after_validation.get(number)):
        return not _is_frozen(walk.first_step[number])
    return modes(walk, number) == {Flag.ASKED} and not is_to_be_frozen(walk, number)


def freezing_override(walk: Walk, number: int) -> Span | None:
    """The line of the `train()` that freezes a part: of the innermost class around it that says so, else its own."""
    heap, around = walk.first_step, [walk.cls]
    for _, each in submodules(walk.this, heap):
        within = heap[each].cls
        if within is not None and number in registered_in(each, heap):
            around.append(within)
    own = [(each, override) for each in around if (override := own_train(each)) is not None]
    said = [each for each, override in own if may_say(override.node, FREEZES)]
    told = said[-1:] or [each for each, _ in own[:1]]
    return override_span(told[0]) if told else None


def _is_frozen(thing: Thing | None) -> bool:
    """Whether a part is frozen as a whole, adapters and all."""
    return thing is not None and thing.grad == {Learn.OFF} and not thing.lora
