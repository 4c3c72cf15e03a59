"""What comes of saving and loading a LightningModule: what fails, what is lost, what is asked for in vain."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from lintlight.model import Confidence, Related, Span
from lintlight.semantics.checkpoints.asked import is_kept
from lintlight.semantics.checkpoints.checkpoint import (
    Saved,
    children_of,
    confidence_of,
    helpers_of,
    loses,
    lost_groups,
    saved_by,
    saved_by_child,
)
from lintlight.semantics.checkpoints.filterwords import fits_nowhere
from lintlight.semantics.checkpoints.groups import Group, groups_of, may_have
from lintlight.semantics.checkpoints.guessed import guessed_parts, named_parts
from lintlight.semantics.checkpoints.keyless import keyless_parts, plainly_kept
from lintlight.semantics.checkpoints.keys import KeyChange, What
from lintlight.semantics.checkpoints.late import given_late, late_parts
from lintlight.semantics.checkpoints.lenience import grows, is_saved_otherwise
from lintlight.semantics.checkpoints.loading import Loading, copes, loading_of, takes_care
from lintlight.semantics.checkpoints.overrides import Loads, asks_if_empty
from lintlight.semantics.checkpoints.putting_back import handles_own_keys
from lintlight.semantics.checkpoints.restoring import is_restored
from lintlight.semantics.checkpoints.switches import is_on
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import Unknown
from lintlight.semantics.walks.lookback import only_heirs_are_built, script_loads_leniently
from lintlight.semantics.walks.timeline import Walk, WalkOptions, walk

HOOK_NOTE = "keys are {what} in this hook"
AS_WRITTEN = WalkOptions(defaults=True, inside=False, options=False)
"""A class as its own code builds it."""


@dataclass(frozen=True)
class Misfit:
    """Keys that the checkpoint has otherwise than the module."""

    span: Span
    what: What
    """Whether they are dropped, renamed or added."""
    related: tuple[Related, ...]
    confidence: Confidence
    parts: tuple[str, ...]
    """The parts of the module that are surely concerned; empty when they are not known."""
    adapter: bool
    """Whether PEFT renamed them."""
    in_callback: bool = False
    """Whether a callback does it, which the probe's Trainer may not have."""
    loses: bool | None = False
    """Whether something that is trained is among them, so that loading what fits would lose it; None where it may."""

    is_emptied: bool = False
    """Whether the checkpoint has no state dict at all, so that loading fails whether it is strict or not."""

    @property
    def error(self) -> str:
        """How torch's message about them begins."""
        return "Unexpected" if self.what is What.ADDED else "Missing"


class Checkpointing:
    """Saving and loading of one class, worked out when first asked."""

    def __init__(
        self,
        cls: ProjectClass,
        walked: Callable[[bool], Sequence[Walk]],
        *,
        keys: bool,
        lenient: bool,
        by_callback: bool,
        near: Sequence[ProjectClass],
        by_yaml: Sequence[ProjectClass],
    ) -> None:
        self.cls = cls
        self._walked = walked
        """The ways in which it is built; whether to look into every module is to be said."""
        self._keys = keys
        """Whether a submodule may change its keys."""
        self._lenient = lenient
        """Whether strict loading may be turned off."""
        self._by_callback = by_callback
        """Whether a callback may change the keys."""
        self._near = near
        """The callbacks that a script may give to the Trainer."""
        self._by_yaml = by_yaml
        """The callbacks that YAML builds, in some run at least."""

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """The ways in which it is built, down to every layer; asked only where keys change or loading is not strict."""
        return tuple(self._walked(True))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The keys of the module."""
        return groups_of(self.walks[0], self.cls)

    @cached_property
    def _guesses(self) -> tuple[Group, ...]:
        """The parts that most likely have keys, too."""
        return tuple(guessed_parts(self.walks[0], self.cls, self._saved))

    @cached_property
    def _saved(self) -> tuple[str, ...]:
        """The attributes whose own state dicts are saved in place of the module's."""
        names = (name for change in self.own.changes for name in _attributes_of(change))
        return tuple(name for name in dict.fromkeys(names) if is_kept(self.cls.own_bases, name))

    @cached_property
    def _late(self) -> tuple[Group, ...]:
        """What the module gets only after its checkpoint was loaded."""
        names = (*late_parts(self.walks[0]), *given_late(self.walks[0], self.cls, self._near))
        unclear = (Group(name, is_known=False) for name in names)
        return (*(group for group in self.groups if group.is_late), *unclear)

    @cached_property
    def _keyless(self) -> tuple[Group, ...]:
        """The parts that surely are modules without any key, and those that are no modules."""
        return tuple(map(Group, keyless_parts(self.walks[0], self.cls)))

    @cached_property
    def loading(self) -> Loading:
        """How its checkpoints are loaded."""
        return loading_of(self.cls, self.walks)

    @cached_property
    def own(self) -> Saved:
        """What its own methods do to the keys, and the callbacks."""
        has_changes = bool(self._as_written.changes)  # to know of switches takes a walk
        return saved_by(self.cls, self._callbacks, self._part_at, self._is_on) if has_changes else self._as_written

    @cached_property
    def _as_written(self) -> Saved:
        """The same with every switch of a constructor on or off."""
        return saved_by(self.cls, self._callbacks, self._part_at)

    def _part_at(self, path: str) -> ProjectClass | None:
        return self._parts.get(path)

    def _is_on(self, cls: ProjectClass, name: str) -> bool | None:
        return is_on(cls, name, self.walks, asking=self.cls)

    @cached_property
    def _parts(self) -> dict[str, ProjectClass]:
        """The paths of the submodules that are classes of the project, and of other objects whose methods it calls."""
        return dict((*self._helpers, *children_of(self.walks[0])))

    @cached_property
    def _helpers(self) -> tuple[tuple[str, ProjectClass], ...]:
        """The other objects that it keeps."""
        return tuple(helpers_of(self.walks[0]))

    @cached_property
    def _callbacks(self) -> tuple[ProjectClass, ...]:
        """Those that it is trained with. What they do in `on_load_checkpoint` comes when the weights are loaded."""
        seen = self._walked(False)[0].callbacks if self._by_callback else ()
        return tuple(dict.fromkeys((*seen, *self._by_yaml)))

    @cached_property
    def children(self) -> tuple[Saved, ...]:
        """What its submodules hide, those left out that load their keys in their own way."""
        if not self._keys:
            return ()
        found = [(path, cls) for path, cls in children_of(self._walked(False)[0]) if _may_hide_keys(cls)]
        return tuple(saved_by_child(cls, path) for path, cls in found if not handles_own_keys(cls))

    @cached_property
    def misfits(self) -> tuple[Misfit, ...]:
        """All keys that strict loading may not find, or not know, one statement for each hook."""
        return () if takes_care(self.cls) else tuple(self._misfits())

    def _misfits(self) -> Iterator[Misfit]:
        for saved in (self.own, *self.children):
            if not saved.known:
                continue
            best: dict[Span | None, tuple[KeyChange, Confidence]] = {}
            for change in saved.changes:
                groups = self._there(change)
                sure = confidence_of(change, groups) if self._is_shown(change, groups) else None
                if sure is not None and self._is_doubtful(change):
                    sure = Confidence.LOW
                hook = saved.hook_of(change)
                if sure is not None and (hook not in best or _rank(change, sure) < _rank(*best[hook])):
                    best[hook] = change, sure
            for hook, (change, sure) in best.items():
                groups = self._there(change)
                parts = _named(group for group in groups if change.test(group) is True)
                yield self._misfit(change, hook, sure, parts, saved.child)

    def _there(self, change: KeyChange) -> tuple[Group, ...]:
        """What the module has when a checkpoint is loaded; of what it most likely has only what the change names.

        Or that of which all keys are saved, without what the module puts in front of them.
        """
        saved = set(_attributes_of(change)).intersection(self._saved)
        lacking = tuple(group for group in self._guesses if group.path in saved and change.test(group) is True)
        groups = self.groups + (named_parts(change, self._guesses) or lacking)
        is_filter = change.what is What.DROPPED and not change.parts
        return tuple(group for group in groups if not (is_filter and group.is_late))

    def _is_shown(self, change: KeyChange, groups: tuple[Group, ...]) -> bool:
        """False where the change only means what a new module has not got yet, or what has no keys, by name.

        And where another object, whose settings are not known, may well leave every key as it is, or where nothing
        may be left, and loading asks for that.
        """
        named = named_parts(change, (*self._late, *self._keyless)) if change.what is What.DROPPED else ()
        if named and not any(change.test(group) for group in groups):
            return False
        may_drop_all = change.what is What.DROPPED and all(change.test(group) is not False for group in groups)
        if may_drop_all and not change.is_emptied and asks_if_empty(self.cls):
            return False
        bases = (base for _, helper in self._helpers for base in helper.own_bases)
        is_by_helper = any(base.holds(change.span) for base in bases)
        return not is_by_helper or change.what is What.ADDED or any(change.test(group) for group in groups)

    def _is_doubtful(self, change: KeyChange) -> bool:
        """Whether the module may well have what is added, or nothing of what is changed otherwise."""
        if change.what is What.ADDED:
            return any(may_have(walk, change.key) for walk in self.walks)
        is_open = not self.groups and self._concerns_nothing(change)
        return is_open or fits_nowhere(change, self._there(change), self.cls, self.walks[0])

    def _concerns_nothing(self, change: KeyChange) -> bool:
        """Whether no attribute of the class can have the keys, where it is not known what any of them is."""
        methods = [node for base in self.cls.own_bases for node in base.methods.values()]
        names = {
            node.attr
            for method in methods
            for node in every_node(method)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self"
        }
        return bool(names) and all(change.test(Group(name, is_known=False)) is False for name in names)

    def _misfit(
        self, change: KeyChange, hook: Span | None, sure: Confidence, parts: tuple[str, ...], child: str
    ) -> Misfit:
        adapter = change.what is What.ADAPTER
        what = What.RENAMED if adapter else change.what
        related = () if hook is None else (Related(HOOK_NOTE.format(what=what.value), hook),)
        span = change.span
        files = {base.module.path for base in self.cls.own_bases}
        if child and span.path not in files:  # the reader of this class sees where the submodule is put
            attribute = self.walks[0].built[self.walks[0].this].attributes.get(child.partition(".")[0])
            if attribute is not None and attribute.span is not None:
                related = (Related(f"keys are {what.value} here", span), *related)
                span = attribute.span
        in_callback = any(callback.holds(span) for callback in self._callbacks)
        if any(callback.holds(span) for callback in self._by_yaml):
            is_for_others = not parts or bool(self.cls.module.project.index.tagged("strict_loading"))
            sure = Confidence.LOW if is_for_others else sure.at_most(Confidence.MEDIUM)
        is_lost = loses(change, self._there(change))
        return Misfit(
            span, what, related, _capped(sure, self.cls), parts, adapter, in_callback, is_lost, change.is_emptied
        )

    @cached_property
    def _failing(self) -> tuple[Misfit, ...]:
        """The misfits that make loading fail; less sure where some script loads in its own way."""
        misfits = self.misfits
        if self.loading.renames:  # what was renamed may get its name back
            misfits = tuple(each for each in misfits if each.what is What.DROPPED)
        if not misfits or not self.loading.is_strict or _is_built_as_lenient_heir(self.cls):
            return tuple(each for each in misfits if each.is_emptied)
        by_script = script_loads_leniently(self.cls)
        if by_script is None:
            return tuple(replace(each, confidence=each.confidence.at_most(Confidence.MEDIUM)) for each in misfits)
        return tuple(each for each in misfits if each.is_emptied) if by_script else misfits

    def fails_to_load(self) -> Iterator[Misfit]:
        """What strict loading will not find, or not know."""
        if self.misfits:
            yield from (each for each in self._failing if each.is_emptied or not self.loading.ignored)

    def left_out(self) -> tuple[str, ...] | None:
        """The parts that no checkpoint has; None where it may lack others, or has keys under other names."""
        saved = (self.own, *self.children)
        changes = [change for each in saved for change in each.changes]
        is_filter = all(change.what is What.DROPPED and not change.is_emptied for change in changes)
        if not is_filter or not all(each.known for each in saved):
            return None
        held = self.walks[0].first_step[self.walks[0].this].attributes
        known = (*self.groups, *self._guesses, *self._late)
        clear = {each.path.partition(".")[0] for each in (*known, *self._keyless)} | plainly_kept(self.cls)
        others = [Group(name, is_known=False) for name in held if name not in clear]
        answers = [(group, change.test(group)) for change in changes for group in (*known, *others)]
        if any(held is None for _, held in answers):
            return None
        return _named(group for group, held in answers if held)

    def asked_in_vain(self) -> Iterator[tuple[Span, str, Misfit]]:
        """Where non-strict loading is asked for without effect, why, and which keys need it."""
        if self.misfits and self.loading.ignored and self.loading.override is Loads.PLAIN:
            for misfit in [each for each in self._failing if not each.is_emptied][:1]:
                yield from ((span, why, misfit) for span, why in self.loading.ignored)

    def lost(self) -> Iterator[Misfit]:
        """Trained weights that are not in the checkpoint, and nobody notices."""
        changing = any(saved.changes for saved in (self._as_written, *self.children))
        if not changing or copes(self.cls) or not self.loading.is_lenient:  # to know of loading takes a walk
            return
        for saved in (self.own, *self.children):
            for change in saved.changes if saved.known else ():
                if change.is_emptied:  # loading fails
                    continue
                sure = confidence_of(change, self.groups)
                parts = _named(group for group in lost_groups(change, self.groups) if not self._is_restored(group))
                if sure is not None and sure is not Confidence.LOW and parts:
                    yield self._misfit(change, saved.hook_of(change), sure, parts, saved.child)

    def _is_restored(self, group: Group) -> bool:
        """Whether a hook loads a part by itself, or may."""
        return is_restored(group.path, self.loading.restored)

    def needlessly_lenient(self) -> Span | None:
        """Where loading is made non-strict although every key is saved."""
        if not self._lenient:
            return None
        loading = self.loading
        if loading.strict is not False or loading.override not in {Loads.PLAIN, Loads.BY_ITSELF}:
            return None
        if loading.puts_back or loading.renames_on_load or loading.drops_on_load or not self._is_all_known:
            return None
        if is_saved_otherwise(self.cls, (*self._near, *self._by_yaml)) or grows(self.cls):
            return None
        own = self._as_written
        if own.changes or not own.known or any(each.changes or not each.known for each in self.children):
            return None
        heirs = [saved_by(heir) for heir in self.cls.module.project.heirs(self.cls)]
        if any(saved.changes or not saved.known for saved in heirs):
            return None
        return loading.placed

    @property
    def _is_all_known(self) -> bool:
        """Whether no part of the module can have a `state_dict` of its own that is not seen."""
        held = self.walks[0].built[self.walks[0].this].attributes
        unknown = {name for name, each in held.items() if any(isinstance(atom, Unknown) for atom in each.value)}
        is_clear = not unknown or unknown <= plainly_kept(self.cls)
        return bool(self.groups) and is_clear and _capped(Confidence.HIGH, self.cls) is Confidence.HIGH


def _is_built_as_lenient_heir(cls: ProjectClass) -> bool:
    """Whether the project builds none but classes that derive from it, and none of those loads strictly."""
    project = cls.module.project
    if project.index.notebooks or not only_heirs_are_built(cls):
        return False
    built = (heir for heir in project.heirs(cls) if not only_heirs_are_built(heir))
    return not any(loading_of(heir, (walk(project, heir, AS_WRITTEN, whole=False),)).is_strict for heir in built)


def _attributes_of(change: KeyChange) -> Iterator[str]:
    """The attributes that hold the submodules whose keys alone are kept."""
    return (part.partition(".")[0] for part in change.parts)


def _named(groups: Iterable[Group]) -> tuple[str, ...]:
    """The parts of the module that groups belong to, each once."""
    return tuple(dict.fromkeys(group.part or group.path for group in groups))


def _may_hide_keys(cls: ProjectClass) -> bool:
    """Whether the file of the class, or of a base, says anything about state dicts: cheap to ask."""
    return any(base.module.mentions("state_dict", cls.module) for base in cls.own_bases)


def _rank(change: KeyChange, sure: Confidence) -> tuple[int, int, Span]:
    return tuple(Confidence).index(sure), 0 if change.what is not What.ADDED else 1, change.span


def _capped(sure: Confidence, cls: ProjectClass) -> Confidence:
    """Less sure where the class loads in its own way, or a base that cannot be read may."""
    if cls.find_method("load_from_checkpoint") is not None:
        return Confidence.LOW
    bases = [base for base in cls.mro if isinstance(base, str)]
    if "?" in bases:
        return Confidence.LOW
    if not all(base.rpartition(".")[2] in catalog.PLAIN_BASES for base in bases):
        return sure.at_most(Confidence.MEDIUM)
    return sure
