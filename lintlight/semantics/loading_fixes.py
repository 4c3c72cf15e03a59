"""The fixes for checkpoints that do not load: `strict_loading = False` where Lightning reads it."""

from __future__ import annotations

import ast
from dataclasses import replace

from lintlight.model import Change, Fix, How, Position, Safety, Span
from lintlight.semantics.checkpoints.checkpointing import Misfit
from lintlight.semantics.checkpoints.keys import What
from lintlight.semantics.coming_back import is_the_same_again
from lintlight.semantics.lightning import LightningClass
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import by_position, every_node

LINE = "strict_loading = False"


def load_leniently(cls: LightningClass, misfit: Misfit) -> Fix | None:
    """`strict_loading = False` behind `super().__init__()` or on the class, for keys that are left out.

    Safe when all that is left out is pretrained, frozen and never written, so that a new module has it again: then
    only an exception goes away.
    """
    change = _leniently(_owner(cls, misfit.span))
    if change is None or misfit.what is not What.DROPPED or misfit.span.path != change.span.path:
        return None
    safe = loses_nothing(cls, misfit)
    title = "set `strict_loading = False` where Lightning reads it"
    return Fix(title, Safety.SAFE if safe else Safety.UNSAFE, change.span.path, changes=(change,))


def loses_nothing(cls: LightningClass, misfit: Misfit) -> bool:
    """Whether loading that is not strict surely loses nothing: a new module has everything that the checkpoint lacks.

    Of keys that are added nothing is lacking.
    """
    is_dropped = misfit.what is What.DROPPED and misfit.loses is False
    return misfit.what is What.ADDED or (is_dropped and is_the_same_again(cls))


def _owner(cls: LightningClass, span: Span) -> ProjectClass:
    """The class or base whose code drops the keys; the class itself when a submodule does."""
    return next((base for base in cls.definition.own_bases if base.holds(span)), cls.definition)


def _leniently(own: ProjectClass) -> Change | None:
    if any(isinstance(node, ast.Attribute) and node.attr == "strict_loading" for node in every_node(own.node)):
        return None  # somebody has thought about it
    if "strict_loading" in own.assigned or own.find_method("load_state_dict") is not None:
        return None
    found = _super_init(own)
    if found is not None:
        return Change(How.ADD_LINE, found[1], f"{found[0]}.{LINE}")
    if "__init__" in own.methods:
        return None
    first = next((node for node in own.node.body if isinstance(node, ast.FunctionDef)), None)
    if first is None or first.decorator_list:
        return None
    # Only the line `def name(...):` is the place; the body behind it is not looked at.
    whole, line = own.module.span(first), own.module.lines[first.lineno - 1]
    return Change(How.ADD_LINE_ABOVE, replace(whole, end=Position(whole.start.row, len(line) + 1)), LINE)


def ask_in_time(cls: LightningClass, asked: Span) -> Fix | None:
    """The assignment moved below `super().__init__()`; unsafe, because loading does not complain any more."""
    found = _super_init(cls.definition)
    if found is None or asked.path != found[1].path:
        return None
    this, span = found
    module = cls.definition.module
    for method in cls.definition.methods.values():
        for node in method.body:
            if isinstance(node, ast.Assign) and module.span(node) == asked and ast.unparse(node) == f"{this}.{LINE}":
                if len(method.body) == 1 or not _has_its_lines(module, asked):
                    return None
                line = module.lines[asked.start.row - 1].strip()
                changes = (Change(How.DELETE_LINE, asked, ""), Change(How.ADD_LINE, span, line))
                return Fix("set it where Lightning reads it", Safety.UNSAFE, asked.path, changes=changes)
    return None


def _super_init(cls: ProjectClass) -> tuple[str, Span] | None:
    """The name of `self` and the last call of a base's `__init__` in the class's own, if it has lines of its own."""
    init = cls.methods.get("__init__")
    if init is None or not (names := by_position(init.args)):
        return None
    for node in reversed(init.body):
        called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "__init__":
            span = cls.module.span(node)
            return (names[0], span) if _has_its_lines(cls.module, span) else None
    return None


def _has_its_lines(module: SourceModule, span: Span) -> bool:
    """Whether no other code stands on the lines of a statement."""
    before = module.lines[span.start.row - 1][: span.start.column - 1].strip()
    rest = module.lines[span.end.row - 1][span.end.column - 1 :].strip()
    return not before and (not rest or rest.startswith("#"))
