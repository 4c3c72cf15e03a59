"""What the names in a `state_dict` or `on_save_checkpoint` method may stand for, as far as keys go."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from lintlight.model import Span
from lintlight.semantics.checkpoints.groups import Test, always
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.values import Function


class What(Enum):
    """What becomes of keys between the module and the checkpoint."""

    DROPPED = "dropped"
    RENAMED = "renamed"
    ADDED = "added"
    ADAPTER = "renamed by PEFT"


@dataclass(frozen=True)
class KeyChange:
    """Keys that are not in the checkpoint as the module has them."""

    what: What
    span: Span
    test: Test
    """The keys that are concerned."""
    sure: bool
    """Whether the statement surely runs: it depends on no configuration."""
    parts: tuple[str, ...] = ()
    """The submodules whose keys alone are kept."""
    key: str = ""
    """The added key."""
    is_beginning: bool = False
    """Whether that is only what the added keys begin with."""
    of: Key | None = None
    """The key of the loop that is dropped."""
    is_emptied: bool = False
    """Whether the checkpoint has no state dict at all, not even an empty one: no setting lets it be loaded."""


@dataclass(frozen=True)
class Opaque:
    """Anything."""


@dataclass(frozen=True)
class Text:
    """A string, or one of several."""

    values: tuple[str, ...]
    single: bool = True


@dataclass(frozen=True)
class Default:
    """What a text, or one of several, is if nobody gives the constructor another one."""

    values: tuple[str, ...]
    single: bool = True


@dataclass(frozen=True)
class Pattern:
    """A regular expression that was compiled."""

    text: str


@dataclass(frozen=True)
class DictOf:
    """A dict that is followed, by number."""

    number: int


@dataclass(frozen=True)
class ListOf:
    """A list or set that names are put into, by number."""

    number: int


@dataclass(frozen=True, eq=False)
class Keys:
    """An iterable over keys: of a dict by number, or of the module's own parameters."""

    of: int | None
    test: Test = always
    pairs: bool = False
    values_only: bool = False
    lacks: str = ""
    """What the module's own names have in front of these: `net.` for those of `self.net`."""


@dataclass(frozen=True, eq=False)
class Key:
    """One key in a loop; `test` says which keys it runs over."""

    of: int | None
    test: Test = always
    changed: Test | None = None
    """Where the key was changed before it is used; None when it is the key itself."""
    prefix: str | None = None
    """The literal text put in front of it."""
    lacks: str = ""
    """What the module's own name has in front of it."""

    @property
    def still_lacks(self) -> str:
        """The same once something was put in front of it: nothing more is known to be missing."""
        return self.lacks if self.changed is None else ""

    @property
    def is_whole(self) -> bool:
        """Whether it is, as it was changed, what the module calls it."""
        return (self.prefix or "" if self.changed is not None else "") == self.lacks


@dataclass(frozen=True, eq=False)
class ValueOfKey:
    """The value under one key in a loop."""

    of: int | None
    is_parameter: bool = False
    is_detached: bool = False
    """Whether it is a value of a state dict: no gradient is ever asked of it, whatever is asked of its parameter."""


@dataclass(frozen=True, eq=False)
class Condition:
    """Something about a key that a name holds: `keep = key.startswith("head.")`."""

    test: Test


@dataclass(frozen=True)
class ModuleAt:
    """The module itself, or a submodule by its path."""

    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckpointDict:
    """The whole checkpoint, which holds the state dict."""


@dataclass(frozen=True)
class SuperOf:
    """`super()` in a method of `after`."""

    after: ProjectClass


@dataclass(frozen=True, eq=False)
class Code:
    """A function of the project with the names around it."""

    function: Function
    around: Mapping[str, Known] = field(default_factory=dict)


Known = (
    Opaque | Condition | Text | Default | Pattern | DictOf | ListOf | Keys | Key | ValueOfKey | ModuleAt
    | CheckpointDict | SuperOf | Code
)  # fmt: skip
OPAQUE = Opaque()
Place = tuple[int, Known | str]
"""A key in a dict by number: what it stands for, or how it is written."""


@dataclass(frozen=True)
class Part:
    """The keys of a submodule under a prefix; those of the module itself where the path is empty."""

    path: str
    prefix: str

    @property
    def fits(self) -> bool:
        """Whether the keys are called as the whole module calls them."""
        return self == self.renamed

    @property
    def renamed(self) -> Part:
        """The same keys, called as the whole module calls them."""
        return Part(self.path, self.path + "." if self.path else "")


@dataclass(frozen=True, eq=False)
class Fill:
    """`new[key] = value` while going over another dict."""

    key: Key
    test: Test
    span: Span
    sure: bool


@dataclass(frozen=True)
class Contents:
    """What keys a dict holds, compared with the whole state dict."""

    made: Span
    sure: bool = True
    full: bool = False
    known: bool = True
    """False when it may hold anything."""
    parts: tuple[Part, ...] = ()
    adapter: bool = False
    """Made by `get_peft_model_state_dict`."""
    changes: tuple[KeyChange, ...] = ()
    fills: tuple[Fill, ...] = ()
    is_emptied: bool = False
    """Whether it stands for a state dict that was taken out of the checkpoint."""

    @property
    def lacks_nothing(self) -> bool:
        """Whether it is the whole state dict, unchanged."""
        return self.full and not self.changes

    def with_change(self, change: KeyChange) -> Contents:
        """The same with one change more."""
        return replace(self, changes=(*self.changes, change))


@dataclass(frozen=True)
class Collected:
    """Names put into a list: those of which one of the tests holds."""

    of: int | None = None
    tests: tuple[Test, ...] = ()
    known: bool = True
    lacks: str = ""
    """What the module's own names have in front of them."""


@dataclass
class Scope:
    """The names of one call, and where it is."""

    module_function: Function
    names: dict[str, Known]
    returns: list[tuple[Known, Span, bool]] = field(default_factory=list)


def each_of(over: Known) -> Known:
    """What a loop over several texts binds."""
    return replace(over, single=True) if isinstance(over, Text | Default) and not over.single else OPAQUE


def compiled(node: ast.expr) -> Pattern | None:
    """`re.compile("...")`."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="re"), attr="compile"), args=[ast.Constant(value=str(text))]
        ):
            return Pattern(text) if not node.keywords else None
    return None


def literal(node: ast.expr) -> Text | None:
    """A literal string, or a literal collection of strings; of what may grow an empty one says nothing."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Text((node.value,))
    if isinstance(node, ast.List | ast.Set) and not node.elts:
        return None
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        values = [each.value for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if len(values) == len(node.elts):
            return Text(tuple(values), single=False)
    return None
