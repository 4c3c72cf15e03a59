"""Abstract values: what an expression may be, as far as can be known without running it.

A Value is a set of atoms, each one thing the expression may be. Modules, instances, lists and dicts are Things, known
by a number: they live on the heap (`heap`), so that two names for one module see the same mode.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from lintlight.model import Span

if TYPE_CHECKING:
    from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule

MOST_ATOMS = 12
INSIDE = frozenset(
    "encoder decoder layer layers attention attn self_attn output dense embeddings embedding embed norm layernorm "
    "layer_norm query key value intermediate mlp block blocks proj transformer model pooler lm_head bias weight".split()
)
"""Words that stand in the names of parameters inside of many pretrained models."""


@dataclass(frozen=True)
class Unknown:
    """Anything."""


@dataclass(frozen=True)
class LeftOut(Unknown):
    """Nothing at all: an argument that a configuration may leave out."""


@dataclass(frozen=True)
class Options(Unknown):
    """`vars(args)`: what a command line gives, by the names of its options."""


@dataclass(frozen=True)
class Place(Unknown):
    """A number that means one of some places in a row, and not each of them."""


class Assumed(IntEnum):
    """Whether something else may stand in the place of a literal, and how often."""

    NOT = 0
    BY_DEFAULT = 1
    """It is a parameter's default: that there is one says that callers pass something else."""
    BY_OPTION = 2
    """It is what a command line's option is that nobody gives."""
    BY_CONFIGURATION = 3
    """The project's configuration says so, as long as no command line says otherwise."""
    BY_GUESS = 4
    """It stands in for what a configuration does not say, of which nothing is known: no branch rests on it."""


@dataclass(frozen=True)
class Const:
    """A literal."""

    value: Any
    assumed: Assumed = Assumed.NOT


@dataclass(frozen=True)
class Dotted:
    """A dotted name: known in front, ending in a name that is not."""

    front: str


@dataclass(frozen=True)
class ParameterName:
    """The name of a parameter in a submodule: the submodule's path, a dot, and more that is not known."""

    front: str
    beside: frozenset[str]
    """The submodules beside it: a word in one of their names is there to tell them apart."""

    def contains(self, text: str) -> bool | None:
        """Whether `text` stands in it."""
        return True if text in f"{self.front}." else False if _is_for_others(text, self.beside) else None

    def starts_with(self, text: str) -> bool | None:
        """Whether it begins with `text`."""
        front = f"{self.front}."
        return True if front.startswith(text) else None if text.startswith(front) else False


@dataclass(frozen=True)
class RestOfName(Unknown):
    """What of a parameter's name stands inside of the submodule."""

    beside: frozenset[str]

    def may_be(self, text: object) -> bool:
        """Whether it may be `text`."""
        return not (isinstance(text, str) and _is_for_others(text, self.beside))


def _is_for_others(text: str, beside: frozenset[str]) -> bool:
    """Whether a word in a parameter's name means one of the submodules beside its own."""
    word = text.strip(".")
    return any(word in name for name in beside) and word.lower() not in INSIDE


@dataclass(frozen=True)
class External:
    """Something of a library, by its canonical dotted name."""

    dotted: str


@dataclass(frozen=True)
class ModuleValue:
    """A module of the project."""

    module: SourceModule


@dataclass(frozen=True)
class SomeFile:
    """One of several files of the project: which is not known."""

    modules: tuple[SourceModule, ...]


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
    defaults: Mapping[str, Value] = field(default_factory=dict)
    """What its parameters were by default when it was defined."""


@dataclass(frozen=True)
class Function:
    """A function, method or lambda of the project."""

    module: SourceModule
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    owner: ProjectClass | None = None
    around: Surroundings | None = None
    plain: bool = False
    """Without what its decorators make of it."""

    def meaning(self, node: ast.expr) -> Value:
        """What a dotted name in it means, as far as no name of its own is meant."""
        inside = self.owner.qualname if self.owner is not None else ""
        return self.module.project.resolve_expression(self.module, node, inside)


@dataclass(frozen=True)
class Bound:
    """A method together with the thing it is called on; `function` is None where only its name is known."""

    thing: int
    name: str
    function: Function | None = None


@dataclass(frozen=True)
class Partial:
    """A class or function with arguments that it will be called with: `functools.partial`, or what YAML says of it."""

    of: Atom
    positional: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    config: int | None = None
    """Number of the config object that says so."""


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


Literal = tuple[str, bool]
"""A condition on a parameter as it is written, and whether it has to hold."""


class Share(IntEnum):
    """How many of the parameters of a thing are meant."""

    ALL = 0
    SOME = 1
    """One of them after the other, or those that have something in common."""
    PICKED = 2
    """Those of a submodule, or some that are known by their identity: they may be all, or none."""
    CUT = 3
    """Picked by their number: neither all nor none of the parameters of one module."""


@dataclass(frozen=True)
class Params:
    """Parameters of a thing, all or some of them; `names` when each comes with its name."""

    thing: int
    share: Share = Share.ALL
    names: bool = False
    prefix: str | None = ""
    """What `named_parameters(prefix=...)` puts in front of each name; None where that is not known."""
    keyed: bool = False
    """Whether they lie in a dict, by their names."""
    where: frozenset[Literal] = frozenset()
    """What was asked of the chosen ones."""
    frozen: frozenset[int] = frozenset()
    """The modules that did not learn when those were chosen that do: `filter(lambda p: p.requires_grad, ...)`."""

    def one(self) -> Params:
        """One of them, or a few: which is not known where they are asked for by name."""
        share = max(self.share, Share.PICKED if self.keyed else Share.SOME)
        return replace(self, share=share, keyed=False, names=False)


@dataclass(frozen=True)
class Submodules:
    """The modules of a thing, as `modules()` or `children()` lists them."""

    thing: int
    names: bool = False
    deep: bool = True
    """Whether they are those of `modules()`: itself and all below it."""


@dataclass(frozen=True)
class Optimizer:
    """A torch optimizer: wrapped by Lightning, raw, or not known which."""

    wrapped: bool | None
    made: Span | None = None
    over: frozenset[Params] | None = None
    """The parameters it was given; None where they are not known."""
    late: bool = False
    """Whether it was made inside the training step, or for tensors of its own."""
    made_in: str = ""
    """The hook in which it was made; empty where that is not known."""


@dataclass(frozen=True)
class Scheduler:
    """A scheduler that Lightning keeps; it holds the raw optimizer."""


@dataclass(frozen=True)
class Several:
    """A sequence of unknown length, all of one kind."""

    item: Value


@dataclass(frozen=True)
class File:
    """A file that was opened."""

    path: str


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
    module: int | None = None
    """The module that it fits."""


Atom = (
    Unknown | Const | Dotted | ParameterName | AnyName | External | ModuleValue | SomeFile | ClassValue | Function
    | Bound | Partial | File | Ref | Super | Seq | Params | Submodules | Optimizer | Scheduler | Several
    | Output | Trainer
)  # fmt: skip
Value = frozenset[Atom]

UNKNOWN: Value = frozenset({Unknown()})
NOTHING: Value = frozenset()
LONGEST_TEXT = 10_000


def const(value: object, *, assumed: Assumed = Assumed.NOT) -> Value:
    """The value that is this literal; unknown for a text longer than any name or path."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return UNKNOWN
    return frozenset({Const(value, assumed)})


def assuming(value: Value, why: Assumed) -> Value:
    """A value whose literals may be others."""
    return frozenset(replace(atom, assumed=why) if isinstance(atom, Const) else atom for atom in value)


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
