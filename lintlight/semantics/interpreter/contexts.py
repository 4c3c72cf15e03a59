"""`with`: whether gradients are recorded inside, and what the project's own context managers do before and after."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lintlight.semantics.heap import State
from lintlight.semantics.interpreter import assignment, binding, calls, modes
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.names import every_node
from lintlight.semantics.values import UNKNOWN, Bound, Const, External, Function, Partial, Seq, Value

GENERATES = frozenset({External("contextlib.contextmanager"), External("contextlib.asynccontextmanager")})
SWITCH = frozenset({External("torch.set_grad_enabled")})
SETS_GRAD = catalog.NO_GRAD | {"torch.enable_grad", "torch.set_grad_enabled"}
"""What says for a block or a function whether gradients are recorded in it."""
SUPPRESSES = frozenset({External("contextlib.suppress")})
STACKS = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})
ANYTHING = Arguments([], {}, open=True)


def inside(machine: Machine, node: ast.With | ast.AsyncWith, state: State) -> bool:
    """Run a `with` statement; whether the path goes on behind it."""
    return _inside(machine, node, node.items, state)


def _inside(machine: Machine, node: ast.With | ast.AsyncWith, items: Sequence[ast.withitem], state: State) -> bool:
    if not items:
        return machine.execute(node.body, state)
    item, *others = items
    generator = _generator(machine, item.context_expr, state)
    if generator is not None:
        return _at_its_yield(machine, node, items, generator, state)
    before, frame = state.grad, machine.frame
    left = len(frame.returns), len(frame.breaks), len(frame.continues)
    value = machine.evaluate(item.context_expr, state)
    state.grad = grad_inside(value, state.grad)
    if item.optional_vars is not None:
        entered = _method(machine, value, "__enter__", state)
        assignment.assign(machine, item.optional_vars, value if entered is None else entered, node, state)
    goes = _inside(machine, node, others, state)
    leaving = [each for _, each in frame.returns[left[0] :]]
    for each in (state, *leaving, *frame.breaks[left[1] :], *frame.continues[left[2] :]):
        _method(machine, value, "__exit__", each)
        if isinstance(item.context_expr, ast.Call):
            _call_back(machine, value, item.context_expr, each)
        each.grad = before
    return goes or value == SUPPRESSES


def suppress(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """`contextlib.suppress(...)`: what is raised in its block ends nothing but that."""
    return SUPPRESSES


def method_of_stack(number: int, name: str, args: Arguments, state: State) -> Value:
    """`stack.callback(f, ...)` and `stack.enter_context(...)` of an ExitStack; it keeps what it is to call."""
    given, *rest = args.positional or [UNKNOWN]
    if name == "enter_context":
        state.grad = grad_inside(given, state.grad)
        return given
    if name == "callback":
        later = frozenset(Partial(atom, tuple(rest), tuple(args.keywords.items())) for atom in given)
        thing = state.heap[number]
        state.heap[number] = thing.with_attribute(str(len(thing.attributes)), later, None)
    return UNKNOWN


def _call_back(machine: Machine, value: Value, node: ast.Call, state: State) -> None:
    """Call what an ExitStack was given to call at the end, the last one first."""
    stacks = [thing for thing in map(state.heap.get, state.things(value)) if thing and thing.library in STACKS]
    for later in (each for stack in stacks for each in reversed(list(stack.attributes.values()))):
        for atom in ordered(later.value):
            calls.call_value(machine, atom, Arguments([], {}), node, state)


def _method(machine: Machine, value: Value, name: str, state: State) -> Value | None:
    """What a method of a context manager of the project gives; None where it has none."""
    numbers = state.things(value)
    cls = state.heap[numbers[0]].cls if len(numbers) == 1 else None
    method = cls.find_method(name) if cls is not None else None
    return machine.run(method, numbers[0], ANYTHING, state) if method is not None else None


def _generator(machine: Machine, node: ast.expr, state: State) -> tuple[Function, int | None, Arguments] | None:
    """The function under `@contextmanager` that an expression calls, what on, and with what."""
    if not isinstance(node, ast.Call) or any(isinstance(each, ast.Call) for each in every_node(node.func)):
        return None  # what is called there must not be called twice
    called = machine.evaluate(node.func, state)
    (atom,) = called if len(called) == 1 else (None,)
    function = atom.function if isinstance(atom, Bound) else atom
    if not isinstance(function, Function) or not _generates(function):
        return None
    this = atom.thing if isinstance(atom, Bound) else None
    return function, this, binding.arguments(machine, node, state)


def _generates(function: Function) -> bool:
    marks = getattr(function.node, "decorator_list", [])
    return any(GENERATES & function.module.project.resolve_expression(function.module, mark) for mark in marks)


def _at_its_yield(
    machine: Machine,
    node: ast.With | ast.AsyncWith,
    items: Sequence[ast.withitem],
    generator: tuple[Function, int | None, Arguments],
    state: State,
) -> bool:
    """Run the rest of a `with` statement where a generator yields: what comes before and after it is its own."""
    (item, *others), outer, depth = items, machine.frame, len(machine.frames)
    ways: list[bool] = []

    def run_the_rest(within: State, value: Value) -> None:
        frames = machine.frames[depth:]
        del machine.frames[depth:]
        body = State(within.heap, state.locals, within.grad)
        if item.optional_vars is not None:
            assignment.assign(machine, item.optional_vars, value, node, body)
        left = len(outer.returns)
        ways.append(_inside(machine, node, others, body))
        for _, each in outer.returns[left:]:
            modes.may_be_put_back(each)  # by the generator, when the body returns
        machine.frames.extend(frames)
        within.heap, state.locals = body.heap, body.locals

    function, this, args = generator
    machine.at_yield = run_the_rest
    machine.run(function, this, args, state)
    machine.at_yield = None
    return any(ways) if ways else _inside(machine, node, others, state)


def grad_inside(value: Value, outside: frozenset[bool]) -> frozenset[bool]:
    """Whether gradients are recorded inside a `with` of `value`."""
    found: set[bool] = set()
    for atom in value:
        if isinstance(atom, External) and atom.dotted in catalog.NO_GRAD:
            found.add(False)
        elif isinstance(atom, External) and atom.dotted == "torch.enable_grad":
            found.add(True)
        elif isinstance(atom, Seq) and len(atom.items) == 2 and atom.items[0] == SWITCH:
            known = {a.value for a in atom.items[1] if isinstance(a, Const)}
            found |= {bool(v) for v in known} if known and len(known) == len(atom.items[1]) else {True, False}
        else:
            found |= outside
    return frozenset(found) or outside


def grad_after(value: Value, before: frozenset[bool]) -> frozenset[bool]:
    """Whether gradients are recorded after a statement: `torch.set_grad_enabled(...)` also counts without a `with`."""
    is_switch = any(isinstance(atom, Seq) and atom.items[:1] == (SWITCH,) for atom in value)
    return grad_inside(value, before) if is_switch else before
