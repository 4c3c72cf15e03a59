"""What code changes in the tables that files keep at their top level: `MODELS["bert"] = Own`, `MODELS.pop("bert")`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import Import, every_node, last_name
from lintlight.semantics.resolve.project import Project
from lintlight.source.outline import may_say

CHANGES = frozenset({"update", "setdefault", "pop", "popitem", "clear", "__setitem__"})


class Changes:
    """Answers for the tables of one project, each looked for once."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._here: dict[tuple[SourceModule, str], Set[str | None]] = {}
        self._elsewhere: dict[tuple[SourceModule, str], Set[str | None]] = {}

    def here(self, module: SourceModule, name: str) -> Set[str | None]:
        """The keys under which code of a file changes its table, but for what is done at once; None for any."""
        if (module, name) not in self._here:
            parts = [part for part in module.tree.body if not changes_at_once(part, name)]
            self._here[module, name] = {key for part in parts for key in _changed_in(part, name)}
        return self._here[module, name]

    def elsewhere(self, module: SourceModule, name: str) -> Set[str | None]:
        """The same of the other files that take the table from this one."""
        if (module, name) not in self._elsewhere:
            users = [user for user in self.project.modules_with(name, module) if user is not module]
            parts = [part for user in users if _is_taken(user, name) for part in user.tree.body]
            self._elsewhere[module, name] = {key for part in parts for key in _changed_in(part, name)}
        return self._elsewhere[module, name]


def changes_at_once(node: ast.stmt, name: str) -> bool:
    """Whether a statement does nothing but change a table of that name."""
    if isinstance(node, ast.Assign):
        return all(isinstance(each, ast.Subscript) and _is_table(each.value, name) for each in node.targets)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _is_changing(node.value, name)


def _is_taken(module: SourceModule, name: str) -> bool:
    """Whether a file has no table of its own under a name."""
    return all(isinstance(each, Import) for each in module.bindings.get(name, ()))


def _changed_in(part: ast.stmt, name: str) -> Iterator[str | None]:
    for node in every_node(part) if may_say(part, (name,)) else ():
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            while isinstance(node.value, ast.Subscript):
                node = node.value
            if _is_table(node.value, name):
                yield _text(node.slice)
        elif isinstance(node, ast.Call) and _is_changing(node, name):
            is_one = last_name(node.func) in {"setdefault", "pop", "__setitem__"} and node.args
            yield _text(node.args[0]) if is_one else None
        elif isinstance(node, ast.AugAssign) and _is_table(node.target, name):
            yield None


def _is_changing(call: ast.Call, name: str) -> bool:
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr in CHANGES and _is_table(func.value, name)


def _is_table(node: ast.expr, name: str) -> bool:
    """`MODELS`, `models.MODELS`; what an object keeps under the name is something else."""
    owner = node.value if isinstance(node, ast.Attribute) else node
    return last_name(node) == name and last_name(owner) not in {"self", "cls"}


def _text(key: ast.expr) -> str | None:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None
