"""What a step expects its batch to be, read from its source: a tensor, a tuple of names, a mapping of keys."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from typing import Any, Optional

NOT_FIELDS = ("to", "items", "keys", "values", "get", "pop", "shape", "size", "dim", "device", "dtype", "cpu", "cuda",
              "float", "long", "view", "reshape", "unsqueeze", "squeeze", "mean", "sum", "copy", "update", "detach",
              "unbind", "permute", "transpose", "flatten", "contiguous", "clone", "ndim", "numel", "requires_grad_",
              "T", "half", "bool", "int", "expand", "repeat", "chunk", "split", "type", "index")  # fmt: skip


PROGRESS = ("global_step", "current_epoch", "batch_idx", "random")
READS_OUT = ("cpu", "numpy", "item", "tolist")
SWITCHES = ("train", "eval", "freeze", "unfreeze", "requires_grad_")
SETS_MODE = (*SWITCHES, "training")
BESIDES = frozenset(
    "train_dataloader val_dataloader test_dataloader predict_dataloader test_step predict_step test_epoch_end "
    "on_test_start on_test_end on_test_epoch_start on_test_epoch_end on_test_batch_start on_test_batch_end "
    "on_predict_start on_predict_end on_predict_epoch_start on_predict_epoch_end".split()
)
"""Hooks that no fit runs which gets its batches from elsewhere."""
HARMLESS_CALLS = frozenset("super isinstance hasattr getattr print len id type repr str".split())


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


@functools.lru_cache(maxsize=None)
def source_of(function: Any) -> Optional[ast.FunctionDef]:
    """The definition of a function, if its source is there."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, SyntaxError):
        return None
    return next((node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)), None)


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


def defined(cls: Any, method: str, after: Any = None) -> tuple[Any, Optional[ast.FunctionDef]]:
    """The class that defines a method, and the definition; `after` skips the classes up to that one."""
    order = list(cls.__mro__)
    for owner in order[order.index(after) + 1 :] if after in order else order:
        if method in vars(owner):
            return owner, source_of(vars(owner)[method]) if is_users(owner) else None
    return None, None


def is_users(owner: Any) -> bool:
    """Whether a class is written by the user, not by torch or Lightning."""
    return not (owner.__module__ or "builtins").startswith(("torch.", "lightning.", "pytorch_lightning", "builtins"))


def written_in(owner: Any) -> dict[str, ast.FunctionDef]:
    """The functions that the user has written in the body of a class, by their names there."""
    functions = vars(owner) if is_users(owner) else {}
    found = {name: source_of(value) for name, value in functions.items() if inspect.isfunction(value)}
    return {name: definition for name, definition in found.items() if definition is not None}


def definitions_of(cls: Any) -> list[ast.FunctionDef]:
    """The methods that the user has written for a class and its bases."""
    return [definition for owner in cls.__mro__ for definition in written_in(owner).values()]


def running(cls: Any) -> list[ast.FunctionDef]:
    """The methods of the user that may run in a fit which gets its batches from elsewhere.

    A method that only hooks for loaders, tests and predictions name is none of them.
    """
    found = definitions_of(cls)
    names = {id(each): words_in(each) for each in found}
    aside = {name for name in BESIDES if not sets_mode(cls, name)}
    while True:
        run = [each for each in found if each.name not in aside]
        named_there = set().union(*(names[id(each)] for each in found if each.name in aside))
        named_here = set().union(*(names[id(each)] - {each.name} for each in run))
        more = {each.name for each in run if each.name in named_there - named_here and not is_hook(cls, each.name)}
        if not more:
            return run
        aside |= more


def words_in(definition: ast.AST) -> set[str]:
    """All names, attributes and texts in some code."""
    nodes = list(ast.walk(definition))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return texts | names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def is_hook(cls: Any, name: str) -> bool:
    """Whether others than the user's methods may call a method of this name."""
    return name.startswith("__") or any(name in vars(owner) for owner in cls.__mro__ if not is_users(owner))


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


def method_called(function: ast.expr) -> tuple[Optional[str], bool]:
    """The method of `self` that an expression names, and whether through `super()`; `self(...)` is `forward`."""
    if isinstance(function, ast.Name) and function.id == "self":
        return "forward", False
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self":
        return function.attr, False
    if (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Call)
        and is_name(function.value.func, "super")
    ):
        return function.attr, True
    return None, False


def add_constant(layout: Layout, value: Any) -> None:
    """`batch["key"]` or `batch[0]`."""
    if isinstance(value, str):
        layout.keys.add(value)
    elif isinstance(value, int):
        layout.indices.add(value)


def is_name(node: ast.expr, name: str) -> bool:
    """Whether an expression is just the name."""
    return isinstance(node, ast.Name) and node.id == name


def nested(target: ast.expr) -> Any:
    """The names that a tuple is unpacked into."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return [nested(element) for element in target.elts]
    if isinstance(target, ast.Starred):
        return nested(target.value)
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else "_"


def sets_mode(cls: Any, method: str, after: Any = None, seen: frozenset[Any] = frozenset()) -> bool:
    """Whether a method of the user, or one of `self` that it calls, sets a mode or gradients: `.eval(`, `freeze`."""
    owner, definition = defined(cls, method, after)
    if definition is None or (owner, method) in seen:
        return False
    seen |= {(owner, method)}
    for node in ast.walk(definition):
        if isinstance(node, ast.Attribute):
            set_here = node.attr == "requires_grad" and isinstance(node.ctx, ast.Store)
            if set_here or node.attr in SETS_MODE:
                return True
        if isinstance(node, ast.Call):
            helper, above = method_called(node.func)
            if helper and sets_mode(cls, helper, owner if above else None, seen):
                return True
    return False


def hands_on(module: Any, method: str) -> bool:
    """Whether a method of the user hands the module, or a part of it, to a function, which may set a mode."""
    _, definition = defined(type(module), method)
    parts = {"self", *(f"self.{name}" for name, _ in module.named_children())}
    calls = [node for node in ast.walk(definition or ast.Module([], [])) if isinstance(node, ast.Call)]
    plain = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id not in HARMLESS_CALLS]
    given = [each for node in plain for each in [*node.args, *(keyword.value for keyword in node.keywords)]]
    return any(ast.unparse(each) in parts for each in given)


def counts_parts(cls: Any) -> bool:
    """Whether a method of the user goes over the parts of the module by their order or number."""
    nodes = [node for definition in definitions_of(cls) for node in ast.walk(definition)]
    return any(
        isinstance(node, ast.Attribute) and node.attr in ("children", "named_children", "_modules") for node in nodes
    )


def asks_for_mode(cls: Any, modules: list[Any]) -> bool:
    """Whether a class asks for the mode of a part, or calls a method of it that does: no forward shows what then is.

    A forward is seen as it runs, with all that it calls; the methods of transformers' models are left to theirs.
    """
    nodes = [node for definition in definitions_of(cls) for node in ast.walk(definition)]
    if any(is_mode(node) and not is_name(node.value, "self") for node in nodes if isinstance(node, ast.Attribute)):
        return True
    called = {node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
    owners = {owner for module in modules for owner in type(module).__mro__ if is_of_project(owner)}
    methods = [written_in(owner) for owner in owners]
    found = [each for named in methods for name, each in named.items() if name in called and name != "forward"]
    return any(is_mode(node) for each in found for node in ast.walk(each))


def is_mode(node: ast.AST) -> bool:
    """`part.training`, where it is read."""
    return isinstance(node, ast.Attribute) and node.attr == "training" and isinstance(node.ctx, ast.Load)


def is_of_project(owner: Any) -> bool:
    """Whether a class is written by the user, and no model of transformers."""
    return is_users(owner) and not owner.__module__.startswith("transformers.")


def unfreezes(cls: Any) -> bool:
    """Whether a method of the user other than the constructor may make parameters learn that did not."""
    methods = [(name, each) for owner in cls.__mro__ for name, each in written_in(owner).items()]
    return any(switches_on(node) for name, each in methods if name != "__init__" for node in ast.walk(each))


def switches_on(node: ast.AST) -> bool:
    """`x.unfreeze()`, `x.requires_grad_(True)`, `p.requires_grad = flag`; not with a plain False."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr.startswith("unfreeze"):
            return True
        return node.func.attr == "requires_grad_" and not any(is_false(argument) for argument in node.args)
    if isinstance(node, ast.Assign):
        targets = [target for target in node.targets if isinstance(target, ast.Attribute)]
        return any(target.attr == "requires_grad" for target in targets) and not is_false(node.value)
    return False


def is_false(node: ast.expr) -> bool:
    """The constant False."""
    return isinstance(node, ast.Constant) and node.value is False


def waits(cls: Any) -> bool:
    """Whether a method of the user counts something off (`% 16`, `global_step < 16`): a step may come later."""
    nodes = [node for definition in definitions_of(cls) for node in ast.walk(definition)]
    counters = [ast.unparse(node.target) for node in nodes if isinstance(node, ast.AugAssign)]
    compared = (ast.unparse(node) for node in nodes if isinstance(node, ast.Compare))
    return any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) for node in nodes) or any(
        name in text for text in compared for name in (*PROGRESS, *counters)
    )


def optimizes_all(cls: Any) -> bool:
    """Whether `configure_optimizers` takes all parameters of the module, as far as can be read."""
    _, definition = defined(cls, "configure_optimizers")
    if definition is None:
        return False
    taken = [
        node.func.attr
        for node in ast.walk(definition)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_name(node.func.value, "self")
    ]
    # Groups by name come in pairs, with and without weight decay.
    return "parameters" in taken or taken.count("named_parameters") > 1


def detaches(cls: Any) -> bool:
    """Whether a method of the user takes something other than a loss out of the graph, that is not read out next."""
    nodes = [node for definition in definitions_of(cls) for node in ast.walk(definition)]
    read_out = {
        id(node.value.func)
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr in READS_OUT and isinstance(node.value, ast.Call)
    }
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == "detach"
        and id(node) not in read_out
        and "loss" not in ast.unparse(node.value)
        for node in nodes
    )
