"""What a call does: project functions are followed, library calls have the effect that the library gives them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from lintlight.semantics.heap import HOLDERS, Kind, State, join
from lintlight.semantics.interpreter import (
    assignment,
    attributes,
    binding,
    byname,
    containers,
    contexts,
    finetuning,
    following,
    gathered,
    library,
    own_models,
    parameter_names,
    picked,
    stepping,
    torch_module,
)
from lintlight.semantics.interpreter.machine import Arguments, Fitted, Machine
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.values import (
    NOTHING,
    UNKNOWN,
    Assumed,
    Atom,
    Bound,
    ClassValue,
    Const,
    Dotted,
    External,
    Function,
    ModuleValue,
    Optimizer,
    Output,
    ParameterName,
    Params,
    Partial,
    Ref,
    SomeFile,
    Super,
    Trainer,
    Unknown,
    Value,
    assuming,
    const,
    union,
)

TORCH_METHODS = frozenset({"train", "eval"})
OF_A_DICT = frozenset(dir(dict))
"""What an entry of a configuration cannot be reached by as an attribute."""
# Methods that a `training_step` hands its work on to.
DELEGATES = frozenset({"training_step", "shared_step", "forward", "compute_loss", "train_step"})


def call(machine: Machine, node: ast.Call, state: State) -> Value:
    """The value of a call, and its effect."""
    func = node.func
    if isinstance(func, ast.Name) and func.id == "super" and "super" not in state.locals:
        return _super(machine, node, state)
    if isinstance(func, ast.Attribute):
        owners = machine.evaluate(func.value, state)
        if (made := library.of_tensors(machine, owners, node, state)) is not None:
            return made
        args = binding.arguments(machine, node, state)
        _hand_on(machine, args)
        if func.attr in catalog.EVAL_FACTORIES and own_models.is_super_of_a_class(machine, func.value):
            return own_models.load_by_super(machine, args, node, state)
        name = func.attr
        if name == "from_pretrained":
            owners = own_models.owners_by_name(machine, owners, node)
        if name == stepping.COUNTS:
            stepping.count_by_hand(machine, func)
        if (changed := gathered.method(machine, node, owners, args, state)) is not None:
            return changed
        return _each(owners, state, lambda atom, s: call_method(machine, atom, name, args, node, s))
    callees = machine.evaluate(func, state)
    args = binding.arguments(machine, node, state)
    if not all(isinstance(atom, External) and atom.dotted in catalog.ONLY_LOOKS for atom in callees):
        _hand_on(machine, args)
    return _each(callees, state, lambda atom, s: call_value(machine, atom, args, node, s))


def _hand_on(machine: Machine, args: Arguments) -> None:
    for value in args.values():
        machine.hand_on(value)


def _each(atoms: Value, state: State, act: Callable[[Atom, State], Value]) -> Value:
    """Act on every thing that a value may be, each in a branch of its own where they are different code."""
    if len(atoms) == 1:
        return act(next(iter(atoms)), state)
    several = ordered(atoms)
    if all(isinstance(atom, Ref | External | Unknown | Const) for atom in several):
        return union([act(atom, state) for atom in several])
    since = len(state.heap.log)
    states = [state.copy() for _ in several]
    values = [act(atom, each) for atom, each in zip(several, states, strict=True)]
    joined = join(states, since)
    if joined is not None:
        state.become(joined)
    return union(values)


def _super(machine: Machine, node: ast.Call, state: State) -> Value:
    frame = machine.frame
    if node.args:
        classes = machine.evaluate(node.args[0], state)
        after = next((atom.cls for atom in classes if isinstance(atom, ClassValue)), None)
    else:
        after = frame.owner
    if frame.this is None or after is None:
        return UNKNOWN
    return frozenset({Super(frame.this, after)})


def call_value(machine: Machine, atom: Atom, args: Arguments, node: ast.Call, state: State) -> Value:
    """Call one thing that a callee may be."""
    if isinstance(atom, External):
        return library.call_external(machine, atom.dotted, args, node, state)
    if isinstance(atom, ClassValue):
        return _guessed(machine, atom, lambda: following.instantiate(machine, atom.cls, args, node, state))
    if isinstance(atom, Function):
        return following.run(machine, atom, None, args, state)
    if isinstance(atom, Bound):
        if atom.function is not None:
            return following.run(machine, atom.function, atom.thing, args, state)
        if atom.thing in state.heap:
            return _library_method(machine, atom.thing, atom.name, args, node, state)
    if isinstance(atom, Ref) and atom.thing in state.heap:
        return call_thing(machine, atom.thing, args, node, state)
    if isinstance(atom, Partial):
        return _complete(machine, atom, args, node, state)
    return _call_unknown(machine, args, node, state)


def _complete(machine: Machine, atom: Partial, args: Arguments, node: ast.Call, state: State) -> Value:
    """Call a partial; what comes of it rests on the file that says what it is, if one does."""
    first = machine.made
    made = call_value(machine, atom.of, following.completed(atom, args), node, state)
    reason = machine.configured.get(atom.config) if atom.config is not None else None
    if reason is not None:
        for number in range(first + 1, machine.made + 1):
            machine.configured.setdefault(number, reason)
    return made


def _guessed(machine: Machine, atom: ClassValue, make: Callable[[], Value]) -> Value:
    """Remember what comes of a class that was only guessed."""
    first = machine.made
    made = make()
    if atom.guessed:
        machine.guessed.update(range(first + 1, machine.made + 1))
    return made


def _call_unknown(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    """Code that cannot be followed may do anything with what it is given, also run it."""
    machine.calls_unknown |= machine.hook == "training_step"
    for value in args.values():
        machine.lend(value, state)
        for number in state.things(value):
            if state.heap[number].kind is Kind.MODULE and machine.hook in catalog.INSIDE_TRAINING_STEP:
                machine.forward(number, node, state, followed=False)
    return stepping.may_be_made(machine, args, node, state) or UNKNOWN


def call_thing(machine: Machine, number: int, args: Arguments, node: ast.Call, state: State) -> Value:
    """`module(...)`."""
    thing = state.heap[number]
    if thing.cls is not None and not (thing.origin is not None and number in machine.guessed):
        for name in ("__call__", "forward"):
            method = thing.cls.find_method(name)
            if method is not None:
                return following.run(machine, method, number, args, state)
    if thing.kind is Kind.MODULE:
        return frozenset({Output(machine.forward(number, node, state))})
    return _call_unknown(machine, args, node, state)


def call_method(machine: Machine, atom: Atom, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """`atom.name(...)`."""
    return METHODS.get(type(atom), _method_of_another)(machine, atom, name, args, node, state)


def _method_of_ref(machine: Machine, atom: Ref, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    if atom.thing not in state.heap:
        return _method_of_another(machine, atom, name, args, node, state)
    return call_thing_method(machine, atom.thing, name, args, node, state)


def _function_of_library(
    machine: Machine, atom: External, name: str, args: Arguments, node: ast.Call, state: State
) -> Value:
    member = machine.project.member(frozenset({atom}), name, machine.frame.module)
    return _each(member, state, lambda each, s: call_value(machine, each, args, node, s))


def _function_of_module(
    machine: Machine, atom: ModuleValue | SomeFile, name: str, args: Arguments, node: ast.Call, state: State
) -> Value:
    value = attributes.read(machine, atom, name, state)
    return _each(value, state, lambda each, s: call_value(machine, each, args, node, s))


def _method_of_class(
    machine: Machine, atom: ClassValue, name: str, args: Arguments, node: ast.Call, state: State
) -> Value:
    return _guessed(machine, atom, lambda: _call_class_method(machine, atom.cls, name, args, node, state))


def _method_of_params(
    machine: Machine, atom: Params, name: str, args: Arguments, node: ast.Call, state: State
) -> Value:
    if name == "requires_grad_":
        assignment.set_requires_grad(machine, atom, args.get(0, "requires_grad") or const(True), state)
    return parameter_names.of_a_dict(atom, name) if atom.keyed else frozenset({atom})


def _method_of_optimizer(
    machine: Machine, atom: Optimizer, name: str, args: Arguments, node: ast.Call, state: State
) -> Value:
    if name == "add_param_group":
        machine.added.extend(args.values())
    if name == "step" and any(map(picked.parameters_in, args.values())):  # averaged weights, for instance
        return UNKNOWN
    return stepping.optimizer_method(machine, atom, name, node)


def _method_of_output(
    machine: Machine, atom: Output, name: str, args: Arguments, node: ast.Call, state: State
) -> Value:
    if name in catalog.DETACHES:
        return machine.detach(atom.forward)
    if name in catalog.OF_ITS_SHAPE:
        return UNKNOWN
    machine.hand_on(frozenset({atom}) if name in {"backward", "register_hook"} else frozenset())
    return frozenset({atom})


def _method_of_another(machine: Machine, atom: Atom, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """A method of what is not known, or of a text: the name may say what it does."""
    if isinstance(atom, Unknown):
        if name == "add_param_group":
            machine.added.extend(args.values())
        if name in catalog.EVAL_FACTORIES:
            return library.load(machine, "", args, node, state)
    if name in {"get", "pop"} and machine.hook == "__init__" and _are_literals(args.positional[1:2]):
        return assuming(args.positional[1], Assumed.BY_GUESS)  # of a configuration
    if name == "fit":
        _call_trainer(machine, Trainer(), name, args, node, state)
    if machine.hook == "training_step" and name in DELEGATES:
        machine.lost = True
    if name == "step" and stepping.step_given(machine, args, node):  # GradScaler.step(optimizer)
        return UNKNOWN
    if isinstance(atom, Dotted):
        return byname.split_dotted(atom, name)
    if isinstance(atom, ParameterName):
        return parameter_names.method(atom, name, args.get(0, "prefix") or UNKNOWN)
    if isinstance(atom, Const):
        return containers.text_method(atom, name, args)
    return _call_unknown(machine, args, node, state)


def _are_literals(values: list[Value]) -> bool:
    return bool(values) and all(isinstance(atom, Const) for value in values for atom in value)


def _call_trainer(machine: Machine, atom: Trainer, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    model = args.get(0, "model")
    if name == "fit" and model is not None:
        for number in (n for n in state.things(model) if state.heap[n].kind is Kind.MODULE):
            machine.events.append(Fitted(number, machine.span(node), dict(state.heap), atom.callbacks))
    return UNKNOWN


def call_thing_method(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """`thing.name(...)` for a thing on the heap."""
    thing = state.heap[number]
    stored = thing.attributes.get(name)
    if stored is not None and (thing.kind is not Kind.DICT or name not in OF_A_DICT):
        return _each(stored.value, state, lambda each, s: call_value(machine, each, args, node, s))
    method = thing.cls.find_method(name) if thing.cls is not None else None
    if method is not None and attributes.is_property(method):
        value = following.run(machine, method, number, Arguments([], {}), state)
        return _each(value, state, lambda each, s: call_value(machine, each, args, node, s))
    if method is not None:
        return following.run(machine, method, number, args, state)
    return _library_method(machine, number, name, args, node, state)


def _library_method(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    thing = state.heap[number]
    if thing.kind in HOLDERS:
        return containers.method(machine, number, name, args, state)
    if thing.kind is Kind.MODULE:
        loads = name in catalog.EVAL_FACTORIES
        made = own_models.load_by_instance(machine, thing, name, args, node, state) if loads else None
        return made or torch_module.method(machine, number, name, args, node, state)
    if thing.library in contexts.STACKS:
        return contexts.method_of_stack(number, name, args, state)
    if finetuning.is_finetuning(thing.cls) and (made := finetuning.method(machine, name, args, state)) is not None:
        return made
    if name == "update" and thing.library.endswith("Config"):
        return containers.method(machine, number, name, args, state)
    if name in {"parameters", "named_parameters"}:
        return frozenset({Params(number, names=name == "named_parameters")})
    if name == "step" and stepping.step_given(machine, args, node):
        return UNKNOWN
    if name == "fit":  # of a class that derives from Trainer, most likely
        _call_trainer(machine, Trainer(), name, args, node, state)
    return _call_unknown(machine, args, node, state)


def _call_class_method(
    machine: Machine, cls: ProjectClass, name: str, args: Arguments, node: ast.Call, state: State
) -> Value:
    method = cls.find_method(name)
    if method is not None:
        made = following.run(machine, method, None, args, state, cls=cls)
        if name in catalog.EVAL_FACTORIES:
            library.mark_as_library(machine, made, cls.node.name, args, node, state)
        return made
    if name in catalog.EVAL_FACTORIES and cls.loads_in_eval is not None:
        return own_models.load(machine, cls, cls.loads_in_eval, args, node, state)
    if name == "load_from_checkpoint" and cls.is_lightning:
        return following.instantiate(machine, cls, Arguments([], args.keywords, open=True), node, state)
    if name == "__init__":
        return NOTHING
    if name in catalog.EVAL_FACTORIES and "?" in cls.mro and "forward" in cls.methods:
        made = following.instantiate(machine, cls, Arguments([], {}, open=True), node, state, pretrained=True)
        return library.mark_loaded(machine, made, library.name_of_a_model(cls.node.name), args, node, state)
    if name in TORCH_METHODS and args.positional:  # Base.train(self)
        return torch_module.method_of_class(machine, name, args, node, state)
    return _call_unknown(machine, args, node, state)


def _call_super(machine: Machine, atom: Super, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    thing = state.heap.get(atom.thing)
    if thing is None or thing.cls is None:
        return UNKNOWN
    method = thing.cls.find_method(name, after=atom.after)
    if method is not None:
        return following.run(machine, method, atom.thing, args, state)
    if name == "__init__":
        torch_module.library_init(atom.thing, args, state)
        return const(None)
    if name == "forward" and thing.kind is Kind.MODULE:
        return frozenset({Output(machine.forward(atom.thing, node, state))})
    if name == "__setattr__" and len(args.positional) == 2:
        return assignment.set_plainly(machine, atom.thing, args.positional, node, state)
    if finetuning.is_finetuning(thing.cls) and (made := finetuning.method(machine, name, args, state)) is not None:
        return made
    if name == "optimizer_step":
        stepping.step_given(machine, args, node)
    if name == "fit" and thing.kind is not Kind.MODULE:
        return _call_trainer(machine, Trainer(), name, args, node, state)
    if name in catalog.HOOKS or thing.kind is not Kind.MODULE:
        return UNKNOWN
    return torch_module.method(machine, atom.thing, name, args, node, state)


METHODS: Mapping[type, Callable[..., Value]] = {
    Ref: _method_of_ref,
    External: _function_of_library,
    ModuleValue: _function_of_module,
    SomeFile: _function_of_module,
    ClassValue: _method_of_class,
    Super: _call_super,
    Params: _method_of_params,
    Optimizer: _method_of_optimizer,
    Output: _method_of_output,
    Trainer: _call_trainer,
}
"""What a method does, by what it is called on."""
