"""What calls into the libraries give: models and their modes, optimizers, instances of their classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from lintlight.semantics.heap import HOLDERS, Attribute, Flag, Kind, Learn, State, Thing, atoms_inside
from lintlight.semantics.interpreter import (
    assignment,
    binding,
    conditions,
    containers,
    finetuning,
    origins,
    stepping,
    torch_module,
)
from lintlight.semantics.interpreter.machine import Arguments, Known, Machine
from lintlight.semantics.interpreter.module_tree import registered_in
from lintlight.semantics.knowledge import catalog
from lintlight.semantics.knowledge.stateless import WEIGHTS, keeps_weights
from lintlight.semantics.resolve.definitions import ProjectClass, SourceModule
from lintlight.semantics.resolve.names import last_name
from lintlight.semantics.values import (
    UNKNOWN,
    External,
    Output,
    Params,
    Ref,
    Seq,
    Several,
    Trainer,
    Value,
    const,
)

LISTS = frozenset({Kind.LIST})


def call_external(machine: Machine, dotted: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """Call something of a library by its canonical name."""
    known = machine.known.get(dotted)
    if known is not None:
        return known(machine, args, node, state)
    for kind in (_model, _of_lightning, _optimizer):
        made = kind(machine, dotted, args, node, state)
        if made is not None:
            return made
    owner, _, last = dotted.rpartition(".")
    if last[:1].isupper() or not owner:
        return _construct(machine, dotted, args, state)
    return _call_function(machine, dotted, args, node, state)


def _model(machine: Machine, dotted: str, args: Arguments, node: ast.Call, state: State) -> Value | None:
    """A model that a library loads, builds or puts adapters around; None for anything else."""
    owner, _, last = dotted.rpartition(".")
    maker = MAKERS.get(last)
    made = maker(machine, owner, args, node, state) if maker is not None else None
    if made is not None:
        return made
    if catalog.loads_when_called(dotted) and "modules" not in args.keywords:
        return load(machine, dotted, args, node, state)
    named = args.positional[0] if args.positional and not conditions.assumed(args.positional[0]) else UNKNOWN
    vision = catalog.vision_model(dotted, assignment.item_key(named), args.keywords)
    return machine.put(Thing(Kind.MODULE, library=vision), state) if vision else None


def _of_lightning(machine: Machine, dotted: str, args: Arguments, node: ast.Call, state: State) -> Value | None:
    """A method of LightningModule or torch's Module called through the class, a Trainer, a callback; None otherwise."""
    owner, _, last = dotted.rpartition(".")
    if last == "__init__" and catalog.is_lightning_module(owner) and args.positional:
        for number in state.things(args.positional[0]):
            torch_module.library_init(number, Arguments(args.positional[1:], args.keywords), state)
        return const(None)
    if owner == "torch.nn.Module" or catalog.is_lightning_module(owner):
        return torch_module.method_of_class(machine, last, args, node, state)
    if dotted.partition(".")[0] not in catalog.LIGHTNING_PACKAGES:
        return None
    if "Trainer" in (last, owner.rpartition(".")[2]):
        given = args.keywords.get("callbacks")
        finetuning.trained_for(args.keywords.get("max_epochs", UNKNOWN), given or UNKNOWN, state)
        return frozenset({Trainer(machine.put(Thing(Kind.LIST), state) if given is None else given)})
    if last == finetuning.BACKBONE:
        return machine.put(finetuning.backbone(args, dotted), state)
    if last == "LambdaCallback":
        hooks = {name: Attribute(value) for name, value in args.keywords.items()}
        return machine.put(Thing(Kind.INSTANCE, library=dotted, attributes=hooks), state)
    return None


def _optimizer(machine: Machine, dotted: str, args: Arguments, node: ast.Call, state: State) -> Value | None:
    """An optimizer, or what most likely is one; None for anything else."""
    if catalog.is_optimizer_class(dotted):
        return stepping.made(machine, parameters_of(args.get(0, "params"), state), node)
    return stepping.may_be_made(machine, args, node, state)


def of_tensors(machine: Machine, owners: Value, node: ast.Call, state: State) -> Value | None:
    """`F.normalize(output)`: what it gives has the gradients of what it is given; None for no function of tensors."""
    atom = next(iter(owners)) if len(owners) == 1 else None
    if not isinstance(atom, External):
        return None
    dotted = f"{atom.dotted}.{last_name(node.func)}"
    if not catalog.is_of_tensors(dotted):
        return None
    before = frozenset(machine.handed_on)
    args = binding.arguments(machine, node, state)
    outputs = frozenset(a for a in atoms_inside(args.values(), state, LISTS) if isinstance(a, Output))
    machine.handed_on -= {output.forward for output in outputs} - before  # into a list, which goes nowhere else
    made = call_external(machine, dotted, args, node, state)
    return outputs if outputs and made == UNKNOWN else made


def _from_pretrained(machine: Machine, owner: str, args: Arguments, node: ast.Call, state: State) -> Value:
    if owner.startswith(("peft.PeftModel", "peft.AutoPeftModel")):
        return _peft_from_pretrained(machine, owner, args, node, state)
    if catalog.is_model_class(owner) or catalog.is_named_like_a_model(owner):
        return load(machine, owner, args, node, state)
    if owner.startswith("transformers.") and owner.endswith("Config"):
        return origins.configuration(machine, owner, args, node, state)
    return UNKNOWN


def _from_config(machine: Machine, owner: str, args: Arguments, node: ast.Call, state: State) -> Value | None:
    return machine.put(Thing(Kind.MODULE, library=owner), state) if catalog.is_model_class(owner) else None


def _load_from_checkpoint(machine: Machine, owner: str, args: Arguments, node: ast.Call, state: State) -> Value | None:
    is_class = owner.rpartition(".")[2][:1].isupper()
    return machine.put(Thing(Kind.MODULE, library=owner), state) if is_class else None


def load(machine: Machine, receiver: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """A model as `from_pretrained` returns it: every submodule in eval mode."""
    receiver = receiver or _name_as_written(node) or ("?.PreTrainedModel" if _is_for_a_model(args) else "")
    origin = origins.origin(machine, receiver, args, node, state)
    made = machine.put(Thing(Kind.MODULE, library=receiver or "?", mode=frozenset({Flag.LEFT}), origin=origin), state)
    if args.keywords.get("output_loading_info") == const(True):
        return frozenset({Seq((made, UNKNOWN))})
    return made


def _is_for_a_model(args: Arguments) -> bool:
    """Whether a `from_pretrained` is given what only models take."""
    return not catalog.ONLY_FOR_MODELS.isdisjoint(args.keywords)


def _name_as_written(node: ast.Call) -> str:
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name_of_a_model(name)


def name_of_a_model(name: str) -> str:
    """A class that cannot be resolved, when it has a name that only a model has; else empty."""
    is_class = name[:1].isupper() and ("Model" in name or name.endswith(catalog.MODEL_ENDINGS))
    return f"?.{name}" if is_class and not name.endswith(catalog.NOT_A_MODEL) else ""


DROPOUT = re.compile(r"\bDropout\w*\(\s*(?:p\s*=\s*)?0?\.\d*[1-9]")


def mark_loaded(
    machine: Machine,
    made: Value,
    receiver: str,
    args: Arguments,
    node: ast.Call,
    state: State,
    cls: ProjectClass | None = None,
) -> Value:
    """A project's own model class was built by the `from_pretrained` that it inherits."""
    origin = origins.origin(machine, receiver, args, node, state)
    bases = cls.own_bases if cls is not None else []
    if any(
        base.module.project.asked_once(_makes_dropout, base.module) for base in bases
    ):  # it is no copy of the one that it is called like
        origin = replace(origin, as_published=False)
    for number in state.things(made):
        for each in registered_in(number, state.heap):
            machine.set_flag(each, Flag.LEFT, state)
            if each == number or _is_model_without_origin(state.heap[each]):
                state.heap[each] = state.heap[each].changed(origin=origin)
    return made


def _makes_dropout(module: SourceModule) -> bool:
    """Whether a file makes dropout with a rate that it names itself."""
    return module.says("Dropout") and DROPOUT.search(module.code) is not None


def _is_model_without_origin(thing: Thing) -> bool:
    """Whether a part of what was loaded is a library's model, which may be taken out of the whole."""
    return thing.origin is None and catalog.is_model_class(thing.library)


def mark_as_library(machine: Machine, made: Value, name: str, args: Arguments, node: ast.Call, state: State) -> None:
    """What a `from_pretrained` of the project's class `name` puts into eval mode is left there as by the library's."""
    for number in state.things(made):
        thing = state.heap[number]
        has_modes = any(torch_module.has_modes(state.heap[each]) for each in registered_in(number, state.heap))
        if thing.origin is None and thing.mode == {Flag.ASKED} and has_modes:
            mark_loaded(machine, frozenset({Ref(number)}), f"?.{name}", args, node, state)


def _peft_from_pretrained(machine: Machine, receiver: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """Adapters are loaded frozen, all in eval mode, unless `is_trainable=True`, which leaves the base as it is."""
    base = args.get(0, "model")
    if args.get(3, "is_trainable") == const(True) and base is not None:
        return _adapt(machine, base, state)
    made = load(machine, receiver, args, node, state)
    for number in state.things(base or frozenset()):
        for each in registered_in(number, state.heap):
            machine.set_flag(each, Flag.LEFT, state)
    for number in state.things(made):
        if base is not None:
            state.heap[number] = state.heap[number].with_attribute("base_model", base, None)
        machine.set_grad(number, Learn.OFF, state)
    return made


def _get_peft_model(machine: Machine, owner: str, args: Arguments, node: ast.Call, state: State) -> Value | None:
    if not owner:
        return None
    base = args.get(0, "model")
    if base is None or not state.things(base):
        return UNKNOWN
    adapted = _adapt(machine, base, state)
    bases = [state.heap[number].library for number in state.things(base)]
    names = _kept_beside(args.get(1, "peft_config") or UNKNOWN, bases, state)
    if names:
        head = machine.put(Thing(Kind.MODULE, library=catalog.PEFT_HEAD), state)
        path = f"base_model.model.{'.'.join(names)}.modules_to_save"
        for number in state.things(adapted):
            state.heap[number] = state.heap[number].with_attribute(path, head, None)
    return adapted


def _kept_beside(config: Value, bases: Sequence[str], state: State) -> list[str]:
    """The names of what PEFT trains of the model itself beside the adapters: for some tasks it does so unasked."""
    found: list[str] = []
    for number in state.things(config):
        given = {name: attribute.value for name, attribute in state.heap[number].attributes.items()}
        if given.get("inference_mode", const(False)) != const(False):
            return []
        for atom in given.get("task_type", ()):
            task = str(getattr(atom, "dotted", getattr(atom, "value", ""))).rpartition(".")[2]
            kind, names = catalog.HEADS_OF_TASKS.get(task, ("", ""))
            if kind and all(base.endswith(kind) for base in bases):
                found += names.split()
        for listed in state.things(given.get("modules_to_save", UNKNOWN)):
            named = [assignment.item_key(each.value) for each in state.heap[listed].attributes.values()]
            if None in named:
                return []  # it may be any
            headless = not any("For" in base.rpartition(".")[2] for base in bases)
            found += [name for name in named if name and not (headless and name in catalog.HEADS)]
    return found


def _adapt(machine: Machine, base: Value, state: State) -> Value:
    """A LoRA model around a base."""
    for number in state.things(base):
        torch_module.adapt(machine, number, state)
    return machine.put(Thing(Kind.MODULE, library="peft.PeftModel", attributes={"base_model": Attribute(base)}), state)


def _pass_through(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    return args.positional[0] if args.positional else args.keywords.get("model", UNKNOWN)


def _freeze(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    value = _pass_through(machine, args, node, state)
    for number in state.things(value):
        machine.set_grad(number, Learn.OFF, state)
    return value


ADAPTS = ("loralib.mark_only_lora_as_trainable", "loralib.utils.mark_only_lora_as_trainable")
"""Freezes a model but for the LoRA layers that were put into it."""


def _adapt_all(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    for number in state.things(args.get(0, "model") or UNKNOWN):
        torch_module.adapt(machine, number, state)
    return const(None)


def _cast(machine: Machine, args: Arguments, node: ast.Call, state: State) -> Value:
    return args.positional[1] if len(args.positional) > 1 else UNKNOWN


def _as_it_is(dotted: str) -> Known:
    """`torch.no_grad()` stands for what `torch.no_grad` does."""
    value: Value = frozenset({External(dotted)})
    return lambda machine, args, node, state: value


def _construct(machine: Machine, dotted: str, args: Arguments, state: State) -> Value:
    """An instance of a library class. Modules that it is given become its children, in the mode that they have."""
    if dotted.startswith("peft.") and dotted.endswith("Config"):
        given = {name: Attribute(value) for name, value in args.keywords.items()}
        return machine.put(Thing(Kind.INSTANCE, library=dotted, attributes=given), state)
    held: dict[str, Attribute] = {}
    for index, value in enumerate(args.positional):
        if dotted == "torch.nn.ModuleDict":
            held |= containers.entries(machine, value, state) or {}
            continue
        inner = _held(value, state)
        for key, item in inner:
            held[key if len(args.positional) == 1 and inner[0][1] is not value else str(index)] = Attribute(item)
    held |= {name: Attribute(value) for name, value in args.keywords.items() if _holds_a_module(value, state)}
    if keeps_weights(dotted) and (args.positional or args.open or not args.keywords.keys().isdisjoint(WEIGHTS)):
        held["weight"] = Attribute(UNKNOWN)
    is_module = catalog.is_torch_module_class(dotted) or catalog.is_model_class(dotted) or bool(held)
    kind = Kind.MODULE if is_module else Kind.INSTANCE
    return machine.put(Thing(kind, library=dotted, attributes=held if is_module else {}), state)


def _holds_a_module(value: Value, state: State) -> bool:
    inside = atoms_inside([value], state, HOLDERS)
    return any(
        isinstance(atom, Ref) and atom.thing in state.heap and state.heap[atom.thing].kind is Kind.MODULE
        for atom in inside
    )


def _held(value: Value, state: State) -> list[tuple[str, Value]]:
    """The modules in an argument: itself, or those in a list or dict."""
    found: list[tuple[str, Value]] = []
    for number in state.things(value):
        thing = state.heap[number]
        if thing.kind is Kind.MODULE:
            return [("0", value)]
        found.extend((k, a.value) for k, a in thing.attributes.items() if state.things(a.value))
    for atom in value:
        if isinstance(atom, Several) and state.things(atom.item):
            found.append(("[]", atom.item))
        elif isinstance(atom, Seq):
            found.extend((str(i), item) for i, item in enumerate(atom.items) if state.things(item))
    return found


def _call_function(machine: Machine, dotted: str, args: Arguments, node: ast.Call, state: State) -> Value:
    """A library function that is not known: it may run the modules it is given, or change their mode."""
    refs = [number for value in args.values() for number in state.things(value)]
    modules = [number for number in refs if state.heap[number].kind is Kind.MODULE]
    for value in args.values():
        if not dotted.startswith(("torch.", "builtins.", "lightning.")):
            machine.lend(value, state)
    if "freeze" in dotted.rpartition(".")[2]:
        for number in modules:
            machine.set_grad(number, Learn.UNSURE, state)
    if machine.hook in catalog.INSIDE_TRAINING_STEP:
        for number in modules:
            machine.forward(number, node, state, followed=False)
    return UNKNOWN


def parameters_of(value: Value | None, state: State) -> frozenset[Params] | None:
    """The parameters in an optimizer's first argument: plain, in lists, in groups; a single one stands for itself."""
    atoms = list(atoms_inside([value], state, HOLDERS)) if value is not None else []
    found = frozenset(atom for atom in atoms if isinstance(atom, Params))
    refs = {atom.thing for atom in atoms if isinstance(atom, Ref) and atom.thing in state.heap}
    single = {number for number in refs if state.heap[number].library in catalog.PARAMETERS}
    return found | frozenset(map(Params, single)) or None


MAKERS: Mapping[str, Callable[[Machine, str, Arguments, ast.Call, State], Value | None]] = {
    **dict.fromkeys(catalog.EVAL_FACTORIES, _from_pretrained),
    **dict.fromkeys(("from_config", "_from_config"), _from_config),
    "load_from_checkpoint": _load_from_checkpoint,
    "get_peft_model": _get_peft_model,
    "convert_sync_batchnorm": lambda machine, owner, args, node, state: _pass_through(machine, args, node, state),
}
"""What makes a model by its last name, whatever it is a function of; None where it is that of something else."""
KNOWN: Mapping[str, Known] = {
    **{name: _as_it_is(name) for name in (*catalog.NO_GRAD, "torch.enable_grad")},
    **dict.fromkeys(catalog.PASSES_THROUGH, _pass_through),
    **dict.fromkeys(catalog.FREEZES, _freeze),
    **dict.fromkeys(ADAPTS, _adapt_all),
    "typing.cast": _cast,
}
