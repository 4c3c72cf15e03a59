"""The whole module as a tree: mode, what learns, what is in an optimizer, dropout."""

from __future__ import annotations

from typing import Any, Optional

from . import modes


def facts(module: Any, flags: dict[int, bool], optimized: set[int]) -> dict[str, Any]:
    """The tree of a LightningModule as it was when the first training step began."""
    return node("", module, flags, optimized, set())


def node(name: str, module: Any, flags: dict[int, bool], optimized: set[int], seen: set[int]) -> dict[str, Any]:
    """One module and those below it; one that was met before is told as shared, without what is below it."""
    shared = id(module) in seen
    seen.add(id(module))
    training = flags.get(id(module), module.training)
    own = list(module.parameters(recurse=False))
    learning = [parameter for parameter in own if parameter.requires_grad]
    told: dict[str, Any] = {
        "name": name,
        "type": type(module).__name__,
        "training": training,
        "parameters": size(own),
        "trainable": size(learning),
        "in_optimizer": size([parameter for parameter in learning if id(parameter) in optimized]),
    }
    rate = dropout(module)
    if rate is not None:
        told["dropout"] = rate
    if isinstance(module, modes.BatchNorm):
        told["batch_norm"] = True
    if shared:
        return {**told, "shared": True, "parameters": 0, "trainable": 0, "in_optimizer": 0, "children": []}
    below = [node(key, child, flags, optimized, seen) for key, child in module.named_children()]
    return {**told, "children": below}


def size(parameters: list[Any]) -> int:
    """The number of elements."""
    return sum(parameter.numel() for parameter in parameters)


def dropout(module: Any) -> Optional[float]:
    """The probability of a dropout module, or of the functional dropout that a module's attribute sets."""
    if isinstance(module, modes.Dropout):
        return round(float(module.p), 4)
    rates = [float(getattr(module, name)) for name in modes.FLOAT_DROPOUT if modes.is_rate(getattr(module, name, None))]
    return round(max(rates), 4) if rates else None
