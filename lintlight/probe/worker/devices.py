"""The device that the module is trained on."""

from __future__ import annotations

from typing import Any

chosen = {"accelerator": "cpu"}
"""Arguments for the Trainer; one process probes one class."""


def choose(name: str) -> None:
    """Train on this device: `cpu`, `cuda`, `mps`, or `auto` for the first that is there."""
    import torch

    if name == "auto":
        mps = getattr(torch.backends, "mps", None)
        name = "cuda" if torch.cuda.is_available() else "mps" if mps is not None and mps.is_available() else "cpu"
    chosen["accelerator"] = name


def facts() -> dict[str, Any]:
    """The device as evidence, with the most memory that was in use on a CUDA device."""
    import torch

    told: dict[str, Any] = {"accelerator": chosen["accelerator"]}
    if chosen["accelerator"] == "cuda" and torch.cuda.is_initialized():
        told["name"] = torch.cuda.get_device_name()
        told["peak_mb"] = round(torch.cuda.max_memory_allocated() / 1e6, 1)
    return told


def moved(value: Any, device: Any) -> Any:
    """A batch on a device; whatever is no tensor stays as it is."""
    import torch

    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return type(value)({key: moved(entry, device) for key, entry in value.items()})
    if type(value) in (list, tuple):
        return type(value)(moved(entry, device) for entry in value)
    return value
