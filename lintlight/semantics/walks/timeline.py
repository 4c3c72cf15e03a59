"""Lightning's hook order: a LightningModule walked from its construction through `fit`, without running it.

The order and the effect of every hook were seen by running Lightning 2.2 to 2.6; `fixtures/` repeats the runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

from lintlight.model import Related
from lintlight.semantics.heap import Asked, Flag, Heap, Kind, State, Thing, atoms_inside
from lintlight.semantics.interpreter import (
    attributes,
    conditions,
    expressions,
    finetuning,
    following,
    statements,
    stepping,
)
from lintlight.semantics.interpreter.branches import Told
from lintlight.semantics.interpreter.known_calls import KNOWN
from lintlight.semantics.interpreter.machine import Arguments, Event, Forward, Frame, Machine, ModeSet, Time
from lintlight.semantics.interpreter.modes import switch
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.annotations import annotated_arguments, is_any_module
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.screening.relevance import Relevance
from lintlight.semantics.values import Optimizer, Params, Ref, Trainer, Unknown, Value, const, union
from lintlight.semantics.walks.train_overrides import after_train

AUTOMATIC = ("automatic_optimization", "_automatic_optimization")
"""The property, and where LightningModule keeps it."""
BEFORE_LOADING = ("prepare_data", "setup", "configure_model", "configure_sharded_model")
BEFORE_TRAINING = (
    *BEFORE_LOADING,
    *("configure_optimizers", "on_fit_start", "train_dataloader"),
)
START_OF_EPOCH = ("on_train_start", "on_train_epoch_start", "on_train_batch_start")
IN_THE_STEP = ("on_before_zero_grad", "on_before_backward", "on_after_backward", "on_before_optimizer_step")
AT_THE_END = (
    "on_train_end",
    "on_save_checkpoint",
    "on_load_checkpoint",
    "on_sanity_check_start",  # a callback hook: on a module nobody calls it
    "on_sanity_check_end",
)
TRAINING = frozenset({*START_OF_EPOCH, "training_step", *IN_THE_STEP, "on_train_batch_end", "on_train_epoch_end"})
GIVEN_AN_OPTIMIZER = frozenset({"on_before_zero_grad", "on_before_optimizer_step"})
AROUND_VALIDATION = (
    "on_validation_start",
    "on_validation_epoch_start",
    "on_validation_batch_start",
    "validation_step",
    "on_validation_batch_end",
    "on_validation_epoch_end",
    "on_validation_end",
)


@dataclass(frozen=True)
class WalkOptions:
    """How a walk goes."""

    defaults: bool
    """Whether a parameter's default decides a branch."""
    inside: bool = True
    """Whether to look also into modules that can hold nothing pretrained."""
    options: bool = True
    """Whether an option of a command line is what its parser says."""
    time: Time = Time.ANY
    modules: bool = False
    """Whether an argument of the constructor that is annotated as any module is one in train mode."""


@dataclass(frozen=True)
class Mark:
    """A hook that ran code of the project, how many events there had been when it was done, and the heap then."""

    hook: str
    events: int
    heap: Mapping[int, Thing]


@dataclass(frozen=True)
class Walk:
    """What happened from construction through the start of a second epoch, and what things were like on the way."""

    cls: ProjectClass
    this: int
    events: tuple[Event, ...]
    second_epoch: int
    """The number of events before the second epoch."""
    detached: frozenset[int]
    """The forwards whose output goes on nowhere but detached, by number."""
    detached_where: Mapping[int, Told]
    """Those whose output goes on detached where a setting says so, and as it is otherwise."""
    built: Mapping[int, Thing]
    """The heap after `__init__`."""
    before_start: Mapping[int, Thing]
    """The heap when `fit` has set everything up."""
    first_step: Mapping[int, Thing]
    """The heap when the first `training_step` starts."""
    after_override: Mapping[int, Thing] | None
    """The heap as it would be then if Lightning called `train()`; None where no module overrides it."""
    after_validation: Mapping[int, Thing] | None
    """The heap as validation before training leaves it, but for the modes; None where there is none."""
    after_epoch: Mapping[int, Thing]
    """The heap when the first epoch is done, validation included."""
    trained_over: frozenset[Params] | None
    """The parameters given to optimizers; None where they are not known."""
    manual: bool | None
    cut_short: bool
    """Whether some code that comes before `training_step` was left out, as there was too much of it."""
    exhausted: bool
    """Whether so much ran that the rest was left unknown."""
    complete: bool
    """Whether `training_step` is in the project's code and could be followed to its end."""
    relied: bool
    """Whether a parameter's default, or the project's configuration, decided a branch on the way."""
    by_configuration: bool
    """Whether the configuration did."""
    calls_unknown: bool
    """Whether `training_step` calls something that only a caller of the class can know."""
    asks_for_the_time: bool
    """Whether a condition did that may hold at one time, and not at another."""
    time: Time
    guessed: frozenset[int]
    """The things whose class is only one of several that a name may pick."""
    doubted: frozenset[int]
    """The things that are made only where the configuration of the project says otherwise."""
    alternatives: tuple[frozenset[int], ...]
    """Things of which a configuration picks one."""
    configured: Mapping[int, Related]
    """The things that are what a configuration file says, and where it says so."""
    marks: tuple[Mark, ...] = ()
    """The hooks in order, through the last epoch that was followed; the first is the construction."""
    marks_before_second: int = 0
    """The number of marks before the second epoch."""
    callbacks: tuple[ProjectClass, ...] = ()
    """The callbacks of the project that the Trainer has."""

    @property
    def when_loaded(self) -> Mapping[int, Thing]:
        """The heap when Lightning loads the checkpoint that training is resumed from."""
        done = (mark.heap for mark in reversed(self.marks) if mark.hook in BEFORE_LOADING)
        return next(done, self.built)

    @property
    def sees_the_step(self) -> bool:
        """Whether it is known what `training_step` runs, at least how that begins."""
        runs = (event for event in self.events if isinstance(event, Forward) and event.hook == "training_step")
        return self.complete or (self.exhausted and any(runs))


def machine_for(project: Project, how: WalkOptions) -> Machine:
    """A machine with its parts put together."""
    machine = Machine(project, defaults=how.defaults, options=how.options)
    machine.known, machine.time = KNOWN, how.time
    relevance = project.once(Relevance)
    machine.matters, machine.sets_up_training = relevance.matters, relevance.sets_up_training
    if not how.inside:
        machine.is_plain, machine.matters = relevance.gate.is_plain, relevance.matters_to_parts
    return put_together(machine)


def put_together(machine: Machine) -> Machine:
    """What refers to the machine itself."""
    machine.evaluate = partial(expressions.evaluate, machine)
    machine.execute = partial(statements.execute, machine)
    machine.run = partial(following.run, machine)
    return machine


def walk(project: Project, cls: ProjectClass, how: WalkOptions, *, whole: bool = True) -> Walk:
    """Build `cls` with unknown arguments and walk it through the hooks; see `fit` for `whole`."""
    machine = machine_for(project, how)
    state = State(Heap([]), {})
    machine.frames.append(Frame(cls.module))
    machine.hook = "__init__"
    names = sorted(annotated_arguments(cls, is_any_module)) if how.modules else ()
    given = {name: machine.put(Thing(Kind.MODULE, library=catalog.ANY_MODULE), state) for name in names}
    made = following.instantiate(machine, cls, Arguments([], given, open=True), None, state)
    (ref,) = made
    assert isinstance(ref, Ref)
    walked = fit(machine, cls, ref.thing, frozenset(), state, whole=whole)
    machine.close()
    return walked


def fit(machine: Machine, cls: ProjectClass, this: int, callbacks: Value, state: State, *, whole: bool = True) -> Walk:
    """`Trainer.fit` on a module that was built: its hooks in Lightning's order, through the start of a second epoch.

    Not `whole`: the steps are left out where the module holds nothing pretrained and nothing of its own asks for them.
    """
    built = dict(state.heap)
    begun = Mark("__init__" if machine.hook == "__init__" else "before fit", len(machine.events), built)
    run_hook = _HookRunner(machine, this, state)
    run_hook.callbacks = _instances(machine, callbacks, state)
    run_hook.callbacks += _instances(machine, run_hook("configure_callbacks"), state)
    trained_over: frozenset[Params] | None = None
    for hook in BEFORE_TRAINING:
        with machine.aside() if hook == "train_dataloader" else nullcontext():
            value = run_hook(hook, const("fit")) if hook == "setup" else run_hook(hook)
        if hook == "configure_optimizers":
            trained_over = _trained_over(value, state)
            stepping.keep_raw(this, cls.find_method(hook), state)
    _sanity_check(machine, cls, this, run_hook, state)
    before_start = dict(state.heap)
    for hook in START_OF_EPOCH:
        run_hook(hook)
    first_step = dict(state.heap)
    manual = _is_manual(machine, this, state)
    after_override = after_train(machine, cls, this, state)
    validates = after_override is not None and cls.find_method("validation_step") is not None
    after_validation = after_train(machine, cls, this, state, mode=False) if validates else None
    machine.come_to_the_step()
    if whole or manual is not False or after_override is not None or _has_pretrained(state):
        _one_epoch(run_hook, state)
    after_epoch = dict(state.heap)
    second_epoch = len(machine.events)
    marks_before_second = len(run_hook.marks) + 1
    if manual or any(isinstance(e, ModeSet) and e.asked is Asked.EVAL and e.hook in TRAINING for e in machine.events):
        _one_epoch(run_hook, state, starts=START_OF_EPOCH[1:])
    if machine.added and trained_over is not None:
        added = frozenset(atom for atom in atoms_inside(machine.added, state) if isinstance(atom, Params))
        trained_over = trained_over | added if added else None
    marks = (begun, *run_hook.marks)
    for hook in AT_THE_END:
        run_hook(hook)
    is_exhausted = machine.was_exhausted or machine.exhausted
    return Walk(
        cls=cls,
        this=this,
        events=tuple(machine.events),
        second_epoch=second_epoch,
        detached=frozenset(machine.detached - machine.handed_on - machine.handed_on_or_not),
        detached_where={
            number: where
            for number, where in machine.detached_where.items()
            if number in machine.handed_on_or_not - machine.handed_on
        },
        built=built,
        before_start=before_start,
        first_step=first_step,
        after_override=after_override,
        after_validation=after_validation,
        after_epoch=after_epoch,
        trained_over=trained_over,
        manual=manual,
        cut_short=machine.was_exhausted,
        exhausted=is_exhausted,
        complete=cls.find_method("training_step") is not None and not is_exhausted and not machine.lost,
        relied=machine.relied,
        by_configuration=machine.by_configuration,
        calls_unknown=machine.calls_unknown,
        asks_for_the_time=machine.asks_for_the_time,
        time=machine.time,
        guessed=frozenset(machine.guessed),
        doubted=frozenset(machine.doubted),
        alternatives=tuple(machine.alternatives),
        configured=machine.configured,
        marks=marks,
        marks_before_second=marks_before_second,
        callbacks=tuple(called for n in run_hook.callbacks if (called := state.heap[n].cls) is not None),
    )


def _one_epoch(run_hook: _HookRunner, state: State, starts: tuple[str, ...] = ()) -> None:
    for hook in (*starts, "training_step", *IN_THE_STEP, "on_train_batch_end"):
        run_hook.machine.hand_on(run_hook(hook))
    before, state.grad = dict(state.heap), frozenset({False})
    for hook in AROUND_VALIDATION:
        run_hook(hook)
    state.grad = frozenset({True})
    # Lightning remembers every mode before validation and puts it back.
    for number, thing in before.items():
        if number in state.heap and state.heap[number].mode != thing.mode:
            state.heap[number] = state.heap[number].changed(mode=thing.mode)
    run_hook("on_train_epoch_end")


def _has_pretrained(state: State) -> bool:
    return any(thing.origin is not None for thing in state.heap.values())


class _HookRunner:
    """Calls a hook of the callbacks, then of the module, as Lightning does."""

    def __init__(self, machine: Machine, this: int, state: State) -> None:
        self.machine = machine
        self.this = this
        self.state = state
        self.callbacks: list[int] = []
        self.ran = False
        self.marks: list[Mark] = []

    def __call__(self, hook: str, *given: Value) -> Value:
        self.machine.hook = hook
        self.ran = False
        module: Value = frozenset({Ref(self.this)})
        for number in self.callbacks:
            self._call(number, hook, [frozenset({Trainer(module=self.this)}), module])
        if hook in GIVEN_AN_OPTIMIZER:
            given = (frozenset({Optimizer(wrapped=True)}),)
        value = self._call(self.this, hook, list(given))
        if self.ran:
            self.marks.append(Mark(hook, len(self.machine.events), dict(self.state.heap)))
        return value

    def _call(self, number: int, hook: str, given: list[Value]) -> Value:
        thing = self.state.heap[number]
        if finetuning.is_backbone(thing):
            finetuning.call_backbone(self.machine, thing, hook, self.this, self.state)
            return frozenset()
        if thing.cls is None:  # a LambdaCallback: it was given its hooks
            return self._call_given(thing.attributes[hook].value, given) if hook in thing.attributes else frozenset()
        method = thing.cls.find_method(hook)
        if finetuning.is_finetuning(thing.cls):
            module: Value = frozenset({Ref(self.this)})
            for name, arguments in finetuning.called(thing.cls, hook, module, self.machine.time):
                if thing.cls.find_method(name) is not None:
                    self._call(number, name, arguments)
        if method is None:
            return frozenset()
        self.ran = True
        return self.machine.run(method, number, Arguments(given, {}), self.state)

    def _call_given(self, hooks: Value, given: list[Value]) -> Value:
        self.ran = True
        found = [following.run_value(self.machine, each, Arguments(given, {}), self.state) for each in ordered(hooks)]
        if None in found:  # it may do anything with the module
            switch(self.machine, self.this, Flag.UNSURE, self.state, {self.this})
        return union([value for value in found if value is not None])


def _instances(machine: Machine, value: Value, state: State) -> list[int]:
    """The callbacks of the project in what `callbacks=` or `configure_callbacks` gave."""
    found = []
    for item in [value, *statements.elements(machine, value, state)] if value else []:
        found += [n for n in state.things(item) if state.heap[n].kind is Kind.INSTANCE]
    return list(dict.fromkeys(found))


def _sanity_check(machine: Machine, cls: ProjectClass, this: int, run_hook: _HookRunner, state: State) -> None:
    """Validation before training: modes are remembered and put back, unless the module puts them back itself."""
    if cls.find_method("validation_step") is None or cls.find_method("on_validation_model_train") is None:
        return
    switch(machine, this, Flag.ASKED, state, {this})
    run_hook("on_validation_model_train")


def _is_manual(machine: Machine, this: int, state: State) -> bool | None:
    """Whether the module optimizes manually; None when that depends."""
    thing = state.heap[this]
    held = [thing.attributes[name].value for name in AUTOMATIC if name in thing.attributes]
    value = held[0] if held else None
    if value is None:
        cls = thing.cls
        if cls is None or not (
            cls.find_assigned("automatic_optimization") or cls.find_method("automatic_optimization")
        ):
            return False
        value = attributes.read_thing(machine, this, "automatic_optimization", state)
    if all(isinstance(atom, Unknown) for atom in value):
        return None
    if conditions.assumed(value):
        if not machine.defaults:
            return None
        machine.relied = True
    verdict = conditions.plain_truth(value, state)
    return None if verdict is None else not verdict


def _trained_over(value: Value, state: State) -> frozenset[Params] | None:
    """The parameters of all optimizers in what `configure_optimizers` returned."""
    over = [atom.over for atom in atoms_inside([value], state) if isinstance(atom, Optimizer)]
    known = [params for params in over if params is not None]
    return frozenset[Params]().union(*known) or None if len(known) == len(over) else None
