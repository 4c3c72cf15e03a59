"""What an expression may be."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from dataclasses import replace

from lintlight.semantics import assignment, calls, catalog, statements
from lintlight.semantics.machine import Arguments, Frame, Machine
from lintlight.semantics.project import ProjectClass, SourceModule
from lintlight.semantics.values import (
    UNKNOWN,
    Attribute,
    Bound,
    ClassValue,
    Const,
    External,
    Flag,
    Function,
    Kind,
    ModuleValue,
    Optimizer,
    Output,
    Params,
    Ref,
    Seq,
    Several,
    State,
    Super,
    Surroundings,
    Thing,
    Trainer,
    Unknown,
    Value,
    const,
    join,
    union,
)

BUILTINS = frozenset(dir(builtins))


def evaluate(machine: Machine, node: ast.expr, state: State) -> Value:
    """The value of an expression; calls in it take effect on the state."""
    machine.steps += 1
    if machine.exhausted:
        return UNKNOWN
    handler = HANDLERS.get(type(node))
    return handler(machine, node, state) if handler is not None else _operands(machine, node, state)


def _operands(machine: Machine, node: ast.expr, state: State) -> Value:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            machine.evaluate(child, state)
    return UNKNOWN


def _constant(machine: Machine, node: ast.Constant, state: State) -> Value:
    return const(node.value) if isinstance(node.value, str | int | float | bool | None) else UNKNOWN


def _name(machine: Machine, node: ast.Name, state: State) -> Value:
    if node.id in state.locals:
        return state.locals[node.id]
    frame = machine.frame
    if node.id in frame.captured:
        return frame.captured[node.id]
    value = frame.module.lookup(node.id)
    if value != UNKNOWN:
        return value
    if node.id in frame.module.bindings:
        return top_level_value(machine, frame.module, node.id, state)
    return frozenset({External(f"builtins.{node.id}")}) if node.id in BUILTINS else UNKNOWN


def top_level_value(machine: Machine, module: SourceModule, name: str, state: State) -> Value:
    """The value of a top-level assignment of `module`, evaluated once a run."""
    key = (module, name)
    if key not in machine.globals or any(
        isinstance(a, Ref) and a.thing not in state.heap for a in machine.globals[key]
    ):
        machine.globals[key] = UNKNOWN
        binders = module.bindings.get(name, [])
        binder = binders[0] if len(binders) == 1 else None
        if isinstance(binder, ast.Assign | ast.AnnAssign) and binder.value is not None and _is_plain(binder):
            machine.globals[key] = evaluate_elsewhere(machine, module, None, binder.value, state)
    return machine.globals[key]


def _is_plain(node: ast.Assign | ast.AnnAssign) -> bool:
    return isinstance(node, ast.AnnAssign) or all(isinstance(target, ast.Name) for target in node.targets)


def evaluate_elsewhere(
    machine: Machine, module: SourceModule, owner: ProjectClass | None, node: ast.expr, state: State
) -> Value:
    """The value of an expression that stands outside any function."""
    machine.frames.append(Frame(module, owner))
    inner = State(state.heap, {}, state.grad)
    value = machine.evaluate(node, inner)
    machine.frames.pop()
    state.heap = inner.heap
    return value


def _attribute(machine: Machine, node: ast.Attribute, state: State) -> Value:
    return union(read(machine, atom, node.attr, node, state) for atom in machine.evaluate(node.value, state))


def read(machine: Machine, atom: object, name: str, node: ast.expr, state: State) -> Value:
    """The attribute `name` of one thing that a value may be."""
    if isinstance(atom, Ref):
        return read_thing(machine, atom.thing, name, state) if atom.thing in state.heap else UNKNOWN
    if isinstance(atom, External):
        return machine.project.member(frozenset({atom}), name, machine.frame.module)
    if isinstance(atom, ModuleValue):
        value = machine.project.member(frozenset({atom}), name, machine.frame.module)
        return value if value != UNKNOWN else top_level_value(machine, atom.module, name, state)
    if isinstance(atom, ClassValue):
        return _read_class(machine, atom, name, state)
    if isinstance(atom, Super):
        return _read_super(machine, atom, name, state)
    if isinstance(atom, Optimizer):
        return frozenset({replace(atom, wrapped=False)}) if name in {"optimizer", "_optimizer"} else UNKNOWN
    if isinstance(atom, Trainer):
        return _read_trainer(machine, atom, name)
    if isinstance(atom, Output):
        return frozenset({atom})
    return UNKNOWN


def _read_trainer(machine: Machine, atom: Trainer, name: str) -> Value:
    raw: Value = frozenset({Optimizer(wrapped=False)})
    if name == "optimizers":
        return frozenset({Several(raw)})
    if name == "strategy":
        return frozenset({replace(atom, strategy=True)})
    if name == "_lightning_optimizers":
        return frozenset({Several(frozenset({Optimizer(wrapped=True)}))})
    return UNKNOWN


def _read_class(machine: Machine, atom: ClassValue, name: str, state: State) -> Value:
    nested = machine.project.member(frozenset({atom}), name, machine.frame.module)
    if nested != UNKNOWN:
        return nested
    method = atom.cls.find_method(name)
    if method is not None:
        return frozenset({method})
    assigned = atom.cls.find_assigned(name)
    return evaluate_elsewhere(machine, assigned[0].module, None, assigned[1], state) if assigned else UNKNOWN


def _read_super(machine: Machine, atom: Super, name: str, state: State) -> Value:
    thing = state.heap.get(atom.thing)
    if thing is None or thing.cls is None:
        return UNKNOWN
    method = thing.cls.find_method(name, after=atom.after)
    return frozenset({Bound(atom.thing, name, method)})


def read_thing(machine: Machine, number: int, name: str, state: State) -> Value:
    """The attribute `name` of a thing on the heap."""
    thing = state.heap[number]
    found = thing.attributes.get(name)
    if found is not None:
        return found.value
    if thing.cls is not None:
        value = _read_from_class(machine, number, thing.cls, name, state)
        if value is not None:
            return value
    if thing.kind is not Kind.MODULE:
        return UNKNOWN
    if name in catalog.NOT_A_FORWARD:
        return frozenset({Bound(number, name)})
    if thing.cls is not None and thing.cls.is_lightning and name == "trainer":
        return frozenset({Trainer()})
    if name == "training":
        return const(True) if thing.mode == {Flag.TRAIN} else UNKNOWN if Flag.TRAIN in thing.mode else const(False)
    if name in catalog.NOT_A_SUBMODULE or name.startswith("_"):
        return UNKNOWN
    if is_opaque(thing):
        return part(machine, number, name, state)
    return UNKNOWN


def is_opaque(thing: Thing) -> bool:
    """Whether a module's own submodules are not in the project's code."""
    return thing.cls is None or thing.cls.loads_in_eval is not None


def _read_from_class(machine: Machine, number: int, cls: ProjectClass, name: str, state: State) -> Value | None:
    method = cls.find_method(name)
    if method is not None:
        if any(_is_property(mark) for mark in method.node.decorator_list):  # type: ignore[union-attr]
            return machine.run(method, number, Arguments([], {}), state)
        return frozenset({Bound(number, name, method)})
    assigned = cls.find_assigned(name)
    if assigned is not None:
        return evaluate_elsewhere(machine, assigned[0].module, None, assigned[1], state)
    if name == "__class__":
        return frozenset({ClassValue(cls)})
    return None


def _is_property(mark: ast.expr) -> bool:
    name = mark.attr if isinstance(mark, ast.Attribute) else mark.id if isinstance(mark, ast.Name) else ""
    return name in {"property", "cached_property", "lazy_property"}


def part(machine: Machine, number: int, name: str, state: State) -> Value:
    """A submodule of a module whose code is not in the project: made when it is first asked for."""
    thing = state.heap[number]
    if name in thing.attributes:
        return thing.attributes[name].value
    mode = frozenset[Flag]() if name in catalog.WITHOUT_DROPOUT else thing.mode
    piece = Thing(Kind.MODULE, library=thing.library, mode=mode, grad=thing.grad, part_of=number, lent=thing.lent)
    made = machine.put_part(number, name, piece, state)
    state.heap[number] = state.heap[number].with_attribute(name, made, None)
    return made


def _tuple(machine: Machine, node: ast.Tuple, state: State) -> Value:
    return frozenset({Seq(tuple(_items(machine, node.elts, state)))})


def _items(machine: Machine, nodes: Sequence[ast.expr], state: State) -> list[Value]:
    items: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            items.extend(statements.elements(machine, machine.evaluate(node.value, state), state))
        else:
            items.append(machine.evaluate(node, state))
    return items


def _list(machine: Machine, node: ast.List | ast.Set, state: State) -> Value:
    return make_list(machine, _items(machine, node.elts, state), state)


def make_list(machine: Machine, items: Sequence[Value], state: State) -> Value:
    """A new list that holds `items`."""
    return machine.put(Thing(Kind.LIST, attributes={str(i): Attribute(v) for i, v in enumerate(items)}), state)


def _dict(machine: Machine, node: ast.Dict, state: State) -> Value:
    attributes: dict[str, Attribute] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        value = machine.evaluate(item, state)
        name = assignment.item_key(machine.evaluate(key, state)) if key is not None else None
        if name is not None:
            attributes[name] = Attribute(value)
        elif key is None:
            for number in state.things(value):
                attributes.update(state.heap[number].attributes)
        else:
            before = attributes.get("[?]")
            attributes["[?]"] = Attribute(union((before.value, value)) if before else value)
    return machine.put(Thing(Kind.DICT, attributes=attributes), state)


def _comprehension(machine: Machine, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, state: State) -> Value:
    inner = State(state.heap, dict(state.locals), state.grad)
    ways: list[Value] = []
    generator = node.generators[0]
    items = statements.elements(machine, machine.evaluate(generator.iter, inner), inner)
    for item in items[: statements.MOST_ITERATIONS]:
        assignment.assign(machine, generator.target, item, node, inner)
        for more in node.generators[1:]:
            each = statements.elements(machine, machine.evaluate(more.iter, inner), inner)
            assignment.assign(machine, more.target, union(each), node, inner)
        tests = [test for gen in node.generators for test in gen.ifs]
        for test in tests:
            machine.evaluate(test, inner)
        ways.append(_filtered(machine.evaluate(node.elt, inner), tests))
    state.heap = inner.heap
    concrete = not any(gen.ifs for gen in node.generators) and len(node.generators) == 1
    if concrete and isinstance(node, ast.ListComp) and not any(isinstance(a, Params) for way in ways for a in way):
        return make_list(machine, ways, state)
    return frozenset({Several(union(ways))})


def _filtered(value: Value, tests: list[ast.expr]) -> Value:
    """What is left of parameters after `if` clauses: those that require gradients, or only some."""
    if not tests:
        return value
    only_grad = all(isinstance(test, ast.Attribute) and test.attr == "requires_grad" for test in tests)
    return frozenset(_narrowed(atom, only_grad) if isinstance(atom, Params) else atom for atom in value)


def _narrowed(params: Params, only_grad: bool) -> Params:
    return replace(params, only_grad=True) if only_grad else replace(params, some=True)


def _dict_comprehension(machine: Machine, node: ast.DictComp, state: State) -> Value:
    inner = State(state.heap, dict(state.locals), state.grad)
    attributes: dict[str, Attribute] = {}
    generator = node.generators[0]
    for item in statements.elements(machine, machine.evaluate(generator.iter, inner), inner):
        assignment.assign(machine, generator.target, item, node, inner)
        key = assignment.item_key(machine.evaluate(node.key, inner))
        attributes[key or "[?]"] = Attribute(machine.evaluate(node.value, inner))
    state.heap = inner.heap
    return machine.put(Thing(Kind.DICT, attributes=attributes), state)


def _conditional(machine: Machine, node: ast.IfExp, state: State) -> Value:
    verdict = truth(machine, machine.evaluate(node.test, state), ([node.body], [node.orelse]), state)
    if verdict is not None:
        return machine.evaluate(node.body if verdict else node.orelse, state)
    since = len(state.heap.log)
    other = state.copy()
    first, second = machine.evaluate(node.body, state), machine.evaluate(node.orelse, other)
    joined = join([state, other], since)
    assert joined is not None
    state.become(joined)
    return union((first, second))


def _boolean(machine: Machine, node: ast.BoolOp, state: State) -> Value:
    values: list[Value] = []
    stops = isinstance(node.op, ast.Or)
    for operand in node.values:
        value = machine.evaluate(operand, state)
        verdict = plain_truth(value, state)
        if verdict is stops:
            return union([*values, value]) if values else value
        if verdict is None or operand is node.values[-1]:
            values.append(value)
    return union(values)


def _unary(machine: Machine, node: ast.UnaryOp, state: State) -> Value:
    value = machine.evaluate(node.operand, state)
    if isinstance(node.op, ast.Not):
        verdict = plain_truth(value, state)
        return UNKNOWN if verdict is None else const(not verdict, assumed=_is_assumed(value))
    known = [a.value for a in value if isinstance(a, Const) and isinstance(a.value, int | float)]
    if isinstance(node.op, ast.USub) and len(known) == len(value) == 1:
        return const(-known[0])
    return UNKNOWN


def _compare(machine: Machine, node: ast.Compare, state: State) -> Value:
    left = machine.evaluate(node.left, state)
    rights = [machine.evaluate(right, state) for right in node.comparators]
    if len(rights) != 1:
        return UNKNOWN
    verdict = _compared(node.ops[0], left, rights[0], state)
    return UNKNOWN if verdict is None else const(verdict, assumed=_is_assumed(left) or _is_assumed(rights[0]))


def _compared(operator: ast.cmpop, left: Value, right: Value, state: State) -> bool | None:
    if isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and all(isinstance(a, Const) for a in right):
        negated = isinstance(operator, ast.IsNot | ast.NotEq)
        if right == {Const(None)} or right == {Const(None, True)}:
            if any(isinstance(a, Unknown) for a in left):
                return None
            nones = {isinstance(a, Const) and a.value is None for a in left}
            return nones.pop() is not negated if len(nones) == 1 else None
        if len(left) == len(right) == 1 and all(isinstance(a, Const) for a in left):
            (mine,), (other,) = left, right
            assert isinstance(mine, Const) and isinstance(other, Const)
            return (mine.value == other.value) is not negated
    if isinstance(operator, ast.In | ast.NotIn) and len(left) == 1:
        options = [a for item in _options(right, state) for a in item]
        (mine,) = left
        if isinstance(mine, Const) and options and all(isinstance(a, Const) for a in options):
            inside = mine.value in [a.value for a in options if isinstance(a, Const)]
            return inside is isinstance(operator, ast.In)
    return None


def _options(value: Value, state: State) -> list[Value]:
    for atom in value:
        if isinstance(atom, Seq):
            return list(atom.items)
        if isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind is Kind.LIST:
            return [a.value for a in state.heap[atom.thing].attributes.values()]
        if isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind is Kind.DICT:
            keys = state.heap[atom.thing].attributes
            return [const(key) for key in keys] if "[?]" not in keys else []
    return []


def _is_assumed(value: Value) -> bool:
    return any(isinstance(atom, Const) and atom.assumed for atom in value)


def truth(
    machine: Machine, value: Value, branches: tuple[Sequence[ast.AST], Sequence[ast.AST]], state: State
) -> bool | None:
    """Whether a condition holds, as far as this run may rely on it.

    A parameter's default does not keep a branch out in which a model is loaded: that flag is there to be used.
    """
    verdict = plain_truth(value, state)
    if verdict is not None and _is_assumed(value):
        taken, left_out = branches if verdict else branches[::-1]
        if any(isinstance(node, ast.Raise) for node in taken):
            return None  # then a caller passes something else
        if not machine.defaults or any(machine.project.loads_a_model(node) for node in left_out):
            return None
        machine.relied = True
    return verdict


def plain_truth(value: Value, state: State) -> bool | None:
    """Whether a value is true: yes, no, or None when it may be either."""
    verdicts: set[bool | None] = set()
    for atom in value:
        if isinstance(atom, Const):
            verdicts.add(bool(atom.value))
        elif isinstance(atom, Ref) and atom.thing in state.heap:
            thing = state.heap[atom.thing]
            verdicts.add(True if thing.kind is Kind.MODULE or thing.attributes else None)
        elif isinstance(atom, Function | Bound | ClassValue):
            verdicts.add(True)
        else:
            verdicts.add(None)
    return verdicts.pop() if len(verdicts) == 1 else None


def _binary(machine: Machine, node: ast.BinOp, state: State) -> Value:
    left, right = machine.evaluate(node.left, state), machine.evaluate(node.right, state)
    return add(machine, left, right, state) if isinstance(node.op, ast.Add) else _arithmetic(left, right)


def _arithmetic(left: Value, right: Value) -> Value:
    outputs = frozenset(atom for atom in left | right if isinstance(atom, Output))
    return outputs or UNKNOWN


def add(machine: Machine, left: Value, right: Value, state: State) -> Value:
    """`left + right` for lists, tuples and strings."""
    if len(left) == len(right) == 1:
        (a,), (b,) = left, right
        if isinstance(a, Const) and isinstance(b, Const) and isinstance(a.value, str) and isinstance(b.value, str):
            return const(a.value + b.value, assumed=a.assumed or b.assumed)
    sequences = [a for a in left | right if isinstance(a, Seq | Several | Params | Ref)]
    if sequences:
        return frozenset({Several(union(statements.elements(machine, left | right, state)))})
    return _arithmetic(left, right)


def _subscript(machine: Machine, node: ast.Subscript, state: State) -> Value:
    owner = machine.evaluate(node.value, state)
    index = machine.evaluate(node.slice, state)
    return union(_item(machine, atom, index, state) for atom in owner)


def _item(machine: Machine, atom: object, index: Value, state: State) -> Value:
    key = assignment.item_key(index)
    if isinstance(atom, Seq) and key is not None and key.lstrip("-").isdigit() and abs(int(key)) < len(atom.items):
        return atom.items[int(key)]
    if isinstance(atom, Seq):
        return union(atom.items)
    if isinstance(atom, Several):
        return atom.item
    if isinstance(atom, Optimizer | Output):
        return frozenset({atom})
    if isinstance(atom, Ref) and atom.thing in state.heap:
        return _item_of_thing(machine, atom.thing, key, state)
    return UNKNOWN


def _item_of_thing(machine: Machine, number: int, key: str | None, state: State) -> Value:
    thing = state.heap[number]
    if key is not None and key in thing.attributes:
        return thing.attributes[key].value
    if key is not None and key.startswith("-") and thing.kind is Kind.LIST and thing.attributes:
        values = list(thing.attributes.values())
        return values[int(key)].value if -int(key) <= len(values) else UNKNOWN
    if thing.kind is not Kind.MODULE and thing.attributes:
        return union(a.value for a in thing.attributes.values())
    if thing.kind is Kind.MODULE and thing.library.startswith("torch.nn.") and thing.attributes:
        return union(a.value for a in thing.attributes.values())
    return part(machine, number, f"[{key or ''}]", state) if thing.kind is Kind.MODULE else UNKNOWN


def capture(machine: Machine, state: State) -> Surroundings:
    """The names a nested function can see."""
    frame = machine.frame
    return Surroundings({**frame.captured, **state.locals}, frame.this, frame.first)


def _lambda(machine: Machine, node: ast.Lambda, state: State) -> Value:
    return frozenset({Function(machine.frame.module, node, machine.frame.owner, capture(machine, state))})


def _walrus(machine: Machine, node: ast.NamedExpr, state: State) -> Value:
    value = machine.evaluate(node.value, state)
    assignment.assign(machine, node.target, value, node, state)
    return value


def _inner(machine: Machine, node: ast.Await | ast.Starred, state: State) -> Value:
    return machine.evaluate(node.value, state)


def _yield(machine: Machine, node: ast.Yield | ast.YieldFrom, state: State) -> Value:
    if node.value is not None:
        machine.frame.yields.append(machine.evaluate(node.value, state))
    return UNKNOWN


def _call(machine: Machine, node: ast.Call, state: State) -> Value:
    return calls.call(machine, node, state)


HANDLERS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _list,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.IfExp: _conditional,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BinOp: _binary,
    ast.Subscript: _subscript,
    ast.Lambda: _lambda,
    ast.NamedExpr: _walrus,
    ast.Await: _inner,
    ast.Starred: _inner,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
}
