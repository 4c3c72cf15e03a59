"""What a condition asks of the time: `self.current_epoch >= 3` does not hold when training starts, but later on."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

from lintlight.semantics.heap import State
from lintlight.semantics.interpreter.branches import COUNTED_BY_LIGHTNING
from lintlight.semantics.interpreter.conditions import assumed, plain_truth, undecided
from lintlight.semantics.interpreter.machine import Machine, Time
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.values import Const, Value

COUNTED = frozenset({"epoch", "current_epoch", "step", "global_step", "batch_idx", "batch_nb"})
"""The names of what changes from step to step, or from epoch to epoch; `args.step` does not."""
WHERE_TRAINING_ENDS = frozenset({"max_epochs", "max_steps", "num_training_batches", "estimated_stepping_batches"})
LAST_EPOCH = re.compile(r"[\w.]*max_epochs(?: - 1)?")
TURNED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
"""The same comparison, its sides changed."""
HOLDS_LATER: Mapping[type[ast.cmpop], bool] = {ast.Gt: True, ast.GtE: True, ast.Lt: False, ast.LtE: False}
BETWEEN_NUMBERS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
WORKED_OUT: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
}


def asks_for_the_time(test: ast.expr) -> bool:
    """Whether the answer to a condition changes while a module is trained."""
    known: bool | None = getattr(test, "asks_for_the_time", None)
    if known is None:  # one condition is asked in every walk, and trees are never changed
        known = test.asks_for_the_time = any(map(_is_counted, every_node(test)))  # type: ignore[attr-defined]
    return known


def _is_counted(node: ast.AST) -> bool:
    """Whether it is the number of the epoch, or of the step."""
    if isinstance(node, ast.Attribute):
        return node.attr in COUNTED_BY_LIGHTNING
    return isinstance(node, ast.Name) and node.id in COUNTED


def comes_first(machine: Machine, test: ast.expr, state: State) -> bool | None:
    """Whether it is the time for what stands under a condition that the time decides in a way that is not known.

    It holds at one time and not at another, so the one may as well be walked first. What else it asks for is there to
    be used, if the project's code itself sets it.
    """
    parts = undecided(machine, [test], state) if asks_for_the_time(test) else None
    open_times = [part for part in parts or () if asks_for_the_time(part)]
    if not parts or not all(part in open_times or _is_set_here(machine, part, state) for part in parts):
        return None
    machine.asks_for_the_time = True
    return None if machine.time is Time.ANY else machine.time is Time.FIRST or not open_times


def _is_set_here(machine: Machine, node: ast.expr, state: State) -> bool:
    """Whether something is one of several literals that the project's code sets."""
    value = machine.evaluate(node, state)
    return bool(value) and all(isinstance(atom, Const) for atom in value) and not assumed(value)


def asks_for_the_last_epoch(node: ast.Compare) -> bool | None:
    """`self.current_epoch == self.trainer.max_epochs - 1` does not hold: a walk ends before; None for anything else."""
    if isinstance(node.left, ast.Constant) or isinstance(node.comparators[0], ast.Constant):
        return None
    sides = [{getattr(each, "attr", "") for each in every_node(side)} for side in (node.left, node.comparators[0])]
    if sorted(bool(words & {"current_epoch"}) + 2 * bool(words & {"max_epochs"}) for words in sides) != [1, 2]:
        return None
    how, now, last = type(node.ops[0]), node.left, node.comparators[0]
    if "max_epochs" in sides[0]:
        how, now, last = TURNED.get(how, how), last, now
    if how in HOLDS_LATER:  # of `max_epochs // 2` nobody knows
        return not HOLDS_LATER[how] if last_name(now) and LAST_EPOCH.fullmatch(ast.unparse(last)) else None
    return False if how in (ast.Eq, ast.Is) else True if how in (ast.NotEq, ast.IsNot) else None


def holds(machine: Machine, node: ast.Compare, left: Value, right: Value) -> bool | None:
    """Whether a comparison of the time holds at the time that is walked; None where that is not known.

    What `self.current_epoch == 3` asks for comes once, and what stands under it is done then.
    """
    how, first, limit, value = type(node.ops[0]), _first(node.left), node.comparators[0], right
    if first is None:
        how, first, limit, value = TURNED.get(how, how), _first(node.comparators[0]), node.left, left
    if first is None or asks_for_the_time(limit) or last_name(limit) in WHERE_TRAINING_ENDS:
        return None
    at_first = _holds_for(first, how, value)
    if at_first is not None and _stays(at_first, how, first, value) and not _begins_anew(node):
        return at_first
    machine.asks_for_the_time = True
    if machine.time is not Time.LATER:
        return at_first if machine.time is Time.FIRST else None
    if how in (ast.Eq, ast.NotEq):
        return None if at_first is None else not at_first
    return HOLDS_LATER.get(how)


def _stays(at_first: bool, how: type[ast.cmpop], first: int, limit: Value) -> bool:
    """Whether the answer is the same for all that is greater: `>= 0` always holds, `== -1` never does."""
    if not all(isinstance(atom, Const) for atom in limit):
        return False
    if how in HOLDS_LATER:
        return at_first is HOLDS_LATER[how]
    return _holds_for(first, ast.Gt, limit) is True


def _begins_anew(node: ast.Compare) -> bool:
    """Whether what is compared does not only grow: `self.current_epoch % 2`."""
    return any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mod) for each in every_node(node))


def _holds_for(number: int, how: type[ast.cmpop], limit: Value) -> bool | None:
    """Whether `number how limit` holds; a limit that is not known is greater."""
    if how not in BETWEEN_NUMBERS:
        return None
    limits = [atom.value for atom in limit if isinstance(atom, Const) and isinstance(atom.value, int | float)]
    found = {BETWEEN_NUMBERS[how](number, each) for each in limits or [number + 1]}
    return found.pop() if len(found) == 1 else None


def _first(node: ast.expr) -> int | None:
    """What it is at the start, if it is the number of the epoch, or of the step, or worked out of that."""
    if _is_counted(node):
        return 0
    if not isinstance(node, ast.BinOp) or (left := _first(node.left)) is None:
        return None
    number = node.right.value if isinstance(node.right, ast.Constant) else None
    if not (isinstance(number, int) and number > 0):
        return left if isinstance(node.op, ast.Mod | ast.FloorDiv) else None
    return WORKED_OUT[type(node.op)](left, number) if type(node.op) in WORKED_OUT else None


def held_at_first(machine: Machine, test: ast.expr, state: State) -> bool | None:
    """Whether a condition held when training started."""
    now, machine.time = machine.time, Time.FIRST
    verdict = plain_truth(machine.evaluate(test, state), state)
    machine.time = now
    return verdict
