"""LightningClass: what the rules ask about one LightningModule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from lintlight.model import Claim, Confidence, ModuleTimeline, ProbeRequest, Related, Span
from lintlight.semantics.checkpoints.checkpoint import changes_what_is_saved
from lintlight.semantics.checkpoints.checkpointing import Checkpointing
from lintlight.semantics.configuration.built import is_built_by_yaml
from lintlight.semantics.interpreter.machine import Stepped, Time
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.resolve.versions import ANY, Newest
from lintlight.semantics.screening.gate import Gate
from lintlight.semantics.screening.reading import Reach
from lintlight.semantics.walks import mode_switches, parts, scripts, timeline
from lintlight.semantics.walks.callers import (
    is_given_parts,
    loaders_elsewhere,
    runs_what_it_is_given,
    scripts_further_off,
    scripts_naming,
    scripts_that_add,
)
from lintlight.semantics.walks.lookback import (
    is_trained_by_hand,
    only_heirs_are_built,
    saving_callbacks,
    script_changes_what_it_fits,
    surely_trained_as_walked,
)
from lintlight.semantics.walks.mode_switches import IgnoredOverride, LeftInEval
from lintlight.semantics.walks.parts import Pretrained
from lintlight.semantics.walks.pretrained import collect, depend_on_time
from lintlight.semantics.walks.recording import timeline_of
from lintlight.semantics.walks.scripts import is_fitted
from lintlight.semantics.walks.steps import is_counted, steps_of
from lintlight.semantics.walks.swapped_weights import SwappedWeights, swapped_weights
from lintlight.semantics.walks.timeline import TRAINING, Walk, WalkOptions
from lintlight.semantics.walks.train_overrides import override_span
from lintlight.semantics.walks.uses import only_infers


@dataclass(frozen=True)
class Step:
    """An optimizer stepped by hand."""

    span: Span
    hook: str
    wrapped: bool | None
    """Whether Lightning has wrapped the optimizer; None when that is not known."""
    related: tuple[Related, ...]
    confidence: Confidence
    """Medium where a caller decides whether optimization is manual."""
    past: bool = False
    """Whether the optimizer inside a wrapped one is stepped, past Lightning's wrapper, as SAM's `second_step` does."""
    is_alone: bool = False
    """Whether, of all steps that are counted, none is in a run in which it is."""

    @property
    def is_outside(self) -> bool:
        """Whether it runs outside the dynamic extent of `training_step`."""
        return self.hook in catalog.OUTSIDE_TRAINING_STEP

    @property
    def is_counted(self) -> bool:
        """Whether it may advance `global_step`."""
        return is_counted(self.hook, self.wrapped)


Found = TypeVar("Found", LeftInEval, IgnoredOverride)


class LightningClass:
    """One LightningModule of the project, walked through its hooks when first asked."""

    def __init__(self, cls: ProjectClass) -> None:
        self.definition = cls
        self._seen_in: dict[str, Walk] = {}

    @property
    def qualified_name(self) -> str:
        """Module and class, for instance `models.text.Classifier`."""
        return self.definition.name

    @cached_property
    def files(self) -> frozenset[Path]:
        """The files of the class and of its bases in the project."""
        return frozenset(base.module.path for base in self.definition.own_bases)

    @property
    def code_around(self) -> tuple[SourceModule, ...]:
        """The files whose code may change what is in it: those of its bases, heirs, callbacks and scripts."""
        cls = self.definition
        classes = (each for near in (cls, *cls.module.project.heirs(cls), *self._callbacks) for each in near.own_bases)
        return tuple(dict.fromkeys((*(each.module for each in classes), *self._scripts, *self._further_off)))

    @cached_property
    def _lightning(self) -> Newest | None:
        """What the project asks for, or an older one that the class is written for, if the settings name none.

        Lightning 2 refuses to fit what has certain hooks, and Trainers with certain arguments, whatever the project's
        requirements are.
        """
        project = self.definition.module.project
        asked = project.versions_at(self.definition.module.path).lightning
        if project.target.lightning is not None or (asked is not None and asked.version < (2,)):
            return asked
        removed = (
            scripts.removed_hook(self.definition)
            or scripts.removed_import(self.definition)
            or scripts.removed_argument(self.definition)
        )
        return asked if removed is None else Newest((1, ANY), removed, None, ", which Lightning 2.0 removed")

    def runs_before(self, version: tuple[int, ...]) -> Newest | None:
        """The Lightning that the class is written for, when it is surely older than `version`."""
        newest = self._lightning
        return newest if newest is not None and newest.version < version else None

    @cached_property
    def walks(self) -> tuple[tuple[Walk, ...], tuple[Walk, ...]]:
        """The walks that rely on parameters' defaults, and those that do not."""
        relying = self._walks(WalkOptions(defaults=True, inside=self._asks_for_inside))
        # What a walk could not finish, one that goes both ways everywhere cannot, either.
        if not any(walk.relied and not walk.exhausted for walk in relying):
            return relying, relying
        return relying, self._walks(WalkOptions(defaults=False, inside=self._asks_for_inside))

    @property
    def is_unfinished(self) -> bool:
        """Whether a walk that a rule asked for ended for want of steps."""
        return any(walk.exhausted for walks in self.__dict__.get("walks", ()) for walk in walks)

    def _walks(self, how: WalkOptions) -> tuple[Walk, ...]:
        """From the script in its own file that fits it, else from other files', else from nothing but the class."""
        cls = self.definition
        project = cls.module.project
        scripted = tuple(scripts.walk_scripts(project, cls, cls.module, how))
        if scripted:
            # A factory may only build what a script elsewhere gets ready.
            others = () if any(map(is_fitted, scripted)) else self._scripts
            fitted = (w for script in others for w in scripts.walk_scripts(project, cls, script, how) if is_fitted(w))
            return tuple(fitted) or scripted
        alone = timeline.walk(project, cls, how, whole=how.inside or self._asks_for_steps)  # a step tells what learns
        has_parts = any(parts.pretrained_parts(alone, self.files))
        if alone.calls_unknown or self._callbacks_elsewhere or has_parts or is_given_parts(cls):
            has_more = has_parts or self._loaders or (Reach.LOADS in self.reach and runs_what_it_is_given(cls))
            for script in self._scripts or (self._further_off if has_more else ()):
                scripted += tuple(scripts.walk_scripts(project, cls, script, how))
        return scripted if any(walk.sees_the_step for walk in scripted) else (alone,)

    @cached_property
    def _scripts(self) -> list[SourceModule]:
        """The other files that fit it: what they pass, and what they do before, its own code does not say."""
        return scripts_naming(self.definition)

    @cached_property
    def _loaders(self) -> list[SourceModule]:
        return loaders_elsewhere(self.definition)

    @cached_property
    def _asks_for_inside(self) -> bool:
        """Whether the modes matter of modules that hold nothing pretrained."""
        return Reach.EVALS in self._reach_of_training or self._has_overrides

    @cached_property
    def _asks_for_steps(self) -> bool:
        """Whether its steps tell something although it loads nothing itself: a caller may give it a model."""
        cls = self.definition
        given = (
            bool(self._scripts or self._loaders)
            or runs_what_it_is_given(cls)
            or is_built_by_yaml(cls.module.project, cls)
        )
        by_caller = given and Reach.LOADS in self.reach
        is_asked = Reach.EVALS in self._reach_of_training or self._has_overrides
        return by_caller or Reach.MANUAL in self.reach or is_asked

    @property
    def _has_overrides(self) -> bool:
        """Whether `train()` is overridden, by the class itself or in a submodule that it may have."""
        return Reach.OVERRIDES in self.reach or override_span(self.definition) is not None

    @cached_property
    def _reach_of_training(self) -> Reach:
        gate = self.definition.module.project.once(Gate)
        cls = self.definition
        found = gate.reach_of(cls, TRAINING, self._helpers(gate, cls))
        for callback in self._callbacks:
            found |= gate.reach_of(callback, TRAINING, [cls, *self._helpers(gate, callback)]) & Reach.EVALS
        return found

    def _helpers(self, gate: Gate, cls: ProjectClass) -> list[ProjectClass]:
        """The classes whose methods may set eval mode, too, where `cls` keeps one of them."""
        # NOTE: to look into every part takes steps that are missed where more depends on a walk.
        reach = gate.reach(self.definition)
        is_wanted = Reach.EVALS in reach | gate.reach(cls) and not (Reach.LOADS | Reach.MANUAL) & reach
        return list(gate.named_in(cls)) if is_wanted else []

    @cached_property
    def _callbacks(self) -> tuple[ProjectClass, ...]:
        """The callbacks that a script may give to the Trainer: those in its own file, and those that scripts import."""
        own = [cls for cls in self.definition.module.classes.values() if cls.is_callback]
        return tuple(dict.fromkeys((*own, *self._callbacks_elsewhere)))

    @cached_property
    def _callbacks_elsewhere(self) -> tuple[ProjectClass, ...]:
        return tuple(dict.fromkeys(each for script in self._scripts for each in scripts.callbacks_in(script)))

    @cached_property
    def reach(self) -> Reach:
        """What its code, and the scripts that build it, can reach: what is not in it needs no walk."""
        cls = self.definition
        project = cls.module.project
        gate = project.once(Gate)
        found = gate.reach(cls)
        for module in (cls.module, *self._scripts, *self._loaders):
            if Reach.LOADS not in found:
                found |= gate.reach_from(module, scripts.code_that_builds(cls, module)) & Reach.LOADS
        if Reach.LOADS not in found and is_built_by_yaml(project, cls):
            found |= gate.configured(cls)
        if Reach.LOADS not in found and runs_what_it_is_given(cls):
            for module, name in scripts.feeders(cls, self._scripts):
                found |= gate.reach_from(module, scripts.code_that_builds(cls, module, name)) & Reach.LOADS
            for module in self._further_off if Reach.LOADS not in found else ():
                found |= gate.reach_from(module, scripts.code_that_builds(cls, module)) & Reach.LOADS
        return found

    @cached_property
    def _further_off(self) -> list[SourceModule]:
        """The files that fit it, where none does that names it."""
        if self._scripts:
            return []
        return scripts_that_add(self.definition) or scripts_further_off(self.definition)

    @property
    def trains(self) -> bool:
        """Whether it can be given to `fit` at all: it has a `training_step`, or a base that cannot be read may."""
        if self.definition.find_method("training_step") is not None:
            return True
        from_library = [base for base in self.definition.mro if isinstance(base, str)]
        return not all(base.rpartition(".")[2] in catalog.PLAIN_BASES for base in from_library)

    def pretrained(self) -> Iterator[Pretrained]:
        """The pretrained parts that learn, each once, as they are when their forward first runs in `training_step`."""
        if self.trains and Reach.LOADS in self.reach and not self._never_steps:
            found = self._pretrained
            for part in found:
                yield replace(part, confidence=part.confidence.at_most(self._sure_at_most))

    @cached_property
    def _never_steps(self) -> bool:
        """Whether it optimizes manually, and nothing in its files so much as asks for an optimizer."""
        bases = self.definition.own_bases
        if any(base.module.says(word) for base in bases for word in (".step(", ".optimizers(")):
            return False
        events = [event for walk in self.walks[0] for event in walk.events]
        is_manual = all(walk.manual and walk.complete for walk in self.walks[0])
        return is_manual and not any(isinstance(event, Stepped) for event in events)

    @cached_property
    def _is_fitted_by_nobody(self) -> bool:
        """Whether, as far as the project's code shows, no trainer ever trains it."""
        return only_infers(self.definition) or is_trained_by_hand(self.definition)

    @cached_property
    def _sure_at_most(self) -> Confidence:
        """Low where a script that is not understood may switch it to train mode, or only its subclasses are trained.

        Medium where some experiments take a callback that changes it.
        """
        if self._is_fitted_by_nobody:
            return Confidence.LOW
        if any(map(is_fitted, (*self.walks[0], *self.walks[1]))):
            return Confidence.HIGH
        by_callbacks = surely_trained_as_walked(self.definition)
        unsure = script_changes_what_it_fits(self.definition) or only_heirs_are_built(self.definition)
        return Confidence.LOW if unsure else by_callbacks

    @cached_property
    def _pretrained(self) -> tuple[Pretrained, ...]:
        how = WalkOptions(defaults=True, inside=self._asks_for_inside)
        collected = collect(self.definition, self.walks, self.files, how)
        if depend_on_time(collected.parts, self.walks[0]):
            apart = [walk for time in (Time.FIRST, Time.LATER) for walk in self._walks(replace(how, time=time))]
            collected = collect(self.definition, ((*self.walks[0], *apart), self.walks[1]), self.files, how)
        self._seen_in.update(collected.seen_in)
        return collected.parts

    def steps(self) -> Iterator[Step]:
        """The optimizer steps of a module that optimizes manually, each place once."""
        if Reach.MANUAL not in self.reach:
            return
        relying, free = self.walks
        found: dict[tuple[Span, str], list[tuple[Stepped, Walk]]] = {}
        for walk in (*(w for w in relying if w.manual), *(w for w in free if w.manual is not False)):
            for event in steps_of(walk):
                found.setdefault((event.span, event.hook), []).append((event, walk))
        for seen in found.values():
            event, walk = seen[0]
            made = () if event.made is None else (Related("made here, not wrapped by Lightning", event.made),)
            beside = [
                (each, other)
                for each, walk in seen
                for other in steps_of(walk)
                if is_counted(other.hook, other.wrapped)
            ]
            is_alone = bool(beside) and all(each.excludes(other) for each, other in beside)
            is_told = walk.manual and not walk.by_configuration
            sure = Confidence.HIGH if is_told and not is_alone else Confidence.MEDIUM
            yield Step(event.span, event.hook, event.wrapped, made, sure, event.past, is_alone)

    def left_in_eval(self) -> Iterator[LeftInEval]:
        """The `.eval()` calls during training that no `.train()` follows before the next step, each place once."""
        if Reach.EVALS in self._reach_of_training:
            yield from _once(mode_switches.left_in_eval(self.definition, self.walks[0]))

    def is_in_a_callback(self, span: Span) -> bool:
        """Whether a place lies in a callback of its file: the probe's Trainer has none of a script's callbacks."""
        return any(callback.holds(span) for callback in self._callbacks)

    def ignored_overrides(self) -> Iterator[IgnoredOverride]:
        """The `train()` overrides that were meant to keep a frozen part in eval mode, each once."""
        if self.trains and self._has_overrides:
            for each in _once(found for walk in self.walks[0] for found in mode_switches.ignored_overrides(walk)):
                yield replace(each, confidence=each.confidence.at_most(self._sure_at_most))

    def swapped_weights(self) -> SwappedWeights | None:
        """The weights that a `train()` override puts in for validation and never takes out."""
        return swapped_weights(self.definition) if self.trains else None

    @cached_property
    def checkpoint(self) -> Checkpointing | None:
        """What becomes of its checkpoints; None for a class that never saves one, or none but torch's own."""
        cls, reach = self.definition, self.reach
        keys, lenient = Reach.KEYS in reach, Reach.LENIENT in reach
        by_callback = any(callback.find_method("on_save_checkpoint") for callback in self._callbacks)
        by_yaml = saving_callbacks(cls, self._scripts) if self.trains else []
        saves = by_callback or by_yaml or changes_what_is_saved(cls)
        if not self.trains or not (keys or lenient or saves):
            return None
        return Checkpointing(
            cls,
            self._walks_for_keys,
            keys=keys,
            lenient=lenient,
            by_callback=by_callback,
            near=self._callbacks,
            by_yaml=by_yaml,
        )

    def _walks_for_keys(self, inside: bool) -> tuple[Walk, ...]:
        """What a command line's options are by default says nothing of how a checkpoint is loaded."""
        is_enough = self._asks_for_inside or not inside
        if is_enough and not any(walk.by_configuration for walk in self.walks[0]):
            return self.walks[0]
        return self._walks(WalkOptions(defaults=True, inside=inside or self._asks_for_inside, options=False))

    def timeline(self, attribute: str) -> ModuleTimeline | None:
        """What one submodule goes through on the walk that a finding about it rests on."""
        walks = [self._seen_in[attribute]] if attribute in self._seen_in else self.walks[0]
        return next((line for walk in walks if (line := timeline_of(walk, attribute)) is not None), None)

    def probe_request(self, claim: Claim, attribute: str = "") -> ProbeRequest:
        """What the probe is to see of this class, or of an attribute; of the heir whose training shows the mistake."""
        cls = self._seen_in[attribute].cls if attribute in self._seen_in else self.definition
        return ProbeRequest(cls.module.path, cls.qualname, attribute, claim)


def _once(found: Iterable[Found]) -> Iterator[Found]:
    seen: set[Span] = set()
    for each in found:
        if each.span not in seen:
            seen.add(each.span)
            yield each


def lightning_classes(project: Project, path: Path) -> list[LightningClass]:
    """The LightningModules that `path` defines. Raises SyntaxFault and UnreadableSource."""
    return [known_class(project, cls) for cls in project.module(path).class_of_node.values() if cls.is_lightning]


def known_class(project: Project, cls: ProjectClass) -> LightningClass:
    """A class of a project, one object for all who ask, so that it is walked once."""
    known = project.once(known_classes)
    if cls not in known:
        known[cls] = LightningClass(cls)
    return known[cls]


def known_classes(project: Project) -> dict[ProjectClass, LightningClass]:
    """The classes of a project that were asked for, none at first: `project.once(known_classes)`."""
    return {}
