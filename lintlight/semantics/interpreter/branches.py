"""The conditions of the branches in progress of which nothing is known."""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass
from functools import cached_property

from lintlight.semantics.knowledge.words import OF_SETTINGS
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import every_node, last_name, names_in

CHANGING = frozenset("current_epoch global_step trainer training fitting sanity_checking step epoch count".split())
"""What changes from step to step."""

COUNTED_BY_LIGHTNING = frozenset({"current_epoch", "global_step"})

Told = tuple[str, bool]
"""A condition as it is written, without its `not`, and whether that holds."""


@dataclass(frozen=True)
class Branch:
    """A condition of which nothing is known, and whether it holds where the code goes on."""

    test: ast.expr
    holds: bool
    module: SourceModule
    """The file that it stands in."""
    function: ast.AST | None = None
    """The function that it stands in."""

    @cached_property
    def told(self) -> Told:
        """The condition without its `not`."""
        test, holds = self._asked, self.holds
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, holds = test.operand, not holds
        return ast.unparse(test), holds

    @cached_property
    def is_fixed(self) -> bool:
        """Whether the answer is the same in each step of a run: it asks for settings, or what an optimizer is."""
        nodes = every_node(self._asked)
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        if calls:  # one of several optimizers in a loop is another each time
            about = [call.args[0] for call in calls if last_name(call.func) in {"isinstance", "hasattr"} and call.args]
            return bool(about) and all(names_in(each) == {"self"} for each in about)
        within = {node.value for node in nodes if isinstance(node, ast.Attribute | ast.Subscript)}
        named = [node for node in nodes if isinstance(node, ast.Attribute)]
        sections = [node for node in named if node in within and OF_SETTINGS.search(last_name(node.value))]
        attributes = {node.attr for node in named if node not in sections}
        if names_in(self._asked) != {"self"} or attributes & CHANGING:
            return False
        return any(map(OF_SETTINGS.search, attributes)) or all(map(self._is_assigned_once, attributes))

    @cached_property
    def asks_for_the_time(self) -> bool:
        """Whether the answer is another one in a later epoch, or step."""
        nodes = every_node(self.test)
        return any(isinstance(node, ast.Attribute) and node.attr in COUNTED_BY_LIGHTNING for node in nodes)

    @cached_property
    def _asked(self) -> ast.expr:
        """The condition with its settings read as attributes."""
        test = _spelled_out(self.test, self.function) if self.function is not None else self.test
        is_plain = not any(isinstance(node, ast.Call) and last_name(node.func) in PLAINLY for node in every_node(test))
        return test if is_plain else _Plainly().visit(copy.deepcopy(test))

    def _is_assigned_once(self, name: str) -> bool:
        """Whether an attribute gets its value in one place, and is no property."""
        assigned = re.findall(rf"\.{name}\s*(?::[^=\n]+)?([-+*/%|&]?)=(?!=)", self.module.code)
        return assigned == [""] and f"def {name}(" not in self.module.code


def _spelled_out(test: ast.expr, function: ast.AST) -> ast.expr:
    """A condition that is a local name, as what the name is assigned: `frozen = self.hparams.frozen`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return ast.copy_location(ast.UnaryOp(test.op, _spelled_out(test.operand, function)), test)
    if not isinstance(test, ast.Name):
        return test
    names = [node for node in every_node(function) if isinstance(node, ast.Name) and node.id == test.id]
    stored = [name for name in names if isinstance(name.ctx, ast.Store)]
    assigned = [node for node in every_node(function) if isinstance(node, ast.Assign) and node.targets == stored]
    return assigned[0].value if len(stored) == 1 and assigned else test


PLAINLY = frozenset({"bool", "get", "getattr"})
"""The calls that are read otherwise."""


class _Plainly(ast.NodeTransformer):
    """Makes `cfg.frozen` of `cfg.get("frozen", False)` and `getattr(cfg, "frozen", False)`, and `x` of `bool(x)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = last_name(node.func)
        if name == "bool" and len(node.args) == 1:
            return node.args[0]
        if name == "get" and isinstance(node.func, ast.Attribute):
            given = [node.func.value, *node.args]
        else:
            given = node.args if name == "getattr" else []
        key = given[1].value if len(given) > 1 and isinstance(given[1], ast.Constant) else None
        if isinstance(key, str) and key.isidentifier() and OF_SETTINGS.search(last_name(given[0])):
            return ast.copy_location(ast.Attribute(given[0], key, ast.Load()), node)
        return node


def exclude(some: frozenset[Told], others: frozenset[Told]) -> bool:
    """Whether the conditions of two places never hold in one and the same run."""
    return any((text, not holds) in others for text, holds in some)
