"""What a step expects its batch to be, read from its source: a tensor, a tuple of names, a mapping of keys."""

from __future__ import annotations

import ast
from typing import Any, Optional

from .sources import defined, is_name, method_called, written_in

NOT_FIELDS = ("to", "items", "keys", "values", "get", "pop", "shape", "size", "dim", "device", "dtype", "cpu", "cuda",
              "float", "long", "view", "reshape", "unsqueeze", "squeeze", "mean", "sum", "copy", "update", "detach",
              "unbind", "permute", "transpose", "flatten", "contiguous", "clone", "ndim", "numel", "requires_grad_",
              "T", "half", "bool", "int", "expand", "repeat", "chunk", "split", "type", "index")  # fmt: skip


class Layout:
    """The shape of a batch: `names` for a tuple (nested lists of names), `keys` and `fields` for a mapping."""

    def __init__(self) -> None:
        self.names: Optional[list[Any]] = None
        self.keys: set[str] = set()
        self.fields: set[str] = set()
        self.indices: set[int] = set()
        self.spread = False
        """Passed on as `**batch`."""

    def kind(self) -> str:
        """`tuple`, `mapping`, or `tensor` when nothing says otherwise."""
        if self.names is not None or self.indices:
            return "tuple"
        return "mapping" if self.keys or self.fields or self.spread else "tensor"


def of_step(cls: Any, method: str = "training_step") -> Layout:
    """The layout of the batch of a class's step, its helper methods followed."""
    layout = Layout()
    owner, definition = defined(cls, method)
    if definition is not None and len(definition.args.args) > 1:
        name = definition.args.args[1].arg
        follow(cls, owner, definition, name, layout, frozenset())
        if layout.kind() == "tensor":
            # The step passes it on in some way that was not followed: any method's parameter of that name.
            for owner in cls.__mro__:
                for helper in written_in(owner).values():
                    if name in [argument.arg for argument in helper.args.args]:
                        follow(cls, owner, helper, name, layout, frozenset())
    return layout


def follow(cls: Any, owner: Any, definition: ast.FunctionDef, name: str, layout: Layout, seen: frozenset[Any]) -> None:
    """Add how a function uses its parameter `name`."""
    if (owner, definition.name, name) in seen:
        return
    seen |= {(owner, definition.name, name)}
    for node in ast.walk(definition):
        if (
            isinstance(node, ast.Assign)
            and is_name(node.value, name)
            and isinstance(node.targets[0], (ast.Tuple, ast.List))
        ):
            layout.names = nested(node.targets[0])
        elif isinstance(node, ast.Subscript) and is_name(node.value, name) and isinstance(node.slice, ast.Constant):
            add_constant(layout, node.slice.value)
        elif isinstance(node, ast.Attribute) and is_name(node.value, name) and node.attr not in NOT_FIELDS:
            layout.fields.add(node.attr)
        elif isinstance(node, ast.Call):
            follow_call(cls, owner, node, name, layout, seen)


def follow_call(cls: Any, owner: Any, call: ast.Call, name: str, layout: Layout, seen: frozenset[Any]) -> None:
    """Add what a call does with the batch: `batch.get("k")`, `self.helper(batch)`, `self(**batch)`."""
    function = call.func
    gets = isinstance(function, ast.Attribute) and is_name(function.value, name) and function.attr in ("get", "pop")
    if gets and call.args and isinstance(call.args[0], ast.Constant):
        add_constant(layout, call.args[0].value)
    if any(keyword.arg is None and is_name(keyword.value, name) for keyword in call.keywords):
        layout.spread = True
    helper, above = method_called(function)
    helper_owner, definition = defined(cls, helper, owner if above else None) if helper else (None, None)
    if definition is None:
        return
    parameters = [argument.arg for argument in definition.args.args][1:]
    passed = [parameter for parameter, argument in zip(parameters, call.args) if is_name(argument, name)]
    passed += [keyword.arg for keyword in call.keywords if keyword.arg in parameters and is_name(keyword.value, name)]
    for parameter in passed:
        follow(cls, helper_owner, definition, str(parameter), layout, seen)


def add_constant(layout: Layout, value: Any) -> None:
    """`batch["key"]` or `batch[0]`."""
    if isinstance(value, str):
        layout.keys.add(value)
    elif isinstance(value, int):
        layout.indices.add(value)


def nested(target: ast.expr) -> Any:
    """The names that a tuple is unpacked into."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return [nested(element) for element in target.elts]
    if isinstance(target, ast.Starred):
        return nested(target.value)
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else "_"
