"""What Lightning does with modules that define hooks of Lightning 1, or whose `training_step` asks for `optimizer_idx`.

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
    trainer = L.Trainer(max_steps=1, accelerator="cpu", enable_checkpointing=False, **quiet)
    try:
        trainer.fit(Module(), DataLoader(torch.ones(4, 2)))
    except (NotImplementedError, RuntimeError) as error:
        return str(error).partition(". ")[0]
    return "runs"


def main() -> None:
    """Print one line for each hook."""
    print(f"Lightning {L.__version__}")
    for hook in HOOKS:
        print(f"{hook}: {told(**{hook: _hook})}")
    for name, more in STEPS.items():
        print(f"{name}: {told(**more)}")


if __name__ == "__main__":
    main()
