"""The project's own code that a call runs: a function, or the `__init__` of a new instance."""

from __future__ import annotations

import ast

from lintlight.semantics.heap import Attribute, Kind, State, Thing, join
from lintlight.semantics.interpreter import (
    binding,
    conditions,
    contexts,
    decorated,
    expressions,
    library,
    modes,
    stepping,
    torch_module,
)
from lintlight.semantics.interpreter.machine import (
    MOST_DEPTH,
    MOST_STEPS_ASIDE,
    Arguments,
    Built,
    Frame,
    Machine,
)
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import by_position, every_node, last_name, nodes_around
from lintlight.semantics.values import (
    UNKNOWN,
    Atom,
    Bound,
    ClassValue,
    External,
    Function,
    Partial,
    Ref,
    Several,
    Value,
    const,
    union,
)

MOST_NESTED = 5
"""So many objects of one class are built while another of it is: blocks of blocks, which seldom go deeper."""


def instantiate(
    machine: Machine,
    cls: ProjectClass,
    args: Arguments,
    node: ast.Call | None,
    state: State,
    *,
    pretrained: bool = False,
) -> Value:
    """A new instance of a project class, its `__init__` run; of one that is `pretrained` what it freezes tells, too."""
    if any(isinstance(base, str) and catalog.is_optimizer_base(base) for base in cls.mro):
        over = library.parameters_of(args.get(0, "params"), state)
        return stepping.made(machine, over, node)
    is_plain = machine.is_plain(cls) and not _has_methods_that_tell(cls) and not (pretrained and _freezes(cls))
    if is_plain and not binding.holds_pretrained(args, state):
        return machine.put(Thing(Kind.MODULE, library=cls.name), state)
    if cls in machine.kept and machine.kept[cls] in state.heap:
        return frozenset({Ref(machine.kept[cls])})
    is_module = cls.is_module or "forward" in cls.methods or "training_step" in cls.methods
    made = machine.put(Thing(Kind.MODULE if is_module else Kind.INSTANCE, cls=cls), state)
    (ref,) = made
    assert isinstance(ref, Ref)
    if _is_kept(cls):
        machine.kept[cls] = ref.thing
    if cls.is_lightning:
        modules = any(state.heap[n].kind is Kind.MODULE for value in args.values() for n in state.things(value))
        machine.events.append(Built(ref.thing, modules))
    init = cls.find_method("__init__")
    if init is not None:
        run(machine, init, ref.thing, args, state)
    else:
        torch_module.library_init(ref.thing, args, state)
        _fill_fields(machine, ref.thing, args, state)
    return made


def _is_kept(cls: ProjectClass) -> bool:
    """Whether its metaclass gives out one instance, whoever asks: `class State(metaclass=Singleton)`."""
    marks = [(base.module, word.value) for base in cls.own_bases for word in base.node.keywords]
    metaclasses = [atom for module, node in marks for atom in cls.module.project.resolve_expression(module, node)]
    calls = [atom.cls.find_method("__call__") for atom in metaclasses if isinstance(atom, ClassValue)]
    return any(_gives_what_it_kept(call.node) for call in calls if call is not None)


def _gives_what_it_kept(call: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> bool:
    """Whether it returns `cls.kept` or `kept[cls]`: the one thing that it keeps for a class."""
    own = next(iter(by_position(call.args)), "")
    for node in every_node(call):
        match node:
            case ast.Return(value=ast.Attribute(value=ast.Name(id=name))) if name == own:
                return True
            case ast.Return(value=ast.Subscript(slice=ast.Name(id=name))) if name == own:
                return True
    return False


def _has_methods_that_tell(cls: ProjectClass) -> bool:
    """Whether instances say when they are true, or generate in a way of their own."""
    generates = cls.loads_in_eval is not None and cls.find_method("generate") is not None
    return generates or conditions.decides_itself(cls)


def _freezes(cls: ProjectClass) -> bool:
    """Whether the code of a class freezes something, most likely of its own."""
    nodes = (node for base in cls.own_bases for node in nodes_around(base.node, ["requires_grad", "freeze"]))
    return any("requires_grad" in name or "freeze" in name for name in map(last_name, nodes))


def _fill_fields(machine: Machine, number: int, args: Arguments, state: State) -> None:
    """What a dataclass's own `__init__` does; what is not named may be passed, too, where `**config` is."""
    thing = state.heap[number]
    if thing.kind is Kind.INSTANCE and thing.cls is not None:
        fields = thing.cls.fields
        by_order = args.positional if all(_adds_no_init(base) for base in thing.cls.mro) else []
        given = {**dict(zip(fields, by_order, strict=False)), **args.keywords}
        if args.open:
            given = {**dict.fromkeys(fields, UNKNOWN), **given}
        attributes = {name: Attribute(value) for name, value in given.items()}
        state.heap[number] = thing.changed(attributes={**thing.attributes, **attributes})
        method = thing.cls.find_method("__post_init__")
        if method is not None:
            run(machine, method, number, Arguments([], {}), state)


def _adds_no_init(base: ProjectClass | str) -> bool:
    return isinstance(base, ProjectClass) or base.rpartition(".")[2] in catalog.PLAIN_BASES | {"NamedTuple"}


def completed(atom: Partial, args: Arguments) -> Arguments:
    """What a partial is called with: its own arguments, then those of the call."""
    keywords = {**dict(atom.keywords), **args.keywords}
    return Arguments([*atom.positional, *args.positional], keywords, open=args.open)


def run_value(machine: Machine, atom: Atom, args: Arguments, state: State) -> Value | None:
    """Call what code hands over to be called, a partial with its own arguments; None where it cannot be followed."""
    if isinstance(atom, Partial):
        return run_value(machine, atom.of, completed(atom, args), state)
    if isinstance(atom, Bound) and atom.function is not None:
        return run(machine, atom.function, atom.thing, args, state)
    return run(machine, atom, None, args, state) if isinstance(atom, Function) else None


def run(
    machine: Machine,
    function: Function,
    this: int | None,
    args: Arguments,
    state: State,
    cls: ProjectClass | None = None,
) -> Value:
    """Follow a call into a function of the project; a recursive or too deep one stays unknown."""
    node, at_yield = function.node, machine.at_yield
    machine.at_yield = None
    key, given = (node, this), _modules_given(args, state)
    if not function.plain and getattr(node, "decorator_list", None) and decorated.decorators_of(function):
        return decorated.run(machine, function, this, args, state, cls)
    if len(machine.frames) > MOST_DEPTH or machine.exhausted or _is_in_progress(machine, key, given):
        return UNKNOWN
    mine = state.heap[this].cls if this is not None and this in state.heap else cls
    in_script = machine.hook == "script"
    is_entry = in_script and len(machine.frames) == 1
    aside = function.around is None and not is_entry and not binding.gets_a_module(args, state)
    if aside and not machine.matters(function, mine) and not (in_script and machine.sets_up_training(function)):
        return UNKNOWN
    frame = Frame(function.module, function.owner, this, key=key, call=args.node, given=given, at_yield=at_yield)
    if function.around is not None:
        frame.captured = function.around.names
        frame.this, frame.first = (function.around.this if this is None else this), function.around.first
    elif function.owner in machine.closures:
        frame.captured = machine.closures[function.owner].names
    names = binding.bind(machine, function, this, cls, args, state, frame)
    if getattr(node, "name", "") == "__init__":
        frame.begins_with = dict(names)
    limit, before = machine.limit, machine.steps
    of_module = mine is not None and mine.is_module
    if of_module:  # a module counts wherever it is built
        machine.limit = machine.most
    elif aside:
        machine.limit = min(limit, machine.steps + MOST_STEPS_ASIDE)
    machine.frames.append(frame)
    machine.entered.add(node)
    since = len(state.heap.log)
    inner = State(state.heap, names, _grad_of(machine, function, state))
    if isinstance(node, ast.Lambda):
        frame.returns.append((machine.evaluate(node.body, inner), inner))
    elif machine.execute(node.body, inner):
        frame.returns.append((const(None), inner))
    machine.frames.pop()
    for _, after in frame.returns if frame.left else ():
        modes.leave_as_it_was(frame.left, after)
    if of_module:
        machine.limit = min(machine.most, limit + machine.steps - before)
    elif machine.limit < limit:
        machine.steps, machine.limit = min(machine.steps, machine.limit), limit
    joined = join([after for _, after in frame.returns], since)
    if joined is None:  # every path raises: an abstract method
        return UNKNOWN
    state.heap = joined.heap
    if frame.yields:
        return frozenset({Several(union(frame.yields))})
    return union([value for value, _ in frame.returns])


def _modules_given(args: Arguments, state: State) -> Value:
    """The modules that a call is given: a function that calls itself goes through others each time."""
    refs = frozenset(atom for value in args.values() for atom in value if isinstance(atom, Ref))
    return frozenset(atom for atom in refs if atom.thing in state.heap and state.heap[atom.thing].kind is Kind.MODULE)


def _is_in_progress(machine: Machine, key: tuple[ast.AST, int | None], given: Value) -> bool:
    """Whether a function calls itself for the same, or goes on building objects of one class inside of each other."""
    same = [frame.given for frame in machine.frames if frame.key == key]
    if len(same) >= MOST_NESTED or given in same or (same and not given):
        return True
    node = key[0]
    if getattr(node, "name", "") != "__init__":
        return False
    return sum(frame.function is node for frame in machine.frames) >= MOST_NESTED


def _grad_of(machine: Machine, function: Function, state: State) -> frozenset[bool]:
    """Whether gradients are recorded inside a function: not under `@torch.no_grad()`."""
    grad = state.grad
    for mark in getattr(function.node, "decorator_list", []):
        name = mark.func if isinstance(mark, ast.Call) else mark
        value = machine.project.resolve_expression(function.module, name)
        if any(isinstance(atom, External) and atom.dotted in contexts.SETS_GRAD for atom in value):
            given = expressions.evaluate_elsewhere(machine, function.module, mark, state)
            grad = contexts.grad_inside(given, grad)
    return grad
