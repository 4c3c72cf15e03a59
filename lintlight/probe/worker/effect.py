"""Does the mode matter? The same inputs and seed, once in the mode found and once in train mode."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import random
from typing import Any, Callable, Optional

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from . import devices, modes


def seed_all(seed: int) -> None:
    """Seed every generator that a model may draw from."""
    torch.manual_seed(seed)
    random.seed(seed)
    numpy = numpy_random()
    if numpy is not None:
        numpy.seed(seed)


def numpy_random() -> Any:
    """numpy's generator, if numpy is there."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy.random


def generator_state() -> str:
    """A digest of the state of every generator: it changes when a random number is drawn."""
    digest = hashlib.sha256(torch.get_rng_state().numpy().tobytes())
    for device in devices.generators():
        digest.update(device.get_rng_state().numpy().tobytes())
    digest.update(pickle.dumps(random.getstate()))
    numpy = numpy_random()
    if numpy is not None:
        digest.update(pickle.dumps(numpy.get_state()))
    return digest.hexdigest()


class Generators:
    """The state of the generators, to go on afterwards as if nothing had been drawn."""

    def __init__(self) -> None:
        numpy = numpy_random()
        self.torch, self.random = torch.get_rng_state(), random.getstate()
        self.numpy = numpy.get_state() if numpy is not None else None
        self.devices = [(device, device.get_rng_state()) for device in devices.generators()]

    def restore(self) -> None:
        """Put it back."""
        torch.set_rng_state(self.torch)
        random.setstate(self.random)
        for device, state in self.devices:
            device.set_rng_state(state)
        if self.numpy is not None:
            numpy_random().set_state(self.numpy)


def tensors_in(value: Any, depth: int = 4) -> list[Any]:
    """The floating-point tensors in an output, in order."""
    if isinstance(value, torch.Tensor):
        return [value.detach().float()] if value.is_floating_point() else []
    if depth == 0:
        return []
    if isinstance(value, dict):
        inner = list(value.values())
    elif isinstance(value, (list, tuple)):
        inner = list(value)
    elif hasattr(value, "to_tuple"):
        inner = list(value.to_tuple())
    else:
        return []
    return [tensor for part in inner for tensor in tensors_in(part, depth - 1)]


def distance(first: list[Any], second: list[Any]) -> Optional[float]:
    """The largest absolute difference; None when there is nothing to compare, or only NaN."""
    largest: Optional[float] = None
    for one, other in zip(first, second):
        if one.shape != other.shape or one.numel() == 0:
            continue
        apart = (one - other).abs()
        apart = apart[torch.isfinite(apart)]
        if apart.numel():
            largest = max(largest or 0.0, apart.max().item())
    return largest


class Forward:
    """One forward of a module with fixed inputs, and what came of it."""

    def __init__(self, roots: list[Any], call: Callable[[], Any]) -> None:
        self.roots, self.call = roots, call
        self.buffers = {id(buffer): (buffer, buffer.clone()) for root in roots for buffer in root.buffers()}

    def run(self, flags: dict[int, bool], seed: int) -> tuple[list[Any], bool]:
        """The output tensors with these flags and seed, and whether a random number was drawn."""
        modes.set_flags(self.roots, flags)
        seed_all(seed)
        before = generator_state()
        try:
            with torch.no_grad():
                output = tensors_in(self.call())
            return output, generator_state() != before
        finally:
            # A BatchNorm in train mode moves its statistics; the next forward must not see that.
            with torch.no_grad():
                for buffer, value in self.buffers.values():
                    buffer.copy_(value)


class Draws(TorchDispatchMode):  # type: ignore[misc]
    """Counts the operations that draw random numbers, by name, while it is entered.

    Dropout that is fused into attention is one of them, in whichever kernel: `dropout_p` says so.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        if torch.Tag.nondeterministic_seeded in func.tags and self.draws(func, args, options):
            name = func.overloadpacket.__name__
            self.counts[name] = self.counts.get(name, 0) + 1
        return func(*args, **options)

    def draws(self, func: Any, arguments: Any, options: dict[str, Any]) -> bool:
        """Whether a call draws: attention only where it drops, and never when it but chooses a kernel."""
        names = [argument.name for argument in func._schema.arguments]
        if "dropout_p" not in names:
            return True
        place = names.index("dropout_p")
        rate = options.get("dropout_p", arguments[place] if len(arguments) > place else 0.0)
        return bool(rate) and func.overloadpacket.__name__ != "_fused_sdp_choice"


def watched(forward: Forward, flags: dict[int, bool], seed: int) -> tuple[list[Any], dict[str, int]]:
    """The output of one forward, and which operations drew random numbers how often; none where nobody can watch."""
    draws = Draws()
    # Compiled code and some kernels of third parties refuse to be watched.
    with contextlib.suppress(Exception), draws:
        return forward.run(flags, seed)[0], draws.counts
    return forward.run(flags, seed)[0], {}


def measure(
    module: Any, switched: list[Any], found: dict[int, bool], call: Callable[[], Any], ran: set[int]
) -> dict[str, Any]:
    """The three witnesses: found against train under one seed, random numbers drawn, two seeds apart.

    `noise` is how far two forwards in the mode found are apart under one seed: what a module keeps from one forward
    to the next, and what a device's sums leave to chance. A difference of that size is no effect of the mode.
    `largest` is the largest absolute value in the output.
    `found` is the mode of every module; for train mode only those in `switched` are switched. Those that are run are
    added to `ran`, by identity: about the others nothing is known.
    """
    forward = Forward([module], call)
    handles = [part.register_forward_pre_hook(lambda inner, _: ran.add(id(inner))) for part in module.modules()]
    now, generators = modes.flags([module]), Generators()
    as_it_was = {key: found.get(key, flag) for key, flag in now.items()}
    train = {**as_it_was, **{id(inner): True for inner in switched}}
    evaluating = {**as_it_was, **{id(inner): False for inner in switched}}
    try:
        as_found, drew_found = forward.run(as_it_was, 0)
        as_train, drew_train = forward.run(train, 0)
        other_seed, draws = watched(forward, train, 1)
        told = {
            "delta": distance(as_found, as_train),
            "delta_eval": distance(as_found, forward.run(evaluating, 0)[0]),
            "two_seeds_train": distance(as_train, other_seed),
            "two_seeds_found": distance(as_found, forward.run(as_it_was, 1)[0]),
            "noise": distance(as_found, forward.run(as_it_was, 0)[0]),
            "largest": distance(as_found, [torch.zeros_like(tensor) for tensor in as_found]),
            "draws": draws,
        }
    finally:
        for handle in handles:
            handle.remove()
        modes.set_flags([module], now)
        generators.restore()
    return {
        **told,
        "drew_found": drew_found,
        "drew_train": drew_train,
        "outputs": len(as_found),
        "finite": bool(as_found) and all(bool(torch.isfinite(tensor).all()) for tensor in as_found),
    }
