"""Train, save, and resume in a new instance: what is missing in the checkpoint, and what that was trained is lost."""

from __future__ import annotations

import os
from typing import Any, Callable, Optional

import torch

from . import steps
from .batches import loader
from .fit import held_by_optimizers, lightning_of
from .record import Attempt

NAMES = 8
"""So many names of tensors are told."""


def run(fresh: Callable[[], Any], batch: Any, arguments: dict[str, Any], folder: str) -> dict[str, Any]:
    """The round trip. Without a batch that the step takes, the steps do nothing and only keys can be compared."""
    path = os.path.join(folder, "roundtrip.ckpt")
    first = fresh()
    before = steps.values(first)
    trainer, failure = fit(first, batch, folder, None, [])
    facts: dict[str, Any] = {
        "strict_loading": bool(getattr(first, "strict_loading", True)),
        "trained": batch is not None,
    }
    if failure is None:
        with Attempt("save") as attempt:
            trainer.save_checkpoint(path)
        failure = attempt.failure
    if failure is not None:
        return {**facts, "failure": failure}
    saved = torch.load(path, map_location="cpu", weights_only=False).get("state_dict", {})
    after = steps.values(first)
    moved = set(steps.changed(before, after))
    held = to_learn(first, trainer)
    learning = held if batch is None else moved
    return {
        **facts,
        **compare(first, after, saved, moved),
        "still_to_learn": sorted(held - moved - set(saved))[:NAMES],
        **resume(fresh, batch, folder, path, after, learning),
        "load_from_checkpoint": load(type(first), path, arguments),
        "failure": None,
    }


def to_learn(module: Any, trainer: Any) -> set[str]:
    """The parameters that an optimizer would change."""
    held = held_by_optimizers(trainer)
    return {name for name, value in module.named_parameters() if value.requires_grad and id(value) in held}


def compare(module: Any, after: dict[str, Any], saved: dict[str, Any], moved: set[str]) -> dict[str, Any]:
    """The checkpoint's keys against the module's tensors."""
    missing = sorted(set(after) - set(saved))
    frozen = {name for name, value in module.named_parameters() if not value.requires_grad}
    return {
        "tensors": len(after),
        "saved": len(saved),
        "missing": missing[:NAMES],
        "missing_count": len(missing),
        "unexpected": sorted(set(saved) - set(after))[:NAMES],
        "moved": len(moved),
        "moved_not_saved": len(moved & set(missing)),
        "frozen_saved": len(frozen & set(saved)),
        "mb": megabytes(after.values()),
        "saved_mb": megabytes(value for value in saved.values() if isinstance(value, torch.Tensor)),
        "frozen_saved_mb": megabytes(saved[name] for name in frozen & set(saved)),
    }


def megabytes(values: Any) -> float:
    """The size of tensors in MB."""
    return round(float(sum(value.numel() * value.element_size() for value in values)) / 1e6, 2)


def resume(
    fresh: Callable[[], Any], batch: Any, folder: str, path: str, after: dict[str, Any], learning: set[str]
) -> dict[str, Any]:
    """What a new instance holds right after `fit(ckpt_path=...)` has loaded the checkpoint."""
    torch.manual_seed(1)
    second = fresh()
    restored: dict[str, Any] = {}
    _, failure = fit(second, batch, folder, path, [grab(second, restored)])
    lost = sorted(name for name in learning if name in restored and not steps.same(after[name], restored[name]))
    return {"resume": failure, "restored": bool(restored), "lost": lost[:NAMES], "lost_count": len(lost)}


def grab(module: Any, restored: dict[str, Any]) -> Any:
    """A callback that copies all tensors when training starts."""

    class Grab(lightning_of(type(module)).Callback):  # type: ignore[misc]
        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            restored.update(steps.values(pl_module))

    return Grab()


def fit(
    module: Any, batch: Any, folder: str, path: Optional[str], callbacks: list[Any]
) -> tuple[Any, Optional[dict[str, Any]]]:
    """Fit for one epoch more than the checkpoint has; the failure, if any."""
    if batch is None:
        module.training_step = nothing
        batch = torch.zeros(1)
    trainer = steps.trainer_for(
        module, folder, max_epochs=1 if path is None else 2, limit_train_batches=2, callbacks=callbacks,
        enable_checkpointing=False,
    )  # fmt: skip
    with Attempt("resume" if path else "fit") as attempt:
        trainer.fit(module, loader(batch, 2), ckpt_path=path, **weights_only(trainer))
    return trainer, attempt.failure


def weights_only(trainer: Any) -> dict[str, Any]:
    """Lightning 2.6 asks torch to refuse anything but tensors; the file is our own."""
    return {"weights_only": False} if "weights_only" in trainer.fit.__code__.co_varnames else {}


def nothing(batch: Any, batch_idx: int) -> None:
    """A training step that does nothing."""


def load(cls: Any, path: str, arguments: dict[str, Any]) -> Optional[dict[str, Any]]:
    """Why `load_from_checkpoint` fails; None if it does not."""
    with Attempt("load_from_checkpoint") as attempt:
        cls.load_from_checkpoint(path, map_location="cpu", **arguments)
    return attempt.failure
