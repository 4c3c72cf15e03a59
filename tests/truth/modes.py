"""Judge of modes: does something learn in eval mode, and does that change what it computes?"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd
from torch.optim.optimizer import register_optimizer_step_post_hook


@dataclass
class Step:
    """One training step as it was seen."""

    in_eval: dict[str, str] = field(default_factory=dict)
    """Stochastic leaves in eval mode at their first use, each with the module around it that has parameters."""
    in_train: set[str] = field(default_factory=set)
    changed_by_mode: set[str] = field(default_factory=set)
    """Modules called from the LightningModule whose output in the mode found differs from that in train mode."""
    called: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    """Names of the parameters that this step moved."""
    drifted: set[str] = field(default_factory=set)
    """BatchNorm layers without trainable parameters whose running statistics this step moved."""


@dataclass
class Recording:
    """Everything seen in one `fit` of one LightningModule."""

    module: Any
    steps: list[Step] = field(default_factory=list)
    jumped: set[str] = field(default_factory=set)
    """Names of the parameters that were others when a training step began than after the optimizer's last step."""
    _before: dict[str, torch.Tensor] | None = None
    _stepped: dict[str, torch.Tensor] = field(default_factory=dict)

    def note_step(self, *_: Any) -> None:
        """Note the parameters as an optimizer leaves them."""
        self._stepped = {name: value.detach().clone() for name, value in self.module.named_parameters()}

    def note_jumps(self) -> None:
        """Note what has changed since."""
        now = dict(self.module.named_parameters())
        self.jumped |= {name for name, value in self._stepped.items() if not torch.equal(value, now[name].detach())}

    def learns_in_eval(self, step: Step) -> set[str]:
        """Stochastic leaves that were in eval mode in this step, inside a module whose parameters it moved."""
        return {
            leaf
            for leaf, owner in step.in_eval.items()
            if any(_inside(name, owner) for name in step.updated)
            and any(_inside(leaf, called) for called in step.changed_by_mode)
        }

    @property
    def wrong_steps(self) -> list[bool]:
        """For every step, whether something learnt in eval mode."""
        return [bool(self.learns_in_eval(step)) for step in self.steps]

    def wrong_from_the_start(self) -> bool:
        """A leaf learnt in eval mode and had been in eval mode since the first step."""
        first = set(self.steps[0].in_eval)
        return any(self.learns_in_eval(step) & first for step in self.steps)

    def turned_off(self) -> bool:
        """A leaf learnt in eval mode that had been in train mode in the first step."""
        first = self.steps[0].in_train
        return any(self.learns_in_eval(step) & first for step in self.steps)

    def frozen_statistics_moved(self) -> bool:
        """Running statistics of a frozen BatchNorm layer moved."""
        return any(step.drifted for step in self.steps)

    def flags_without_effect(self) -> set[str]:
        """Leaves that learnt in eval mode although that changed no output: the judge cannot tell then."""
        return {
            leaf
            for step in self.steps
            for leaf, owner in step.in_eval.items()
            if any(_inside(name, owner) for name in step.updated) and leaf not in self.learns_in_eval(step)
        }


@contextmanager
def recording_modes(*trainer_classes: Any) -> Iterator[list[Recording]]:
    """Record every `Trainer.fit` of the given Trainer classes."""
    recordings: list[Recording] = []
    originals = [(cls, cls.fit) for cls in trainer_classes]
    for cls, fit in originals:
        cls.fit = _recording_fit(fit, recordings)
    try:
        yield recordings
    finally:
        for cls, fit in originals:
            cls.fit = fit


def _recording_fit(fit: Any, recordings: list[Recording]) -> Any:
    @functools.wraps(fit)
    def recorded(trainer: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        recording = Recording(model)
        recordings.append(recording)
        training_step = model.training_step

        @functools.wraps(training_step)
        def watched(*step_args: Any, **step_kwargs: Any) -> Any:
            _close_step(recording)
            recording.note_jumps()
            recording._before = {name: value.detach().clone() for name, value in _state(model)}
            step = Step()
            recording.steps.append(step)
            with _watching(model, step):
                return training_step(*step_args, **step_kwargs)

        model.training_step = watched
        handle = register_optimizer_step_post_hook(recording.note_step)
        try:
            return fit(trainer, model, *args, **kwargs)
        finally:
            handle.remove()
            _close_step(recording)
            del model.training_step

    return recorded


def _state(model: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from model.named_parameters()
    yield from model.named_buffers()


def _close_step(recording: Recording) -> None:
    """Note what the last step moved."""
    before, recording._before = recording._before, None
    if before is None:
        return
    step, model = recording.steps[-1], recording.module
    parameters = dict(model.named_parameters())
    moved = {name for name, value in _state(model) if name in before and not torch.equal(before[name], value.detach())}
    step.updated = {name for name in moved if name in parameters}
    step.drifted = {
        name
        for name, layer in model.named_modules()
        if isinstance(layer, _BatchNorm)
        and f"{name}.running_mean" in moved
        and not any(parameter.requires_grad for parameter in layer.parameters())
    }


@contextmanager
def _watching(model: nn.Module, step: Step) -> Iterator[None]:
    names = {module: name for name, module in model.named_modules()}
    state = _Watch(model, names, step)
    handles = []
    for module in names:
        if module is not model:
            handles.append(module.register_forward_pre_hook(state.enter, with_kwargs=True, prepend=True))
            handles.append(module.register_forward_hook(state.leave, always_call=True))
    # Leaves that hang on the LightningModule itself, and every leaf that is used without being called
    # (attention with a fused kernel reads `.p`), are noted when the module that holds them is entered.
    try:
        yield
        state.note_leaves(model)
    finally:
        for handle in handles:
            handle.remove()


class _Watch:
    """The hooks of one training step."""

    def __init__(self, model: nn.Module, names: dict[nn.Module, str], step: Step) -> None:
        self.model, self.names, self.step = model, names, step
        self.depth = 0
        self.measuring = False

    def enter(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        if self.measuring:
            return
        if self.depth == 0:
            self.measure(module, args, kwargs)
        self.depth += 1
        self.note_leaves(module)

    def leave(self, module: nn.Module, args: Any, output: Any) -> None:
        if not self.measuring:
            self.depth -= 1

    def note_leaves(self, module: nn.Module) -> None:
        """Note, at first sight, the mode of the module and of its children where they are stochastic leaves."""
        for leaf in [module, *module.children()]:
            name = self.names.get(leaf)
            if name is None or not _stochastic(leaf) or name in self.step.in_eval or name in self.step.in_train:
                continue
            if leaf.training:
                self.step.in_train.add(name)
            else:
                self.step.in_eval[name] = self.owner(name)

    def owner(self, name: str) -> str:
        """The smallest module around the leaf that has parameters: what the leaf regularises."""
        if any(True for _ in self.model.get_submodule(name).parameters()):
            return name
        while name:
            name = name.rpartition(".")[0]
            if any(True for _ in self.model.get_submodule(name).parameters()):
                break
        return name

    def measure(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        """Compare the output in the mode found with the output in train mode, under the same seed."""
        self.measuring = True
        flags = [(part, part.training) for part in module.modules()]
        buffers = [(buffer, buffer.detach().clone()) for buffer in module.buffers()]
        try:
            with torch.no_grad(), torch.random.fork_rng(devices=[]):
                torch.manual_seed(1)
                found = module(*args, **kwargs)
                _restore(flags, buffers)
                for part in module.modules():
                    part.training = True
                torch.manual_seed(1)
                trained = module(*args, **kwargs)
        finally:
            _restore(flags, buffers)
            self.measuring = False
        self.step.called.add(self.names[module])
        if not _same(found, trained):
            self.step.changed_by_mode.add(self.names[module])


def _restore(flags: list[tuple[nn.Module, bool]], buffers: list[tuple[torch.Tensor, torch.Tensor]]) -> None:
    for part, training in flags:
        part.training = training
    with torch.no_grad():
        for buffer, value in buffers:
            buffer.copy_(value)


def _stochastic(leaf: nn.Module) -> bool:
    if isinstance(leaf, _DropoutNd):
        return leaf.p > 0
    return isinstance(leaf, _BatchNorm) and leaf.track_running_stats


def _inside(name: str, owner: str) -> bool:
    return not owner or name == owner or name.startswith(owner + ".")


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, torch.Tensor):
        return torch.equal(left, right)
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, (tuple, list)):
        return len(left) == len(right) and all(_same(a, b) for a, b in zip(left, right, strict=True))
    return True
