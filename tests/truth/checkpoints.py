"""Judge of checkpoints: can what was saved be loaded again, and is everything trained still there?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tests.truth.fitting import loader, silent_trainer

BATCHES = 2


@dataclass(frozen=True)
class Reloaded:
    """What happened when a checkpoint was loaded in every way."""

    saved: frozenset[str]
    """Keys of the state dict in the file."""
    owned: frozenset[str]
    """Keys that a plain `nn.Module.state_dict` of the module has."""
    trained: frozenset[str]
    """Keys whose values the first fit moved; what it made itself had none before."""
    resume: str
    """The error of `Trainer.fit(ckpt_path=...)`, or nothing."""
    test: str
    """The error of `Trainer.test(ckpt_path=...)`, or nothing."""
    load: str
    """The error of `load_from_checkpoint`, or nothing."""
    lost: frozenset[str]
    """Trained keys whose values differ after a resume that raised nothing."""
    misnamed_load: str
    """The error of a resume after one trained key had been renamed in the file, or nothing."""

    @property
    def fails(self) -> bool:
        """Whether some way to load the checkpoint raises."""
        return bool(self.resume or self.test or self.load)

    @property
    def hides_typos(self) -> bool:
        """Whether everything is saved and yet a misnamed key goes unnoticed, or a trained value is lost."""
        return self.owned <= self.saved and (not self.misnamed_load or bool(self.lost))


def reload(make: Callable[[], Any], folder: Path) -> Reloaded:
    """Fit, save, and load in every way, each time into a new instance with other random weights."""
    model = _seeded(make, 0)
    before = _values(model)
    trainer = silent_trainer(model, max_epochs=1)
    trainer.fit(model, loader(BATCHES))
    after = _values(model)
    path = folder / "trained.ckpt"
    trainer.save_checkpoint(path)
    saved = torch.load(path, weights_only=True).get("state_dict", {}).keys()
    trained = frozenset(name for name in before if not torch.equal(before[name], after[name]))

    fresh = _seeded(make, 1)
    resume = _error(lambda: silent_trainer(fresh, max_epochs=1).fit(fresh, loader(BATCHES), ckpt_path=path))
    now = _values(fresh)
    lost = frozenset() if resume else frozenset(name for name in trained if not torch.equal(now[name], after[name]))

    other = _seeded(make, 2)
    load = _error(lambda: type(other).load_from_checkpoint(path))
    other.__class__ = type(type(other).__name__, (type(other),), {"test_step": lambda self, batch, batch_idx: None})
    test = _error(lambda: silent_trainer(other).test(other, loader(1), ckpt_path=path, verbose=False))
    return Reloaded(
        frozenset(saved), frozenset(after), trained, resume, test, load, lost, _misnamed(make, path, trained)
    )


def _misnamed(make: Callable[[], Any], path: Path, trained: frozenset[str]) -> str:
    checkpoint = torch.load(path, weights_only=True)
    state = checkpoint.get("state_dict", {})
    victim = next((name for name in sorted(state) if name in trained), None)
    if victim is None:
        return "no key to rename"
    state[f"{victim}_misnamed"] = state.pop(victim)
    misnamed = path.with_name("misnamed.ckpt")
    torch.save(checkpoint, misnamed)
    model = _seeded(make, 3)
    return _error(lambda: silent_trainer(model, max_epochs=1).fit(model, loader(BATCHES), ckpt_path=misnamed))


def _seeded(make: Callable[[], Any], seed: int) -> Any:
    torch.manual_seed(seed)
    return make()


def _values(model: Any) -> dict[str, torch.Tensor]:
    """Parameters and persistent buffers by name, whatever `state_dict` has been made of."""
    values = {name: value.detach().clone() for name, value in model.named_parameters()}
    for prefix, module in model.named_modules():
        for name, buffer in module.named_buffers(recurse=False):
            if name not in module._non_persistent_buffers_set:
                values[f"{prefix}.{name}".lstrip(".")] = buffer.detach().clone()
    return values


def _error(attempt: Callable[[], Any]) -> str:
    """The kind of error that loading raised; other errors than those of loading are no answer."""
    try:
        attempt()
    except (RuntimeError, TypeError, KeyError) as error:
        known = ("Missing key", "Unexpected key", "multiple values", "'state_dict'", "'pytorch-lightning_version'")
        assert any(part in str(error) for part in known), error
        return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"
    return ""
