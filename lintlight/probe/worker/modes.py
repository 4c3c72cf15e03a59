"""The `training` flags of modules, and what of a submodule they concern."""

from __future__ import annotations

import ast
from typing import Any, Iterable

import torch

from . import by_source, sources

FLOAT_DROPOUT = ("dropout", "attention_dropout", "hidden_dropout", "activation_dropout", "attn_dropout", "layerdrop",
                 "drop_prob", "dropout_p", "dropout_prob", "classifier_dropout", "dropout_rate", "attn_pdrop",
                 "router_jitter_noise")  # fmt: skip
Dropout = (torch.nn.modules.dropout._DropoutNd,)
BatchNorm = (torch.nn.modules.batchnorm._BatchNorm,)


def modules_in(value: Any, depth: int = 2) -> list[Any]:
    """The modules that a value is or holds: a module, a container of some, an object with some in its attributes."""
    if isinstance(value, torch.nn.Module):
        return [value]
    if depth == 0:
        return []
    inner: Iterable[Any] = ()
    if isinstance(value, (list, tuple, set)):
        inner = value
    elif isinstance(value, dict):
        inner = value.values()
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        inner = vars(value).values()
    found: list[Any] = []
    for part in inner:
        found.extend(module for module in modules_in(part, depth - 1) if all(module is not known for known in found))
    return found


def resolve(root: Any, dotted: str) -> Any:
    """The value at a dotted path from the LightningModule; None if there is none.

    `[?]` is any of what a container holds: all of it, in a list.
    """
    value = root
    names = dotted.split(".") if dotted else []
    for index, name in enumerate(names):
        if name in ("[?]", "[]") and index:
            rest = ".".join(names[index + 1 :])
            return [found for part in held_in(value) if (found := resolve(part, rest)) is not None]
        if name.isdigit() and isinstance(value, (list, tuple, torch.nn.ModuleList, torch.nn.Sequential)):
            value = value[int(name)] if int(name) < len(value) else None
        elif isinstance(value, (dict, torch.nn.ModuleDict)) and name in value:
            value = value[name]
        else:
            value = getattr(value, name, None)
        if value is None:
            return None
    return value


def held_in(value: Any) -> list[Any]:
    """What a container holds: a dict, a list, or one of torch's."""
    if isinstance(value, (dict, torch.nn.ModuleDict)):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple, torch.nn.ModuleList, torch.nn.Sequential)) else []


def flags(roots: list[Any]) -> dict[int, bool]:
    """`training` of every module below the roots, by identity."""
    return {id(module): module.training for root in roots for module in root.modules()}


def set_flags(roots: list[Any], wanted: dict[int, bool]) -> None:
    """Set `training` of every module below the roots as it was."""
    for root in roots:
        for module in root.modules():
            module.training = wanted.get(id(module), module.training)


class Part:
    """What a finding is about: the modules at an attribute, and those of them that came from `from_pretrained`."""

    def __init__(self, attribute: str, module: Any, pretrained_ids: set[int]) -> None:
        self.attribute = attribute
        self.value = resolve(module, attribute)
        self.roots = modules_in(self.value)
        every = {id(part): part for root in self.roots for part in root.modules()}
        # The whole LightningModule is meant as a whole; of an attribute, what was pretrained.
        pretrained = [part for key, part in every.items() if key in pretrained_ids] if attribute else []
        self.from_pretrained = bool(pretrained)
        self.modules = pretrained or list(every.values())
        self.parameters = unique(parameter for part in self.modules for parameter in part.parameters(recurse=False))

    def tops(self) -> list[Any]:
        """The outermost of the modules concerned: what has to be run to see the effect of their mode."""
        inner = {id(child) for part in self.modules for child in part.modules() if child is not part}
        return [part for part in self.modules if id(part) not in inner]

    def learning(self, optimized: set[int]) -> list[Any]:
        """The modules that learn: they, or for those without parameters what is around them, get updated."""
        found: list[Any] = []
        for root in self.roots:
            above = list(root.parameters())
            stack = [(root, above)]
            while stack:
                module, inherited = stack.pop()
                mine = list(module.parameters()) or inherited
                if any(parameter.requires_grad and id(parameter) in optimized for parameter in mine):
                    found.append(module)
                stack.extend((child, mine) for child in module.children())
        inside = {id(module) for module in self.modules}
        return unique(module for module in found if id(module) in inside)

    def snapshot(self, when: str, optimized: set[int], flags_now: dict[int, bool]) -> dict[str, Any]:
        """How many of its modules are in eval mode, and how many of its parameters learn."""
        known = [flags_now[id(part)] for part in self.modules if id(part) in flags_now]
        return {
            "when": when,
            "modules": len(known),
            "eval": known.count(False),
            "eval_learning": sum(flags_now.get(id(part)) is False for part in self.learning(optimized)),
            "top_eval": sum(not flags_now.get(id(root), root.training) for root in self.roots),
            "parameters": len(self.parameters),
            "requires_grad": sum(parameter.requires_grad for parameter in self.parameters),
            "in_optimizer": sum(id(parameter) in optimized for parameter in self.parameters if parameter.requires_grad),
        }

    def switches(self, flags_now: dict[int, bool]) -> dict[str, Any]:
        """What of it behaves differently in eval mode, as far as its attributes tell."""
        off = [part for part in self.modules if not flags_now.get(id(part), part.training)]
        rates = {name for part in off for name in FLOAT_DROPOUT if is_rate(getattr(part, name, None))}
        dropouts = [part for part in self.modules if isinstance(part, Dropout) and part.p > 0]
        dead = [part for part in off if isinstance(part, Dropout) and part.p > 0]
        return {
            "dropout_modules": len(dropouts),
            "dropout_off": len(dead),
            "p": sorted({round(float(part.p), 4) for part in dead or dropouts}),
            "functional": sorted(rates),
            "batch_norms": sum(isinstance(part, BatchNorm) for part in self.modules),
            "batch_norms_off": sum(isinstance(part, BatchNorm) for part in off),
            "checkpointing": any(getattr(part, "gradient_checkpointing", False) is True for part in self.modules),
        }


def drops(module: Any) -> bool:
    """Whether a module drops something in train mode, as far as its attributes tell."""
    return (isinstance(module, Dropout) and module.p > 0) or any(
        is_rate(getattr(module, name, None)) for name in FLOAT_DROPOUT
    )


def may_drop(module: Any) -> bool:
    """Whether a module drops something in train mode, or its forward asks for the mode."""
    forward = sources.source_of(type(module).forward)
    nodes = ast.walk(forward) if forward is not None else ()
    return drops(module) or any(map(by_source.is_mode, nodes))


def is_rate(value: Any) -> bool:
    """Whether an attribute is a probability that is on."""
    return isinstance(value, float) and value > 0


def unique(values: Iterable[Any]) -> list[Any]:
    """Each object once, in order."""
    return list({id(value): value for value in values}.values())
