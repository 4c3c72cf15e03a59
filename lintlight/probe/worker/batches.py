"""Loaders that hand one batch on as it is, as often as asked."""

from __future__ import annotations

from typing import Any

import torch


class Repeated(torch.utils.data.Dataset):  # type: ignore[misc]
    """One batch, again and again: the hooks get it too, not only the step."""

    def __init__(self, batch: Any, size: int) -> None:
        self.batch, self.size = batch, size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Any:
        return self.batch


def loader(batch: Any, size: int) -> Any:
    """A loader that hands the batch on as it is."""
    return torch.utils.data.DataLoader(Repeated(batch, size), batch_size=None, collate_fn=as_it_is)


def as_it_is(batch: Any) -> Any:
    """No collation."""
    return batch
