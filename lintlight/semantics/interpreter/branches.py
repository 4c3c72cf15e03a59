"""The conditions of the branches in progress of which nothing is known."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property

from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import every_node, last_name, names_in

CHANGING = frozenset("current_epoch global_step trainer training fitting sanity_checking step epoch count".split())
"""What changes from step to step."""
OF_SETTINGS = re.compile(r"args|hparams|^(?:cfg|conf|config|opts?|options|settings)$")

Told = tuple[str, bool]
"""A condition as it is written, without its `not`, and whether that holds."""


@dataclass(frozen=True)
class Branch:
    """A condition of which nothing is known, and whether it holds where the code goes on."""

    test: ast.expr
    holds: bool
    module: SourceModule
    """The file that it stands in."""

    @cached_property
    def told(self) -> Told:
        """The condition without its `not`."""
        test, holds = self.test, self.holds
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, holds = test.operand, not holds
        return ast.unparse(test), holds

    @cached_property
    def is_fixed(self) -> bool:
        """Whether the answer is the same in each step of a run: it asks for settings, or what an optimizer is."""
        nodes = every_node(self.test)
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        if calls:  # one of several optimizers in a loop is another each time
            about = [call.args[0] for call in calls if last_name(call.func) in {"isinstance", "hasattr"} and call.args]
            return bool(about) and all(names_in(each) == {"self"} for each in about)
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        if names_in(self.test) != {"self"} or attributes & CHANGING:
            return False
        return any(map(OF_SETTINGS.search, attributes)) or all(map(self._is_assigned_once, attributes))

    def _is_assigned_once(self, name: str) -> bool:
        """Whether an attribute gets its value in one place, and is no property."""
        assigned = re.findall(rf"\.{name}\s*(?::[^=\n]+)?([-+*/%|&]?)=(?!=)", self.module.code)
        return assigned == [""] and f"def {name}(" not in self.module.code


def exclude(some: frozenset[Told], others: frozenset[Told]) -> bool:
    """Whether the conditions of two places never hold in one and the same run."""
    return any((text, not holds) in others for text, holds in some)
