"""What a class puts back into a checkpoint that is loaded: by `on_load_checkpoint`, or by torch's own hooks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from lintlight.semantics.checkpoints.given_hooks import GivenHook, given_hook
from lintlight.semantics.checkpoints.handed import may_run_own_code
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node, is_empty_dict, last_name, nodes_around
from lintlight.semantics.values import Function

LOAD_HOOKS = (
    "register_load_state_dict_pre_hook",
    "_register_load_state_dict_pre_hook",
    "register_load_state_dict_post_hook",
)
PUTS_INTO_DICT = frozenset({"update", "setdefault"})
CHANGES_DICT = PUTS_INTO_DICT | {"pop", "popitem", "clear"}
ONLY_LOOKS = frozenset(
    {
        "print",
        "len",
        "list",
        "set",
        "sorted",
        "isinstance",
        "load_state_dict",
        "on_load_checkpoint",
        "info",
        "debug",
        "warning",
        "keys",
        "any",
        "all",
    }
)
Method = ast.FunctionDef | ast.AsyncFunctionDef


def puts_back(cls: ProjectClass) -> bool:
    """Whether a hook puts something into the state dict on its way in."""
    given = given_hook(cls, "on_load_checkpoint")
    if handles_own_keys(cls) or (given is not None and _method(given) is None):
        return True
    if any(_is_wrapped(cls, hook) for hook in load_hooks(cls)):
        return True
    return any(not is_own for hook in load_hooks(cls) for is_own in _changes(cls, hook))


def _is_wrapped(cls: ProjectClass, hook: Function) -> bool:
    """Whether a decorator of the project may do more than the hook says."""
    marks = (mark.func if isinstance(mark, ast.Call) else mark for mark in getattr(hook.node, "decorator_list", []))
    return any(may_run_own_code(cls, hook, mark) for mark in marks)


def renames_on_load(cls: ProjectClass) -> bool:
    """Whether `on_load_checkpoint` gives other names to what is there, or takes something out."""
    return any(is_own for hook in load_hooks(cls) for is_own in _changes(cls, hook))


def load_hooks(cls: ProjectClass) -> Iterator[Function]:
    """What runs as `on_load_checkpoint`: of each of its bases, or what is given in its place."""
    for base in cls.own_bases:
        if "on_load_checkpoint" in base.methods:
            yield Function(base.module, base.methods["on_load_checkpoint"], base)
    given = given_hook(cls, "on_load_checkpoint")
    method = _method(given) if given is not None else None
    if method is not None:
        yield method


def _method(hook: GivenHook) -> Function | None:
    """The code of a hook that is not a method, where it begins like one, with the module."""
    function = hook.function
    if function is None or not (hook.is_given_self or function.owner is not None):
        return None
    return function if isinstance(function.node, Method) else None


def handles_own_keys(cls: ProjectClass) -> bool:
    """Whether the class loads its own keys in its own way: `_load_from_state_dict` or a load hook."""
    for base in cls.own_bases:
        if "_load_from_state_dict" in base.methods:
            return True
        for node in nodes_around(base.node, LOAD_HOOKS):
            if isinstance(node, ast.Attribute) and node.attr in LOAD_HOOKS:
                return True
    return False


def _changes(cls: ProjectClass, hook: Function) -> Iterator[bool]:
    """The changes of `checkpoint["state_dict"]` in `on_load_checkpoint`, and whether each puts nothing new in."""
    method = hook.node
    names = by_position(method.args)[1:2]
    checkpoint = names[0] if names else ""
    assigned = [node for node in every_node(method) if isinstance(node, ast.Assign)]
    aliases = names_of(assigned, lambda value: _is_state_dict(value, checkpoint))

    def is_it(node: ast.expr) -> bool:
        return _is_state_dict(node, checkpoint) or (isinstance(node, ast.Name) and node.id in aliases)

    renamed = names_of(assigned, lambda value: only_renames(value, is_it)) - set(_growing(method))
    renamed |= set(_filled_from(method, is_it))
    overwrites = set(_overwritten(method, is_it))
    for node in every_node(method):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and is_it(target):
                    is_own = isinstance(node.value, ast.Name) and node.value.id in renamed
                    yield is_own or only_renames(node.value, is_it)
                elif isinstance(target, ast.Subscript) and is_it(target.value):
                    if node in overwrites:  # the key is there, and has another value now
                        continue
                    yield _is_taken_out(node.value, is_it)
        elif isinstance(node, ast.Call):
            name = last_name(node.func)
            if isinstance(node.func, ast.Attribute) and is_it(node.func.value) and name in CHANGES_DICT:
                yield name not in PUTS_INTO_DICT
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            handed = [each for each in given if is_it(each) or (isinstance(each, ast.Name) and each.id == checkpoint)]
            if handed and (name not in ONLY_LOOKS or may_run_own_code(cls, hook, node.func)):
                yield False
        elif isinstance(node, ast.AugAssign) and is_it(node.target):
            yield False
        elif isinstance(node, ast.Delete):
            yield from (True for target in node.targets if isinstance(target, ast.Subscript) and is_it(target.value))


def names_of(assigned: Iterable[ast.Assign], is_wanted: Callable[[ast.expr], bool]) -> set[str]:
    """The names that a wanted value is assigned to, and nothing else."""
    found: dict[str, list[bool]] = {}
    for node in assigned:
        for target in node.targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(is_wanted(node.value))
    return {name for name, wanted in found.items() if wanted and all(wanted)}


def _growing(method: ast.AST) -> Iterator[str]:
    """The names of dicts that something is put into."""
    for node in every_node(method):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.value, ast.Name):
            stores = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
            if stores or (isinstance(node, ast.Attribute) and node.attr in PUTS_INTO_DICT):
                yield node.value.id


def _filled_from(method: ast.AST, is_it: Callable[[ast.expr], bool]) -> Iterator[str]:
    """The names of dicts that begin empty and get nothing but a state dict's values: `new[rename(key)] = value`."""
    nodes = every_node(method)
    own: set[ast.Assign] = set()
    for loop in (node for node in nodes if isinstance(node, ast.For) and _is_over(node.iter, is_it, "items")):
        pair = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
        value = ast.unparse(pair[1]) if len(pair) == 2 else ""
        own |= {each for each in _stores(loop) if ast.unparse(each.value) == value}
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    for name in names_of(assigned, is_empty_dict):
        stores = [each for each in _stores(method) if any(_is_in(target, name) for target in each.targets)]
        inside = {id(each) for store in stores for each in every_node(store)}
        whole = {id(each) for node in assigned for each in (node.value, *node.targets)}
        uses = {id(node) for node in nodes if isinstance(node, ast.Name) and node.id == name}
        if stores and own.issuperset(stores) and uses <= inside | whole:
            yield name


def _stores(node: ast.AST) -> list[ast.Assign]:
    """The statements below that put something under a key."""
    found = (each for each in every_node(node) if isinstance(each, ast.Assign))
    return [each for each in found if any(isinstance(target, ast.Subscript) for target in each.targets)]


def _is_in(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == name


def _overwritten(method: ast.AST, is_it: Callable[[ast.expr], bool]) -> Iterator[ast.Assign]:
    """The stores under keys that are there already: in `for key in state`, in `if "head.weight" in state`."""
    for node in every_node(method):
        keys: list[str] = []
        if isinstance(node, ast.For):
            if _is_over(node.iter, is_it, "items") and isinstance(node.target, ast.Tuple):
                keys = [ast.unparse(node.target.elts[0])]
            elif _is_over(node.iter, is_it, "keys"):
                keys = [ast.unparse(node.target)]
        elif isinstance(node, ast.If):
            tests = node.test.values if isinstance(node.test, ast.BoolOp) else [node.test]
            either = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or)
            keys = [] if either else [key for test in tests if (key := _asked_for(test, is_it))]
        inside = [each for part in getattr(node, "body", []) for each in every_node(part)] if keys else []
        if not any(_takes_out(each) for each in inside):
            for store in (each for each in inside if isinstance(each, ast.Assign)):
                targets = [each for each in store.targets if isinstance(each, ast.Subscript)]
                if any(ast.unparse(target.slice) in keys for target in targets):
                    yield store


def _asked_for(test: ast.expr, is_it: Callable[[ast.expr], bool]) -> str:
    """The key of `key in state`; empty for another condition."""
    is_asked = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.In) and is_it(test.comparators[0])
    return ast.unparse(test.left) if is_asked and isinstance(test, ast.Compare) else ""


def _takes_out(node: ast.AST) -> bool:
    return isinstance(node, ast.Delete) or (isinstance(node, ast.Attribute) and node.attr in {"pop", "clear"})


def _is_over(source: ast.expr, is_it: Callable[[ast.expr], bool], how: str) -> bool:
    """Whether a loop goes over a state dict's `items()` or `keys()`, for which it may stand itself."""
    while isinstance(source, ast.Call) and last_name(source.func) in {"list", "sorted", "tuple"} and source.args:
        source = source.args[0]
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute):
        return source.func.attr == how and is_it(source.func.value)
    return how == "keys" and is_it(source)


def only_renames(value: ast.expr, is_it: Callable[[ast.expr], bool]) -> bool:
    """Whether a value is a dict of what a state dict itself holds, under other names or without some of them."""
    if isinstance(value, ast.Call) and last_name(value.func) in {"dict", "OrderedDict"} and len(value.args) == 1:
        value = value.args[0]
    if not isinstance(value, ast.DictComp | ast.GeneratorExp | ast.ListComp) or len(value.generators) != 1:
        return False
    source = value.generators[0].iter
    return (
        isinstance(source, ast.Call)
        and isinstance(source.func, ast.Attribute)
        and source.func.attr == "items"
        and is_it(source.func.value)
    )


def _is_taken_out(value: ast.expr, is_it: Callable[[ast.expr], bool]) -> bool:
    """`state.pop(key)` or `state[key]`."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "pop":
        return is_it(value.func.value) and len(value.args) == 1
    return isinstance(value, ast.Subscript) and is_it(value.value)


def _is_state_dict(node: ast.expr, checkpoint: str) -> bool:
    """`checkpoint["state_dict"]`."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == checkpoint
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == "state_dict"
    )
