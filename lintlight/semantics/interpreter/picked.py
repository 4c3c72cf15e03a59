"""Parameters that are picked out of all: by conditions in a comprehension, by a difference of sets, by a slice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

from lintlight.semantics.heap import Kind, Learn, State, Thing, atoms_inside
from lintlight.semantics.interpreter.machine import Machine
from lintlight.semantics.interpreter.module_tree import everything_in, listed, registered_in, submodules, wholes
from lintlight.semantics.knowledge.catalog import CONTAINERS
from lintlight.semantics.resolve.names import every_node, last_name
from lintlight.semantics.values import Atom, Const, Literal, Params, Several, Share, Submodules, Value, union

SMALL_PARTS = frozenset(
    "embeddings pooler classifier cls lm_head shared wte wpe embed_tokens embed_positions qa_outputs score "
    "text_projection visual_projection logit_scale feature_extractor feature_projection".split()
)
"""What is called like this in a pretrained model is little of it; so is one layer of many, which has a number."""
SPECIAL = re.compile(r"[*?+\[\](){}|$]")
"""What means something in a pattern."""
Modules = Mapping[tuple[str, ...], int | None]
"""The path of a submodule -> its number on the heap, where it is known."""
UNTOLD: frozenset[Literal] = frozenset({("", True)})
"""Something of which nothing is known was asked."""


def parameters_in(value: Value) -> frozenset[Params]:
    """The parameters of modules that a value is, or holds."""
    return frozenset(atom for atom in _flat(value) if isinstance(atom, Params))


def some_of(value: Value) -> Value:
    """Some parameters of those in a value, picked by which they are: `set(self.parameters()) - others`."""
    chosen = (
        replace(atom, share=max(atom.share, Share.PICKED)) if isinstance(atom, Params) else atom
        for atom in _flat(value)
    )
    return frozenset({Several(frozenset(chosen))})


def cut(parameters: frozenset[Params], state: State) -> Value:
    """Some of the parameters of one module, picked by their number: `list(self.bert.parameters())[:100]`.

    Nothing where it is a module of several: these may be cut apart.
    """
    things = {each.thing for each in parameters}
    if len(things) > 1 or any(list(registered_in(each, state.heap)) != [each] for each in things):
        return frozenset()
    return frozenset({Several(frozenset(replace(each, share=Share.CUT) for each in parameters))})


def without(value: Value, taken: Value, state: State) -> Value:
    """What is left of parameters when others are taken out of them: those of other modules all stay."""
    others = [atom for atom in _flat(taken) if isinstance(atom, Params)]
    if not others or len(others) < len(_flat(taken)):
        return some_of(value)
    left: set[Atom] = set()
    for atom in _flat(value):
        left.update(_left_of(atom, others, state) if isinstance(atom, Params) else {atom})
    return frozenset({Several(frozenset(left))}) if left else some_of(value)


def _left_of(params: Params, others: Sequence[Params], state: State) -> Iterator[Params]:
    """What is left of the parameters of one module, those of its submodules one by one where these are known."""
    inside = everything_in(params.thing, state.heap)
    around = [each for each in others if params.thing in everything_in(each.thing, state.heap)]
    if not around and not any(each.thing in inside for each in others):
        yield params
        return
    if not all(each.share is not Share.ALL for each in around):
        return
    parts = (listed(Submodules(params.thing, deep=False), state.heap) or []) if params.share is Share.ALL else []
    if not parts:
        yield replace(params, share=max(params.share, Share.PICKED))
    for _, number in parts:
        yield from _left_of(replace(params, thing=number), others, state)


def _flat(value: Value) -> Value:
    return union([atom.item if isinstance(atom, Several) else frozenset({atom}) for atom in value])


def narrowed(
    machine: Machine,
    value: Value,
    tests: Sequence[ast.expr],
    state: State,
    target: ast.AST,
    beside: Modules = MappingProxyType({}),
) -> Value:
    """What is left of parameters after conditions on a loop's `target`: only some, unless they ask for what learns.

    `beside` are the submodules that the conditions may tell apart, if not those of the parameters themselves.
    """
    names = [name for node in every_node(target) if (name := getattr(node, "id", getattr(node, "arg", "")))]
    left = [test for test in tests if not _asks_whether_it_learns(test)]
    if len(left) < len(tests):
        value = frozenset(_that_learn(atom, state.heap) if isinstance(atom, Params) else atom for atom in value)
    for test in left[:]:
        if (told := _told_by_object(machine, test, names, value, state)) is not None:
            value = told
            left.remove(test)
    if not left:
        return value
    tests = left
    where = frozenset(literal for test in tests for literal in _literals(test, names))
    by_flag = bool(beside) and not all(any(getattr(node, "id", "") in names for node in every_node(t)) for t in tests)
    parameters = [atom for atom in value if isinstance(atom, Params)]
    chosen = {atom: by_flag or _chooses(machine, tests, atom, state, beside) for atom in parameters}
    return frozenset(_with(atom, where, chosen[atom]) if isinstance(atom, Params) else atom for atom in value)


def _told_by_object(machine: Machine, test: ast.expr, names: Sequence[str], value: Value, state: State) -> Value | None:
    """What `p in others`, or `id(p) not in ids`, leaves of parameters; None where it is another question."""
    match test:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as how], comparators=[right]):
            asked = left.args[0] if isinstance(left, ast.Call) and last_name(left.func) == "id" and left.args else left
            if not isinstance(asked, ast.Name) or asked.id not in names:
                return None
            others = machine.evaluate(right, state)
            if not parameters_in(others) or len(parameters_in(others)) < len(_flat(others)):
                return None
            return without(value, others, state) if isinstance(how, ast.NotIn) else _within(value, others, state)
    return None


def _within(value: Value, others: Value, state: State) -> Value:
    """Those of some parameters that are others, too."""
    left: set[Atom] = set()
    for mine, other in product(parameters_in(value), parameters_in(others)):
        if other.thing in everything_in(mine.thing, state.heap):
            left.add(other)
        elif mine.thing in everything_in(other.thing, state.heap):
            left.add(mine)
    return frozenset({Several(frozenset(left))}) if left else some_of(value)


def _that_learn(params: Params, heap: Mapping[int, Thing]) -> Params:
    """Without those of modules that are frozen now, whatever becomes of them later."""
    frozen = {each for each in everything_in(params.thing, heap) if heap[each].grad == {Learn.OFF}}
    adapted = {each for each in frozen if any(heap[whole].lora for whole in wholes(each, heap))}
    return replace(params, frozen=params.frozen | frozen - adapted)


def _with(params: Params, where: frozenset[Literal], is_chosen: bool) -> Params:
    """Fewer parameters than before: what was asked of them already is asked as well."""
    before = params.where or (UNTOLD if params.share >= Share.PICKED else frozenset())
    share = max(params.share, Share.PICKED if is_chosen else Share.SOME)
    return replace(params, share=share, where=before | where)


def _asks_whether_it_learns(test: ast.expr) -> bool:
    return isinstance(test, ast.Attribute) and test.attr == "requires_grad"


def _literals(test: ast.expr, names: Sequence[str]) -> Iterator[Literal]:
    """The parts of a condition that all have to hold, or not to, in the same words for any `names` of a loop."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        for part in test.values:
            yield from _literals(part, names)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        opposite = list(_literals(test.operand, names))
        both = " and ".join(text for text, _ in opposite)
        yield (both, not opposite[0][1]) if len(opposite) == 1 else (both, False)
    elif not _asks_whether_it_learns(test):
        is_negated = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.NotIn)
        text = ast.unparse(test).replace(" not in ", " in ") if is_negated else ast.unparse(test)
        for number, name in enumerate(names):
            text = re.sub(rf"(?<![\w.]){re.escape(name)}\b", f"#{number}", text)
        yield text, not is_negated


def leave_none_out(choices: Sequence[Set[Literal]]) -> bool:
    """Whether a parameter is in one of several choices, whatever is asked: `"bias" in name`, `"bias" not in name`.

    One of which two different questions hold is left aside: a name seldom stands in two lists.
    """
    texts = {text for choice in choices for text, _ in choice}
    ways = [frozenset[str](), *(frozenset({text}) for text in texts)]
    return all(any(all((text in way) is holds for text, holds in choice) for choice in choices) for way in ways)


def _chooses(machine: Machine, tests: Sequence[ast.expr], params: Params, state: State, beside: Modules) -> bool:
    """Whether conditions pick parameters by the name of a submodule, or by which object they are."""
    inside: Modules = dict(submodules(params.thing, state.heap)) if params.thing in state.heap else {}
    wholes = _Wholes({**beside, **inside}, state)
    every = [child for test in tests for child in every_node(test)]
    told = ast.Constant if any(isinstance(node, ast.Not | ast.NotIn) for node in every) else ast.Constant | ast.Name
    for node in every:
        if isinstance(node, told) and _names_one(machine, node, wholes, state):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "id":
            return True
    return any(asks_which(machine, test, state) for test in tests)


def asks_which(machine: Machine, test: ast.expr, state: State) -> bool:
    """Whether a condition compares a parameter with others: `p in others`."""
    compared = [node.left for node in every_node(test) if isinstance(node, ast.Compare)]
    return any(
        isinstance(a, Params) for left in compared if isinstance(left, ast.Name) for a in machine.evaluate(left, state)
    )


def _names_one(machine: Machine, node: ast.expr, wholes: _Wholes, state: State) -> bool:
    """Whether an expression is the name of a submodule, or holds one."""
    texts = atoms_inside([machine.evaluate(node, state)], state, frozenset({Kind.LIST}))
    return any(isinstance(each, Const) and isinstance(each.value, str) and wholes.have(each.value) for each in texts)


@dataclass(frozen=True)
class _Wholes:
    """The submodules that names may tell apart."""

    by_path: Modules
    state: State

    def have(self, text: str) -> bool:
        """Whether a text names one of them as a whole: `bert`, `bert.encoder`, and not `bert.embeddings`."""
        plain = SPECIAL.split(text.replace("\\", "").lstrip("^"))[0]
        names = tuple(name for name in plain.split(".") if name)
        found = {count: [p for p in self.by_path if p[-count:] == names[:count]] for count in range(1, len(names) + 1)}
        known = max((count for count, paths in found.items() if paths), default=0)
        left = names[known:]
        if known == 0 or not left or not (left[0] in SMALL_PARTS or any(name.isdigit() for name in left[1:])):
            return known > 0
        numbers = [self.by_path[path] for path in found[known]]
        return not all(number is not None and self.state.heap[number].origin is not None for number in numbers)


def asked_for_gradients(machine: Machine, node: ast.Call, state: State) -> list[frozenset[Learn]]:
    """What is known of the gradients in `any(p.requires_grad for p in module.parameters())`; nothing of other calls."""
    row = node.args[0] if node.args else None
    if not isinstance(row, ast.GeneratorExp | ast.ListComp) or len(row.generators) > 1 or row.generators[0].ifs:
        return []
    target = last_name(row.generators[0].target)
    if not target or ast.unparse(row.elt) != f"{target}.requires_grad":
        return []
    given = machine.evaluate(row.generators[0].iter, state)
    whole = [atom.thing for atom in given if isinstance(atom, Params) and atom.share is Share.ALL and not atom.names]
    inside = [state.heap[each] for number in whole for each in registered_in(number, state.heap)]
    if len(whole) < len(given) or any(thing.lora for thing in inside):
        return []
    return [thing.grad for thing in inside if thing.cls is None and thing.library not in CONTAINERS]
