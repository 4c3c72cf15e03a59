"""The class under the probe: how to make an instance of it, again and again."""

from __future__ import annotations

import importlib
from typing import Any, Optional

from . import construct
from .standin import StandIns


class Subject:
    """A LightningModule class and what its instances are made with."""

    def __init__(self, cls: Any, request: dict[str, Any], stand_ins: StandIns) -> None:
        self.cls, self.given, self.stand_ins = cls, request.get("init", {}), stand_ins
        self.batch_function: str = request.get("batch", "")
        self.most_mb = request.get("most_mb", 2000.0)
        # What the import loaded belongs to every instance.
        self.imported = list(stand_ins.loaded)
        self.arguments: dict[str, Any] = {}
        self.told: list[dict[str, str]] = []

    def make(self) -> Any:
        """A new instance."""
        self.stand_ins.loaded[:] = self.imported
        self.arguments, self.told = construct.arguments_for(self.cls, self.given)
        try:
            return self.cls(**self.arguments)
        except (IndexError, RuntimeError, ValueError, KeyError):
            # Code that counts layers or widths breaks on a smaller stand-in: once more at the real size.
            if not any(loaded.level for loaded in self.stand_ins.loaded):
                raise
        self.stand_ins.loaded[:], self.stand_ins.budget_mb = self.imported, self.most_mb
        self.arguments, self.told = construct.arguments_for(self.cls, self.given)
        return self.cls(**self.arguments)

    def batch(self) -> Optional[tuple[str, Any]]:
        """The user's own batch, from the function that the settings name."""
        return (self.batch_function, load(self.batch_function)()) if self.batch_function else None

    def models(self) -> list[Any]:
        """What `from_pretrained` returned."""
        return [loaded.model for loaded in self.stand_ins.loaded]

    def pretrained(self) -> list[dict[str, Any]]:
        """The same as evidence."""
        return [loaded.facts() for loaded in self.stand_ins.loaded]


def load(name: str) -> Any:
    """The object that `package.module:name` names."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
