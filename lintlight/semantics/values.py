"""Abstract values: what an expression may be, as far as can be known without running it.

A Value is a set of atoms, each one thing the expression may be. Modules, instances, lists and dicts are Things: they
live on the heap under a number, so that two names for one module see the same mode.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from lintlight.model import Span

if TYPE_CHECKING:
    from lintlight.semantics.definitions import ProjectClass, SourceModule

MOST_ATOMS = 12


class Flag(Enum):
    """What a `training` flag may be, and who wanted it so."""

    TRAIN = "train"
    LEFT = "left in eval by the library"
    ASKED = "eval because the author said so"
    UNSURE = "unsure"


class Learn(Enum):
    """What `requires_grad` of a module's parameters may be."""

    ON = "on"
    OFF = "off"
    PARTLY = "partly"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Unknown:
    """Anything."""


@dataclass(frozen=True)
class Const:
    """A literal. `assumed` marks a parameter's default, which a caller may change."""

    value: Any
    assumed: bool = False


@dataclass(frozen=True)
class Dotted:
    """A dotted name: known in front, ending in a name that is not."""

    front: str


@dataclass(frozen=True)
class ParameterName:
    """The name of a parameter in a submodule: the submodule's, a dot, and more that is not known."""

    front: str
    beside: frozenset[str]
    """The submodules beside it: a word in one of their names is there to tell them apart."""

    def contains(self, text: str) -> bool | None:
        """Whether `text` stands in it."""
        if text in f"{self.front}.":
            return True
        return False if any(text.strip(".") in name for name in self.beside) else None

    def starts_with(self, text: str) -> bool | None:
        """Whether it begins with `text`."""
        front = f"{self.front}."
        return True if front.startswith(text) else None if text.startswith(front) else False


@dataclass(frozen=True)
class External:
    """Something of a library, by its canonical dotted name."""

    dotted: str


@dataclass(frozen=True)
class ModuleValue:
    """A module of the project."""

    module: SourceModule


@dataclass(frozen=True)
class ClassValue:
    """A class of the project; `guessed` when it is one of several that a name may pick."""

    cls: ProjectClass
    guessed: bool = False


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The local names and the `self` around a nested function."""

    names: Mapping[str, Value]
    this: int | None
    first: str


@dataclass(frozen=True)
class Function:
    """A function, method or lambda of the project."""

    module: SourceModule
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    owner: ProjectClass | None = None
    around: Surroundings | None = None


@dataclass(frozen=True)
class Bound:
    """A method together with the thing it is called on; `function` is None where only its name is known."""

    thing: int
    name: str
    function: Function | None = None


@dataclass(frozen=True)
class Ref:
    """A Thing on the heap; `each` when it stands for all modules in it, one after the other."""

    thing: int
    each: bool = False


@dataclass(frozen=True)
class Super:
    """`super()` of a thing, looking behind `after` in its method resolution order."""

    thing: int
    after: ProjectClass


@dataclass(frozen=True)
class Seq:
    """A tuple."""

    items: tuple[Value, ...]


@dataclass(frozen=True)
class Params:
    """Parameters of a thing: all, or only some of them; `names` when each comes with its name."""

    thing: int
    some: bool = False
    names: bool = False
    only_grad: bool = False
    chosen: bool = False
    """Picked by a submodule's name or by identity: which ones is not known."""


@dataclass(frozen=True)
class Submodules:
    """The modules of a thing, as `modules()` or `children()` lists them."""

    thing: int
    names: bool = False


@dataclass(frozen=True)
class Optimizer:
    """A torch optimizer: wrapped by Lightning, raw, or not known which."""

    wrapped: bool | None
    made: Span | None = None
    over: frozenset[Params] | None = None
    """The parameters it was given; None where they are not known."""
    late: bool = False
    """Whether it was made inside the training step."""


@dataclass(frozen=True)
class Scheduler:
    """A scheduler that Lightning keeps; it holds the raw optimizer."""


@dataclass(frozen=True)
class Several:
    """A sequence of unknown length, all of one kind."""

    item: Value


@dataclass(frozen=True)
class AnyName:
    """One of the names in a list that is not known."""


@dataclass(frozen=True)
class Output:
    """What a module's forward returned."""

    forward: int
    """Number of the forward event."""


@dataclass(frozen=True)
class Trainer:
    """`self.trainer`, or a Trainer built in a script."""

    callbacks: Value = frozenset()
    strategy: bool = False
    module: int | None = None
    """The module that it fits."""


Atom = (
    Unknown | Const | Dotted | ParameterName | AnyName | External | ModuleValue | ClassValue | Function | Bound | Ref
    | Super | Seq | Params | Submodules | Optimizer | Scheduler | Several | Output | Trainer
)  # fmt: skip
Value = frozenset[Atom]

UNKNOWN: Value = frozenset({Unknown()})
NOTHING: Value = frozenset()


def const(value: object, *, assumed: bool = False) -> Value:
    """The value that is this literal."""
    return frozenset({Const(value, assumed)})


def union(values: Iterable[Value]) -> Value:
    """Anything that one of `values` may be; unknown when that is too much to keep."""
    every = tuple(values)
    if len(every) == 1:
        return every[0]
    together: Value = frozenset().union(*every)
    return (
        together
        if len(together) <= MOST_ATOMS
        else frozenset({Unknown()} | {a for a in together if isinstance(a, Ref)})
    )


def ordered(value: Value) -> list[Atom]:
    """The atoms in an order that is the same in every run."""
    return sorted(value, key=_rank) if len(value) > 1 else list(value)


def _rank(atom: Atom) -> tuple[str, int, str]:
    if isinstance(atom, Ref | Bound | Super | Params | Submodules):
        return type(atom).__name__, atom.thing, ""
    if isinstance(atom, Function):
        return f"Function {atom.module.path}", atom.node.lineno, ""
    if isinstance(atom, External):
        return "External", 0, atom.dotted
    if isinstance(atom, ClassValue):
        return f"ClassValue {atom.cls.module.path}", atom.cls.node.lineno, atom.cls.name
    return type(atom).__name__, 0, repr(atom.value) if isinstance(atom, Const) else ""


class Kind(Enum):
    """What a Thing is."""

    MODULE = "module"
    INSTANCE = "instance"
    LIST = "list"
    DICT = "dict"


@dataclass(frozen=True)
class Origin:
    """The call that loaded a pretrained model."""

    span: Span
    factory: str
    """As written, for instance `AutoModel.from_pretrained`."""
    library: str
    """The canonical name of the class, for instance `transformers.AutoModel`."""
    checkpoint: str | None = None
    as_published: bool = True
    """Whether its configuration is the checkpoint's: nothing is passed that may change the dropout."""
    zeroed: bool = False
    """Whether its dropout rates are passed as 0."""
    by_file: bool = False
    """Whether the call stands in a configuration file, and not in the program."""


@dataclass(frozen=True)
class Attribute:
    """A value under a name, and where it was put there."""

    value: Value
    span: Span | None = None


@dataclass(frozen=True)
class Thing:
    """A module, instance, list or dict at one point of the run."""

    kind: Kind
    cls: ProjectClass | None = None
    library: str = ""
    """Canonical name of the library class; empty for the project's own."""
    mode: frozenset[Flag] = frozenset({Flag.TRAIN})
    grad: frozenset[Learn] = frozenset({Learn.ON})
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    origin: Origin | None = None
    part_of: int | None = None
    locked: bool = False
    """`train()` was replaced by something that does nothing."""
    lent: bool = False
    """Was handed to code that cannot be followed."""
    lora: bool = False
    """An adapter model: only its adapters learn."""
    adapted: bool = False
    """After two branches: in whichever of them it does not learn itself, its adapters do."""

    @property
    def keeps_learning(self) -> bool:
        """Whether something in it learns in whatever branch was taken: it itself, or adapters."""
        return self.lora or Learn.OFF not in self.grad or (self.adapted and len(self.grad) > 1)

    def with_attribute(self, name: str, value: Value, span: Span | None) -> Thing:
        """The same thing with one attribute set."""
        return self.changed(attributes={**self.attributes, name: Attribute(value, span)})

    def changed(self, **fields: object) -> Thing:
        """`dataclasses.replace` in a fraction of its time: walks make things anew with every assignment."""
        made = object.__new__(Thing)
        made.__dict__.update(self.__dict__, **fields)
        return made


def join_things(one: Thing, other: Thing) -> Thing:
    """What a thing may be after two branches."""
    if one is other or one == other:
        return one
    attributes = dict(one.attributes)
    for name, attribute in other.attributes.items():
        mine = attributes.get(name)
        if mine is None:
            attributes[name] = attribute
        elif mine is not attribute:
            attributes[name] = Attribute(union((mine.value, attribute.value)), mine.span or attribute.span)
    return one.changed(
        mode=one.mode | other.mode,
        grad=one.grad | other.grad,
        attributes=attributes,
        locked=one.locked and other.locked,
        lent=one.lent or other.lent,
        lora=one.lora and other.lora,
        adapted=one.keeps_learning and other.keeps_learning,
    )


class Heap(dict[int, Thing]):
    """The things by number. Writes are logged, so that joining two branches looks at what they wrote only."""

    __slots__ = ("log",)

    def __init__(self, log: list[int], things: Mapping[int, Thing] | None = None) -> None:
        super().__init__(things or {})
        self.log = log

    def __setitem__(self, number: int, thing: Thing) -> None:
        self.log.append(number)
        super().__setitem__(number, thing)


class State:
    """The heap and the local names at one point of the run; changed in place, copied at branches."""

    __slots__ = ("grad", "heap", "locals")

    def __init__(self, heap: Heap, names: dict[str, Value], grad: frozenset[bool] = frozenset({True})) -> None:
        self.heap = heap
        self.locals = names
        self.grad = grad
        """Whether gradients are recorded here: {True}, {False} or both."""

    def copy(self) -> State:
        """A state that can be changed without changing this one."""
        return State(Heap(self.heap.log, self.heap), dict(self.locals), self.grad)

    def become(self, other: State) -> None:
        """Take over everything from `other`."""
        self.heap, self.locals, self.grad = other.heap, other.locals, other.grad

    def things(self, value: Value) -> list[int]:
        """The things that `value` may be."""
        if len(value) == 1:
            (atom,) = value
            return [atom.thing] if isinstance(atom, Ref) and atom.thing in self.heap else []
        return sorted({atom.thing for atom in value if isinstance(atom, Ref) and atom.thing in self.heap})


def join(states: list[State], since: int) -> State | None:
    """The state after several branches, built on the first; None when none of them goes on.

    `since` is the length of the heap's log where the branches began.
    """
    if not states:
        return None
    first = states[0]
    if len(states) == 1:
        return first
    heap = first.heap
    written = set(heap.log[since:])
    for state in states[1:]:
        for number in written:
            thing = state.heap.get(number)
            mine = heap.get(number)
            if thing is not None and thing is not mine:
                heap[number] = thing if mine is None else join_things(mine, thing)
        for name, value in state.locals.items():
            mine_too = first.locals.get(name)
            if mine_too is not value:
                first.locals[name] = value if mine_too is None else union((mine_too, value))
        first.grad |= state.grad
    return first
