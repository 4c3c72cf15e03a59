"""What an expression may be."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from lintlight.semantics.heap import Attribute, Kind, State, Thing, join
from lintlight.semantics.interpreter import (
    assignment,
    attributes,
    binding,
    byname,
    calls,
    comprehensions,
    conditions,
    containers,
    picked,
    statements,
    subscripts,
    times,
    toplevel,
)
from lintlight.semantics.interpreter.machine import Frame, Machine
from lintlight.semantics.knowledge.words import OF_SETTINGS
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.definitions import SourceModule
from lintlight.semantics.resolve.names import BUILTINS, Import, last_name
from lintlight.semantics.values import (
    UNKNOWN,
    Const,
    Dotted,
    External,
    Function,
    Output,
    Params,
    Ref,
    Seq,
    Several,
    Surroundings,
    Unknown,
    Value,
    const,
    union,
)


def evaluate(machine: Machine, node: ast.expr, state: State) -> Value:
    """The value of an expression; calls in it take effect on the state."""
    machine.steps += 1
    if machine.steps > machine.limit:
        return UNKNOWN
    handler = HANDLERS.get(type(node))
    return handler(machine, node, state) if handler is not None else _operands(machine, node, state)


def _operands(machine: Machine, node: ast.expr, state: State) -> Value:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            machine.evaluate(child, state)
    return UNKNOWN


def _constant(machine: Machine, node: ast.Constant, state: State) -> Value:
    known = machine.project.constants
    if node not in known:
        known[node] = const(node.value) if isinstance(node.value, str | int | float | bool | None) else UNKNOWN
    return known[node]


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
        return toplevel.value_of(machine, frame.module, node.id, state)
    if node.id in BUILTINS:
        return frozenset({External(f"builtins.{node.id}")})
    return _from_star(machine, frame.module, node.id, state)


def _from_star(machine: Machine, module: SourceModule, name: str, state: State) -> Value:
    for item in module.bindings.get("*", []):
        target = machine.project.imported(module, item, name) if isinstance(item, Import) else None
        if target is not None and name in target.bindings:
            return toplevel.value_of(machine, target, name, state)
    return UNKNOWN


def evaluate_elsewhere(machine: Machine, module: SourceModule, node: ast.expr, state: State) -> Value:
    """The value of an expression that stands outside any function."""
    machine.frames.append(Frame(module, None))
    inner = State(state.heap, {}, state.grad)
    value = machine.evaluate(node, inner)
    machine.frames.pop()
    state.heap = inner.heap
    return value


def _attribute(machine: Machine, node: ast.Attribute, state: State) -> Value:
    owner = machine.evaluate(node.value, state)
    value = union(attributes.read(machine, atom, node.attr, state) for atom in ordered(owner))
    return value if value != UNKNOWN else _option(machine, node.value, node.attr)


def _option(machine: Machine, owner: ast.expr, name: str) -> Value:
    """`args.freeze`, `self.hparams["freeze"]`, where nothing is known of the arguments but the parser's defaults."""
    if not machine.defaults or not machine.options or not OF_SETTINGS.search(last_name(owner)):
        return UNKNOWN
    value = machine.project.option_default(name, machine.frame.module)
    if value != UNKNOWN:
        machine.relied = machine.by_configuration = True
    return value


def _tuple(machine: Machine, node: ast.Tuple, state: State) -> Value:
    return frozenset({Seq(tuple(_items(machine, node.elts, state)))})


def _items(machine: Machine, nodes: Sequence[ast.expr], state: State) -> list[Value]:
    items: list[Value] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            items.extend(statements.elements(machine, machine.evaluate(node.value, state), state))
        else:
            items.append(machine.hand_on(machine.evaluate(node, state)))
    return items


def _list(machine: Machine, node: ast.List | ast.Set, state: State) -> Value:
    return make_list(machine, _items(machine, node.elts, state), state)


def make_list(machine: Machine, items: Sequence[Value], state: State) -> Value:
    """A new list that holds `items`."""
    return machine.put(Thing(Kind.LIST, attributes={str(i): Attribute(v) for i, v in enumerate(items)}), state)


def _dict(machine: Machine, node: ast.Dict, state: State) -> Value:
    attributes: dict[str, Attribute] = {}
    for key, item in zip(node.keys, node.values, strict=True):
        value = machine.hand_on(machine.evaluate(item, state))
        name = assignment.dict_key(machine.evaluate(key, state)) if key is not None else None
        if name is not None:
            attributes[name] = Attribute(value)
        elif key is None:
            attributes = containers.laid_over(attributes, value, state)
        else:
            before = attributes.get("[?]")
            attributes["[?]"] = Attribute(union((before.value, value)) if before else value)
    return machine.put(Thing(Kind.DICT, attributes=attributes), state)


def _comprehension(machine: Machine, node: comprehensions.InARow, state: State) -> Value:
    return comprehensions.in_a_row(machine, node, state)


def _dict_comprehension(machine: Machine, node: ast.DictComp, state: State) -> Value:
    return comprehensions.by_key(machine, node, state)


def _conditional(machine: Machine, node: ast.IfExp, state: State) -> Value:
    test = machine.evaluate(node.test, state)
    verdict = conditions.truth(machine, test, ([node.body], [node.orelse]), state)
    if verdict is not None:
        return machine.evaluate(node.body if verdict else node.orelse, state)
    since, likely = len(state.heap.log), conditions.likely(test, state)
    other = state.copy()
    made = [machine.made]
    decides = conditions.what_decides(machine, node.test, state)
    machine.under.append(machine.branch(decides, True))
    first = machine.evaluate(node.body, state)
    made.append(machine.made)
    machine.under[-1] = machine.branch(decides, False)
    second = machine.evaluate(node.orelse, other)
    machine.under.pop()
    conditions.doubt(machine, likely, made, (state, other))
    joined = join([state, other], since)
    assert joined is not None
    state.become(joined)
    return union((first, second))


def _boolean(machine: Machine, node: ast.BoolOp, state: State) -> Value:
    values: list[Value] = []
    stops = isinstance(node.op, ast.Or)
    for operand in node.values:
        value = machine.evaluate(operand, state)
        verdict = conditions.plain_truth(value, state)
        if verdict is stops:
            is_settled = not values or not stops or value == const(True)  # `unknown and False` is false in any case
            return value if is_settled else union([*values, value])
        if verdict is None or operand is node.values[-1]:
            values.append(value)
    return union(values)


def _unary(machine: Machine, node: ast.UnaryOp, state: State) -> Value:
    value = machine.evaluate(node.operand, state)
    if isinstance(node.op, ast.Not):
        verdict = conditions.plain_truth(value, state)
        return UNKNOWN if verdict is None else const(not verdict, assumed=conditions.assumed(value))
    known = [a.value for a in value if isinstance(a, Const) and isinstance(a.value, int | float)]
    if isinstance(node.op, ast.USub) and len(known) == len(value) == 1:
        return const(-known[0])
    return _arithmetic(value, value)


def _compare(machine: Machine, node: ast.Compare, state: State) -> Value:
    left = machine.evaluate(node.left, state)
    rights = [machine.evaluate(right, state) for right in node.comparators]
    if len(rights) != 1:
        return UNKNOWN
    verdict = conditions.compared(node.ops[0], left, rights[0], state)
    if verdict is None:
        verdict = times.asks_for_the_last_epoch(node)
    if verdict is None:
        verdict = times.holds(machine, node, left, rights[0])
    return (
        UNKNOWN
        if verdict is None
        else const(verdict, assumed=max(conditions.assumed(left), conditions.assumed(rights[0])))
    )


def _binary(machine: Machine, node: ast.BinOp, state: State) -> Value:
    left, right = machine.evaluate(node.left, state), machine.evaluate(node.right, state)
    return operated(machine, node.op, left, right, state)


def operated(machine: Machine, how: ast.operator, left: Value, right: Value, state: State) -> Value:
    """`left - right`, and what else there is between two values."""
    if isinstance(how, ast.Sub | ast.BitAnd | ast.BitXor) and picked.parameters_in(left):
        return picked.without(left, right, state) if isinstance(how, ast.Sub) else picked.some_of(left)
    if isinstance(how, ast.Mult):
        several = containers.repeated(machine, left, right, state) or containers.repeated(machine, right, left, state)
        return several or _arithmetic(left, right)
    if isinstance(how, ast.BitOr) and (laid := containers.laid_together(machine, left, right, state)) is not None:
        return laid
    is_sum = isinstance(how, ast.Add) or (isinstance(how, ast.BitOr) and bool(picked.parameters_in(left | right)))
    return add(machine, left, right, state) if is_sum else _arithmetic(left, right)


def _arithmetic(left: Value, right: Value) -> Value:
    outputs = frozenset(atom for atom in left | right if isinstance(atom, Output))
    return outputs or UNKNOWN


def add(machine: Machine, left: Value, right: Value, state: State) -> Value:
    """`left + right` for lists, tuples and strings."""
    if len(left) == len(right) == 1:
        (a,), (b,) = left, right
        if isinstance(a, Const) and isinstance(b, Const) and isinstance(a.value, str) and isinstance(b.value, str):
            return const(a.value + b.value, assumed=max(a.assumed, b.assumed))
        if isinstance(a, Const) and isinstance(a.value, str) and a.value.endswith(".") and isinstance(b, Unknown):
            return frozenset({Dotted(a.value[:-1])})
    sequences = [a for a in left | right if isinstance(a, Seq | Several | Params | Ref)]
    if sequences:
        machine.hand_on(left | right)
        return frozenset({Several(union(statements.elements(machine, left | right, state)))})
    return _arithmetic(left, right)


def _subscript(machine: Machine, node: ast.Subscript, state: State) -> Value:
    owner = machine.evaluate(node.value, state)
    if isinstance(node.slice, ast.Slice):
        return union(subscripts.sliced(machine, atom, node.slice, state) for atom in owner)
    index = machine.evaluate(node.slice, state)
    value = union(subscripts.item(machine, atom, index, state) for atom in owner)
    key = assignment.item_key(index) if value == UNKNOWN else None
    return _option(machine, node.value, key) if key is not None else value


def capture(machine: Machine, state: State, spec: ast.arguments | None = None) -> Surroundings:
    """The names a nested function can see, and what its parameters are by default."""
    frame = machine.frame
    defaults = {name: machine.evaluate(node, state) for name, node in binding.defaults_of(spec).items()} if spec else {}
    return Surroundings({**frame.captured, **state.locals}, frame.this, frame.first, defaults)


def _lambda(machine: Machine, node: ast.Lambda, state: State) -> Value:
    return frozenset({Function(machine.frame.module, node, machine.frame.owner, capture(machine, state, node.args))})


def _walrus(machine: Machine, node: ast.NamedExpr, state: State) -> Value:
    value = machine.evaluate(node.value, state)
    assignment.assign(machine, node.target, value, node, state)
    return value


def _inner(machine: Machine, node: ast.Await | ast.Starred, state: State) -> Value:
    return machine.evaluate(node.value, state)


def _yield(machine: Machine, node: ast.Yield | ast.YieldFrom, state: State) -> Value:
    value = machine.evaluate(node.value, state) if node.value is not None else UNKNOWN
    if machine.frame.at_yield is not None:
        machine.frame.at_yield(state, value)
    elif isinstance(node, ast.YieldFrom):
        machine.frame.yields += map(machine.hand_on, statements.elements(machine, value, state))
    elif node.value is not None:
        machine.frame.yields.append(machine.hand_on(value))
    return UNKNOWN


def _call(machine: Machine, node: ast.Call, state: State) -> Value:
    return calls.call(machine, node, state)


def _joined(machine: Machine, node: ast.JoinedStr, state: State) -> Value:
    return byname.joined(machine, node, state)


HANDLERS: dict[type[ast.expr], Callable[..., Value]] = {
    ast.JoinedStr: _joined,
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
