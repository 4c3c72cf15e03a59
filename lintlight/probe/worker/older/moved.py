"""What installed packages once had under other names, or somebody else has now."""

from __future__ import annotations

import contextlib
import importlib
import re
from types import FunctionType
from typing import Any

from ..absent import ABSENCES, Absent, Fate, package

MOVED = (
    (re.compile(r"pytorch_lightning\.metrics\b"), "torchmetrics"),
    (re.compile(r"pytorch_lightning\.core\.lightning\b"), "pytorch_lightning.core.module"),
    (re.compile(r"pytorch_lightning\.utilities\.distributed\b"), "pytorch_lightning.utilities.rank_zero"),
    (re.compile(r"transformers\.(modeling|configuration|tokenization)_(\w+)"), r"transformers.models.\2.\1_\2"),
    (re.compile(r"numpy\.(NaN|NAN)$"), "numpy.nan"),
    (re.compile(r"numpy\.(Inf|Infinity|infty)$"), "numpy.inf"),
)
"""What installed packages had under one name and have under another."""


def named(path: str, error: ImportError, installed: bool) -> Any:
    """What an installed package has elsewhere now, or what stands in for it."""
    if path.startswith("transformers.") and path.endswith(".AdamW"):
        return old_adamw()
    for pattern, elsewhere in MOVED:
        moved = importable(pattern.sub(elsewhere, path)) if installed and pattern.match(path) else None
        if moved is not None:
            return moved
    if installed and path.startswith("transformers."):
        # What is public stands there, too, in whichever module it was.
        moved = importable(f"transformers.{path.rpartition('.')[2]}")
        if isinstance(moved, (type, FunctionType)):
            return moved
    root = path if installed else package(path)
    ABSENCES.note(Fate.NAMED, root)
    return Absent(root, error)


def importable(path: str) -> Any:
    """The attribute of a module, or the module; None where there is none, whatever a library raises for that."""
    above, _, last = path.rpartition(".")
    if above:
        with contextlib.suppress(Exception):
            return getattr(importlib.import_module(above), last)
    with contextlib.suppress(Exception):
        return importlib.import_module(path)
    return None


def old_adamw() -> Any:
    """An optimizer that transformers had; torch's takes the same steps."""
    import torch

    class AdamW(torch.optim.AdamW):  # type: ignore[misc]
        """Without what only the old one is asked for."""

        def __init__(self, params: Any, *arguments: Any, **options: Any) -> None:
            for name in ("correct_bias", "no_deprecation_warning"):
                options.pop(name, None)
            super().__init__(params, *arguments[:4], **options)

    return AdamW
