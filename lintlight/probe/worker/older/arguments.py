"""What older versions of torch and torchmetrics were given: schedules that tell of every step, metrics without a task.

Metrics without a task are let be, and score nothing.
"""

from __future__ import annotations

import functools
import importlib
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
    """Let schedules and metrics be made with what they were once given."""
    schedulers = importlib.import_module("torch.optim.lr_scheduler")
    for value in list(vars(schedulers).values()):
        if isinstance(value, type) and issubclass(value, schedulers.LRScheduler):
            leave_out(value, "verbose")
    if "torchmetrics" in sys.modules:
        leave_out(sys.modules["torchmetrics"].Metric, "compute_on_step")
        let_be_without_task()


def leave_out(cls: Any, name: str) -> None:
    """Let a class be made with an option that it no longer has, and that changes nothing."""
    real = cls.__init__
    known = inspect.signature(real).parameters
    most = len(known) - 1 if not any(each.kind is each.VAR_POSITIONAL for each in known.values()) else None
    if name in known or "__init__" not in vars(cls):
        return

    @functools.wraps(real)
    def init(made: Any, *arguments: Any, **options: Any) -> None:
        options.pop(name, None)
        real(made, *arguments[:most], **options)

    cls.__init__ = init


def let_be_without_task() -> None:
    """Let the metrics of torchmetrics be made and called without a task; one that names it is the real one."""
    score = score_class(sys.modules["torchmetrics"].Metric)
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
