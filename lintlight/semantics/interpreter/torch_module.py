"""Methods that torch's Module and LightningModule give to every module."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping

from lintlight.semantics.heap import Attribute, Flag, Kind, Learn, State, Thing
from lintlight.semantics.interpreter import (
    assignment,
    attributes,
    byname,
    containers,
    following,
    hyperparameters,
    modes,
    stepping,
)
from lintlight.semantics.interpreter.machine import Arguments, Machine
from lintlight.semantics.interpreter.module_tree import registered_in
from lintlight.semantics.knowledge import catalog, members
from lintlight.semantics.order import ordered
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.values import (
    UNKNOWN,
    AnyName,
    Bound,
    Const,
    External,
    Optimizer,
    Output,
    Params,
    Ref,
    Scheduler,
    Seq,
    Submodules,
    Value,
    const,
    union,
)

WITHOUT_SURPRISES = ("torch.", "lightning.", "builtins.", "abc.", "typing.")
"""Packages whose classes have no methods that are not known here."""
DYNAMIC = ("__getattr__", "setattr", "__dict__", "_modules", "vars(")
"""With one of these in its file, a class may have attributes that nobody names."""


def method(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """`module.name(...)` where no class of the project defines the method."""
    known = METHODS.get(name)
    value = known(machine, number, name, args, node, state) if known is not None else None
    if value is not None:
        return value
    thing = state.heap[number]
    if thing.cls is not None and thing.cls.is_lightning:
        value = _lightning_method(machine, number, name, args, node, state)
        if value is not None:
            return value
    if thing.library.startswith("torch.nn.") and name in OF_CONTAINERS:
        return _container(machine, number, name, args, state)
    if name in members.GETS_SUBMODULE and attributes.is_opaque(thing):
        return attributes.part(machine, number, name, state)
    if name.startswith("freeze"):
        _freeze_in_library(machine, number, name, state)
        return UNKNOWN
    if name == "_first_module" and catalog.loads_when_called(thing.library):
        return frozenset({Ref(number)})
    if name in {"merge_and_unload", "unload"} and thing.library.startswith("peft."):
        return _without_adapters(number, state)
    if name in catalog.ENCODES_ONLY and catalog.loads_when_called(thing.library):
        return UNKNOWN
    if name in members.NOT_A_FORWARD or name.startswith("_"):
        return UNKNOWN
    for given in args.values():
        machine.lend(given, state)
    if thing.cls is not None and not thing.lent and _is_nowhere(thing.cls, name):
        return UNKNOWN
    return frozenset({Output(machine.forward(number, node, state, followed=attributes.is_opaque(thing)))})


def _is_nowhere(cls: ProjectClass, name: str) -> bool:
    """Whether nothing gives a class, or an instance, an attribute that is called: the call is never reached."""
    bases = cls.own_bases
    if not all(base.startswith(WITHOUT_SURPRISES) for base in cls.mro if isinstance(base, str)):
        return False
    if any(
        base.node.decorator_list or base.node.keywords or base.module.says(word) for base in bases for word in DYNAMIC
    ):
        return False
    elsewhere = re.compile(rf"(?<!self\.)\b{name}\b|\b{name}\b(?!\()")
    return not any(elsewhere.search(base.module.code) for base in bases)


def _parameters(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """`parameters()` or `named_parameters()`.

    With `recurse=False` a whole model has none; one that stands for all modules inside of it, in a loop or a function
    that goes through them, has all.
    """
    is_named = name.startswith("named")
    if (args.get(1 if is_named else 0, "recurse") or const(True)) == const(False):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        is_whole = isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id == "self"
        if is_whole and not state.heap[number].library.startswith("torch.nn."):
            return frozenset({Seq(())})
    given = args.get(0, "prefix") if is_named else None
    prefix = next((atom.value for atom in given if isinstance(atom, Const)), None) if given is not None else ""
    return frozenset({Params(number, names=is_named, prefix=prefix if isinstance(prefix, str) else None)})


def adapt(machine: Machine, number: int, state: State) -> None:
    """What LoRA does to a model: it is frozen and keeps its mode, the adapters inside it learn."""
    machine.set_grad(number, Learn.OFF, state)
    for each in registered_in(number, state.heap):
        state.heap[each] = state.heap[each].changed(lora=True)


def _without_adapters(number: int, state: State) -> Value:
    """The model that the adapters were put around: frozen, until somebody says otherwise."""
    base = state.heap[number].attributes.get("base_model")
    for whole in state.things(base.value) if base is not None else ():
        for each in registered_in(whole, state.heap):
            state.heap[each] = state.heap[each].changed(lora=False)
    return base.value if base is not None else UNKNOWN


def _is_named(args: Arguments) -> bool:
    """Whether `add_adapter` is that of the adapters library, which takes a name and trains nothing yet."""
    if not args.positional:
        return "adapter_config" not in args.keywords
    return any(isinstance(atom, Const) and isinstance(atom.value, str) for atom in args.positional[0])


def method_of_class(machine: Machine, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """`nn.Module.name(module, ...)`: torch's own method, whatever the class of the module makes of it."""
    numbers = state.things(args.positional[0]) if args.positional else []
    rest = Arguments(args.positional[1:], args.keywords)
    found: Value = UNKNOWN
    for number in numbers if name != "__init__" else []:
        if name == "__setattr__" and len(rest.positional) == 2:
            found = assignment.set_plainly(machine, number, rest.positional, node, state)
        elif state.heap[number].kind is Kind.MODULE:
            found = method(machine, number, name, rest, node, state)
    return found


def has_modes(thing: Thing) -> bool:
    """Whether eval mode turns something off in a module itself: dropout, batch norm, or what is not known."""
    if thing.cls is not None or thing.library in catalog.CONTAINERS:
        return False
    if thing.library.startswith("torch.nn."):
        return thing.library.rpartition(".")[2].startswith(catalog.TORCH_LAYERS_WITH_MODES)
    is_whole = thing.part_of is None  # of a vision model some parts have none
    is_model = thing.library == catalog.ANY_MODULE or catalog.is_model_class(thing.library)
    return is_model or (is_whole and catalog.has_modes(thing.library))


def _apply(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value | None:
    """`module.apply(f)`: f sees the module and everything below it; the module stands for all of them."""
    if not args.positional:
        return None
    for atom in ordered(args.positional[0]):
        if isinstance(atom, External) and atom.dotted.startswith("torch.nn.Module."):
            method_of_class(
                machine, atom.dotted.rpartition(".")[2], Arguments([frozenset({Ref(number)})], {}), node, state
            )
        elif not (isinstance(atom, Bound) and "init" in atom.name):
            following.run_value(machine, atom, Arguments([frozenset({Ref(number, each=True)})], {}), state)
    return frozenset({Ref(number)})


def _itself(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    return frozenset({Ref(number)})


def _set_requires_grad(
    machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State
) -> Value:
    value = args.get(0, "requires_grad") or const(True)
    assignment.set_requires_grad(machine, Params(number), value, state)
    return frozenset({Ref(number)})


def _submodules(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    return frozenset({Submodules(number, names=name.startswith("named"), deep=name.endswith("modules"))})


def _add_module(
    machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State
) -> Value | None:
    if len(args.positional) != 2:
        return None
    key = assignment.item_key(args.positional[0])
    if key is not None:
        assignment.set_attribute(machine, number, key, args.positional[1], node, state)
    return const(None)


def _submodule_at(
    machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State
) -> Value | None:
    """`module.get_submodule("a.b")`."""
    target = args.get(0, "target") or UNKNOWN
    path = assignment.item_key(target)
    thing = state.heap[number]
    if AnyName() in target:
        return byname.any_module(number, state)
    if attributes.is_opaque(thing) and not (path and path.partition(".")[0] in thing.attributes):
        return None
    value: Value = frozenset({Ref(number)})
    for each in path.split(".") if path else ():
        value = union([attributes.read(machine, atom, each, state) for atom in ordered(value)])
    return value if path is not None else UNKNOWN


def _add_adapter(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    if not _is_named(args):
        adapt(machine, number, state)
    return frozenset({Ref(number)})


def _generate(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value | None:
    """transformers' `generate`, which records no gradients."""
    thing = state.heap[number]
    loaded = thing.origin.library if thing.origin is not None else ""
    inherits = thing.cls is not None and thing.cls.loads_in_eval is not None
    if not inherits and not catalog.is_model_class(thing.library) and not catalog.is_model_class(loaded):
        return None
    grad, state.grad = state.grad, frozenset({False})
    machine.forward(number, node, state)
    state.grad = grad
    return UNKNOWN


def _train_adapter(machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State) -> Value:
    modes.switch(machine, number, Flag.TRAIN, state, {number})
    return const(None)


def _lightning_method(
    machine: Machine, number: int, name: str, args: Arguments, node: ast.Call, state: State
) -> Value | None:
    if name == "optimizers":
        raw = args.get(0, "use_pl_optimizer")
        wrapped = not (raw is not None and raw == const(False))
        return frozenset({Optimizer(wrapped=wrapped)})
    if name in {"freeze", "unfreeze"}:
        thaws = name == "unfreeze"
        machine.set_grad(number, Learn.ON if thaws else Learn.OFF, state)
        modes.switch(machine, number, Flag.TRAIN if thaws else Flag.ASKED, state, {number})
        return const(None)
    if name == "save_hyperparameters":
        _save_hyperparameters(machine, number, args, state)
        return const(None)
    if name == "lr_schedulers":
        return frozenset({Scheduler()})
    if name == "optimizer_step":  # called by hand, it steps the optimizer that it is given
        stepping.step_given(machine, args, node)
    if name in catalog.HOOKS or name in members.LIGHTNING_METHODS:
        return UNKNOWN
    return None


def _save_hyperparameters(machine: Machine, number: int, args: Arguments, state: State) -> None:
    """`self.hparams` then holds the arguments of `__init__`."""
    given = args.positional[0] if args.positional else None
    thing = state.heap[number]
    if given is not None and not all(isinstance(atom, Const) for atom in given):
        state.heap[number] = thing.with_attribute("hparams", given, None)
        return
    held = hyperparameters.of_inits(machine, number, state)
    before = thing.attributes.get("hparams")
    if before is not None:
        for other in state.things(before.value):
            held = {**state.heap[other].attributes, **held}
    made = machine.put(Thing(Kind.DICT, attributes=held), state)
    state.heap[number] = state.heap[number].with_attribute("hparams", made, None)


def _container(machine: Machine, number: int, name: str, args: Arguments, state: State) -> Value:
    value = containers.method(machine, number, name, args, state)
    return frozenset({Ref(number)}) if value == const(None) else value


def _freeze_in_library(machine: Machine, number: int, name: str, state: State) -> None:
    """A library's own `freeze...()`: the whole when it is called just `freeze`, else a part that is not known."""
    if name == "freeze":
        machine.set_grad(number, Learn.OFF, state)
        return
    if name == "freeze_base_model":
        for part in state.things(attributes.part(machine, number, "base_model", state)):
            machine.set_grad(part, Learn.OFF, state)
        return
    for each in registered_in(number, state.heap):
        state.heap[each] = state.heap[each].changed(grad=frozenset({Learn.PARTLY}))


def library_init(number: int, args: Arguments, state: State) -> None:
    """`__init__` of the library class behind a project class."""
    thing = state.heap[number]
    kept = {k: v for k, v in thing.attributes.items() if k not in {"strict_loading", "_strict_loading"}}
    bases = [base for base in (thing.cls.mro if thing.cls is not None else ()) if isinstance(base, str)]
    if any(base in {"torch.nn.Sequential", "torch.nn.ModuleList"} for base in bases):
        for index, value in enumerate(args.positional):
            kept[str(index)] = Attribute(value)
    if any(map(catalog.is_model_class, bases)):  # `EncoderDecoderModel(encoder=..., decoder=...)` keeps its parts so
        kept |= {name: Attribute(value) for name, value in args.keywords.items() if state.things(value)}
    # NOTE: LightningModule.__init__ resets `strict_loading`, so setting it earlier has no effect.
    state.heap[number] = thing.changed(attributes=kept)


METHODS: Mapping[str, Callable[[Machine, int, str, Arguments, ast.Call, State], Value | None]] = {
    **dict.fromkeys(catalog.RETURNS_ITSELF | {"tie_weights"}, _itself),
    **dict.fromkeys(("train", "eval"), modes.switch_by_call),
    **dict.fromkeys(("parameters", "named_parameters"), _parameters),
    **dict.fromkeys(("modules", "children", "named_modules", "named_children"), _submodules),
    **dict.fromkeys(("add_module", "register_module"), _add_module),
    **dict.fromkeys(catalog.TRAINS_ADAPTERS, _train_adapter),
    "requires_grad_": _set_requires_grad,
    "apply": _apply,
    "get_submodule": _submodule_at,
    "add_adapter": _add_adapter,
    "generate": _generate,
}
"""What a method of any module does, by its name; None where its arguments make it something else."""
OF_CONTAINERS = frozenset("append extend insert update pop clear items keys values".split())
"""The methods of torch's own containers."""
