"""Whether a hook, and the project's own functions that it hands the checkpoint to, only look into it."""

from __future__ import annotations

import ast

from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node, last_name
from lintlight.semantics.values import Function

MOST_DEPTH = 3
STATE_DICT = "state_dict"
ONLY_LOOKS = frozenset({"print", "len", "isinstance", "load_state_dict"})


def only_looks(cls: ProjectClass, hook: Function) -> bool:
    """Whether nothing is put into the checkpoint, and no reference to it is kept, as far as every call is known."""
    names = by_position(hook.node.args)[1:2]
    return bool(names) and _looks(cls, hook, names[0], MOST_DEPTH)


def _looks(cls: ProjectClass, function: Function, name: str, depth: int) -> bool:
    every = every_node(function.node)
    around = {child: node for node in every for child in ast.iter_child_nodes(node)}
    uses = [node for node in every if isinstance(node, ast.Name) and node.id == name]
    return not _asks_for_leniency(function.node) and all(_is_look(cls, function, use, around, depth) for use in uses)


def _asks_for_leniency(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Attribute) and "strict" in each.attr for each in every_node(node))


def _is_look(cls: ProjectClass, function: Function, use: ast.expr, around: dict[ast.AST, ast.AST], depth: int) -> bool:
    """Whether one use of the checkpoint, or of the state dict in it, leaves it as it is."""
    match around.get(use):
        case ast.Subscript(ctx=ast.Load(), value=value, slice=ast.Constant(value=str(key))) as item if value is use:
            return key != STATE_DICT or _is_look(cls, function, item, around, depth)
        case ast.Compare(ops=[ast.In() | ast.NotIn()]):
            return True
        case ast.Attribute(attr="get" | "keys") as method:
            call = around.get(method)
            given = call.args[:1] if isinstance(call, ast.Call) and call.func is method else [method]
            return all(isinstance(each, ast.Constant) and each.value != STATE_DICT for each in given)
        case ast.Call(func=func, args=args, keywords=[]) as call if use in args:
            if last_name(func) in ONLY_LOOKS:
                return True
            return depth > 0 and _hands_to_looking(cls, function, call, args.index(use), depth)
    return False


def _hands_to_looking(cls: ProjectClass, here: Function, call: ast.Call, place: int, depth: int) -> bool:
    """Whether the function of the project that is called is known, and only looks into what it is given."""
    called = call.func
    is_own = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "self"
    if is_own and here.owner is not None:
        method = cls.find_method(last_name(called))
        found = [method] if method is not None else []
    else:
        owner = here.owner.qualname if here.owner else ""
        value = here.module.project.resolve_expression(here.module, called, owner)
        found = [atom for atom in value if isinstance(atom, Function)] if len(value) == 1 else []
    if not found or any(isinstance(each, ast.Starred) for each in call.args):
        return False
    function = found[0]
    names = by_position(function.node.args)[1 if is_own else 0 :]
    is_plain = isinstance(function.node, ast.FunctionDef) and not function.node.decorator_list
    return is_plain and place < len(names) and _looks(cls, function, names[place], depth - 1)
