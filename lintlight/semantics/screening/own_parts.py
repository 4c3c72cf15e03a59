"""What in a method stands for a part of its own object: `self.encoder(x)`, `for expert in self.experts`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lintlight.semantics.knowledge import catalog, members
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, names_in

# Methods of strings, lists, dicts, files, loggers and configurations.
TELLS_NOTHING = frozenset(
    "get items keys values append extend update pop join split strip format startswith endswith replace lower upper "
    "info warning warn debug error exception log log_dict print write read close open sum mean max min item tolist "
    "numpy view reshape size transpose permute unsqueeze squeeze repeat expand contiguous long int bool add_argument "
    "add_argument_group parse_args copy index count sort exists mkdir is_file is_dir masked_fill argmax cumsum clone "
    "load_state_dict to_container create merge set_struct open_dict setdefault add remove discard flatten "
    "softmax".split()
)


def keeps_or_gives(node: ast.AST, cls: ProjectClass) -> bool:
    """Whether a method keeps what decides later what is loaded, or gives out what was: `return self.model`."""
    if getattr(node, "name", "") == "__init__":
        return True
    returned = (each.value for each in every_node(node) if isinstance(each, ast.Return) and each.value is not None)
    return any(gives_a_part(value, cls, frozenset()) for value in returned)


def names_of_parts(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """The local names that may stand for something out of `self`: `for expert in self.experts`, `bert = self.bert`."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.For | ast.comprehension):
            targets, value = [node.target], node.iter
        elif isinstance(node, ast.NamedExpr):
            targets, value = [node.target], node.value
        else:
            continue
        if any(isinstance(child, ast.Name) and child.id == "self" for child in every_node(value)):
            found.update(*map(names_in, targets))
    return frozenset(found)


def runs_a_part(func: ast.expr, cls: ProjectClass, parts: frozenset[str]) -> bool:
    """Whether a call may run a module: `self(...)`, `self.encoder(...)`, `self.model.generate(...)`, `expert(...)`."""
    if isinstance(func, ast.Call):  # getattr(self, name)(...)
        return isinstance(func.func, ast.Name) and func.func.id == "getattr"
    if isinstance(func, ast.Attribute) and func.attr == "forward" and isinstance(func.value, ast.Call):
        return True  # super().forward(...)
    names: list[str] = []
    while isinstance(func, ast.Attribute | ast.Subscript):
        names += [func.attr] if isinstance(func, ast.Attribute) else []
        func = func.value
    if isinstance(func, ast.Dict | ast.List | ast.Tuple):  # {"a": self.first, "b": self.second}[key](...)
        return True
    if not isinstance(func, ast.Name) or func.id not in {"self", *parts}:
        return False
    if not names or func.id != "self":
        return not names or names[0] not in TELLS_NOTHING
    if len(names) == 1:
        return cls.find_method(names[0]) is None and names[0] not in TELLS_NOTHING | catalog.HOOKS
    return names[0] not in TELLS_NOTHING | members.NOT_A_FORWARD


def is_a_part(node: ast.expr, cls: ProjectClass, parts: frozenset[str]) -> bool:
    """Whether an expression may be the module itself, or a module in it."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return cls.find_method(node.attr) is None and node.attr not in members.NOT_A_SUBMODULE
    return isinstance(node, ast.Name) and (node.id == "self" or node.id in parts)


def gives_a_part(node: ast.expr, cls: ProjectClass, parts: frozenset[str]) -> bool:
    """Whether what is returned may be a part, or a row that holds some: `return [self.bert, self.head]`."""
    if isinstance(node, ast.IfExp):
        return gives_a_part(node.body, cls, parts) or gives_a_part(node.orelse, cls, parts)
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return any(is_a_part(each, cls, parts) for each in items)
