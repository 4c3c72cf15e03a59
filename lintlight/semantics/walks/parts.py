"""The pretrained parts of a LightningModule at the moment when their forward first runs in `training_step`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lintlight.model import Confidence, Grad, Mode, Related, Span, in_code
from lintlight.semantics.heap import Asked, Flag, Kind, Learn, Origin, Thing
from lintlight.semantics.interpreter.machine import Fitted, Forward, ModeSet, Replaced, Time
from lintlight.semantics.interpreter.module_tree import everything_in, submodules, wholes
from lintlight.semantics.interpreter.origins import as_it_runs
from lintlight.semantics.interpreter.picked import UNTOLD, leave_none_out
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.knowledge.families import without_dropout
from lintlight.semantics.knowledge.rates import are_zero
from lintlight.semantics.knowledge.words import BESIDE_MODELS
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import nodes_around
from lintlight.semantics.values import Params, Ref, Share
from lintlight.semantics.walks import meant
from lintlight.semantics.walks.frozen import (
    STACKS,
    only_a_head_learns,
    only_parts_in_train_mode_are_stepped,
    only_parts_in_train_mode_learn,
)
from lintlight.semantics.walks.runs import (
    forwards_of,
    is_seen_without_gradients,
    learns_at_times,
    may_run_without_gradients,
)
from lintlight.semantics.walks.timeline import TRAINING, Walk
from lintlight.semantics.walks.train_overrides import override_span

NOT_FOR_TRAINING = ("validation_", "test_", "predict_", "on_validation_", "on_test_", "on_predict_")
GRADS = {
    Learn.ON: Grad.ON,
    Learn.OFF: Grad.OFF,
    Learn.PARTLY: Grad.PARTLY,
    Learn.IN_PARTS: Grad.PARTLY,
    Learn.UNSURE: Grad.UNKNOWN,
}
NO_MODEL = re.compile(
    "|".join((*BESIDE_MODELS, "token", "feature_extractor", "vocab", "transform(?!er)")), re.IGNORECASE
)
"""What is in the name of what is no model, most likely."""

DROPPING = STACKS | {"base_model", "encoder", "decoder", "transformer", "embeddings", "text_model", "vision_model"}
"""How the models of transformers call what has dropout inside of it, as long as their configuration asks for any."""


@dataclass(frozen=True)
class UselessSwitch:
    """A mode switch without effect."""

    span: Span
    hook: str
    asked: Asked


@dataclass(frozen=True)
class Pretrained:
    """A pretrained part of a LightningModule when its forward first runs in `training_step`."""

    name: str
    """Dotted path from the LightningModule, for instance `encoder.bert`."""
    mode: Mode
    asked: bool
    """Whether the author asked for eval mode."""
    grad: Grad
    confidence: Confidence
    """How sure it is that it learns in this mode."""
    origin: Origin
    span: Span
    """Where the reader would edit."""
    related: tuple[Related, ...]
    lora: bool
    """Only adapters inside it learn."""
    without_dropout: str | None
    """Its family, when that surely has no dropout, so that eval mode changes nothing."""
    zeroed: bool
    """Whether its dropout rates, and what else is random in it, are set to 0."""
    override: Span | None
    """The module's own `train()`, which would put it into train mode if Lightning called it."""
    freezing: Span | None
    """A `train()` that would freeze it if Lightning called it."""
    wanted_in_eval: bool
    """Whether a `train()` that Lightning does not call is meant to put a part of it into eval mode, or may be."""
    useless_switch: UselessSwitch | None
    """What was meant to put it into train mode and does not."""

    @property
    def shown(self) -> str:
        """How code names it."""
        return in_code(self.name)


def pretrained_parts(walk: Walk, files: frozenset[Path]) -> Iterator[Pretrained]:
    """The pretrained parts that learn; with low confidence where the configuration may also pick what is all right."""
    found = list(_without_inner(walk, _pretrained_parts(walk, files)))
    numbers = {number for number, _ in found}
    unsure: set[int] = set()
    for group in walk.alternatives:
        inside = [everything_in(each, walk.first_step) for each in group]
        if not all(numbers & each for each in inside):
            unsure.update(*inside)
    for number, part in found:
        yield replace(part, confidence=Confidence.LOW) if number in unsure else part


def _without_inner(walk: Walk, found: Iterable[tuple[int, Pretrained]]) -> Iterator[tuple[int, Pretrained]]:
    """Without what a class of the project loads itself that is loaded, too: that puts all of it into eval mode."""
    outer: list[tuple[ProjectClass, set[int]]] = []
    for number, part in found:
        if not any(number in inside and cls.holds(part.origin.span) for cls, inside in outer):
            yield number, part
        thing = walk.first_step[number]
        if thing.cls is not None and thing.origin is not None:
            outer.append((thing.cls, everything_in(number, walk.first_step)))


@dataclass(frozen=True)
class _Seen:
    """A pretrained submodule as it is when it first runs in `training_step`, else as that begins."""

    path: tuple[str, ...]
    number: int
    origin: Origin
    forwards: list[Forward]
    """Its runs with gradients."""
    heap: Mapping[int, Thing]
    thing: Thing
    learns_later: bool
    """Whether it is frozen at first, and gets its gradients back in a later epoch."""
    keeps_learning: bool
    """Whether it learns at once or in a later epoch, whatever branch is taken."""


def _pretrained_parts(walk: Walk, files: frozenset[Path]) -> Iterator[tuple[int, Pretrained]]:
    for path, number, origin in reachable(walk.this, walk.first_step):
        forwards = forwards_of(walk, number)
        heap = forwards[0].heap if forwards else walk.first_step
        thing = heap.get(number, walk.first_step[number])
        later, end = _is_unfrozen_in_eval(walk, number), walk.after_epoch[number]
        keeps_learning = thing.keeps_learning or (end.keeps_learning and end.mode == {Flag.LEFT})
        seen = _Seen(path, number, origin, forwards, heap, thing, later, keeps_learning)
        is_left = Flag.LEFT in thing.mode and not meant.is_as_wanted(walk, number)
        if is_left and _is_a_model_that_runs(walk, seen) and _learns(walk, seen):
            yield number, _pretrained(walk, seen, files)


def _pretrained(walk: Walk, seen: _Seen, files: frozenset[Path]) -> Pretrained:
    number, thing, heap = seen.number, seen.thing, seen.heap
    modes = meant.modes(walk, number)
    origin = as_it_runs(number, seen.origin, heap)
    span, related = _place(walk, seen.path, origin, files)
    said = _said(walk, number)
    switch = _useless_switch(walk, number, heap) if thing.mode == {Flag.LEFT} else None
    may_be_in_time = switch is not None and switch.hook in TRAINING and learns_at_times(walk, number)
    return Pretrained(
        name=".".join(seen.path),
        mode=_mode(number, heap),
        asked=Flag.ASKED in thing.mode,
        grad=_grad(thing.grad),
        confidence=Confidence.LOW if may_be_in_time else _confidence(walk, seen),
        origin=origin,
        span=span,
        related=(*related, said) if said is not None else related,
        lora=thing.only_adapters_learn,
        without_dropout=without_dropout(origin, _own_class(thing, origin)),
        zeroed=are_zero(origin.library.rpartition(".")[2], dict(origin.settings)),
        override=override_span(walk.cls) if modes == {Flag.TRAIN} else None,
        freezing=meant.freezing_override(walk, number) if meant.is_to_be_frozen(walk, number) else None,
        wanted_in_eval=Flag.ASKED in modes,
        useless_switch=switch,
    )


def _is_a_model_that_runs(walk: Walk, seen: _Seen) -> bool:
    """Whether it is a module that training runs, as far as is known; a number read off one is not."""
    if not seen.forwards and (walk.complete or is_seen_without_gradients(walk, seen.number)):
        return False
    if walk.complete and not _runs_itself(walk, seen.number, seen.forwards):
        return False
    is_surely_a_model = seen.origin.library not in {"", catalog.ANY_MODEL} and bool(
        seen.forwards
    )  # a tokenizer has a `from_pretrained`, too
    return is_surely_a_model or NO_MODEL.search(seen.path[-1]) is None


def _learns(walk: Walk, seen: _Seen) -> bool:
    """Whether an optimizer changes it, or adapters in it."""
    is_frozen = seen.thing.grad == {Learn.OFF} or only_a_head_learns(seen.number, seen.origin, seen.heap)
    if is_frozen and not (seen.learns_later or seen.thing.lora):
        return False
    over, heap = walk.trained_over, seen.heap
    if over is None:
        return True
    return is_covered(seen.number, over, heap) and not only_parts_in_train_mode_are_stepped(
        seen.number, seen.origin, over, heap
    )


def switched_to_train(walk: Walk) -> Iterator[str]:
    """The names of the pretrained modules that code puts into train mode, or a part of them, or what is around."""
    switches = {e.thing for e in walk.events if isinstance(e, ModeSet) and e.asked is not Asked.EVAL}
    for path, number, _ in reachable(walk.this, walk.first_step) if switches else ():
        heap = walk.after_epoch
        if any(number in everything_in(each, heap) or each in everything_in(number, heap) for each in switches):
            yield ".".join(path)


def reachable(this: int, heap: Mapping[int, Thing]) -> Iterator[tuple[tuple[str, ...], int, Origin]]:
    """The pretrained modules below a module: path, number and the call that loaded it, without the parts of a whole."""
    origins: dict[int, Origin | None] = {}
    loaded: dict[tuple[str, ...], Origin] = {}

    def is_open(number: int) -> bool:
        origins[number] = _origin(number, heap)
        return origins[number] is None or heap[number].cls is not None

    for path, number in submodules(this, heap, is_open):
        origin = origins[number]
        if origin is not None and not any(loaded.get(path[:length]) == origin for length in range(1, len(path))):
            loaded[path] = origin
            yield path, number, origin


def _origin(number: int, heap: Mapping[int, Thing]) -> Origin | None:
    return next((origin for each in wholes(number, heap) if (origin := heap[each].origin) is not None), None)


def _said(walk: Walk, number: int) -> Related | None:
    """The configuration file that a part, or the whole that it belongs to, was built from."""
    return next((walk.configured[each] for each in wholes(number, walk.first_step) if each in walk.configured), None)


def _is_among(things: frozenset[int], walk: Walk, number: int) -> bool:
    """Whether a part, or a whole that it belongs to, is one of some things."""
    return any(each in things for each in wholes(number, walk.first_step))


def _runs_itself(walk: Walk, number: int, forwards: list[Forward]) -> bool:
    """Whether a module is known to be one: it was loaded, or it, something in it or torch's container was called.

    Or a model was called into which it was put in the place of one.
    """
    thing = walk.first_step[number]
    return thing.origin is not None or any(
        event.thing in everything_in(number, event.heap)
        or event.heap[event.thing].library in catalog.CONTAINERS
        or _is_put_into(number, event.thing, event.heap)
        for event in forwards
    )


def _is_put_into(number: int, whole: int, heap: Mapping[int, Thing]) -> bool:
    """Whether a library's model has a module, which another one came with, in the place of what has dropout inside."""
    holders = (heap[each] for each in everything_in(whole, heap) if each != heap[number].part_of)
    return catalog.is_model_class(heap[whole].library) and any(
        (name in DROPPING or name.startswith("[") or name.isdigit()) and Ref(number) in attribute.value
        for thing in holders
        for name, attribute in thing.attributes.items()
    )


def is_covered(number: int, over: frozenset[Params], heap: Mapping[int, Thing]) -> bool:
    """Whether a module's parameters, or some of them, are in an optimizer."""
    mine = everything_in(number, heap)
    return any(
        number not in params.frozen and (params.thing in mine or number in everything_in(params.thing, heap))
        for params in over
    )


def _is_unfrozen_in_eval(walk: Walk, number: int) -> bool:
    """Whether a part that is frozen when training starts gets its gradients back in a later epoch, but not its mode."""
    if number not in walk.before_start:
        return False
    start, end = walk.before_start[number], walk.after_epoch[number]
    return start.grad == {Learn.OFF} and not start.lora and Learn.ON in end.grad and end.mode == {Flag.LEFT}


def _mode(number: int, heap: Mapping[int, Thing]) -> Mode:
    if heap[number].mode != {Flag.LEFT}:
        return Mode.UNKNOWN
    modules = (each for each in everything_in(number, heap) if heap[each].kind is Kind.MODULE)
    return Mode.MIXED if any(Flag.TRAIN in heap[each].mode for each in modules) else Mode.EVAL


def _grad(learn: frozenset[Learn]) -> Grad:
    return GRADS[next(iter(learn))] if len(learn) == 1 else Grad.UNKNOWN


def is_chosen(number: int, over: frozenset[Params] | None, heap: Mapping[int, Thing]) -> bool:
    """Whether a module is in an optimizer only as far as a choice by names or identity lets it in."""
    mine = everything_in(number, heap)
    covering = [p for p in over or () if p.thing in mine or number in everything_in(p.thing, heap)]
    if not covering or not all(params.share >= Share.PICKED for params in covering):
        return False
    return not leave_none_out([params.where or UNTOLD for params in covering])


def _confidence(walk: Walk, seen: _Seen) -> Confidence:
    """High when every step was seen; medium when one was taken on trust; low when it may as well be otherwise."""
    number = seen.number
    if Flag.ASKED in meant.modes(walk, number) and not meant.is_to_be_frozen(walk, number):
        return Confidence.LOW
    if _is_among(walk.doubted, walk, number) or is_chosen(number, walk.trained_over, seen.heap):
        return Confidence.LOW
    if may_run_without_gradients(walk, seen.number, seen.forwards) or only_parts_in_train_mode_learn(number, seen.heap):
        return Confidence.LOW
    sure = Confidence.MEDIUM if seen.learns_later and walk.time is Time.ANY else _confidence_in_what_it_is(seen)
    is_guessed = walk.this in walk.guessed or _is_among(walk.guessed, walk, number)
    is_guessed = is_guessed or walk.trained_over is None  # nobody knows what the optimizer is given
    if sure is Confidence.HIGH and (
        walk.time is not Time.ANY or walk.cut_short or is_guessed or _said(walk, number) is not None
    ):
        return Confidence.MEDIUM
    return sure


def _confidence_in_what_it_is(seen: _Seen) -> Confidence:
    thing, forwards, origin = seen.thing, seen.forwards, seen.origin
    if thing.mode != {Flag.LEFT} or Learn.UNSURE in thing.grad or not seen.keeps_learning:
        return Confidence.LOW
    if not origin.library or (forwards and False in forwards[0].grad):
        return Confidence.LOW
    is_known = catalog.is_model_class(origin.library) or catalog.loads_when_called(origin.library)
    if not is_known or origin.library == catalog.ANY_MODEL:
        return Confidence.MEDIUM
    only_adapters = Learn.OFF in thing.grad and not thing.lora
    if not forwards or thing.lent or only_adapters or not any(event.followed for event in forwards):
        return Confidence.MEDIUM
    return Confidence.HIGH


def _place(
    walk: Walk, path: tuple[str, ...], origin: Origin, files: frozenset[Path]
) -> tuple[Span, tuple[Related, ...]]:
    """Where the reader would edit: the call in the module's own files, else the attribute's assignment there."""
    if origin.span.path in files:
        return origin.span, ()
    assigned = walk.first_step[walk.this].attributes[path[0]].span
    if assigned is None or assigned.path not in files:  # a function of another file may have assigned it last
        assigned = next(_assignments(walk.cls, path[0]), None)
    if assigned is None:
        return origin.span, ()
    return assigned, (Related("loaded here, in eval mode", origin.span),)


def _assignments(cls: ProjectClass, name: str) -> Iterator[Span]:
    """Where a class, or a base of it, assigns an attribute of itself."""
    for base in cls.own_bases:
        for node in nodes_around(base.node, [name]):
            if isinstance(node, ast.Assign) and any(ast.unparse(target) == f"self.{name}" for target in node.targets):
                yield base.module.span(node)


def _own_class(thing: Thing, origin: Origin) -> str:
    """The name of the project's class that a pretrained part is; empty where the library's own was loaded."""
    if thing.cls is not None:
        return thing.cls.node.name
    return thing.library.rpartition(".")[2] if thing.library not in {origin.library, "?"} else ""


def _useless_switch(walk: Walk, number: int, heap: Mapping[int, Thing]) -> UselessSwitch | None:
    """The first switch to train mode that concerns a module which stays in eval mode all the same."""
    earlier = {number} | {event.old for event in walk.events if isinstance(event, Replaced) and event.new == number}
    off: set[tuple[str, int]] = set()
    is_fitted = False
    for event in walk.events:
        is_fitted = is_fitted or isinstance(event, Fitted)
        if is_fitted and isinstance(event, ModeSet) and event.hook == "script":
            continue  # what a script does after `fit` was not meant for it
        if isinstance(event, ModeSet) and event.asked is Asked.FLAG and event.hook.startswith(NOT_FOR_TRAINING):
            continue  # it asks its own code to do in validation what that does in training
        if isinstance(event, ModeSet) and event.asked is Asked.EVAL:
            off.add((event.hook, event.thing))
        elif isinstance(event, ModeSet) and (event.hook, event.thing) not in off:  # else it only puts the mode back
            concerned = event.thing in earlier or (event.thing in heap and number in everything_in(event.thing, heap))
            if concerned:
                return UselessSwitch(event.span, event.hook, event.asked)
    return None
