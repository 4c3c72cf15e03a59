"""Optimizers that are made and stepped by hand, and Lightning's counter that is advanced by hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lintlight.semantics.heap import HOLDERS, State, atoms_inside
from lintlight.semantics.interpreter.machine import Arguments, Counted, Machine, Stepped
from lintlight.semantics.interpreter.module_tree import module_at
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, nodes_around
from lintlight.semantics.values import UNKNOWN, Function, Optimizer, Params, Value

MAKING = ("__init__", "configure_optimizers")
STEPS = frozenset({"step", "second_step"})
COUNTS = "increment_completed"
"""What Lightning calls on its progress when an optimizer has stepped."""
WRAPPED_IN = frozenset({"optimizer", "_optimizer"})
"""What Lightning's wrapper has the optimizer in."""
INNER = frozenset({"optimizer", "_optimizer", "base_optimizer"})
"""What the optimizer inside another one is called."""
OTHER_PROGRESS = ("batch_progress", "epoch_progress")


def made(machine: Machine, over: frozenset[Params] | None, node: ast.Call | None) -> Value:
    """A new optimizer, which Lightning has not wrapped."""
    span = machine.span(node) if node is not None else None
    late = machine.hook in catalog.INSIDE_TRAINING_STEP
    late = late or (over is None and machine.hook != "configure_optimizers" and _is_of_tensors(node))
    return frozenset({Optimizer(wrapped=False, made=span, over=over, late=late, made_in=machine.hook)})


def _is_of_tensors(node: ast.Call | None) -> bool:
    """`Adam([latent])`, `Adam(iter([latent]))`: an optimizer of tensors that only a function knows."""
    first = node.args[0] if node is not None and node.args else None
    if isinstance(first, ast.Call) and len(first.args) == 1:
        first = first.args[0]
    return isinstance(first, ast.List | ast.Tuple) and all(isinstance(each, ast.Name) for each in first.elts)


def may_be_made(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value | None:
    """The optimizer that an unknown call makes which is given parameters where optimizers are configured, else None."""
    is_there = getattr(machine.frame.function, "name", "") == "configure_optimizers"
    given = atoms_inside(args.values(), state, HOLDERS) if is_there else ()
    over = frozenset(atom for atom in given if isinstance(atom, Params))
    return made(machine, over, node) if over else None


def optimizer_method(machine: Machine, atom: Optimizer, name: str, node: ast.Call) -> Value:
    """`optimizer.name(...)`."""
    if name in STEPS:
        # NOTE: SAM's second_step() steps the optimizer inside it, past Lightning's wrapper.
        past = name == "second_step" and atom.wrapped is not False
        wrapped = False if past else atom.wrapped
        span = machine.span(node)
        machine.events.append(
            Stepped(span, machine.hook, wrapped, atom.made, atom.over, atom.late, past, machine.fixed(), atom.made_in)
        )
    return UNKNOWN


def keep_raw(this: int, method: Function | None, state: State) -> None:
    """What `configure_optimizers` returns is an optimizer, whoever made it, and the module keeps it unwrapped."""
    for node in every_node(method.node) if method is not None else ():
        for place in _returned(_optimizers_in(node.value)) if isinstance(node, ast.Return) and node.value else ():
            *owners, name = ast.unparse(place).split(".")[1:]
            number = module_at(this, ".".join(owners), state.heap) if owners else this
            thing = state.heap[number] if number is not None else None
            if number is None or thing is None or thing.cls is None or thing.cls.find_method(name) is not None:
                continue
            held = thing.attributes.get(name)
            if (held is None or held.value == UNKNOWN) and not _is_set_in_hooks(thing.cls, name):
                state.heap[number] = thing.with_attribute(name, frozenset({Optimizer(wrapped=False)}), None)


def _is_set_in_hooks(cls: ProjectClass, name: str) -> bool:
    """Whether a method that is neither `__init__` nor `configure_optimizers` assigns an attribute."""
    methods = [each for base in cls.own_bases for each in base.methods.items()]
    nodes = (node for hook, method in methods if hook not in MAKING for node in nodes_around(method, [name]))
    return any(
        isinstance(node, ast.Attribute) and node.attr == name and not isinstance(node.ctx, ast.Load) for node in nodes
    )


def _optimizers_in(returned: ast.expr) -> ast.expr:
    """The first of two lists: schedulers are in the second."""
    if isinstance(returned, ast.Tuple | ast.List) and len(returned.elts) == 2:
        first, second = returned.elts
        return first if isinstance(second, ast.List | ast.Tuple | ast.Dict) else returned
    return returned


def _returned(node: ast.expr) -> Iterator[ast.Attribute]:
    """The attributes in what is returned, `self.opt` or `[self.opt_g, self.opt_d]`, but for schedulers."""
    if isinstance(node, ast.Attribute) and re.fullmatch(r"self(\.\w+)+", ast.unparse(node)):
        yield node
    elif isinstance(node, ast.List | ast.Tuple):
        for each in node.elts:
            yield from (found for found in _returned(each) if "sched" not in found.attr)
    elif isinstance(node, ast.Dict):
        for key, each in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "optimizer":
                yield from _returned(each)


def step_given(machine: Machine, args: Arguments, node: ast.Call) -> bool:
    """Step the optimizers that a call is given; whether there are any."""
    given = [atom for value in args.values() for atom in ordered(value) if isinstance(atom, Optimizer)]
    for optimizer in given:
        optimizer_method(machine, optimizer, "step", node)
    return bool(given)


def count_by_hand(machine: Machine, place: ast.Attribute) -> None:
    """`...optim_step_progress.increment_completed()`, or `...optim_step_progress.total.completed += 1`."""
    if not any(word in ast.unparse(place) for word in OTHER_PROGRESS):
        machine.events.append(Counted())
