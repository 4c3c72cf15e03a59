"""`train()` and `eval()`: what they switch, and what is put back to what it was."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from lintlight.semantics.heap import Asked, Flag, Kind, State
from lintlight.semantics.interpreter.machine import Arguments, Frame, Machine, ModeSet
from lintlight.semantics.interpreter.module_tree import children, registered_in
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, last_name, nodes_around
from lintlight.semantics.values import Const, Function, Ref, Value, const

NAMES_OF_MODES = frozenset({"mode", "train", "training", "is_train", "is_training", "flag"})

NOT_LEARNING = re.compile(r"not [\w.]+\.requires_grad|requires_grad (?:==|is) False")


def switch_by_call(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """`.train()` and `.eval()`; a `train` with other arguments than one bool is something else."""
    itself: Value = frozenset({Ref(number)})
    given = args.get(0, "mode") if name == "train" else None
    if name == "train" and (len(args.positional) > 1 or set(args.keywords) - {"mode"}):
        return itself
    known = {bool(a.value) for a in given if isinstance(a, Const)} if given is not None else {name == "train"}
    if given is not None and not all(isinstance(atom, Const) for atom in given):
        known = set()
    if len(known) == 1:
        trains = known.pop()
        flag = Flag.TRAIN if trains else Flag.ASKED
        asked, always = Asked.TRAIN if trains else Asked.EVAL, not machine.under
        machine.events.append(ModeSet(number, machine.span(node), machine.hook, asked, always))
    else:
        flag = Flag.UNSURE
    inside = registered_in(number, state.heap) if flag is Flag.ASKED else ()
    left = [each for each in inside if state.heap[each].mode == {Flag.LEFT}]
    is_put_back = given is not None and not isinstance(_mode_given(node), ast.Constant)
    if left and _puts_modes_back(machine.frame):
        machine.frame.left.update(left)
    for meant in machine.meant_by(number, state):
        switch(machine, meant, flag, state, {meant})
    if _is_for_what_is_frozen(machine, node):
        leave_as_it_was(left, state)
    if is_put_back:
        leave_as_it_was(machine.frame.left, state)
    return itself


def _mode_given(node: ast.Call) -> ast.expr | None:
    return node.args[0] if node.args else node.keywords[0].value if node.keywords else None


def leave_as_it_was(left: Iterable[int], state: State) -> None:
    """What nobody asked to be in eval mode, but for a while, is what the library made of it."""
    for number in left:
        if number in state.heap and state.heap[number].mode == {Flag.ASKED}:
            state.heap[number] = state.heap[number].changed(mode=frozenset({Flag.LEFT}))


def may_be_put_back(state: State) -> None:
    """Whatever was put into eval mode may be back in the mode that it had."""
    for number, thing in list(state.heap.items()):
        if thing.kind is Kind.MODULE and Flag.ASKED in thing.mode:
            state.heap[number] = thing.changed(mode=thing.mode | {Flag.UNSURE})


def _puts_modes_back(frame: Frame) -> bool:
    """Whether a function remembers modes and calls `train`: `was = model.training; ...; model.train(was)`."""
    function = frame.function or ast.Pass()
    nodes = list(nodes_around(function, ["training"]))
    stored = [each.value for each in nodes if isinstance(each, ast.Assign)]
    remembers = any(_is_a_mode(value) for value in stored)
    return remembers and any(isinstance(each, ast.Call) and last_name(each.func) == "train" for each in nodes)


def _is_a_mode(value: ast.expr) -> bool:
    """`model.training`, `[m.training for m in ...]` or `{m: m.training for m in ...}`."""
    if isinstance(value, ast.ListComp | ast.DictComp):
        return _is_a_mode(value.elt if isinstance(value, ast.ListComp) else value.value)
    return isinstance(value, ast.Attribute) and value.attr == "training"


def _is_for_what_is_frozen(machine: Machine, node: ast.Call) -> bool:
    """Whether a switch depends on whether the module learns: `if is_frozen(part): part.eval()`."""
    if not machine.under or not isinstance(node.func, ast.Attribute):
        return False
    module = re.escape(ast.unparse(node.func.value))
    return any(_says_frozen(module, *branch.told) for branch in machine.under)


def _says_frozen(module: str, text: str, holds: bool) -> bool:
    """Whether a condition that holds, or does not, says that nothing in a module learns."""
    if "requires_grad" in text and re.search(rf"{module}(?!\w)", text):
        return holds is (NOT_LEARNING.search(text) is not None)
    return holds and re.search(rf"frozen\w*\({module}\)|{module}\.\w*frozen", text) is not None


def lose_dropout(machine: Machine, owners: Value, state: State) -> None:
    """The dropout of some modules is replaced, or turned off for good: what mode it is in says nothing any more."""
    for number in state.things(owners):
        for each in registered_in(number, state.heap):
            machine.set_flag(each, Flag.UNSURE, state)


def own_train(cls: ProjectClass) -> Function | None:
    """The `train(mode)` that a class writes anew; not one that is given data, or anything else."""
    override = cls.find_method("train")
    if override is None:
        return None
    spec = override.node.args
    given = by_position(spec)[1:]
    needed = len(given) - len(spec.defaults)
    is_switch = needed <= 0 or (needed == 1 and given[0] in NAMES_OF_MODES)
    return override if is_switch and (given or spec.vararg is not None) else None


def switch(machine: Machine, number: int, flag: Flag, state: State, seen: set[int]) -> None:
    """What torch's `train(mode)` does: its own flag, then `train(mode)` of every child, overridden or not."""
    machine.set_flag(number, flag, state)
    for child in list(children(number, state.heap)):
        if child in seen or state.heap[child].locked:
            continue
        seen.add(child)
        cls = state.heap[child].cls
        override = cls.find_method("train") if cls is not None else None
        if override is not None:
            machine.run(override, child, Arguments([const(flag is Flag.TRAIN)], {}), state)
        else:
            switch(machine, child, flag, state, seen)
