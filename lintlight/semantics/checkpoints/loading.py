"""How a module's checkpoints are loaded: strictly or not, and whether what is missing is put back."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeGuard

from lintlight.model import Span
from lintlight.semantics.checkpoints.putting_back import (
    load_hooks,
    names_of,
    only_renames,
    puts_back,
    renames_on_load,
    restored,
)
from lintlight.semantics.knowledge.words import SETTINGS
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import (
    by_position,
    every_node,
    is_false,
    last_name,
    nodes_around,
    parameter_names,
)
from lintlight.semantics.values import Const
from lintlight.semantics.walks.timeline import Walk

READS_SETTINGS = re.compile(rf"(?:{SETTINGS}|self\.\w*args)\b[.\[]")
"""Strictness that is read off them is not known."""


class Loads(Enum):
    """What a `load_state_dict` override does."""

    PLAIN = "passes everything on"
    NOT_STRICT = "loads what fits"
    BY_ITSELF = "loads in its own way"
    RAISES = "is given `strict` twice"


@dataclass(frozen=True)
class Loading:
    """How checkpoints of one class are loaded."""

    strict: bool | None
    """What `strict_loading` says once the module is built; None when it depends."""
    placed: Span | None
    """Where the class says so; None when a script does."""
    override: Loads
    puts_back: bool
    """Whether some code changes the state dict before it is loaded."""
    restored: frozenset[str]
    """The parts that `on_load_checkpoint` loads by itself, from wherever."""
    ignored: tuple[tuple[Span, str], ...]
    """Where `strict_loading = False` has no effect or comes too late, and why."""
    drops_on_load: bool
    """Whether `load_state_dict` leaves keys of the checkpoint out."""
    renames_on_load: bool
    """Whether a hook renames what is in the checkpoint, or takes something out, before it is loaded."""
    renames: bool
    """Whether a hook does, or `load_state_dict` itself."""

    @property
    def is_strict(self) -> bool:
        """Whether missing keys surely fail."""
        return self.strict is True and self.override in {Loads.PLAIN, Loads.RAISES} and not self.puts_back

    @property
    def is_lenient(self) -> bool:
        """Whether missing keys surely go unnoticed, in a class that does not cope with them itself."""
        return self.override is Loads.NOT_STRICT or self.strict is False


def takes_care(cls: ProjectClass) -> bool:
    """Whether the methods of a class let no missing key fail, however it is built: no walk is needed to see that."""
    return _load_override(cls)[0] not in {Loads.PLAIN, Loads.RAISES} or puts_back(cls)


def copes(cls: ProjectClass) -> bool:
    """Whether the methods of a class take care of keys that are missing, however it is built."""
    return _load_override(cls)[0] is Loads.BY_ITSELF or puts_back(cls)


def puts_in_front(cls: ProjectClass, path: str) -> bool:
    """Whether loading puts the path of a part in front of names: `"model." + key`, `f"model.{key}"`."""
    override = cls.find_method("load_state_dict")
    methods = [*load_hooks(cls), *([override] if override is not None else [])]
    return any(_begins_with(node, f"{path}.") for method in methods for node in every_node(method.node))


def _begins_with(node: ast.AST, front: str) -> bool:
    match node:
        case ast.BinOp(left=ast.Constant(value=value), op=ast.Add()):
            return bool(value == front)
        case ast.JoinedStr(values=[ast.Constant(value=value), ast.FormattedValue(), *_]):
            return bool(value == front)
    return False


def loading_of(cls: ProjectClass, walks: tuple[Walk, ...]) -> Loading:
    """How checkpoints of `cls` are loaded, judged by all the ways in which it is built."""
    found = [_strict_after(walk, cls) for walk in walks]
    answers = {strict for strict, _ in found}
    strict: bool | None = False if False in answers else None if None in answers else True
    placed = next((span for answer, span in found if answer is False and span is not None), None)
    override, drops, renames = _load_override(cls)
    return Loading(
        strict=strict,
        placed=placed,
        override=override,
        puts_back=puts_back(cls),
        restored=frozenset(restored(cls)),
        ignored=tuple(_ignored(cls)) if strict is True else (),
        drops_on_load=drops,
        renames_on_load=renames_on_load(cls),
        renames=renames or renames_on_load(cls),
    )


# -- strict_loading --------------------------------------------------------------------------------


def _strict_after(walk: Walk, cls: ProjectClass) -> tuple[bool | None, Span | None]:
    """`strict_loading` of the module as it was built, and where the class says so."""
    attributes = walk.built[walk.this].attributes
    for name in ("strict_loading", "_strict_loading"):
        held = attributes.get(name)
        if held is not None and not (name == "_strict_loading" and cls.find_assigned(name)):
            values = {atom.value for atom in held.value if isinstance(atom, Const)}
            assumed = any(isinstance(atom, Const) and atom.assumed for atom in held.value)
            if values == {True} or values == {None}:
                return (None if assumed and _follows_from_another(cls) else True), None
            certain = len(values) == len(held.value) == 1 and False in values
            return (False, held.span) if certain and not assumed else (None, None)
    for base in cls.own_bases:
        if "strict_loading" in base.methods:
            returned = _property(base.methods["strict_loading"])
            if returned is None or not isinstance(returned.value, ast.Constant):
                return None, None
            strict = bool(returned.value.value)
            return strict, None if strict else base.module.span(returned)
        if "strict_loading" in base.assigned:
            node = base.assigned["strict_loading"]
            if isinstance(node, ast.Constant):
                return bool(node.value), base.module.span(_statement(base, node))
            return None, None
        if any(is_in_time for _, _, is_in_time in _asked(base)):  # ... where a setting asks for it
            return None, None
    return True, None


def _follows_from_another(cls: ProjectClass) -> bool:
    """Whether strictness is worked out from a setting for something else: `self.strict_loading = not slim`."""
    for method in (base.methods["__init__"] for base in cls.own_bases if "__init__" in base.methods):
        for node in nodes_around(method, ["strict_loading"]):
            if isinstance(node, ast.Assign) and _sets_on_self(node, method):
                return not isinstance(node.value, ast.Name | ast.Attribute)
    return False


def _property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Return | None:
    """The first statement that returns what a property always is: a literal; None for a method, too."""
    returned = sorted((each for each in every_node(node) if isinstance(each, ast.Return)), key=lambda each: each.lineno)
    values = {each.value.value if isinstance(each.value, ast.Constant) else ... for each in returned}
    return returned[0] if node.decorator_list and len(values) == 1 and ... not in values else None


def _statement(cls: ProjectClass, value: ast.expr) -> ast.stmt | ast.expr:
    for node in every_node(cls.node):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is value:
            return node
    return value


def _ignored(cls: ProjectClass) -> Iterator[tuple[Span, str]]:
    """The places where the class asks for non-strict loading in vain."""
    for base in cls.own_bases:
        if "_strict_loading" in base.assigned and is_false(base.assigned["_strict_loading"]):
            value = base.assigned["_strict_loading"]
            yield base.module.span(_statement(base, value)), "`LightningModule.__init__` resets `_strict_loading`"
        yield from ((base.module.span(node), _why(name)) for name, node, is_in_time in _asked(base) if not is_in_time)


def _asked(base: ProjectClass) -> Iterator[tuple[str, ast.Assign, bool]]:
    """Where methods of a class ask for non-strict loading: the method, and whether that is in time."""
    for name, method in base.methods.items():
        for node in nodes_around(method, ["strict_loading"]):
            if isinstance(node, ast.Assign) and is_false(node.value) and _sets_on_self(node, method):
                yield name, node, name == "__init__" and not _is_before_super(node, method)


def _is_before_super(node: ast.Assign, method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether `__init__` of a base may run after an assignment."""
    calls = [each for each in every_node(method) if isinstance(each, ast.Call) and last_name(each.func) == "__init__"]
    return not calls or any(each.lineno > node.lineno for each in calls)


def _sets_on_self(node: ast.Assign, method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = "".join(by_position(method.args)[:1])
    return any(
        isinstance(target, ast.Attribute)
        and target.attr in {"strict_loading", "_strict_loading"}
        and isinstance(target.value, ast.Name)
        and target.value.id == first
        for target in node.targets
    )


def _why(method: str) -> str:
    if method == "__init__":
        return "`super().__init__()` runs after it and resets it"
    if method in {"setup", "configure_model", "on_load_checkpoint", "configure_sharded_model"}:
        return f"`load_from_checkpoint` decides before `{method}` runs"
    return f"checkpoints are loaded before `{method}` runs"


# -- load_state_dict -------------------------------------------------------------------------------


def _load_override(cls: ProjectClass) -> tuple[Loads, bool, bool]:
    """What the override of `load_state_dict` does, and whether it leaves keys out, and renames them."""
    method = cls.find_method("load_state_dict")
    drops = renames = False
    while method is not None and method.owner is not None and isinstance(method.node, ast.FunctionDef):
        drops = drops or _filters(method.node)
        renames = renames or _is_renamed(method.node)
        loads = _loads(method.node)
        if loads is not Loads.PLAIN:
            return loads, drops, renames
        method = cls.find_method("load_state_dict", method.owner)
    return Loads.PLAIN, drops, renames


def _loads(node: ast.FunctionDef) -> Loads:
    calls = [each for each in every_node(node) if isinstance(each, ast.Call) and _calls_on_up(each)]
    if not calls or any(isinstance(each, ast.Try | ast.TryStar) for each in every_node(node)):
        return Loads.BY_ITSELF
    parameters = node.args
    names = by_position(parameters)[1:]
    own_strict = "strict" in parameter_names(parameters)
    if not all(_passes_on(each, node, names) for each in calls):
        return Loads.BY_ITSELF
    if _turns_strictness_off(node):
        return Loads.NOT_STRICT
    found = [_one_call(each, own_strict, parameters.kwarg.arg if parameters.kwarg else "", node) for each in calls]
    return next((loads for loads in (Loads.NOT_STRICT, Loads.RAISES, Loads.BY_ITSELF) if loads in found), Loads.PLAIN)


def _calls_on_up(node: ast.Call) -> bool:
    """`super().load_state_dict(...)` or `Base.load_state_dict(self, ...)`."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "load_state_dict":
        return False
    owner = node.func.value
    if isinstance(owner, ast.Call):
        return isinstance(owner.func, ast.Name) and owner.func.id == "super"
    return bool(node.args) and isinstance(node.args[0], ast.Name) and node.args[0].id == "self"


def _one_call(node: ast.Call, own_strict: bool, kwargs: str, method: ast.FunctionDef) -> Loads:
    given = [keyword.value for keyword in node.keywords if keyword.arg == "strict"]
    behind_dict = node.args[1:] if isinstance(getattr(node.func, "value", None), ast.Call) else node.args[2:]
    positional = [each for each in behind_dict if not isinstance(each, ast.Starred)]
    strictness = [*given, *positional[:1]]
    if not any(map(is_false, strictness)):
        by_settings = any(READS_SETTINGS.search(ast.unparse(each)) for each in strictness)
        return Loads.BY_ITSELF if by_settings else Loads.PLAIN
    passes_kwargs = any(keyword.arg is None for keyword in node.keywords)
    if passes_kwargs and not own_strict and not _touches(method, kwargs):
        return Loads.RAISES  # Lightning passes `strict` by name, so it is in the kwargs as well
    return Loads.NOT_STRICT


def _touches(method: ast.FunctionDef, kwargs: str) -> bool:
    """Whether the kwargs are changed: `kwargs.pop("strict")`, `kwargs["strict"] = ...`."""
    for node in every_node(method):
        if isinstance(node, ast.Attribute | ast.Subscript) and _is_name(node.value, kwargs):
            return True
        if isinstance(node, ast.Name) and node.id == kwargs and isinstance(node.ctx, ast.Store):
            return True
    return False


def _turns_strictness_off(method: ast.FunctionDef) -> bool:
    """`strict = False` or `kwargs["strict"] = False`."""
    return any(
        isinstance(node, ast.Assign)
        and is_false(node.value)
        and any(
            (isinstance(target, ast.Name) and target.id == "strict")
            or (
                isinstance(target, ast.Subscript)
                and isinstance(target.slice, ast.Constant)
                and target.slice.value == "strict"
            )
            for target in node.targets
        )
        for node in every_node(method)
    )


def _passes_on(call: ast.Call, method: ast.FunctionDef, names: list[str]) -> bool:
    """Whether the state dict goes on as it came in, or only filtered."""
    given = [each for each in call.args if not (isinstance(each, ast.Name) and each.id == "self")]
    first = given[0] if given else next((k.value for k in call.keywords if k.arg == "state_dict"), None)
    if isinstance(first, ast.Starred) or first is None:
        return True
    if not names:
        return False
    same = _under_other_names(method, names[0])
    is_it = isinstance(first, ast.Name) and first.id in same
    return (is_it or only_renames(first, _is_named(same))) and not any(_grows(method, name) for name in same)


def _is_renamed(method: ast.FunctionDef) -> bool:
    """Whether keys of the state dict are taken out, or get other names, before it goes on."""
    names = by_position(method.args)[1:2]
    is_same = _is_named(_under_other_names(method, names[0]) if names else set())
    return any(only_renames(node, is_same) for node in every_node(method) if isinstance(node, ast.DictComp | ast.Call))


def _under_other_names(method: ast.FunctionDef, name: str) -> set[str]:
    """The state dict's name, and those of dicts of nothing but its own values; none where it is made something else."""
    assigned = [node for node in every_node(method) if isinstance(node, ast.Assign)]
    same = {name}
    is_same = _is_named(same)  # it sees what is added
    while more := names_of(assigned, lambda value: only_renames(value, is_same)) - same:
        same |= more
    again = (node.value for node in assigned if any(_is_name(target, name) for target in node.targets))
    return same if all(only_renames(value, is_same) for value in again) else set()


def _is_named(names: set[str]) -> Callable[[ast.expr], bool]:
    return lambda node: isinstance(node, ast.Name) and node.id in names


def _grows(method: ast.FunctionDef | ast.Lambda | ast.AsyncFunctionDef, name: str) -> bool:
    """Whether keys are put into a dict."""
    for node in every_node(method):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and _is_name(node.value, name):
            return True
        if isinstance(node, ast.Attribute) and node.attr in {"update", "setdefault"} and _is_name(node.value, name):
            return True
    return False


def _is_name(node: ast.AST, name: str) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id == name


def _filters(method: ast.FunctionDef) -> bool:
    return any(
        (isinstance(node, ast.comprehension) and bool(node.ifs))
        or isinstance(node, ast.Delete)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "pop")
        for node in every_node(method)
    )
