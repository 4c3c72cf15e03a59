"""What `fit` makes of a `train()` override that freezes a part, and of Lightning's `BackboneFinetuning`.

Run `python -m tests.evidence.train_overrides > tests/evidence/train_overrides.out`.
"""

from __future__ import annotations

from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import BackboneFinetuning
from torch.utils.data import DataLoader

QUIET: dict[str, Any] = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}


class Plain(L.LightningModule):  # type: ignore[misc]
    """A backbone that was left in eval mode, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = torch.nn.Linear(2, 2).eval()
        self.head = torch.nn.Linear(2, 1)

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> torch.Tensor:
        learns = all(parameter.requires_grad for parameter in self.backbone.parameters())
        groups = len(self.trainer.optimizers[0].param_groups)
        print(f"  epoch {self.current_epoch}: learns {learns}, training {self.backbone.training}, groups {groups}")
        return self.head(self.backbone(batch)).mean()

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.head.parameters(), lr=0.1)


class Freezing(Plain):
    """Its override freezes the backbone, whatever it is called with."""

    def train(self, mode: bool = True) -> Any:
        super().train(mode)
        self.backbone.eval().requires_grad_(False)
        return self


class Validated(Freezing):
    """The same with validation, before the first epoch and after each."""

    def validation_step(self, batch: torch.Tensor, batch_idx: int) -> None: ...


def main() -> None:
    """Print in each step whether the backbone learns, its mode, and how many groups the optimizer has."""
    data = DataLoader(torch.ones(1, 2))
    print(f"Lightning {L.__version__}")
    for cls in (Plain, Freezing, Validated):
        print(cls.__name__)
        trainer = L.Trainer(max_epochs=1, accelerator="cpu", enable_checkpointing=False, **QUIET)
        trainer.fit(cls(), data, data if cls is Validated else None)
    for first in (0, 2):
        print(f"BackboneFinetuning({first})")
        callback = BackboneFinetuning(first)
        trainer = L.Trainer(max_epochs=3, accelerator="cpu", enable_checkpointing=False, callbacks=[callback], **QUIET)
        trainer.fit(Plain(), data)


if __name__ == "__main__":
    main()
