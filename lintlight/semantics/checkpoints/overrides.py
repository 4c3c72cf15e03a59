"""What an override of `load_state_dict` does: whether it passes on what it is given, and how strictly."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import TypeGuard

from lintlight.semantics.checkpoints.putting_back import names_of, only_renames
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node, is_false, parameter_names


class Loads(Enum):
    """What a `load_state_dict` override does."""

    PLAIN = "passes everything on"
    NOT_STRICT = "loads what fits"
    BY_ITSELF = "loads in its own way"
    RAISES = "is given `strict` twice"


def load_override(cls: ProjectClass) -> tuple[Loads, bool, bool]:
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


def asks_if_empty(cls: ProjectClass) -> bool:
    """Whether loading goes another way where there is nothing to load."""
    methods = (base.methods.get("load_state_dict") for base in cls.own_bases)
    tests = ((each.test, node) for node in methods if node is not None for each in every_node(node) if _branches(each))
    return any(_is_of_nothing(test, by_position(node.args)[1:2]) for test, node in tests)


def _loads(node: ast.FunctionDef) -> Loads:
    if _falls_back(node):
        return Loads.NOT_STRICT
    reached = _reached(node)
    calls = [each for each in reached if isinstance(each, ast.Call) and _calls_on_up(each)]
    if not calls or any(isinstance(each, ast.Try | ast.TryStar) for each in every_node(node)):
        return Loads.BY_ITSELF
    if any(_ways_past(node.body, node)):
        return Loads.BY_ITSELF
    parameters = node.args
    names = by_position(parameters)[1:]
    own_strict = "strict" in parameter_names(parameters)
    if not all(_passes_on(each, node, names) for each in calls):
        return Loads.BY_ITSELF
    if _turns_strictness_off(reached):
        return Loads.NOT_STRICT
    if not all(_is_as_given(value, parameters) for value in _strictness_set(reached)):
        return Loads.BY_ITSELF
    found = [_one_call(each, own_strict, parameters.kwarg.arg if parameters.kwarg else "", node) for each in calls]
    return next((loads for loads in (Loads.NOT_STRICT, Loads.RAISES, Loads.BY_ITSELF) if loads in found), Loads.PLAIN)


def _falls_back(method: ast.FunctionDef) -> bool:
    """Whether all that it does is to load as it is told, and what fits where that fails."""
    *before, last = method.body
    if any(not isinstance(each, ast.Expr) or not isinstance(each.value, ast.Constant) for each in before):
        return False
    match last:
        case ast.Try(body=[tried], handlers=[ast.ExceptHandler(type=kind, body=body)], orelse=[], finalbody=[]):
            caught = kind is None or ast.unparse(kind) in {"RuntimeError", "Exception"}
        case _:
            return False
    raises = any(isinstance(each, ast.Raise) for statement in body for each in every_node(statement))
    if not caught or raises or not _goes_up(tried, method) or not _goes_up(body[-1], method):
        return False
    calls = [each for each in every_node(last) if isinstance(each, ast.Call) and _calls_on_up(each)]
    own_strict, names = "strict" in parameter_names(method.args), by_position(method.args)[1:]
    ways = [_one_call(each, own_strict, "", method) for each in calls]
    return ways == [Loads.PLAIN, Loads.NOT_STRICT] and all(_passes_on(each, method, names) for each in calls)


def _ways_past(statements: Sequence[ast.stmt], method: ast.FunctionDef) -> tuple[bool, bool]:
    """Whether statements may return, and whether they may go on, without what is loaded on the way up."""
    returns = False
    for each in statements:
        if isinstance(each, ast.Return | ast.Raise):
            return returns or (isinstance(each, ast.Return) and not _goes_up(each, method)), False
        ways: list[list[ast.stmt]] = []
        if isinstance(each, ast.If):
            ways = [each.orelse] if _is_never_so(each, method) else [each.body, each.orelse]
        elif isinstance(each, ast.For | ast.While | ast.With):
            ways = [each.body]
        found = [_ways_past(way, method) for way in ways] or [(False, not _goes_up(each, method))]
        returns = returns or any(past for past, _ in found)
        if not any(goes_on for _, goes_on in found):
            return returns, False
    return returns, True


def _goes_up(node: ast.AST, method: ast.FunctionDef) -> bool:
    """Whether code surely calls the method of a base."""
    if isinstance(node, ast.IfExp):
        ways = [node.orelse] if _is_never_so(node, method) else [node.body, node.orelse]
        return all(_goes_up(way, method) for way in ways)
    is_it = isinstance(node, ast.Call) and _calls_on_up(node)
    return is_it or any(_goes_up(each, method) for each in ast.iter_child_nodes(node))


def _reached(method: ast.FunctionDef) -> list[ast.AST]:
    """The code that runs with what Lightning hands over."""
    nodes = every_node(method)
    never = [each for each in nodes if _branches(each) and _is_never_so(each, method)]
    branches = [part for each in never for part in (each.body if isinstance(each, ast.If) else [each.body])]
    out = {id(node) for branch in branches for node in every_node(branch)}
    return [each for each in nodes if id(each) not in out]


def _branches(node: ast.AST) -> TypeGuard[ast.If | ast.IfExp]:
    return isinstance(node, ast.If | ast.IfExp)


def _is_never_so(branch: ast.If | ast.IfExp, method: ast.FunctionDef) -> bool:
    """Whether a condition never holds: Lightning passes `strict`, as True or False, and a state dict with keys."""
    parts = branch.body if isinstance(branch, ast.If) else []
    inside = {id(node) for part in parts for node in every_node(part)}
    changed = {
        node.id
        for node in every_node(method)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in inside
    }
    given = [name for name in by_position(method.args)[1:2] if name not in changed]
    if "strict" in parameter_names(method.args):
        return _is_of_nothing(branch.test, given) or ("strict" not in changed and _is_none(branch.test, "strict"))
    kwargs = method.args.kwarg.arg if method.args.kwarg and method.args.kwarg.arg not in changed else ""
    return _is_of_nothing(branch.test, given) or ast.unparse(branch.test) == f"'strict' not in {kwargs}"


def _is_of_nothing(test: ast.expr, names: list[str]) -> bool:
    """`not state_dict`, `len(state_dict) == 0`."""
    said = ast.unparse(test)
    return any(said in {f"not {name}", f"len({name}) == 0", f"not len({name})"} for name in names)


def _is_none(test: ast.expr, name: str) -> bool:
    return ast.unparse(test) in {f"{name} is None", f"{name} == None"}


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
        return Loads.PLAIN if all(_is_as_given(each, method.args) for each in strictness) else Loads.BY_ITSELF
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


def _turns_strictness_off(nodes: Sequence[ast.AST]) -> bool:
    """`strict = False` or `kwargs["strict"] = False`."""
    return any(map(is_false, _strictness_set(nodes)))


def _strictness_set(nodes: Sequence[ast.AST]) -> Iterator[ast.expr]:
    """What code sets strictness to: of `strict = ...` or `kwargs["strict"] = ...` the value."""
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value) if any(map(_is_strictness, targets)):
                yield value
            case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_strictness(target):
                yield value
            case ast.AugAssign(target=target) if _is_strictness(target):
                yield ast.BoolOp(ast.And(), [target, node.value])
            case ast.NamedExpr(target=ast.Name(id="strict"), value=value):
                yield value


def _is_strictness(target: ast.expr) -> bool:
    match target:
        case ast.Name(id="strict") | ast.Subscript(slice=ast.Constant(value="strict")):
            return True
    return False


def _is_as_given(value: ast.expr, parameters: ast.arguments) -> bool:
    """Whether strictness is what Lightning asks for, or True; what else it may be worked out from is not known."""
    match value:
        case ast.Constant(value=bool() as said):
            return said
        case ast.Name(id=name):
            return name in parameter_names(parameters)
        case ast.Attribute(value=ast.Name(id="self"), attr="strict_loading"):
            return True
        case ast.BoolOp(values=values):
            return all(_is_as_given(each, parameters) for each in values)
        case ast.Call(func=ast.Name(id="bool"), args=[only]):
            return _is_as_given(only, parameters)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value="strict")):
            return parameters.kwarg is not None and name == parameters.kwarg.arg
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="get" | "pop"),
            args=[ast.Constant(value="strict"), *default],
        ):
            is_given = parameters.kwarg is not None and name == parameters.kwarg.arg
            return is_given and not any(map(is_false, default))
    return False


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
