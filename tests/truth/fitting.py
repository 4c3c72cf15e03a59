"""The data, and Trainers that print and write nothing, with which fixtures are run."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset, default_collate

from tests.truth.load import trainer_class
from tests.truth.models import VOCABULARY

ROWS = 2


class Examples(Dataset[dict[str, torch.Tensor]]):
    """Random examples with everything that a fixture may ask for in its batch."""

    def __init__(self, batches: int) -> None:
        generator = torch.Generator().manual_seed(7)
        rows = batches * ROWS
        self.columns = {
            "input_ids": torch.randint(3, VOCABULARY, (rows, 8), generator=generator),
            "attention_mask": torch.ones(rows, 8, dtype=torch.long),
            "labels": torch.randint(0, 2, (rows,), generator=generator),
            "target_ids": torch.randint(3, VOCABULARY, (rows, 4), generator=generator),
            "features": torch.randn(rows, 4, generator=generator),
            "target": torch.randn(rows, 1, generator=generator),
        }

    def __len__(self) -> int:
        return len(self.columns["labels"])

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {name: column[index] for name, column in self.columns.items()}


ONLY: str | None = None
"""The one column that makes the whole batch, for examples that take a tensor instead of a dictionary."""


def loader(batches: int) -> DataLoader[dict[str, torch.Tensor]]:
    """`batches` batches, always the same."""
    column = ONLY
    if column is None:
        return DataLoader(Examples(batches), batch_size=ROWS)
    return DataLoader(Examples(batches), batch_size=ROWS, collate_fn=lambda rows: default_collate(rows)[column])


@contextmanager
def quietly() -> Iterator[None]:
    """Lightning's hints about workers, loggers and intervals are no part of the question."""
    names = ("lightning", "lightning.pytorch", "pytorch_lightning", "lightning.fabric", "lightning_fabric")
    before = {name: logging.getLogger(name).level for name in names}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.ERROR)
        with warnings.catch_warnings(), torch.random.fork_rng():
            warnings.simplefilter("ignore")
            torch.compiler.set_stance("force_eager")
            torch.manual_seed(0)
            yield
    finally:
        torch.compiler.set_stance("default")
        torch.set_num_threads(threads)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def silent_trainer(lightning_module: Any, **arguments: Any) -> Any:
    """A Trainer for this module that neither logs nor saves unless it is asked to."""
    settings: dict[str, Any] = {
        "accelerator": "cpu",
        "devices": 1,
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    return trainer_class(lightning_module)(**{**settings, **arguments})
