"""What of a loaded model is frozen, and whether eval mode takes anything from the rest."""

from __future__ import annotations

from collections.abc import Mapping

from lintlight.semantics.heap import Flag, Kind, Learn, Origin, Thing
from lintlight.semantics.interpreter.module_tree import everything_in, registered_in
from lintlight.semantics.interpreter.torch_module import has_modes
from lintlight.semantics.knowledge import heads
from lintlight.semantics.knowledge.members import is_no_submodule
from lintlight.semantics.resolve.definitions import ProjectClass
from lintlight.semantics.resolve.names import last_name, nodes_around
from lintlight.semantics.values import UNKNOWN, Params, Ref

STACKS = frozenset({"layer", "layers", "h", "block", "blocks"})
"""How the models of transformers call the list of their layers."""
WITHOUT_LAYERS = ("PreTrainedModel", "Mixin", "torch.nn.Module", "builtins.object")
"""How those bases of a model are called that bring no layers of their own."""
ASK_FOR_THE_MODE = frozenset({"training", "dropout", "dropout1d", "dropout2d", "alpha_dropout", "Dropout"})


def only_a_head_learns(number: int, origin: Origin, heap: Mapping[int, Thing]) -> bool:
    """Whether a model is frozen, or in train mode, but for its head, which drops nothing.

    Or frozen but for a head that was put into train mode by itself.
    """
    if _only_layers_without_modes_learn(number, heap):
        return True
    inside = _parts(number, heap)
    names = {name for name, _ in inside}
    all_right = {name for name, each in inside if _loses_nothing(each, heap) or _lose_nothing_in_it(each, heap)}
    if heads.drop_nothing(origin, all_right, names - all_right):
        return True
    if heap[number].grad == {Learn.IN_PARTS} and heads.is_pooler(origin, names - all_right):
        return True
    frozen = {name for name, each in inside if _is_frozen(each, heap)}
    learning = names - frozen
    switched = any(name in learning and heap[n].part_of and heap[n].mode == {Flag.TRAIN} for name, n in inside)
    return switched and learning <= heads.OF_A_HEAD and not frozen.isdisjoint(heads.BASES)


def _parts(number: int, heap: Mapping[int, Thing]) -> list[tuple[str, int]]:
    """What is spoken of in a module, by name."""
    held = heap[number].attributes.items()
    return [(name, a.thing) for name, each in held for a in each.value if isinstance(a, Ref) and a.thing in heap]


def _is_frozen(number: int, heap: Mapping[int, Thing]) -> bool:
    """Whether all that is spoken of in a part is frozen, or each of its layers that does not learn in train mode."""
    if all(heap[each].grad == {Learn.OFF} for each in everything_in(number, heap)):
        return True
    stacks = [held for name, held in heap[number].attributes.items() if name in STACKS]
    layers = [_layers(atom.thing, heap) for held in stacks for atom in held.value if isinstance(atom, Ref)]
    return bool(layers) and all(_loses_nothing(layer, heap) for each in layers for layer in each)


def _loses_nothing(number: int, heap: Mapping[int, Thing]) -> bool:
    """Whether a part is frozen, or learns in train mode."""
    if heap[number].kind is not Kind.MODULE:
        return False
    return _is_frozen(number, heap) or all(heap[each].mode == {Flag.TRAIN} for each in registered_in(number, heap))


def _lose_nothing_in_it(number: int, heap: Mapping[int, Thing]) -> bool:
    """Whether an encoder and a decoder, which are the parts of a part, are frozen, or learn in train mode."""
    return heads.is_of_two_stacks({name for name, each in _parts(number, heap) if _loses_nothing(each, heap)})


def _layers(number: int, heap: Mapping[int, Thing]) -> list[int]:
    """What stands for each layer of a list, and those that are told apart; the list where not all are spoken of."""
    stack = heap[number]
    are_apart = any(name.startswith("[not ") or _is_half(name, stack) for name in stack.attributes)
    if not are_apart and "[]" not in stack.attributes:
        return [number]
    names = [name for name in stack.attributes if name.startswith("[") and not (are_apart and name == "[]")]
    things = [atom.thing for name in names for atom in stack.attributes[name].value if isinstance(atom, Ref)]
    return [each for number in things for each in _in_a_slice(number, heap)]


def _is_half(name: str, stack: Thing) -> bool:
    """Whether it is `layers[:n]` beside `layers[n:]`: the two are all layers."""
    return name.startswith("[:") and f"[{name[2:-1]}:]" in stack.attributes


def _in_a_slice(number: int, heap: Mapping[int, Thing]) -> list[int]:
    """What stands for each layer of a slice that a loop went over; anything else itself."""
    held = heap[number].attributes.get("[]")
    return [atom.thing for atom in held.value if isinstance(atom, Ref)] if held is not None else [number]


def only_parts_in_train_mode_learn(number: int, heap: Mapping[int, Thing]) -> bool:
    """Whether a model was frozen, and what learns again is in train mode: `layer.requires_grad_().train()`.

    As far as can be told: which layers `layers[n]` and `layers[m]` are is not known.
    """
    if heap[number].grad != {Learn.IN_PARTS}:
        return False
    learning = [heap[each] for each in everything_in(number, heap) if heap[each].grad != {Learn.OFF}]
    ends = [thing for thing in learning if thing.grad != {Learn.IN_PARTS}]
    return bool(ends) and all(thing.mode == {Flag.TRAIN} for thing in ends)


def only_parts_in_train_mode_are_stepped(
    number: int, origin: Origin, over: frozenset[Params], heap: Mapping[int, Thing]
) -> bool:
    """Whether optimizers are given nothing of a model but parts of it that are in train mode, and its pooler."""
    inside = everything_in(number, heap)
    pooler = {each for name, each in _parts(number, heap) if heads.is_pooler(origin, {name})}
    given = {each.thing for each in over if each.thing in inside or number in everything_in(each.thing, heap)} - pooler
    return all(
        thing in inside and all(heap[each].mode == {Flag.TRAIN} for each in registered_in(thing, heap))
        for thing in given
    )


def _only_layers_without_modes_learn(number: int, heap: Mapping[int, Thing]) -> bool:
    """Whether a model of the project's own is frozen but for layers of torch that do the same in either mode."""
    whole = heap[number]
    if whole.cls is None or whole.lora or not all(map(_adds_no_modes, whole.cls.mro)):
        return False
    inside = [heap[each] for each in everything_in(number, heap) - {number} if heap[each].kind is Kind.MODULE]
    learning = [thing for thing in inside if thing.grad != {Learn.OFF}]
    held = [item for thing in (whole, *learning) for item in thing.attributes.items()]
    if any(attribute.value >= UNKNOWN and not is_no_submodule(name) for name, attribute in held):
        return False
    of_torch = (thing.library.startswith("torch.nn.") and not has_modes(thing) for thing in learning)
    return len(learning) < len(inside) and all(of_torch)


def _adds_no_modes(base: ProjectClass | str) -> bool:
    """Whether a class has no layers that are not seen, and asks for no mode in its code."""
    if isinstance(base, str):
        return base.endswith(WITHOUT_LAYERS)
    return not any(last_name(node) in ASK_FOR_THE_MODE for node in nodes_around(base.node, ASK_FOR_THE_MODE))
