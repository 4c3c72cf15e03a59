"""LightningClass: what the rules ask about one LightningModule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lintlight.model import Confidence, Grad, Mode, ProbeRequest, Related, Span
from lintlight.semantics import catalog, timeline
from lintlight.semantics.machine import Forward, Stepped
from lintlight.semantics.project import Project, ProjectClass
from lintlight.semantics.timeline import Walk
from lintlight.semantics.values import Flag, Kind, Learn, Origin, Params, Ref, Thing, ordered

NO_MODEL_NAMES = ("token", "config", "processor", "feature_extractor", "scheduler", "vocab", "transform", "pipeline")


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


@dataclass(frozen=True)
class Step:
    """An optimizer stepped by hand."""

    span: Span
    hook: str
    wrapped: bool | None
    """Whether Lightning has wrapped the optimizer; None when that is not known."""
    related: tuple[Related, ...]

    @property
    def is_outside(self) -> bool:
        """Whether it runs outside the dynamic extent of `training_step`."""
        return self.hook in catalog.OUTSIDE_TRAINING_STEP

    @property
    def is_counted(self) -> bool:
        """Whether it may advance `global_step`."""
        return self.wrapped is not False and self.hook in catalog.INSIDE_TRAINING_STEP


class LightningClass:
    """One LightningModule of the project, walked through its hooks when first asked."""

    def __init__(self, cls: ProjectClass) -> None:
        self.definition = cls

    @property
    def qualified_name(self) -> str:
        """Module and class, for instance `models.text.Classifier`."""
        return self.definition.name

    @cached_property
    def files(self) -> frozenset[Path]:
        """The files of the class and of its bases in the project."""
        return frozenset(base.module.path for base in self.definition.mro if isinstance(base, ProjectClass))

    @cached_property
    def walks(self) -> tuple[tuple[Walk, ...], tuple[Walk, ...]]:
        """The walks that rely on parameters' defaults, and those that do not."""
        return self._walks(defaults=True), self._walks(defaults=False)

    def _walks(self, *, defaults: bool) -> tuple[Walk, ...]:
        cls = self.definition
        project = cls.module.project
        scripted = tuple(timeline.walk_scripts(project, cls, cls.module, defaults=defaults))
        return scripted or (timeline.walk(project, cls, defaults=defaults),)

    @property
    def trains(self) -> bool:
        """Whether it can be given to `fit` at all: it has a `training_step`, or a base that cannot be read may."""
        if self.definition.find_method("training_step") is not None:
            return True
        from_library = [base for base in self.definition.mro if isinstance(base, str)]
        return not all(base.rpartition(".")[2] in {"LightningModule", "ABC", "object", "Generic"} for base in from_library)

    def pretrained(self) -> Iterator[Pretrained]:
        """The pretrained parts that learn, each once, as they are when their forward first runs in `training_step`."""
        if not self.trains:
            return
        seen: set[Span] = set()
        for walks in self.walks:
            for walk in walks:
                for part in _pretrained_parts(walk, self):
                    if part.origin.span not in seen:
                        seen.add(part.origin.span)
                        yield part

    def steps(self) -> Iterator[Step]:
        """The optimizer steps of a module that optimizes manually, each place once."""
        seen: set[tuple[Span, str]] = set()
        for walk in self.walks[0]:
            if walk.manual is not True:
                continue
            for event in walk.events:
                if isinstance(event, Stepped) and (event.span, event.hook) not in seen:
                    seen.add((event.span, event.hook))
                    made = () if event.made is None else (Related("made here, not wrapped by Lightning", event.made),)
                    yield Step(event.span, event.hook, event.wrapped, made)

    def probe_request(self, attribute: str, *experiments: str) -> ProbeRequest:
        """What the probe is to do for one attribute of this class."""
        return ProbeRequest(self.definition.module.path, self.definition.qualname, attribute, experiments)


def _pretrained_parts(walk: Walk, cls: LightningClass) -> Iterator[Pretrained]:
    for path, number, origin in _reachable(walk.this, walk.first_step):
        forwards = _forwards(walk, number)
        if not forwards and walk.complete:
            continue
        heap = forwards[0].heap if forwards else walk.first_step
        thing = heap.get(number, walk.first_step[number])
        if Flag.LEFT not in thing.mode:
            continue
        later = _is_unfrozen_later(walk, number)
        if thing.grad == {Learn.OFF} and not thing.lora and not later:
            continue
        if walk.trained_over is not None and not _is_covered(number, walk.trained_over, heap):
            continue
        if not origin.library and any(word in path[-1].lower() for word in NO_MODEL_NAMES):
            continue
        span, related = _place(walk, path, origin, cls)
        yield Pretrained(
            name=".".join(path),
            mode=_mode(number, heap),
            asked=Flag.ASKED in thing.mode,
            grad=_grad(thing.grad),
            confidence=Confidence.MEDIUM if later else _confidence(thing, forwards, origin),
            origin=origin,
            span=span,
            related=related,
            lora=thing.lora,
        )


def _reachable(this: int, heap: Mapping[int, Thing]) -> Iterator[tuple[list[str], int, Origin]]:
    """The pretrained modules below a module: path, number and the call that loaded it."""
    seen = {this}
    todo: list[tuple[list[str], int]] = [([], this)]
    while todo:
        path, number = todo.pop(0)
        for name, attribute in heap[number].attributes.items():
            for atom in ordered(attribute.value):
                if not isinstance(atom, Ref) or atom.thing in seen or atom.thing not in heap:
                    continue
                child = heap[atom.thing]
                if child.kind is not Kind.MODULE:
                    continue
                seen.add(atom.thing)
                origin = _origin(atom.thing, heap)
                if origin is not None:
                    yield [*path, name], atom.thing, origin
                if origin is None or child.cls is not None:
                    todo.append(([*path, name], atom.thing))


def _origin(number: int, heap: Mapping[int, Thing]) -> Origin | None:
    current: int | None = number
    while current is not None and current in heap:
        if heap[current].origin is not None:
            return heap[current].origin
        current = heap[current].part_of
    return None


def _below(number: int, heap: Mapping[int, Thing]) -> set[int]:
    seen: set[int] = set()
    todo = [number]
    while todo:
        current = todo.pop()
        if current in seen or current not in heap:
            continue
        seen.add(current)
        for attribute in heap[current].attributes.values():
            todo.extend(a.thing for a in attribute.value if isinstance(a, Ref))
    return seen


def _forwards(walk: Walk, number: int) -> list[Forward]:
    """The runs of a module in `training_step` that record gradients, in order."""
    found = []
    for event in walk.events:
        if isinstance(event, Forward) and event.hook == "training_step" and True in event.grad:
            if event.number in walk.detached or number not in event.heap:
                continue
            if number in _below(event.thing, event.heap) or event.thing in _below(number, event.heap):
                found.append(event)
    return found


def _is_covered(number: int, over: frozenset[Params], heap: Mapping[int, Thing]) -> bool:
    """Whether a module's parameters, or some of them, are in an optimizer."""
    mine = _below(number, heap)
    return any(params.thing in mine or number in _below(params.thing, heap) for params in over)


def _is_unfrozen_later(walk: Walk, number: int) -> bool:
    """Whether a part that is frozen when training starts gets its gradients back in a later epoch, but not its mode."""
    if number not in walk.before_start:
        return False
    start, end = walk.before_start[number], walk.after_epoch[number]
    return start.grad == {Learn.OFF} and not start.lora and Learn.ON in end.grad and end.mode == {Flag.LEFT}


def _mode(number: int, heap: Mapping[int, Thing]) -> Mode:
    flags = heap[number].mode
    if flags == {Flag.LEFT}:
        below = {flag for each in _below(number, heap) for flag in heap[each].mode if heap[each].kind is Kind.MODULE}
        return Mode.EVAL if Flag.TRAIN not in below else Mode.MIXED
    return Mode.UNKNOWN


def _grad(learn: frozenset[Learn]) -> Grad:
    if len(learn) > 1:
        return Grad.UNKNOWN
    return {Learn.ON: Grad.ON, Learn.OFF: Grad.OFF, Learn.PARTLY: Grad.PARTLY, Learn.UNSURE: Grad.UNKNOWN}[next(iter(learn))]


def _confidence(thing: Thing, forwards: list[Forward], origin: Origin) -> Confidence:
    """High when every step was seen; medium when one was taken on trust; low when it may as well be otherwise."""
    if thing.mode != {Flag.LEFT} or Learn.UNSURE in thing.grad or (Learn.OFF in thing.grad and not thing.lora):
        return Confidence.LOW
    if not origin.library or (forwards and False in forwards[0].grad):
        return Confidence.LOW
    if not forwards or thing.lent or not any(event.followed for event in forwards):
        return Confidence.MEDIUM
    return Confidence.HIGH


def _place(walk: Walk, path: list[str], origin: Origin, cls: LightningClass) -> tuple[Span, tuple[Related, ...]]:
    """Where the reader would edit: the call in the module's own files, else the attribute's assignment there."""
    if origin.span.path in cls.files:
        return origin.span, ()
    attribute = walk.first_step[walk.this].attributes[path[0]]
    if attribute.span is None or attribute.span.path not in cls.files:
        return origin.span, ()
    return attribute.span, (Related("loaded here, in eval mode", origin.span),)


def lightning_classes(project: Project, path: Path) -> list[LightningClass]:
    """The LightningModules that `path` defines. Raises SyntaxFault and UnreadableSource."""
    return [LightningClass(cls) for cls in project.module(path).classes.values() if cls.is_lightning]
