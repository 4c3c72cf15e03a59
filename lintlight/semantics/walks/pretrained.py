"""The pretrained parts of a class over all walks of it: its own, those of scripts, and those that the YAML begins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from lintlight.model import Confidence, Span
from lintlight.semantics.configuration.built import is_built_by_yaml
from lintlight.semantics.heap import Flag, Learn
from lintlight.semantics.interpreter.machine import Time
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.walks import parts, scripts, yaml_walks
from lintlight.semantics.walks.callers import scripts_by_configuration
from lintlight.semantics.walks.lookback import files_that_build, surely_trained_as_built
from lintlight.semantics.walks.parts import Pretrained
from lintlight.semantics.walks.scripts import is_fitted
from lintlight.semantics.walks.timeline import Walk, WalkOptions

Walks = tuple[Sequence[Walk], Sequence[Walk]]
"""Those that rely on parameters' defaults, and those that do not."""
OfRecipes = Callable[[bool], tuple[Walk, ...]]
"""The walks that start from the YAML; whether those count that it gives nothing but literals."""


@dataclass(frozen=True)
class Collected:
    """What all walks of a class say of its pretrained parts."""

    parts: tuple[Pretrained, ...]
    seen_in: Mapping[str, Walk]
    """The name of a part -> the walk that shows it."""


def collect(cls: ProjectClass, walks: Walks, files: frozenset[Path], how: WalkOptions) -> Collected:
    """The pretrained parts that learn in eval mode, each once; `files` are those of the class and its bases."""
    seen_in: dict[str, Walk] = {}
    found: dict[Span, Pretrained] = {}
    configured: dict[Span, Pretrained] = {}
    switched = _switched_at_some_time(walks[0])
    for each in walks:
        for walk in each:
            for part in parts.pretrained_parts(walk, files):
                if walk.time is not Time.ANY and part.name in switched:
                    part = replace(part, confidence=Confidence.LOW)
                known = configured if walk.by_configuration else found
                first = known.setdefault(part.origin.span, part)
                if each is walks[0] and _weight(part) < _weight(first):
                    known[part.origin.span] = part
                    seen_in[part.name] = walk
                seen_in.setdefault(part.name, walk)
    by_default = _frozen_by_default(walks[0], files)
    by_option = by_default & _frozen_by_default([walk for walk in walks[0] if walk.by_configuration], files)
    for span, part in found.items():
        if part.name in (by_option if is_fitted(seen_in[part.name]) else by_default):  # no script gives anything else
            found[span] = replace(part, confidence=Confidence.LOW)
    for span, part in configured.items():
        is_sure = part.confidence is not Confidence.HIGH or (
            span in found and found[span].confidence is Confidence.HIGH
        )
        found[span] = part if is_sure else replace(part, confidence=Confidence.MEDIUM)
    of_recipes = cache(lambda literals: tuple(yaml_walks.walk_recipes(cls.module.project, cls, how, literals=literals)))
    given = dict.fromkeys(callback for each in walks for walk in each for callback in walk.callbacks)
    sure_at_most = cache(lambda: surely_trained_as_built(cls, given))
    for walk in _configured(walks, found.values(), of_recipes):
        for part in parts.pretrained_parts(walk, files):
            part = replace(part, confidence=part.confidence.at_most(sure_at_most()))
            before = found.get(part.origin.span)
            if before is None or _weight(part) < _weight(before):
                found[part.origin.span] = part
                seen_in[part.name] = walk
    found |= _named_elsewhere(cls, found, files, of_recipes)
    trained, frozen = _readied_by_scripts(cls, how) if found else (set[str](), set[str]())
    by_script = {span for span, part in found.items() if part.name in seen_in and is_fitted(seen_in[part.name])}
    always, sometimes = _frozen_by_configuration(found.keys() - by_script, of_recipes)
    told: list[Pretrained] = []
    for span, part in found.items():
        if span in always or (part.name in frozen and span not in sometimes):
            part = replace(part, confidence=Confidence.LOW)
        elif span in sometimes and part.confidence is Confidence.HIGH:  # the configuration decides
            part = replace(part, confidence=Confidence.MEDIUM)
        told += [part] if part.name not in trained else []
    return Collected(tuple(told), seen_in)


def _switched_at_some_time(relying: Sequence[Walk]) -> set[str]:
    """The names of the parts that code puts into train mode, where the times are walked apart: whether in time?"""
    if all(walk.time is Time.ANY for walk in relying):
        return set()
    return {name for walk in relying if walk.time is Time.ANY for name in parts.switched_to_train(walk)}


def depend_on_time(found: Collection[Pretrained], walks: Iterable[Walk]) -> bool:
    """Whether it may be seen better how pretrained parts learn if the start of training is walked apart from the rest.

    At one of these times a condition holds like `self.current_epoch >= 3`, and at the other one it does not.
    """
    if found and all(part.confidence is not Confidence.LOW for part in found):
        return False
    asking = (walk for walk in walks if walk.asks_for_the_time and not walk.exhausted)
    return any(any(parts.reachable(walk.this, walk.first_step)) for walk in asking)


def _frozen_by_default(relying: Sequence[Walk], files: frozenset[Path]) -> set[str]:
    """The parts that do not learn as long as nobody gives the parameters other values."""
    frozen = {
        ".".join(path)
        for walk in relying
        for path, number, _ in parts.reachable(walk.this, walk.first_step)
        if walk.first_step[number].grad == {Learn.OFF}
    }
    return frozen - {part.name for walk in relying for part in parts.pretrained_parts(walk, files)}


def _configured(walks: Walks, found: Collection[Pretrained], of_recipes: OfRecipes) -> tuple[Walk, ...]:
    """The walks that start from what the project's YAML gives the class, where a caller decides what is trained.

    That may also be so where nothing was found: without anything pretrained a walk ends before the first step.
    """
    unsure = any(part.confidence is Confidence.LOW for part in found)
    if unsure or not found or any(walk.calls_unknown for each in walks for walk in each):
        return of_recipes(unsure)
    return ()


def _named_elsewhere(
    cls: ProjectClass, found: Mapping[Span, Pretrained], files: frozenset[Path], of_recipes: OfRecipes
) -> dict[Span, Pretrained]:
    """Those whose checkpoint the class does not know, where all that builds it names one without dropout."""
    unnamed = {span for span, part in found.items() if part.origin.checkpoint is None and not part.without_dropout}
    families: dict[Span, set[str | None]] = {}
    for walks in _ways_to_build(cls, of_recipes) if unnamed else ():
        if not walks:
            return {}  # it may name another
        for part in (part for walk in walks for part in parts.pretrained_parts(walk, files)):
            families.setdefault(part.origin.span, set()).add(part.without_dropout)
    return {
        span: replace(found[span], without_dropout=next(iter(families[span])))
        for span in found
        if span in unnamed and None not in families.get(span, {None})
    }


def _ways_to_build(cls: ProjectClass, of_recipes: OfRecipes) -> Iterator[Sequence[Walk]]:
    """The walks that each script which builds a class begins, else those of the YAML."""
    project = cls.module.project
    if is_built_by_yaml(project, cls):
        yield of_recipes(True)
        return
    for script in files_that_build(cls):
        every = scripts.walk_scripts(project, cls, script, WalkOptions(defaults=True))
        yield [walk for walk in every if is_fitted(walk)]


def _frozen_by_configuration(
    loaded: Collection[Span], of_recipes: OfRecipes
) -> tuple[frozenset[Span], frozenset[Span]]:
    """The places among `loaded` of what is frozen, or left out, in each way in which the YAML builds the class.

    And of what is frozen in some way.
    """
    if not loaded:
        return frozenset(), frozenset()
    walks = of_recipes(True)
    always = frozenset(loaded) if walks else frozenset()
    sometimes: set[Span] = set()
    for walk in walks:
        learns: dict[Span, set[Learn]] = {}
        for number, thing in walk.first_step.items():
            if thing.origin is not None and number not in walk.doubted:
                learn = {Learn.PARTLY} if thing.keeps_learning else thing.grad
                learn = {Learn.OFF} if thing.mode == {Flag.TRAIN} else learn  # it is all right, either way
                learns.setdefault(thing.origin.span, set()).update(learn)
        left = always if walk.complete else frozenset(learns)  # what is not loaded at all does not learn, either
        always &= {span for span in left if learns.get(span, {Learn.OFF}) == {Learn.OFF}}
        sometimes |= {span for span, found in learns.items() if found == {Learn.OFF}}
    return always, frozenset(sometimes)


def _readied_by_scripts(cls: ProjectClass, how: WalkOptions) -> tuple[set[str], set[str]]:
    """The names of the parts that scripts which build them from the YAML put into train mode, and that they freeze."""
    modes: dict[str, set[frozenset[Flag]]] = {}
    learns: dict[str, set[frozenset[Learn]]] = {}
    for script in scripts_by_configuration(cls):
        for walk in scripts.walk_scripts(cls.module.project, cls, script, how):
            for path, number, _ in parts.reachable(walk.this, walk.first_step) if is_fitted(walk) else ():
                modes.setdefault(".".join(path), set()).add(walk.first_step[number].mode)
                learns.setdefault(".".join(path), set()).add(walk.first_step[number].grad)
    trained = {name for name, found in modes.items() if found == {frozenset({Flag.TRAIN})}}
    return trained, {name for name, found in learns.items() if found == {frozenset({Learn.OFF})}}


def _weight(part: Pretrained) -> tuple[bool, bool]:
    """The more a part says, the smaller: of several ways to build it the one counts in which most is lost."""
    return part.confidence is Confidence.LOW, part.lora or part.without_dropout is not None
