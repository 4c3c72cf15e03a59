"""The abstract machine: what it remembers while it runs a LightningModule without running it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

from lintlight.model import Related, Span
from lintlight.semantics.heap import Asked, Flag, Kind, Learn, State, Thing
from lintlight.semantics.interpreter.branches import Branch, Told, exclude
from lintlight.semantics.interpreter.module_tree import learns_with, registered_in
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.values import UNKNOWN, Function, Output, Params, Ref, Surroundings, Value

MOST_STEPS = 8_000
"""Three times what the largest of some 300 LightningModules takes that do not build their data loaders themselves."""
LEAST_FOR_THE_STEP = 2_000
"""... and at least so many are left for what comes from `training_step` on: it tells most of what runs."""
MOST_STEPS_ASIDE = 1_000
"""For a call that is given no module: it may build one, whose own methods are not counted, but not by a long way."""
MOST_DEPTH = 24


class Time(Enum):
    """Which of the times is walked, where a condition asks for the epoch or the step."""

    ANY = "any"
    FIRST = "first"
    """Training has just started: `self.current_epoch >= n` does not hold."""
    LATER = "later"
    """Training has gone on for so long that it does."""


@dataclass(frozen=True)
class Forward:
    """A module was called, or handed to code that may call it."""

    number: int
    thing: int
    span: Span
    hook: str
    grad: frozenset[bool]
    heap: Mapping[int, Thing]
    followed: bool
    """Whether it surely was its forward that ran."""
    under: frozenset[Told] = frozenset()
    """The conditions that are the same in each step, and whether they hold where it runs."""
    branches: tuple[Branch, ...] = ()
    """All conditions of which nothing is known, under which it runs."""


@dataclass(frozen=True)
class Stepped:
    """An optimizer was stepped."""

    span: Span
    hook: str
    wrapped: bool | None
    made: Span | None
    over: frozenset[Params] | None
    """The parameters that it steps; None where they are not known."""
    late: bool
    """Whether it was made inside the step: to try something out, most likely."""
    past: bool = False
    """Whether the one inside it is stepped, past Lightning's wrapper around it."""
    under: frozenset[Told] = frozenset()
    """The conditions that are the same in each step, and whether they hold where it is stepped."""
    made_in: str = ""
    """The hook in which the optimizer was made; empty where that is not known."""

    def excludes(self, other: Stepped) -> bool:
        """Whether the two are never stepped in one and the same run."""
        return exclude(self.under, other.under)


@dataclass(frozen=True)
class Counted:
    """Lightning's counter of optimizer steps was advanced by hand."""


@dataclass(frozen=True)
class ModeSet:
    """A mode switch was reached: `.train()`, `.eval()`, `.training = ...`, or `.train` without a call."""

    thing: int
    span: Span
    hook: str
    asked: Asked
    always: bool = False
    """Whether it is a call that stands under no condition of which nothing is known."""


@dataclass(frozen=True)
class Fitted:
    """A script gave a module to `Trainer.fit`."""

    thing: int
    span: Span
    heap: Mapping[int, Thing]
    callbacks: Value


@dataclass(frozen=True)
class Built:
    """A LightningModule was built outside its own code."""

    thing: int
    modules: bool
    """Whether a module was among its arguments."""


@dataclass(frozen=True)
class Replaced:
    """An attribute that held a module got another one."""

    old: int
    new: int


Event = Replaced | Built | Forward | Stepped | Counted | ModeSet | Fitted


@dataclass
class Frame:
    """One call in progress."""

    module: SourceModule
    owner: ProjectClass | None = None
    this: int | None = None
    first: str = ""
    """Name of the first parameter of a method, usually `self`."""
    key: tuple[ast.AST, int | None] | None = None
    """What is called on what: a call of the same is a recursion."""
    call: ast.Call | None = None
    """Where it is called, as far as its arguments are those that stand there."""
    given: Value = frozenset()
    """The modules that it is called with."""
    captured: Mapping[str, Value] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    begins_with: Mapping[str, Value] = field(default_factory=dict)
    """The local names of an `__init__`, as its call gives them."""
    returns: list[tuple[Value, State]] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    at_yield: Callable[[State, Value], None] | None = None
    """What happens where it yields, if it is a context manager."""
    left: set[int] = field(default_factory=set)
    """What it takes out of the mode that the library left it in, and is going to put back."""
    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)
    rounds: int = 0
    """In how many loops it is; what one of them does once it may do many times."""

    @property
    def function(self) -> ast.AST | None:
        """What is called; None where code runs that no call runs, as that of a file."""
        return self.key[0] if self.key is not None else None


@dataclass
class Arguments:
    """What a call passes. `open` when it may pass more than is known (`**kwargs`)."""

    positional: list[Value]
    keywords: dict[str, Value]
    open: bool = False
    by_options: bool = False
    """Whether what else it may pass are the options of a command line: `**vars(args)`."""
    node: ast.Call | None = None
    """The call in which they stand as they are."""

    def get(self, index: int, name: str) -> Value | None:
        """The argument at a position or under a name."""
        if name in self.keywords:
            return self.keywords[name]
        return self.positional[index] if index < len(self.positional) else None

    def values(self) -> list[Value]:
        """All arguments."""
        return [*self.positional, *self.keywords.values()]


class Machine:
    """Holds the project, the calls in progress and the events; the semantics live in the modules beside this one.

    `defaults` says what to do where a parameter's default decides a branch: follow the default only (True), or follow
    both ways, because a caller may pass something else (False).
    """

    def __init__(self, project: Project, *, defaults: bool, options: bool = True) -> None:
        self.project = project
        self.defaults = defaults
        self.options = options
        """Whether an option of a command line is what its parser says, as long as nobody gives it."""
        self.is_plain: Callable[[ProjectClass], bool] = lambda cls: False
        """Whether the inside of a class need not be looked at."""
        self.events: list[Event] = []
        self.detached: set[int] = set()
        """The forwards of which something is detached, by number."""
        self.handed_on: set[int] = set()
        """Those of which something goes on as it is."""
        self.detached_where: dict[int, Told] = {}
        """Those of which something is detached where a setting says so, by number."""
        self.handed_on_or_not: set[int] = set()
        """Those of them of which something goes on that may be the detached."""
        self.frames: list[Frame] = []
        self.at_yield: Callable[[State, Value], None] | None = None
        """What the next function that is called does where it yields."""
        self.entered: set[ast.AST] = set()
        """The functions that were followed."""
        self.hook = ""
        self.begin_counting()
        self.lost = False
        """Whether `training_step` is handed on to code that cannot be followed."""
        self.calls_unknown = False
        self.time = Time.ANY
        self.asks_for_the_time = False
        """Whether a condition did that may hold at one time, and not at another."""
        self.relied = False
        """Whether a parameter's default, or the project's configuration, decided a branch."""
        self.by_configuration = False
        """Whether the configuration did, or what a command line's option is by default."""
        self.closures: dict[ProjectClass, Surroundings] = {}
        """The names around the classes that are defined inside functions."""
        self.globals: dict[tuple[SourceModule, str], Value] = {}
        self.configured: dict[int, Related] = {}
        """The things that are what a configuration file says, and where it says so."""
        self.kept: dict[ProjectClass, int] = {}
        """The instances of classes that have only one."""
        self.gone_over: list[int] = []
        """What the loops in progress go over, where they do the same to each, whatever it is."""
        self.guessed: set[int] = set()
        """The things that come of a class which is only one of several that a name may pick."""
        self.added: list[Value] = []
        """What optimizers are given after they were made."""
        self.doubted: set[int] = set()
        """The things that are made only where the configuration of the project says otherwise."""
        self.alternatives: list[frozenset[int]] = []
        """Things of which a configuration picks one."""
        self.under: list[Branch] = []
        """The branches in progress of whose conditions nothing is known."""
        self.filling: list[str] = []
        """The interpolations that are being followed."""
        self._next = 0
        self._parts: dict[tuple[int, str], int] = {}
        self.known: Mapping[str, Known]
        """What calls of libraries do that are understood one by one."""
        self.evaluate: Callable[[ast.expr, State], Value]
        self.execute: Callable[[list[ast.stmt], State], bool]
        self.matters: Callable[[Function, ProjectClass | None], bool]
        self.sets_up_training: Callable[[Function], bool]
        self.run: Callable[[Function, int | None, Arguments, State], Value]

    def close(self) -> None:
        """Let go of what refers to the machine itself, so that it goes without a search for cycles."""
        del self.evaluate, self.execute, self.run

    @property
    def frame(self) -> Frame:
        """The innermost call."""
        return self.frames[-1]

    def begin_counting(self) -> None:
        """Count steps anew."""
        self.steps = 0
        self.most = self.limit = MOST_STEPS
        self.was_exhausted = False

    def come_to_the_step(self) -> None:
        """Leave enough for `training_step`."""
        self.was_exhausted = self.exhausted
        self.most = self.limit = max(MOST_STEPS, self.steps + LEAST_FOR_THE_STEP)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let something take a few steps only, and be done with it."""
        before, most = self.steps, self.most
        self.most = self.limit = min(most, before + MOST_STEPS_ASIDE)
        yield
        self.steps = min(self.steps, max(before, self.most))
        self.most = self.limit = most

    @property
    def exhausted(self) -> bool:
        """Whether so much was run that the rest is left unknown."""
        return self.steps > self.limit

    @property
    def made(self) -> int:
        """The number of the last thing that was made."""
        return self._next

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """The range of a node of the function in progress."""
        return self.frame.module.span(node)

    def put(self, thing: Thing, state: State) -> Value:
        """Place a new thing on the heap."""
        self._next += 1
        state.heap[self._next] = thing
        return frozenset({Ref(self._next)})

    def put_part(self, whole: int, name: str, thing: Thing, state: State) -> Value:
        """Place a part of a module."""
        number = self.number_of_part(whole, name)
        state.heap[number] = thing
        return frozenset({Ref(number)})

    def number_of_part(self, whole: int, name: str) -> int:
        """The number of a part of a module, the same in every branch."""
        number = self._parts.setdefault((whole, name), self._next + 1)
        self._next = max(self._next, number)
        return number

    def hand_on(self, value: Value) -> Value:
        """A value that goes somewhere with its gradients: to a call, into a sum or a container, to the loss."""
        for atom in value:
            if isinstance(atom, Output):
                is_either = atom.forward in self.detached_where and value >= UNKNOWN
                (self.handed_on_or_not if is_either else self.handed_on).add(atom.forward)
        return value

    def detach(self, forward: int) -> Value:
        """What `.detach()` makes of the output of a module."""
        self.detached.add(forward)
        if len(where := self.fixed()) == 1:
            (self.detached_where[forward],) = where
        return UNKNOWN

    def set_grad(self, number: int, learn: Learn, state: State) -> None:
        """What `requires_grad_()` does: to the module and everything below it."""
        for meant in self.meant_by(number, state):
            for each in registered_in(meant, state.heap):
                state.heap[each] = state.heap[each].changed(grad=frozenset({learn}))
        self._tell_whole(number, state)

    def meant_by(self, number: int, state: State) -> list[int]:
        """A module; where a loop goes over all layers, also those that a slice or a number told apart before."""
        whole = state.heap[number].part_of
        if whole is None or self._parts.get((whole, "[]")) != number or number not in self.gone_over:
            return [number]
        others = [held.value for name, held in state.heap[whole].attributes.items() if name.startswith("[")]
        return [number, *(other for value in others for other in state.things(value) if other != number)]

    def set_flag(self, number: int, flag: Flag, state: State) -> None:
        """What `train()` and `eval()` do below one module, classes with a `train` of their own left to the caller."""
        thing = state.heap[number]
        if thing.kind is Kind.MODULE and not thing.locked:
            state.heap[number] = thing.changed(mode=frozenset({flag}))

    def _tell_whole(self, number: int, state: State) -> None:
        """A frozen part makes its whole partly frozen; one that learns in a frozen whole is what learns in that."""
        whole = state.heap[number].part_of
        while whole is not None and whole in state.heap:
            thing = state.heap[whole]
            if thing.grad != state.heap[number].grad:
                state.heap[whole] = thing.changed(grad=learns_with(number, whole, state.heap))
            whole = thing.part_of

    def lend(self, value: Value, state: State) -> None:
        """Remember that a thing was handed to code that cannot be followed."""
        for number in state.things(value):
            for each in registered_in(number, state.heap):
                if not state.heap[each].lent:
                    state.heap[each] = state.heap[each].changed(lent=True)

    def forward(self, number: int, node: ast.expr, state: State, *, followed: bool = True) -> int:
        """Record that a module ran."""
        heap, under, branches = dict(state.heap), self.fixed(), tuple(self.under)
        event = Forward(
            len(self.events), number, self.span(node), self.hook, state.grad, heap, followed, under, branches
        )
        self.events.append(event)
        return event.number

    def branch(self, test: ast.expr, holds: bool) -> Branch:
        """A condition in the function in progress of which nothing is known, where it holds or does not."""
        return Branch(test, holds, self.frame.module, self.frame.function)

    def fixed(self) -> frozenset[Told]:
        """The conditions here that are the same in each step, and whether they hold."""
        return frozenset(branch.told for branch in self.under if branch.is_fixed)


Known = Callable[[Machine, Arguments, ast.Call, State], Value]
"""What a call of one function in particular gives and does."""
