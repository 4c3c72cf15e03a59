"""The things that a walk knows, by number, and how they change: with assignments, and where branches come together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from lintlight.model import Span
from lintlight.semantics.values import Atom, Ref, Seq, Several, Value, union

if TYPE_CHECKING:
    from lintlight.semantics.resolve.definitions import ProjectClass


class Flag(Enum):
    """What a `training` flag may be, and who wanted it so."""

    TRAIN = "train"
    LEFT = "left in eval by the library"
    ASKED = "eval because the author said so"
    UNSURE = "unsure"


class Asked(Enum):
    """What a mode switch in the code asks for, or seems to."""

    TRAIN = "train"
    """`.train()`: train mode for a module and all below it."""
    EVAL = "eval"
    """`.eval()`: eval mode for all of them."""
    FLAG = "flag"
    """`.training = ...`: either mode, but for no module below it."""
    UNCALLED = "uncalled"
    """`.train` without a call: nothing."""


class Learn(Enum):
    """What `requires_grad` of a module's parameters may be."""

    ON = "on"
    OFF = "off"
    PARTLY = "partly"
    IN_PARTS = "in parts"
    """It was frozen, and learns again in parts of it that were named, and nowhere else."""
    UNSURE = "unsure"


class Kind(Enum):
    """What a Thing is."""

    MODULE = "module"
    INSTANCE = "instance"
    LIST = "list"
    DICT = "dict"


HOLDERS = frozenset({Kind.LIST, Kind.DICT})
"""What only holds other values."""


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
    """Whether its configuration is that of a checkpoint, but for `settings`."""
    configs: tuple[str | None, ...] = ()
    """The checkpoints that its configuration is loaded from, if that is given apart; None for one that is not known."""
    settings: tuple[tuple[str, bool], ...] = ()
    """What is said of rates of dropout and the like, and whether it is surely 0; what is said last counts."""
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
    """After two branches: in whichever of them it does not learn itself, its adapters do, or it does at other times."""

    @property
    def keeps_learning(self) -> bool:
        """Whether something in it learns in whatever branch was taken: it itself, or adapters."""
        return self.lora or Learn.OFF not in self.grad or (self.adapted and len(self.grad) > 1)

    @property
    def only_adapters_learn(self) -> bool:
        """Whether the model that adapters are in does not surely learn as a whole, as it does once it is unfrozen."""
        return self.lora and self.grad != {Learn.ON}

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
    grad = one.grad | other.grad
    if one.lora is not other.lora and grad == {Learn.OFF}:  # frozen in both, and in one its adapters learn
        grad = grad | {Learn.UNSURE}
    return one.changed(
        mode=one.mode | other.mode,
        grad=grad,
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


def atoms_inside(values: Iterable[Value], state: State, kinds: frozenset[Kind] = frozenset(Kind)) -> Iterator[Atom]:
    """All atoms of some values and of what they hold, however deep; into things of other `kinds` nobody looks."""
    todo = list(values)
    seen: set[int] = set()
    while todo:
        for atom in todo.pop():
            yield atom
            if isinstance(atom, Seq):
                todo.extend(atom.items)
            elif isinstance(atom, Several):
                todo.append(atom.item)
            elif isinstance(atom, Ref) and atom.thing in state.heap and atom.thing not in seen:
                seen.add(atom.thing)
                thing = state.heap[atom.thing]
                if thing.kind in kinds:
                    todo.extend(attribute.value for attribute in thing.attributes.values())


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
