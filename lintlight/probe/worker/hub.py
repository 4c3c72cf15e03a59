"""Downloads of weights that are not made: torch.hub's, torchvision's and timm's models keep what they begin with."""

from __future__ import annotations

import os
import sys
from typing import Any

import torch

from .standin import StandIns

NOTHING = torch.empty(0)
"""Stands for every weight: it is still there when names were mended and a new dict was made."""


class NoWeights(dict):  # type: ignore[type-arg]
    """The weights of a file that was not downloaded: a module that loads them stays as it is."""

    def __init__(self) -> None:
        super().__init__({"not downloaded": NOTHING})

    def __missing__(self, name: str) -> NoWeights:
        # Checkpoints keep their weights below `model` or `state_dict`.
        return self

    def __delitem__(self, name: str) -> None:
        pass

    def pop(self, name: str, default: Any = None) -> Any:
        return default


def install(stand_ins: StandIns) -> None:
    """Let the loaders of what has been imported so far download nothing; in this process only."""
    if stand_ins.real_weights:
        return
    real = stand_ins.real.setdefault("url", torch.hub.load_state_dict_from_url)
    if "load_state_dict" not in stand_ins.real:
        stand_ins.real["load_state_dict"] = torch.nn.Module.load_state_dict
        torch.nn.Module.load_state_dict = keeping(torch.nn.Module.load_state_dict)

    def load_state_dict_from_url(url: str, *arguments: Any, **options: Any) -> Any:
        noted(stand_ins, os.path.basename(str(url)))
        return NoWeights()

    def load_pretrained(model: Any, *arguments: Any, **options: Any) -> None:
        noted(stand_ins, "timm's " + type(model).__name__)

    # Who has imported the function by name has to get ours, too.
    for module in list(sys.modules.values()):
        # Asked for an attribute, some packages import half of themselves.
        names = getattr(module, "__dict__", {})
        if names.get("load_state_dict_from_url") is real:
            module.load_state_dict_from_url = load_state_dict_from_url  # type: ignore[attr-defined]
        if names.get("__name__", "") in ("timm.models._builder", "timm.models.helpers"):
            module.load_pretrained = load_pretrained  # type: ignore[attr-defined]


def keeping(real: Any) -> Any:
    """`load_state_dict` that takes no weights for the module's own."""

    def load_state_dict(self: Any, state_dict: Any, *arguments: Any, **options: Any) -> Any:
        if any(value is NOTHING for value in state_dict.values()):
            return real(self, self.state_dict(), strict=False)
        return real(self, state_dict, *arguments, **options)

    return load_state_dict


def noted(stand_ins: StandIns, name: str) -> None:
    """Remember what was not downloaded, once."""
    if name not in stand_ins.not_downloaded:
        stand_ins.not_downloaded.append(name)
