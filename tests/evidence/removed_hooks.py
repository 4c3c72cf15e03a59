"""What Lightning does with modules that define hooks of Lightning 1, or whose hooks ask for what it gave them.

One module for each, given to `fit`.
Run `python -m tests.evidence.removed_hooks > tests/evidence/removed_hooks.out`.
"""

from typing import Any

import lightning as L
import torch
from torch.utils.data import DataLoader

HOOKS = """
training_epoch_end validation_epoch_end test_epoch_end training_step_end validation_step_end validation_end
on_epoch_start on_epoch_end on_batch_start on_pretrain_routine_start on_hpc_save tbptt_split_batch get_progress_bar_dict
""".split()


def _hook(*_: Any) -> None: ...


def _step(self: Any, batch: torch.Tensor, batch_idx: int, optimizer_idx: int) -> torch.Tensor:
    return self.layer(batch).sum()


def _step_with_default(self: Any, batch: torch.Tensor, batch_idx: int, optimizer_idx: int = 0) -> torch.Tensor:
    return self.layer(batch).sum()


STEPS: dict[str, Any] = {
    "training_step(optimizer_idx)": {"training_step": _step},
    "training_step(optimizer_idx=0)": {"training_step": _step_with_default},
    "training_step(optimizer_idx), manual": {"training_step": _step, "automatic_optimization": False},
}

SIGNATURES = """
on_train_epoch_end(outputs) on_train_epoch_end(outputs=None) on_validation_epoch_end(outputs)
on_train_batch_start(batch,batch_idx,dataloader_idx) on_train_batch_end(outputs,batch,batch_idx,dataloader_idx)
backward(loss,optimizer,optimizer_idx) optimizer_zero_grad(epoch,batch_idx,optimizer,optimizer_idx)
on_before_optimizer_step(optimizer,optimizer_idx) lr_scheduler_step(scheduler,optimizer_idx,metric)
configure_gradient_clipping(optimizer,optimizer_idx,gradient_clip_val,gradient_clip_algorithm)
optimizer_step(epoch,batch_idx,optimizer,optimizer_idx,optimizer_closure)
""".split()
"""No validation, no scheduler: a hook that is never called does no harm."""


def _hook_with(signature: str) -> Any:
    """A hook that asks for the parameters."""
    names: dict[str, Any] = {}
    exec(f"def hook(self, {signature.partition('(')[2]}: ...", names)
    return names["hook"]


def told(**more: Any) -> str:
    """What `fit` raises for a module with `more`; that it runs otherwise."""

    class Module(L.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(2, 1)

        def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
            return self.layer(batch).sum()

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    for name, value in more.items():
        setattr(Module, name, value)
    quiet: dict[str, Any] = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    trainer = L.Trainer(max_epochs=1, max_steps=1, accelerator="cpu", enable_checkpointing=False, **quiet)
    try:
        trainer.fit(Module(), DataLoader(torch.ones(4, 2)))
    except (NotImplementedError, RuntimeError) as error:
        return str(error).partition(". ")[0]
    except TypeError as error:
        return f"TypeError: {error}"
    return "runs"


def main() -> None:
    """Print one line for each hook."""
    print(f"Lightning {L.__version__}")
    for hook in HOOKS:
        print(f"{hook}: {told(**{hook: _hook})}")
    for name, more in STEPS.items():
        print(f"{name}: {told(**more)}")
    for signature in SIGNATURES:
        print(f"{signature}: {told(**{signature.partition('(')[0]: _hook_with(signature)})}")
    print(f"{SIGNATURES[-1]}, manual: {told(automatic_optimization=False, optimizer_step=_hook_with(SIGNATURES[-1]))}")


if __name__ == "__main__":
    main()
