"""The device that the module is trained on."""

from __future__ import annotations

import importlib
from typing import Any

chosen = {"accelerator": "cpu"}
"""What to train on; one process probes one class."""


def choose(name: str) -> None:
    """Train on this device: `cpu`, `cuda`, `mps`, or `auto` for the first that is there."""
    import torch

    if name == "auto":
        mps = getattr(torch.backends, "mps", None)
        name = "cuda" if torch.cuda.is_available() else "mps" if mps is not None and mps.is_available() else "cpu"
    chosen["accelerator"] = name


def trainer_arguments(lightning: Any) -> dict[str, Any]:
    """For a Trainer of this package: one device, and no search for a cluster.

    Lightning asks mpi4py, where that is installed, whether it runs under MPI; MPI ends a process whose environment it
    does not like.
    """
    environments = importlib.import_module(lightning.__name__ + ".plugins.environments")
    return {**chosen, "devices": 1, "plugins": [environments.LightningEnvironment()]}


def generators() -> list[Any]:
    """The modules of torch, besides torch itself, that hold a generator in use: `torch.cuda`, `torch.mps`."""
    import torch

    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return [torch.cuda]
    return [torch.mps] if chosen["accelerator"] == "mps" else []


def facts() -> dict[str, Any]:
    """The device as evidence, with the most memory that was in use on a CUDA device."""
    import torch

    told: dict[str, Any] = {"accelerator": chosen["accelerator"]}
    if chosen["accelerator"] == "cuda" and torch.cuda.is_initialized():
        told["name"] = torch.cuda.get_device_name()
        told["peak_mb"] = round(torch.cuda.max_memory_allocated() / 1e6, 1)
    return told
