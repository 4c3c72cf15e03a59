"""The fixes that rules offer: what is to change and where; None wherever a change might touch something else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from lintlight.model import Change, Fix, How, Safety, Span
from lintlight.semantics.heap import Learn
from lintlight.semantics.lightning import LightningClass, known_class
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import every_node, names_in
from lintlight.semantics.values import ClassValue
from lintlight.semantics.walks.parts import Pretrained, reachable

ENOUGH_FOR_A_STEP = frozenset({"step", "zero_grad"})
RAW = "use_pl_optimizer"


def train_where_loaded(cls: LightningClass, part: Pretrained, reported: Span) -> Fix | None:
    """`.train()` behind the `from_pretrained` call; unsafe, because the training then computes something else.

    Only where the call stands in a class in the files of the LightningModule, and loads this one part and no other,
    such as a frozen teacher.
    """
    span = part.origin.span
    found = next(((module, node) for module, node in _loads(cls) if module.span(node) == span), None)
    if found is None or span.path != reported.path or _serves_others(cls, span):
        return None
    module, call = found
    if _has_its_own_train(module, call):
        return None
    title = f"put `{part.shown}` into train mode where it is loaded"
    if any(keyword.arg in {"output_loading_info", None} for keyword in call.keywords):
        return None  # what comes back may be a tuple
    return Fix(title, Safety.UNSAFE, span.path, changes=(Change(How.APPEND, span, ".train()"),))


def _has_its_own_train(module: SourceModule, call: ast.Call) -> bool:
    """Whether what is loaded is of a class with a `train()` of its own, which need not return the module."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    loaded = module.project.resolve_expression(module, owner)
    return any(isinstance(atom, ClassValue) and atom.cls.find_method("train") is not None for atom in loaded)


def _loads(cls: LightningClass) -> Iterator[tuple[SourceModule, ast.Call]]:
    """The `from_pretrained` calls in the classes of the files that define a LightningModule."""
    modules = {base.module.path: base.module for base in cls.definition.own_bases}
    for module in (module for module in modules.values() if module.says("from_pretrained")):
        for owner in module.classes.values():
            for node in every_node(owner.node):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "from_pretrained":
                    yield module, node


def _serves_others(cls: LightningClass, span: Span) -> bool:
    """Whether a call loads what should not be put into train mode: a second part, or one frozen in another class."""
    for walks in cls.walks:
        for walk in walks:
            if sum(origin.span == span for _, _, origin in reachable(walk.this, walk.first_step)) > 1:
                return True
    own, project = cls.definition, cls.definition.module.project
    others = dict.fromkeys((*own.module.classes.values(), *project.subclasses(own)))
    return any(
        _freezes(known_class(project, other), span) for other in others if other is not own and other.is_lightning
    )


def _freezes(cls: LightningClass, span: Span) -> bool:
    """Whether a class freezes what a call loads."""
    return any(
        origin.span == span and walk.first_step[number].grad == {Learn.OFF}
        for walk in cls.walks[0]
        for _, number, origin in reachable(walk.this, walk.first_step)
    )


def call_train(cls: LightningClass, part: Pretrained, switch: Span) -> Fix | None:
    """`self.bert.train` -> `self.bert.train()`; unsafe, because the training then computes something else."""
    for base in cls.definition.own_bases:
        if base.module.path == switch.path and switch.start.row == switch.end.row:
            line = base.module.lines[switch.start.row - 1]
            if line[switch.start.column - 1 : switch.end.column - 1] == f"{part.shown}.train":
                change = Change(How.APPEND, switch, "()")
                return Fix(f"call `{part.shown}.train()`", Safety.UNSAFE, switch.path, changes=(change,))
    return None


def wrapped_optimizer(cls: LightningClass, step: Span) -> Fix | None:
    """`self.optimizers(use_pl_optimizer=False)` -> `self.optimizers()`; unsafe, because steps are counted then.

    Only where everything that the function does with the optimizer is `step` and `zero_grad`.
    """
    for base in cls.definition.own_bases:
        if base.module.path != step.path:
            continue
        for function in base.methods.values():
            whole = base.module.span(function)
            if whole.start <= step.start and step.end <= whole.end:
                call = _raw_optimizers(function, base.module, step)
                if call is not None:
                    change = Change(How.DROP_ARGUMENT, base.module.span(call), RAW)
                    return Fix("take the optimizer that counts", Safety.UNSAFE, step.path, changes=(change,))
    return None


def _raw_optimizers(
    function: ast.FunctionDef | ast.AsyncFunctionDef, module: SourceModule, step: Span
) -> ast.Call | None:
    """The call that gives the optimizer which is stepped at `step`."""
    stepped = next((n for n in every_node(function) if isinstance(n, ast.Call) and module.span(n) == step), None)
    if stepped is None or not isinstance(stepped.func, ast.Attribute):
        return None
    if _is_raw(stepped.func.value):
        return stepped.func.value
    if not isinstance(stepped.func.value, ast.Name):
        return None
    name = stepped.func.value.id
    bound = [n for n in every_node(function) if isinstance(n, ast.Assign) and _binds(n, name)]
    if len(bound) != 1 or not _is_raw(bound[0].value):
        return None
    names = set[str]().union(*map(names_in, bound[0].targets))
    return bound[0].value if _only_steps(function, names) else None


def _is_raw(node: ast.expr) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "optimizers"
        and not node.args
        and [keyword.arg for keyword in node.keywords] == [RAW]
    )


def _binds(node: ast.Assign, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for target in node.targets for n in every_node(target))


def _only_steps(function: ast.AST, names: set[str]) -> bool:
    """Whether every use of the names is a call of `step` or `zero_grad` on them."""
    used = sum(isinstance(n, ast.Name) and n.id in names and isinstance(n.ctx, ast.Load) for n in every_node(function))
    stepping = sum(
        isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr in ENOUGH_FOR_A_STEP
        and isinstance(n.func.value, ast.Name)
        and n.func.value.id in names
        for n in every_node(function)
    )
    return used == stepping
