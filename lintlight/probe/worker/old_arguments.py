"""Metrics as torchmetrics made them before a `task` had to be named: they are let be, and score nothing."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any, Callable

PLACES = (
    "torchmetrics",
    "torchmetrics.classification",
    "torchmetrics.functional",
    "torchmetrics.functional.classification",
)


def install() -> None:
    """Let the metrics of torchmetrics be made and called without a task; one that names it is the real one."""
    torchmetrics = sys.modules.get("torchmetrics")
    if torchmetrics is None:
        return
    score = score_class(torchmetrics.Metric)
    for place in PLACES:
        names = vars(sys.modules.get(place, object))
        for name, value in list(names.items()):
            if isinstance(value, type) and asks_for_task(vars(value).get("__new__")):
                type.__setattr__(value, "__new__", without_task(value.__new__, score))
            elif inspect.isfunction(value) and asks_for_task(value):
                names[name] = without_task(value, zero)


def asks_for_task(function: Any) -> bool:
    """Whether a function has to be given a task."""
    function = getattr(function, "__func__", function)
    found = inspect.signature(function).parameters.get("task") if inspect.isfunction(function) else None
    return found is not None and found.default is found.empty


def without_task(real: Callable[..., Any], otherwise: Callable[..., Any]) -> Any:
    """The function where a task is named, and something else where none is."""

    @functools.wraps(real)
    def call(*arguments: Any, **options: Any) -> Any:
        named = "task" in options or any(isinstance(value, str) for value in arguments)
        return real(*arguments, **options) if named else otherwise()

    return call


def zero() -> Any:
    """A score."""
    import torch

    return torch.tensor(0.0)


def score_class(metric: Any) -> Any:
    """A metric that is 0 whatever it is given."""

    class Score(metric):  # type: ignore[misc]
        def update(self, *arguments: Any, **options: Any) -> None:
            """Nothing is kept."""

        def compute(self) -> Any:
            """A score."""
            return zero()

    return Score
