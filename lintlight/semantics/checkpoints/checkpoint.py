"""What a module's checkpoints lack: its `state_dict` and `on_save_checkpoint` overrides, its hooks, its submodules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lintlight.model import Confidence, Position, Span
from lintlight.semantics.checkpoints import keycalls
from lintlight.semantics.checkpoints.given_hooks import given_hook
from lintlight.semantics.checkpoints.groups import Group, Test, always, equals, is_below, is_own, starts_with
from lintlight.semantics.checkpoints.keyflow import KeyFlow, PartAt, nothing_known
from lintlight.semantics.checkpoints.keys import (
    OPAQUE,
    CheckpointDict,
    Contents,
    DictOf,
    KeyChange,
    Known,
    ModuleAt,
    Part,
    What,
)
from lintlight.semantics.checkpoints.loading import puts_in_front
from lintlight.semantics.checkpoints.switches import IsOn, not_asked
from lintlight.semantics.heap import Kind
from lintlight.semantics.interpreter.module_tree import submodules
from lintlight.semantics.knowledge.catalog import STATE_DICT_HOOKS
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node
from lintlight.semantics.values import Function, Ref
from lintlight.semantics.walks.timeline import Walk

SAVES = "on_save_checkpoint"
SAVE_HOOKS = ("state_dict", SAVES)


@dataclass(frozen=True)
class Saved:
    """How the keys in the checkpoint differ from the module's own."""

    changes: tuple[KeyChange, ...] = ()
    known: bool = True
    """False when the code decides in a way that cannot be followed."""
    hooks: tuple[Span, ...] = ()
    """The methods that write the checkpoint, whole."""
    child: str = ""
    """The submodule that hides its keys; empty for the module itself."""

    def hook_of(self, change: KeyChange) -> Span | None:
        """The head of the method that a change belongs to."""
        around = [hook for hook in self.hooks if hook.path == change.span.path and _is_in(change.span, hook)]
        chosen = around or list(self.hooks[:1])
        return _head(chosen[0]) if chosen else None


def _is_in(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _head(span: Span) -> Span:
    """The first characters of a method: `def name`."""
    return replace(span, end=Position(span.start.row, span.start.column + 4))


def saved_by(
    cls: ProjectClass,
    callbacks: Iterable[ProjectClass] = (),
    part_at: PartAt = nothing_known,
    is_on: IsOn = not_asked,
) -> Saved:
    """What a LightningModule's own methods and hooks do to the keys, and the callbacks that it is trained with.

    `part_at` tells the class of a submodule, whose methods the hooks may call; `is_on` whether a switch is always on.
    """
    flow = KeyFlow(cls, cls.module.span(cls.node), part_at, is_on)
    hooks = []
    number: int | None = flow.store.new(Contents(cls.module.span(cls.node), full=True))
    method = cls.find_method("state_dict")
    if method is not None:
        hooks.append(_span(method))
        value = keycalls.joined(flow, flow.run(method, keycalls.parameters(flow, method, [], {})))
        number = value.number if isinstance(value, DictOf) else None
    for registered in registered_hooks(cls):
        hooks.append(_span(registered))
        number = _after_hook(flow, registered, number)
    for owner in (*callbacks, cls):  # in Lightning's order
        hook = given_hook(owner, SAVES) if owner is cls else None
        saver = hook.function if hook is not None else owner.find_method(SAVES)
        if hook is not None and saver is None:
            return Saved(known=False, hooks=tuple(hooks))
        if saver is not None:
            hooks.append(_span(saver))
            flow.owner = owner
            flow.store.held = number
            given: list[Known] = [CheckpointDict()] if owner is cls else [OPAQUE, ModuleAt(), CheckpointDict()]
            if hook is not None and hook.is_given_self:
                given.insert(0, ModuleAt())
            names = keycalls.parameters(flow, saver, given, {})
            flow.run(saver, names if owner is cls else {**names, **_own_self(saver)})
            number = flow.store.held
    if number is None:
        return Saved(known=False, hooks=tuple(hooks))
    contents = flow.store.settled(number)
    parts = (part.renamed if puts_in_front(cls, part.path) else part for part in contents.parts)
    contents = replace(contents, parts=tuple(parts))
    return Saved(tuple(_changes(contents)), contents.known, tuple(hooks))


def _own_self(method: Function) -> dict[str, Known]:
    """The first parameter of a callback's method is not the LightningModule."""
    return dict.fromkeys(by_position(method.node.args)[:1], OPAQUE)


def changes_what_is_saved(cls: ProjectClass) -> bool:
    """Whether a class has anything of its own that runs when it is saved."""
    return any(cls.find_method(hook) for hook in SAVE_HOOKS) or given_hook(cls, SAVES) is not None


def _span(function: Function) -> Span:
    return function.module.span(function.node)


def _after_hook(flow: KeyFlow, hook: Function, number: int | None) -> int | None:
    """The state dict after a hook got it; what the hook returns takes its place."""
    if number is None:
        return None
    given: list[Known] = [ModuleAt(), DictOf(number), OPAQUE, OPAQUE]
    returned = keycalls.joined(flow, flow.run(hook, keycalls.parameters(flow, hook, given, {})))
    return returned.number if isinstance(returned, DictOf) else number


def _changes(contents: Contents) -> Iterator[KeyChange]:
    """All that a dict lacks or has besides."""
    if contents.adapter:
        yield KeyChange(What.ADAPTER, contents.made, always, contents.sure)
    elif not contents.full and contents.known:
        parts = tuple(part.path for part in contents.parts if part.path)
        added = [change for change in contents.changes if change.what is What.ADDED]
        left_out = _left_out(contents.parts, added) if contents.parts or added else always
        yield KeyChange(
            What.DROPPED, contents.made, left_out, contents.sure, parts=parts, is_emptied=contents.is_emptied
        )
    yield from contents.changes


def _left_out(parts: tuple[Part, ...], added: list[KeyChange]) -> Test:
    kept = [is_below(part.path) if part.path else is_own for part in parts if part.fits]
    kept += [(starts_with if change.is_beginning else equals)(change.key) for change in added]

    def test(group: Group) -> bool | None:
        answers = [each(group) for each in kept]
        return False if True in answers else None if None in answers else True

    return test


def saved_by_child(cls: ProjectClass, path: str) -> Saved:
    """What a submodule hides: torch ignores what its `state_dict` returns and sees only the dict it is given."""
    flow = KeyFlow(cls, cls.module.span(cls.node), is_child=True)
    hooks = []
    method = cls.find_method("state_dict")
    if method is not None:
        hooks.append(_span(method))
        returns = flow.run(method, keycalls.parameters(flow, method, [], {}))
        contents = flow.store.settled(flow.store.destination)
        if returns and not contents.full:
            known = contents.known and not _may_find_destination(method)
            flow.store.dicts[flow.store.destination] = replace(contents, made=returns[0][1], known=known)
    else:
        flow.store.dicts[flow.store.destination] = replace(flow.store.dicts[flow.store.destination], full=True)
    for hook in registered_hooks(cls):
        hooks.append(_span(hook))
        _after_hook(flow, hook, flow.store.destination)
    contents = flow.store.settled(flow.store.destination)
    changes = tuple(replace(change, test=_inside(path, change.test), parts=()) for change in _changes(contents))
    return Saved(changes, contents.known, tuple(hooks), child=path)


def _may_find_destination(method: Function) -> bool:
    """Whether a `state_dict` does more with `args` or `kwargs` than pass them on: its parent's dict is in there."""
    args = method.node.args
    names = {each.arg for each in (args.vararg, args.kwarg) if each is not None}
    every = list(every_node(method.node))
    passed_on = {each.value for each in every if isinstance(each, ast.Starred | ast.keyword)}
    return any(isinstance(each, ast.Name) and each.id in names and each not in passed_on for each in every)


def _inside(path: str, test: Test) -> Test:
    """A test of a submodule's keys, asked about keys of the whole module."""

    def moved(group: Group) -> bool | None:
        if group.path == path:
            if test(group) is True:
                return True
            return False if test(replace(group, path="?")) is False else None
        if group.path.startswith(path + "."):
            return test(replace(group, path=group.path[len(path) + 1 :], above=f"{path}."))
        return False

    return moved


def registered_hooks(cls: ProjectClass) -> list[Function]:
    """The functions of the project that the class's methods register as hooks on the module itself."""
    found = []
    for base in cls.own_bases:
        if not any(map(base.module.says, STATE_DICT_HOOKS)):
            continue
        for node in base.methods.values():
            for call in every_node(node):
                if isinstance(call, ast.Call) and call.args and _is_on_name(call.func):
                    function = _hook_function(cls, base, node, call.args[0])
                    found += [function] if function is not None else []
    return found


def _is_on_name(called: ast.expr) -> bool:
    """`self.register_...`, not `self.part.register_...`."""
    return isinstance(called, ast.Attribute) and called.attr in STATE_DICT_HOOKS and isinstance(called.value, ast.Name)


def _hook_function(cls: ProjectClass, base: ProjectClass, around: ast.AST, node: ast.expr) -> Function | None:
    if isinstance(node, ast.Lambda):
        return Function(base.module, node)
    if isinstance(node, ast.Attribute):
        return cls.find_method(node.attr)
    if isinstance(node, ast.Name):
        for inner in every_node(around):
            if isinstance(inner, ast.FunctionDef) and inner.name == node.id:
                return Function(base.module, inner)
        for atom in base.module.lookup(node.id):
            if isinstance(atom, Function):
                return atom
    return None


def children_of(walk: Walk) -> Iterator[tuple[str, ProjectClass]]:
    """The submodules whose classes are in the project, with their paths."""
    for path, number in submodules(walk.this, walk.first_step):
        cls = walk.first_step[number].cls
        if cls is not None:
            yield ".".join(path), cls


def helpers_of(walk: Walk) -> Iterator[tuple[str, ProjectClass]]:
    """What the module keeps of classes in the project that are no modules, with the names of the attributes."""
    for name, attribute in walk.first_step[walk.this].attributes.items():
        held = [walk.first_step.get(atom.thing) if isinstance(atom, Ref) else None for atom in attribute.value]
        thing = held[0] if len(held) == 1 else None
        if thing is not None and thing.kind is Kind.INSTANCE and thing.cls is not None:
            yield name, thing.cls


def confidence_of(change: KeyChange, groups: tuple[Group, ...]) -> Confidence | None:
    """How sure it is that a change concerns keys that the module has; None when it surely does not."""
    if change.what is What.ADDED:
        if any(_has_it(group, change) for group in groups):
            return None
        return Confidence.HIGH if change.sure else Confidence.MEDIUM
    known = {group.path for group in groups}
    for part in change.parts:
        if not any(path == part or path.startswith(part + ".") or part.startswith(path + ".") for path in known):
            return None
    answers = [change.test(group) for group in groups]
    held = [group for group, answer in zip(groups, answers, strict=True) if answer]
    if held and all(group.is_only_run for group in held):
        return confidence_of(change, tuple(group for group in groups if group not in held)) or Confidence.LOW
    if held:
        is_seen = any(group.is_seen for group in held)
        return Confidence.HIGH if change.sure and is_seen else Confidence.MEDIUM
    if None in answers or not groups:
        return Confidence.MEDIUM
    return None if all(group.is_known for group in groups) else Confidence.LOW


def _has_it(group: Group, change: KeyChange) -> bool:
    """Whether a key that is added is one of a group; of keys whose beginning is known, whether any is."""
    is_below = change.key.startswith(group.path + ".")
    return group.path == change.key or is_below or (change.is_beginning and group.path.startswith(change.key))


def loses(change: KeyChange, groups: tuple[Group, ...]) -> bool | None:
    """Whether something that is trained is among the keys that are missing; None where it may be."""
    is_all = change.what is What.DROPPED and change.test is always
    return True if is_all or lost_groups(change, groups) else None if may_be_lost(change, groups) else False


def may_be_lost(change: KeyChange, groups: tuple[Group, ...]) -> bool:
    """Whether something that may be trained, in part at least, may be among the keys that are missing."""
    if change.what is What.ADDED:
        return False
    concerned = [group for group in groups if change.test(group) is not False and not group.is_buffer]
    return any(group.trained is None and group.grad is None for group in concerned)


def lost_groups(change: KeyChange, groups: tuple[Group, ...]) -> list[Group]:
    """The groups whose trained values are surely not restored once loading is not strict."""
    if change.what is What.ADDED:
        return []
    if change.what is What.ADAPTER:
        return [group for group in groups if group.adapters]
    return [group for group in groups if group.trained is True and change.test(group) is True]
