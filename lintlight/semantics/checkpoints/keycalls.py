"""Calls in the methods that write checkpoints: what dicts, lists, modules and the project's own helpers do to keys."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lintlight.model import Span
from lintlight.semantics.checkpoints import keyloops, keymethods
from lintlight.semantics.checkpoints.groups import (
    Test,
    always,
    both,
    is_below,
    is_parameter,
    negate,
    unknown,
)
from lintlight.semantics.checkpoints.keys import (
    OPAQUE,
    CheckpointDict,
    Code,
    Collected,
    Contents,
    DictOf,
    Key,
    KeyChange,
    Keys,
    Known,
    ListOf,
    ModuleAt,
    Part,
    SuperOf,
    Text,
    ValueOfKey,
    What,
    compiled,
    literal,
)
from lintlight.semantics.checkpoints.of_weights import COPIES
from lintlight.semantics.resolve.names import by_position, every_node, last_name
from lintlight.semantics.values import ClassValue, External, Function

if TYPE_CHECKING:
    from lintlight.semantics.checkpoints.keyflow import KeyFlow

SEQUENCES = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "tqdm", "enumerate"})
WRAPPED_BY_PEFT = ("base_model", "model")
"""Where a model with adapters keeps the model that it gives once they are merged into it."""


def global_name(flow: KeyFlow, node: ast.expr) -> Known:
    """A name from outside the function: a literal or a function of the project."""
    function = flow.scope.module_function
    if isinstance(node, ast.Name):
        bound = function.module.bindings.get(node.id, [])
        if len(bound) == 1 and isinstance(bound[0], ast.Assign):
            return literal(bound[0].value) or compiled(bound[0].value) or OPAQUE
    value = function.meaning(node)
    for atom in value if len(value) == 1 else ():
        if isinstance(atom, Function):
            return Code(atom)
    return OPAQUE


def call(flow: KeyFlow, node: ast.Call) -> Known:
    """What a call gives, and what it does to the dicts."""
    if (pattern := compiled(node)) is not None:
        return pattern
    if isinstance(node.func, ast.Attribute):
        base = flow.evaluate(node.func.value)
        name = node.func.attr
        if isinstance(base, DictOf):
            return keymethods.dict_method(flow, base, name, node)
        if isinstance(base, CheckpointDict):
            return keymethods.checkpoint_method(flow, name, node)
        if isinstance(base, ListOf):
            return keymethods.list_method(flow, base, name, node)
        if isinstance(base, Key):
            return keymethods.key_method(flow, base, name, node)
        if isinstance(base, Keys):
            if name == "get" and base.of is None and node.args and isinstance(flow.evaluate(node.args[0]), Key):
                return ValueOfKey(None, is_parameter=True)
            return replace(base, values_only=name == "values", pairs=name == "items")
        if isinstance(base, ModuleAt):
            return _module_method(flow, base, name, node)
        if isinstance(base, SuperOf):
            return _inherited(flow, base, name, node)
    return _function(flow, node)


def _keyword(flow: KeyFlow, node: ast.Call, name: str) -> Known | None:
    for keyword in node.keywords:
        if keyword.arg == name:
            return flow.evaluate(keyword.value)
    return None


# -- modules ---------------------------------------------------------------------------------------


def _module_method(flow: KeyFlow, base: ModuleAt, name: str, node: ast.Call) -> Known:
    if name == "state_dict":
        return own_state_dict(flow, node) if not base.path else _part(flow, base, node)
    if name == "get_parameter":
        return ValueOfKey(None, is_parameter=True)
    if name in {"named_parameters", "named_buffers"}:
        test: Test = is_parameter if name == "named_parameters" else negate(is_parameter)
        if base.path:
            path = ".".join(base.path)
            return Keys(None, both(unknown, is_below(path)), pairs=True, lacks=f"{path}.")
        return Keys(None, test, pairs=True)
    if not base.path:
        method = flow.cls.find_method(name)
        if method is not None:
            return _run(flow, Code(method), node)
        if name == "_save_to_state_dict":
            return _part(flow, base, node)
    part = flow.part_at(".".join(base.path))
    method = part.find_method(name) if part is not None else None
    if name == "merge_and_unload" and base.path and method is None:
        return ModuleAt((*base.path, *WRAPPED_BY_PEFT))
    is_given = any(isinstance(each, CheckpointDict | DictOf) for each in keymethods.arguments(flow, node))
    if method is not None and (is_given or _gives_its_keys(method)) and not _calls_on_up(method):
        return _run(flow, Code(method), node, base)
    return OPAQUE


def _calls_on_up(method: Function) -> bool:
    return any(getattr(each, "id", "") == "super" for each in every_node(method.node))


def _gives_its_keys(method: Function) -> bool:
    """Whether a method of a submodule asks for the submodule's state dict, and returns something."""
    nodes = every_node(method.node)
    returns = any(isinstance(each, ast.Return) and each.value is not None for each in nodes)
    return returns and any(isinstance(each, ast.Attribute) and ast.unparse(each) == "self.state_dict" for each in nodes)


def own_state_dict(flow: KeyFlow, node: ast.expr) -> Known:
    """`self.state_dict()`: through the class's own override."""
    method = flow.cls.find_method("state_dict")
    if method is None or any(scope.module_function.node is method.node for scope in flow.scopes):
        return DictOf(flow.store.new(Contents(flow.span(node), full=True)))
    return joined(flow, flow.run(method, parameters(flow, method, [], {})))


def _part(flow: KeyFlow, base: ModuleAt, node: ast.Call) -> Known:
    """`self.head.state_dict(prefix="head.")`; `self._save_to_state_dict({}, "", False)` saves its own parameters."""
    positional = keymethods.arguments(flow, node)
    prefix = _keyword(flow, node, "prefix") or (positional[1] if len(positional) > 1 else Text(("",)))
    into = _keyword(flow, node, "destination") or (positional[0] if positional else None)
    if isinstance(prefix, Text):
        text = prefix.values[0]
        part = DictOf(
            flow.store.new(Contents(flow.span(node), sure=flow.store.sure, parts=(Part(".".join(base.path), text),)))
        )
        if isinstance(into, DictOf):
            flow.store.update(into.number, part)
        elif _passes_all(node):
            _loses_sight(flow, flow.store.destination)
        return part if not isinstance(into, DictOf) else into
    _loses_sight(flow, into.number if isinstance(into, DictOf) else flow.store.destination)
    return OPAQUE


def _passes_all(node: ast.Call) -> bool:
    """`f(*args)` or `f(**kwargs)`."""
    return any(isinstance(each, ast.Starred) for each in node.args) or any(k.arg is None for k in node.keywords)


def _loses_sight(flow: KeyFlow, number: int) -> None:
    """A dict was passed on to something that is not known, or with names that are not."""
    contents = flow.store.dicts[number]
    flow.store.dicts[number] = replace(contents, known=contents.full and contents.known)


def _inherited(flow: KeyFlow, base: SuperOf, name: str, node: ast.Call) -> Known:
    """`super().name(...)`."""
    method = flow.cls.find_method(name, base.after)
    if method is not None:
        return _run(flow, Code(method), node)
    return _of_library(flow, name, node)


def _of_library(flow: KeyFlow, name: str, node: ast.Call) -> Known:
    """torch's own method, with what follows `self`."""
    if name == "_save_to_state_dict":
        return _part(flow, ModuleAt(), node)
    return library_state_dict(flow, node) if name == "state_dict" else OPAQUE


def library_state_dict(flow: KeyFlow, node: ast.Call) -> Known:
    """torch's own `state_dict`: everything, put into the parent's dict where that is passed on."""
    passed = _passed_on(flow, node)
    number = passed[0] if passed else flow.store.destination
    into = flow.store.dicts[number]
    if (_passes_all(node) or passed) and not into.full:
        flow.store.dicts[number] = Contents(into.made, full=True, changes=into.changes)
        return DictOf(number)
    return DictOf(flow.store.new(Contents(flow.span(node), full=True)))


def _passed_on(flow: KeyFlow, node: ast.Call) -> list[int]:
    """The dicts among the arguments of a call."""
    given = [flow.evaluate(each.value if isinstance(each, ast.Starred) else each) for each in node.args]
    given += [flow.evaluate(keyword.value) for keyword in node.keywords]
    return [each.number for each in given if isinstance(each, DictOf)]


# -- functions -------------------------------------------------------------------------------------


def _function(flow: KeyFlow, node: ast.Call) -> Known:
    function = flow.scope.module_function
    name = last_name(node.func)
    if name == "super" and isinstance(node.func, ast.Name):
        return _super(flow, node, function)
    known = flow.names.get(name) if isinstance(node.func, ast.Name) else None
    code = known if known is not None else global_name(flow, node.func)
    if isinstance(code, Code):
        return _run(flow, code, node)
    if name in COPIES:
        return _copy(flow, node)
    if name in SEQUENCES or name == "cast":
        given = keymethods.arguments(flow, node)
        if not given:
            return flow.store.new_list(Collected())
        return given[-1] if name == "cast" else Keys(given[0].number) if isinstance(given[0], DictOf) else given[0]
    if name == "get_peft_model_state_dict":
        return DictOf(flow.store.new(Contents(flow.span(node), sure=flow.store.sure, adapter=True)))
    if name == "filter" and len(node.args) == 2:
        over = flow.evaluate(node.args[1])
        return replace(over, test=both(over.test, unknown)) if isinstance(over, Keys) else OPAQUE
    if isinstance(node.func, ast.Attribute) and node.args and flow.evaluate(node.args[0]) == ModuleAt():
        return _by_class(flow, node.func, node)
    if name in {"state_dict", "_save_to_state_dict"}:  # of a module that is not known
        for number in _passed_on(flow, node):
            _loses_sight(flow, number)
    keymethods.arguments(flow, node)
    return OPAQUE


def _by_class(flow: KeyFlow, called: ast.Attribute, node: ast.Call) -> Known:
    """`LightningModule.state_dict(self, ...)`."""
    owner = flow.project.resolve_expression(flow.scope.module_function.module, called.value)
    atom = next(iter(owner)) if len(owner) == 1 else None
    method = atom.cls.find_method(called.attr) if isinstance(atom, ClassValue) else None
    behind_self = ast.copy_location(ast.Call(node.func, node.args[1:], node.keywords), node)
    if method is not None:
        return _run(flow, Code(method), behind_self)
    return _of_library(flow, called.attr, behind_self) if isinstance(atom, External | ClassValue) else OPAQUE


def _super(flow: KeyFlow, node: ast.Call, function: Function) -> Known:
    owner = function.owner
    if node.args:  # super(Base, self)
        value = function.meaning(node.args[0])
        atom = next(iter(value)) if len(value) == 1 else None
        owner = atom.cls if isinstance(atom, ClassValue) else owner
    return SuperOf(owner) if owner is not None else OPAQUE


def _copy(flow: KeyFlow, node: ast.Call) -> Known:
    if not node.args:
        return DictOf(flow.store.new(Contents(flow.span(node), sure=flow.store.sure)))
    pairs = node.args[0]
    if (
        isinstance(pairs, ast.GeneratorExp | ast.ListComp)
        and isinstance(pairs.elt, ast.Tuple)
        and len(pairs.elt.elts) == 2
    ):
        return keyloops.new_dict(flow, pairs.elt.elts[0], pairs.generators, node)
    value = flow.evaluate(pairs)
    if isinstance(value, DictOf):
        return DictOf(flow.store.new(flow.store.settled(value.number)))
    if isinstance(value, Keys) and value.of is not None:
        contents = flow.store.settled(value.of)
        if value.test is not always:
            dropped = KeyChange(What.DROPPED, flow.span(node), negate(value.test), flow.store.sure)
            contents = contents.with_change(dropped)
        return DictOf(flow.store.new(contents))
    return value if isinstance(value, Keys) else OPAQUE


def _run(flow: KeyFlow, code: Code, node: ast.Call, owner: ModuleAt | None = None) -> Known:
    """Read a function of the project with the arguments of a call; `owner` where its `self` is a submodule."""
    positional: list[Known] = []
    for each in node.args:
        if isinstance(each, ast.Starred):
            flow.evaluate(each.value)
            break
        positional.append(flow.evaluate(each))
    keywords = {keyword.arg: flow.evaluate(keyword.value) for keyword in node.keywords if keyword.arg is not None}
    names = {**code.around, **parameters(flow, code.function, positional, keywords)}
    if owner is not None:
        first = by_position(code.function.node.args)[:1]
        names |= {name: owner for name in first if names[name] == ModuleAt()}  # not of a static method
    return joined(flow, flow.run(code.function, names))


def parameters(
    flow: KeyFlow, function: Function, positional: list[Known], keywords: dict[str, Known]
) -> dict[str, Known]:
    """The names that a function's parameters have at the start of its body."""
    args = function.node.args
    names = by_position(args)
    found: dict[str, Known] = {each.arg: OPAQUE for each in args.kwonlyargs}
    decorators = {ast.unparse(mark) for mark in getattr(function.node, "decorator_list", [])}
    methods = function.owner.methods if function.owner is not None else {}
    is_method = function.node is methods.get(getattr(function.node, "name", ""))
    if is_method and names and "staticmethod" not in decorators:
        found[names.pop(0)] = OPAQUE if "classmethod" in decorators else ModuleAt()
    found.update(dict.fromkeys(names, OPAQUE))
    # A child is given what it asks for by torch; Lightning gives nothing.
    is_hook = getattr(function.node, "name", "") == "state_dict"
    defaults = () if is_hook else _written_defaults(args)
    found.update({name: flow.evaluate(node) for name, node in defaults if name in found})
    found.update(zip(names, positional, strict=False))
    if is_hook and flow.is_child and found.get("destination") == OPAQUE:
        found["destination"] = DictOf(flow.store.destination)
    elif is_hook and not flow.is_child and found.get("prefix") == OPAQUE:
        found["prefix"] = Text(("",))
    return {**found, **{name: value for name, value in keywords.items() if name in found}}


def _written_defaults(args: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """The parameters whose defaults are texts, or hold nothing else."""
    by_order = zip(reversed(by_position(args)), reversed(args.defaults), strict=False)
    by_name = zip((each.arg for each in args.kwonlyargs), args.kw_defaults, strict=True)
    for name, node in (*by_order, *by_name):
        inside = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else [node]
        if node is not None and all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in inside):
            yield name, node


def joined(flow: KeyFlow, returns: list[tuple[Known, Span, bool]]) -> Known:
    """One value for all that a function may return: the dict that lacks keys, unsure where others are returned too.

    An empty dict beside others is a way out for some special case, not what is usually saved.
    """
    dicts = [value for value, _, _ in returns if isinstance(value, DictOf)]
    if not dicts:
        return returns[0][0] if returns else OPAQUE
    usual = [each for each in dicts if flow.store.has_keys(each.number)] or dicts
    lacking = [each for each in usual if not flow.store.settled(each.number).lacks_nothing]
    chosen = (lacking or usual)[0]
    if len(set(dicts)) > 1:
        contents = flow.store.settled(chosen.number)
        changes = tuple(replace(change, sure=False) for change in contents.changes)
        return DictOf(flow.store.new(replace(contents, changes=changes, sure=False)))
    return chosen
