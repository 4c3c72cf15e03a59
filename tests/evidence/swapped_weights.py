"""What `fit` does with an override of `train()` that puts averaged weights in for evaluation.

Run `python -m tests.evidence.swapped_weights > tests/evidence/swapped_weights.out`.
"""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from torch.utils.data import DataLoader


class Module(L.LightningModule):  # type: ignore[misc]
    """Its override exchanges one weight for another."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1, bias=False)
        self.asked: list[bool] = []

    def train(self, mode: bool = True) -> Any:
        super().train(mode)
        self.asked.append(mode)
        self.layer.weight.data.add_(-100.0 if mode else 100.0)
        return self

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        print(f"epoch {self.current_epoch} begins with weights near {self.layer.weight.mean().item():.0f}")
        return self.layer(batch).mean() * 1e-6

    def validation_step(self, batch: torch.Tensor, batch_idx: int) -> None: ...

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.1)


def main() -> None:
    """Print what the weight is when each epoch begins, and what `train()` was called with."""
    torch.manual_seed(0)
    quiet: dict[str, Any] = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
    trainer = L.Trainer(max_epochs=3, accelerator="cpu", num_sanity_val_steps=0, enable_checkpointing=False, **quiet)
    module, data = Module(), DataLoader(torch.ones(1, 2))
    print(f"Lightning {L.__version__}")
    trainer.fit(module, data, data)
    print(f"train() was called with {module.asked}")


if __name__ == "__main__":
    main()
