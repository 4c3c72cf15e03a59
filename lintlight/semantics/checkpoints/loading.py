"""How a module's checkpoints are loaded: strictly or not, and whether what is missing is put back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lintlight.model import Span
from lintlight.semantics.checkpoints.overrides import Loads, load_override
from lintlight.semantics.checkpoints.putting_back import (
    load_hooks,
    puts_back,
    renames_on_load,
)
from lintlight.semantics.checkpoints.restoring import restored
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import (
    by_position,
    every_node,
    is_false,
    last_name,
    nodes_around,
)
from lintlight.semantics.values import Const
from lintlight.semantics.walks.timeline import Walk


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
    """The parts that `on_load_checkpoint` writes by itself, from wherever; see `is_restored`."""
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
    return load_override(cls)[0] not in {Loads.PLAIN, Loads.RAISES} or puts_back(cls)


def copes(cls: ProjectClass) -> bool:
    """Whether the methods of a class take care of keys that are missing, however it is built."""
    return load_override(cls)[0] is Loads.BY_ITSELF or puts_back(cls)


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
    override, drops, renames = load_override(cls)
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
    for base in _bases(cls, behind=False):
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
    for base in _bases(cls, behind=True):
        for node in _says_not_strict(base):
            yield base.module.span(node), f"`{base.node.name}` stands behind `LightningModule` among the bases"
    for base in _bases(cls, behind=False):
        if "_strict_loading" in base.assigned and is_false(base.assigned["_strict_loading"]):
            value = base.assigned["_strict_loading"]
            yield base.module.span(_statement(base, value)), "`LightningModule.__init__` resets `_strict_loading`"
        yield from ((base.module.span(node), _why(name)) for name, node, is_in_time in _asked(base) if not is_in_time)


def _bases(cls: ProjectClass, *, behind: bool) -> list[ProjectClass]:
    """The bases that come before LightningModule, which has a `strict_loading` itself, or those behind it."""
    order = cls.mro
    known = cls.module.project.lightning_bases
    first = next(
        (at for at, base in enumerate(order) if isinstance(base, str) and catalog.is_lightning_module(base, known)),
        len(order),
    )
    return [base for base in (order[first:] if behind else order[:first]) if isinstance(base, ProjectClass)]


def _says_not_strict(mixin: ProjectClass) -> Iterator[ast.stmt | ast.expr]:
    """What would make loading not strict if LightningModule did not come first."""
    if "strict_loading" in mixin.assigned and is_false(mixin.assigned["strict_loading"]):
        yield _statement(mixin, mixin.assigned["strict_loading"])
    if "strict_loading" in mixin.methods:
        returned = _property(mixin.methods["strict_loading"])
        if returned is not None and returned.value is not None and is_false(returned.value):
            yield returned
    yield from (node for _, node, _ in _asked(mixin))


def _asked(base: ProjectClass) -> Iterator[tuple[str, ast.Assign, bool]]:
    """Where methods of a class ask for non-strict loading: the method, and whether that is in time."""
    for name, method in base.methods.items():
        for node in nodes_around(method, ["strict_loading"]):
            if isinstance(node, ast.Assign) and is_false(node.value) and _sets_on_self(node, method):
                yield name, node, name == "__init__" and not _is_before_super(node, method)


def _is_before_super(node: ast.Assign, method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether `__init__` of a base may run after an assignment."""
    calls = [each for each in every_node(method) if isinstance(each, ast.Call) and last_name(each.func) == "__init__"]
    return not calls or any((each.lineno, each.col_offset) > (node.lineno, node.col_offset) for each in calls)


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
