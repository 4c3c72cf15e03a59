"""What `save_hyperparameters()` keeps: the arguments of each `__init__` in progress that builds the module."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from lintlight.semantics.heap import Attribute, State
from lintlight.semantics.interpreter.machine import Frame, Machine
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import UNKNOWN, Value


def of_inits(machine: Machine, number: int, state: State) -> Mapping[str, Attribute]:
    """The arguments of the `__init__` that saves them and of those which called it; an heir's are taken last."""
    held: dict[str, Attribute] = {}
    for frame in _inits(machine, number):
        names = state.locals if frame is machine.frame else _as_they_came(frame)
        held |= {name: Attribute(names[name]) for name in frame.parameters if name in names}
        held |= _extra_keywords(frame, names, state)
    return held


def _inits(machine: Machine, number: int) -> Iterator[Frame]:
    """The calls of `__init__` in progress that follow each other up to the most derived class.

    Lightning knows one by its `__class__`, which only functions that say `super` have; the innermost one counts anyway.
    """
    is_inside = False
    for frame in reversed(machine.frames):
        is_init = frame.this == number and getattr(frame.function, "name", "") == "__init__"
        if is_inside and not (is_init and _says_super(frame.function)):
            return
        if is_init:
            is_inside = True
            yield frame


def _says_super(function: ast.AST | None) -> bool:
    return function is not None and any(
        isinstance(node, ast.Name) and node.id in {"super", "__class__"} for node in every_node(function)
    )


def _as_they_came(frame: Frame) -> Mapping[str, Value]:
    """What a call was given; unknown where the function sets a parameter anew, maybe before it saves them."""
    nodes = every_node(frame.function) if frame.function is not None else ()
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {name: UNKNOWN if name in stored else value for name, value in frame.begins_with.items()}


def _extra_keywords(frame: Frame, names: Mapping[str, Value], state: State) -> Mapping[str, Attribute]:
    """What `**kwargs` of a call holds."""
    spec = getattr(frame.function, "args", None)
    if not isinstance(spec, ast.arguments) or spec.kwarg is None:
        return {}
    numbers = state.things(names.get(spec.kwarg.arg, UNKNOWN))
    return state.heap[numbers[0]].attributes if len(numbers) == 1 else {}
