"""Whether a condition holds: yes, no, or either."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from lintlight.semantics.heap import Kind, Learn, State, Thing
from lintlight.semantics.interpreter import assignment
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import every_node, nodes_around
from lintlight.semantics.values import (
    AnyName,
    Assumed,
    Atom,
    Bound,
    ClassValue,
    Const,
    External,
    Function,
    Optimizer,
    Output,
    ParameterName,
    Partial,
    Ref,
    RestOfName,
    Seq,
    Unknown,
    Value,
)


def compared(how: ast.cmpop, left: Value, right: Value, state: State) -> bool | None:
    """Whether `left how right` holds: yes, no, or None when it may be either."""
    if isinstance(how, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and all(isinstance(a, Const) for a in right):
        negated = isinstance(how, ast.IsNot | ast.NotEq)
        if all(isinstance(a, Const) and a.value is None for a in right):
            if any(map(_may_be_none, left)):
                return None
            nones = {isinstance(a, Const) and a.value is None for a in left}
            return nones.pop() is not negated if len(nones) == 1 else None
        if left and all(isinstance(a, Const) for a in left):
            pairs = product(_literals(left), _literals(right))
            return _agreed((mine == other) is not negated for mine, other in pairs)
    same = _is_the_same(left, right, state) if isinstance(how, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) else None
    if same is not None:
        return same is isinstance(how, ast.Is | ast.Eq)
    if type(how) in ORDERS:  # a literal of its own may be where a counter begins
        return _ordered(ORDERS[type(how)], left, right) if assumed(left | right) else None
    if any(isinstance(atom, ParameterName) for atom in left | right):
        return _about_a_name(how, left, right, state)
    if isinstance(how, ast.In | ast.NotIn) and len(left) == 1:
        options = [a for item in _options(right, state) for a in item]
        (mine,) = left
        if options and isinstance(mine, Ref):
            verdicts = {_is_the_same(left, frozenset({each}), state) for each in options}
            is_told = True in verdicts or None not in verdicts
            return (True in verdicts) is isinstance(how, ast.In) if is_told else None
        texts = [text for text in _literals(right) if isinstance(text, str)]
        if isinstance(mine, Const) and isinstance(mine.value, str) and texts and len(texts) == len(right):
            return _agreed((mine.value in text) is isinstance(how, ast.In) for text in texts)  # "bert" in name
        known = [a.value for a in options if isinstance(a, Const)]
        rest = [a for a in options if not isinstance(a, Const)]
        if isinstance(mine, Const) and options:
            is_told = all(isinstance(a, RestOfName) and not a.may_be(mine.value) for a in rest)
            return (mine.value in known) is isinstance(how, ast.In) if is_told or mine.value in known else None
    return None


def _may_be_none(atom: Atom) -> bool:
    """Whether nothing tells: a class of a library is none, and what else it has may be, as a model's output."""
    if isinstance(atom, External):
        return not atom.dotted.rpartition(".")[2][:1].isupper()
    return isinstance(atom, Unknown | AnyName | Output)


ORDERS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _ordered(holds: Callable[[float, float], bool], left: Value, right: Value) -> bool | None:
    """`n_frozen > 0`, where both are numbers."""
    mine, others = ([a.value for a in value if isinstance(a, Const) and _is_number(a.value)] for value in (left, right))
    if not mine or not others or len(mine) < len(left) or len(others) < len(right):
        return None
    return _agreed(holds(one, other) for one, other in product(mine, others))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _literals(value: Value) -> list[object]:
    return [atom.value for atom in value if isinstance(atom, Const)]


def _agreed(answers: Iterable[bool]) -> bool | None:
    """What all answers say; None where they differ, or there is none."""
    found = set(answers)
    return found.pop() if len(found) == 1 else None


def _about_a_name(how: ast.cmpop, left: Value, right: Value, state: State) -> bool | None:
    """`"encoder" in name`, `name in NAMES`, `name == "head.bias"`."""
    if len(left) != 1 or len(right) != 1:
        return None
    (mine,), (other,) = left, right
    answer = None
    if isinstance(how, ast.In | ast.NotIn) and isinstance(other, ParameterName) and isinstance(mine, Const):
        answer = other.contains(str(mine.value))
    elif isinstance(mine, ParameterName):
        values = [right] if isinstance(how, ast.Eq | ast.NotEq) else _options(right, state)
        texts = [atom.value for value in values for atom in value if isinstance(atom, Const)]
        if (
            texts
            and len(texts) == sum(map(len, values))
            and not any(mine.starts_with(str(text)) is None for text in texts)
        ):
            answer = False
    return None if answer is None else answer is isinstance(how, ast.In | ast.Eq)


def _options(value: Value, state: State) -> list[Value]:
    for atom in value:
        if isinstance(atom, Seq):
            return list(atom.items)
        if isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind is Kind.LIST:
            return [a.value for a in state.heap[atom.thing].attributes.values()]
        if isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind is Kind.DICT:
            keys = state.heap[atom.thing].attributes
            return [assignment.key_value(key) for key in keys] if "[?]" not in keys else []
    return []


def _is_the_same(left: Value, right: Value, state: State) -> bool | None:
    """Whether two modules are one; a part of a library's module may be reached by another name, too."""
    modules = [atom for value in (left, right) for atom in value if isinstance(atom, Ref) and not atom.each]
    if len(modules) != len(left) + len(right) or len(modules) != 2:
        return None
    if left == right:
        return True
    things = [state.heap.get(each.thing) for each in modules]
    are_whole = all(t is not None and t.kind is Kind.MODULE and t.part_of is None for t in things)
    return False if are_whole else None


APART = frozenset({"transformers", "sentence_transformers", "diffusers", "timm", "torchvision", "peft"})
OF_MODELS = frozenset({"transformers", "diffusers"})
"""Their models derive from no layer or container of torch."""
PLAIN_TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "tuple": tuple, "dict": dict}


def is_wrapped(value: Value) -> bool:
    """Whether it is an optimizer as Lightning wraps it, whichever it is."""
    return bool(value) and all(isinstance(atom, Optimizer) and atom.wrapped is True for atom in value)


def is_a(atom: Atom, cls: Atom, state: State) -> bool | None:
    """Whether a thing is an instance of a class; None where nothing tells."""
    dotted = cls.dotted if isinstance(cls, External) else ""
    if dotted.endswith(".LightningOptimizer"):
        return True if is_wrapped(frozenset({atom})) else None
    kind = PLAIN_TYPES.get(dotted.removeprefix("builtins."))
    if isinstance(atom, Const):
        return isinstance(atom.value, kind) if kind is not None else None
    if not isinstance(atom, Ref) or atom.thing not in state.heap or state.heap[atom.thing].kind is not Kind.MODULE:
        return None
    thing = state.heap[atom.thing]
    if atom.each and dotted != "torch.nn.Module":
        return None
    if kind is not None or dotted == "torch.nn.Module":
        return kind is None
    if thing.cls is None:
        name = cls.cls.name if isinstance(cls, ClassValue) else dotted
        return None if thing.part_of is not None else _is_of_library(thing.library, name)
    if isinstance(cls, ClassValue):
        return True if cls.cls in thing.cls.mro else None if "?" in thing.cls.mro else False
    return True if dotted in thing.cls.mro else None  # of a library's base nobody sees what it derives from


def _is_of_library(library: str, dotted: str) -> bool | None:
    """Whether an instance of the one class is one of the other: these packages derive nothing from each other."""
    package, other = library.partition(".")[0], dotted.partition(".")[0]
    if library == dotted:
        return True
    if package in OF_MODELS and dotted.startswith("torch.nn."):
        return False
    return False if package != other and {package, other} <= APART else None


def assumed(value: Value) -> Assumed:
    """Whether a value rests on what may be otherwise."""
    found = Assumed.NOT
    for atom in value:
        if isinstance(atom, Const) and atom.assumed > found:
            found = atom.assumed
    return found


@dataclass(frozen=True)
class Likely:
    """The outcome of a condition that may be otherwise."""

    holds: bool
    why: Assumed


def likely(value: Value, state: State) -> Likely | None:
    """The outcome of a condition that a default, an option or the project's configuration decides; None for none."""
    why = assumed(value)
    verdict = plain_truth(value, state) if Assumed.NOT < why < Assumed.BY_GUESS else None
    return Likely(verdict, why) if verdict is not None else None


def doubt(machine: Machine, outcome: Likely | None, before: Sequence[int], after: tuple[State, State]) -> None:
    """Doubt what is made in that of two branches which is not the likely one.

    Nothing in the project's configuration makes it; or it is only by default that the other one is taken, but there the
    mistake is not made: what that makes is frozen. `before` are the numbers of what was made before each branch.
    """
    if outcome is None:
        return
    first, second = range(before[0] + 1, before[1] + 1), range(before[1] + 1, machine.made + 1)
    taken, others, state = (first, second, after[0]) if outcome.holds else (second, first, after[1])
    if outcome.why is Assumed.BY_CONFIGURATION or any(_is_frozen(number, state) for number in taken):
        machine.doubted.update(others)


def _is_frozen(number: int, state: State) -> bool:
    """Whether it is a frozen module, and no part of another one."""
    thing = state.heap.get(number)
    return (
        thing is not None
        and thing.kind is Kind.MODULE
        and thing.part_of is None
        and thing.grad == frozenset({Learn.OFF})
    )


def truth(
    machine: Machine, value: Value, branches: tuple[Sequence[ast.AST], Sequence[ast.AST]], state: State
) -> bool | None:
    """Whether a condition holds, as far as this run may rely on it.

    A parameter's default does not keep a branch out in which a model is loaded, nor a script from the only one that
    trains: that flag is there to be used.
    """
    verdict = plain_truth(value, state)
    if verdict is not None and assumed(value) is Assumed.BY_GUESS:
        return None
    if verdict is not None and assumed(value):
        taken, left_out = branches if verdict else branches[::-1]
        if any(isinstance(node, ast.Raise) for node in taken):
            return None  # then a caller passes something else
        if not machine.defaults or any(machine.project.loads_a_model(node) for node in left_out):
            return None
        in_script = machine.hook == "script" and assumed(value) < Assumed.BY_CONFIGURATION
        if in_script and _fits(machine, left_out) and not _fits(machine, taken):
            return None
        machine.relied = True
        machine.by_configuration |= assumed(value) >= Assumed.BY_OPTION
    return verdict


def _fits(machine: Machine, branch: Sequence[ast.AST]) -> bool:
    """Whether a branch calls `fit`, or a function that does."""
    nodes = [node for statement in branch for node in every_node(statement)]
    names = [node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    called = [atom.node for name in names for atom in machine.frame.module.lookup(name) if isinstance(atom, Function)]
    inside = (node for each in called for node in nodes_around(each, ["fit"]))
    return any(isinstance(node, ast.Attribute) and node.attr == "fit" for node in (*nodes, *inside))


def plain_truth(value: Value, state: State) -> bool | None:
    """Whether a value is true: yes, no, or None when it may be either."""
    verdicts: set[bool | None] = set()
    for atom in value:
        if isinstance(atom, Const):
            verdicts.add(bool(atom.value))
        elif isinstance(atom, Ref) and atom.thing in state.heap:
            thing = state.heap[atom.thing]
            verdicts.add(True if _is_true(thing) else None)
        elif isinstance(atom, Function | Bound | ClassValue | Partial):
            verdicts.add(True)
        else:
            verdicts.add(None)
    return verdicts.pop() if len(verdicts) == 1 else None


def decides_itself(cls: ProjectClass) -> bool:
    """Whether a class says when its instances are true."""
    return any(map(cls.find_method, ("__bool__", "__len__")))


def _is_true(thing: Thing) -> bool:
    """Whether a thing is true: what has a length is as long as it holds something."""
    if thing.cls is not None and decides_itself(thing.cls):
        return False
    bases = (thing.library, *(thing.cls.mro if thing.cls is not None else ()))
    return bool(thing.attributes) or (thing.kind is Kind.MODULE and catalog.CONTAINERS.isdisjoint(bases))


def undecided(
    machine: Machine, tests: Sequence[ast.expr], state: State, *, surely: bool = False
) -> list[ast.expr] | None:
    """Those of several conditions, or of their parts, that may or may not hold; None when one does not.

    With `surely` what only a default or a configuration says decides nothing.
    """
    found: list[ast.expr] = []
    for test in tests:
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            inside = undecided(machine, test.values, state, surely=surely)
            if inside is None:
                return None
            found += inside
        else:
            value = machine.evaluate(test, state)
            verdict = plain_truth(value, state) if not (surely and assumed(value)) else None
            if verdict is False:
                return None
            found += [_open_part(machine, test, state)] if verdict is None else []
    return found


def what_decides(machine: Machine, test: ast.expr, state: State) -> ast.expr:
    """What decides a condition of which nothing is known: `self.frozen` in `self.training and self.frozen`."""
    parts = undecided(machine, [test], state) if isinstance(test, ast.BoolOp) else None
    return parts[0] if parts is not None and len(parts) == 1 else test


def _open_part(machine: Machine, test: ast.expr, state: State) -> ast.expr:
    """What decides an undecided condition: of `a or b` only `b`, where `a` does not hold."""
    if not (isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or)):
        return test
    left = [part for part in test.values if plain_truth(machine.evaluate(part, state), state) is None]
    return left[0] if len(left) == 1 else test
