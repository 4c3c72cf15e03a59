"""What a class does with modes, gradients and steps, as far as its source says."""

from __future__ import annotations

import ast
from typing import Any

from .sources import defined, definitions_of, is_name, is_users, method_called, written_in

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
