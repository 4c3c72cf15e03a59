"""Count real optimizer steps against `global_step`, and see which parameters learn."""

from __future__ import annotations

import glob
import os
from typing import Any, Callable, Optional

import torch
import torch.optim.optimizer as optimizers

from . import devices
from .batches import loader
from .fit import held_by_optimizers, lightning_of, validation_loaders
from .record import describe

BATCHES, EPOCHS = 4, 2


class Counter:
    """Counts the steps of every torch optimizer, whoever calls them, while it is entered.

    The steps that an optimizer makes inside another one's step (SAM, Lookahead) are parts of that.
    """

    def __init__(self) -> None:
        self.steps = self.depth = 0
        self.stepped: set[int] = set()

    def __enter__(self) -> Counter:
        def before(optimizer: Any, arguments: Any, options: Any) -> None:
            self.depth += 1

        def after(optimizer: Any, arguments: Any, options: Any) -> None:
            self.depth -= 1
            if self.depth == 0:
                self.steps += 1
                self.stepped.add(id(optimizer))

        self.handles = [
            optimizers.register_optimizer_step_pre_hook(before),
            optimizers.register_optimizer_step_post_hook(after),
        ]
        return self

    def __exit__(self, *error: Any) -> None:
        for handle in self.handles:
            handle.remove()


def values(module: Any) -> dict[str, Any]:
    """A copy in main memory of every parameter and persistent buffer, by name, whatever `state_dict` says."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors(module).items()}


def tensors(module: Any) -> dict[str, Any]:
    """Every parameter and persistent buffer, by name."""
    found = dict(module.named_parameters())
    for prefix, part in module.named_modules():
        for name, buffer in part.named_buffers(recurse=False):
            if name not in part._non_persistent_buffers_set:
                found[f"{prefix}.{name}" if prefix else name] = buffer
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names whose value is another one now."""
    return [name for name, value in after.items() if name in before and not same(before[name], value)]


def same(one: Any, other: Any) -> bool:
    """Whether two tensors hold the same, NaN included; the other one may be on a device."""
    other = other.detach().to(one.device)
    return bool(one.shape == other.shape and torch.allclose(one, other, rtol=0, atol=0, equal_nan=True))


def trainer_for(module: Any, folder: str, **options: Any) -> Any:
    """A quiet Trainer of the package that the module is made with."""
    lightning = lightning_of(type(module))
    return lightning.Trainer(
        **devices.trainer_arguments(lightning), logger=False, enable_progress_bar=False, enable_model_summary=False,
        default_root_dir=folder, limit_val_batches=1, **options,
    )  # fmt: skip


def count(module: Any, batch: Any, folder: str) -> dict[str, Any]:
    """Fit for some batches; what stepped, what was counted, what was written, what moved."""
    root = os.path.join(folder, "steps")
    callbacks = lightning_of(type(module)).callbacks
    writer = callbacks.ModelCheckpoint(dirpath=root, every_n_train_steps=1, save_top_k=-1)
    before = values(module)
    failure: Optional[dict[str, Any]] = None
    got: set[str] = set()
    counter = Counter()
    counts: list[tuple[int, int]] = []
    swaps = Swaps(module)

    def begins(trainer: Any) -> None:
        counts.append((counter.steps, trainer.global_step))
        swaps.compare()

    watch = watcher(module, got, begins)
    trainer = trainer_for(module, folder, max_epochs=EPOCHS, limit_train_batches=BATCHES, callbacks=[writer, watch])
    swaps.trainer = trainer
    with counter:
        try:
            trainer.fit(module, loader(batch, BATCHES), validation_loaders(module, batch))
        except BaseException as error:  # noqa: BLE001  # the user's hooks run in here
            failure = describe("steps", error)
    counts.append((counter.steps, trainer.global_step))
    held = held_by_optimizers(trainer)
    parameters = dict(module.named_parameters())
    return {
        "batches": BATCHES * EPOCHS,
        "epochs": EPOCHS,
        "automatic": bool(module.automatic_optimization),
        "optimizer_steps": counter.steps,
        "uncounted_batches": stood_still(counts),
        "optimizers_that_stepped": len(counter.stepped),
        "optimizers": len(trainer.optimizers or []),
        "global_step": trainer.global_step,
        "checkpoints": len(glob.glob(os.path.join(root, "*.ckpt"))),
        "moved": len(set(changed(before, parameters))),
        "parameters": len(parameters),
        "requires_grad": sum(value.requires_grad for value in parameters.values()),
        "in_optimizer": sum(id(value) in held for value in parameters.values() if value.requires_grad),
        "got_gradient": len(got),
        "validations": swaps.validations,
        "left_in": len(swaps.left_in),
        "failure": failure,
    }


class Swaps:
    """Sees whether a `train()` override changes weights when validation begins, and whether they stay so."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.trainer: Any = None
        self.before: Optional[dict[str, Any]] = None
        self.validations = 0
        self.left_in: set[str] = set()
        """The weights that were others when training went on."""
        self.real = module.train
        if type(module).train is not lightning_of(type(module)).LightningModule.train:
            module.train = self.train

    def train(self, mode: bool = True, *rest: Any, **options: Any) -> Any:
        """The override, watched; the sanity check is no validation."""
        if not mode and self.before is None and self.trainer.validating:
            self.before = values(self.module)
        return self.real(mode, *rest, **options)

    def compare(self) -> None:
        """A training batch begins: which weights are not those from before validation?"""
        if self.before is not None:
            self.validations += 1
            self.left_in.update(changed(self.before, tensors(self.module)))
            self.before = None


def stood_still(counts: list[tuple[int, int]]) -> int:
    """In how many batches an optimizer stepped and nothing was counted, by (steps, counted) before and after each."""
    return sum(counts[i][0] < counts[i + 1][0] and counts[i][1] == counts[i + 1][1] for i in range(len(counts) - 1))


def watcher(module: Any, got: set[str], begins: Callable[[Any], None]) -> Any:
    """A callback that notes which parameters had a gradient when an optimizer was about to step.

    `begins` is called with the trainer when a batch begins.
    """

    class Gradients(lightning_of(type(module)).Callback):  # type: ignore[misc]
        def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
            begins(trainer)

        def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
            got.update(name for name, value in pl_module.named_parameters() if value.grad is not None)

    return Gradients()
