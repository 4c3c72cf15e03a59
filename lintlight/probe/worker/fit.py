"""Run the real `Trainer.fit` and watch the first steps: modes, learning parameters, the inputs of each module."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import itertools
import os
import re
from typing import Any, Callable, Iterator, Optional

import torch

from . import by_source, devices, effect, inputs, layout, madeup, meaning, modes, repairs
from .batches import loader
from .older import lightning_one
from .record import MADE_UP, REMOVED_HOOK, Attempt, describe

EPOCHS, STEPS = 3, 2
"""Epochs of a fit and steps of an epoch: a mode set by a late hook shows in the second of either. The first is run."""
MOST_BATCHES = 24
"""Batches tried until a training step takes one."""
MOST_SUPPLIED = 4
"""So often `configure_optimizers` is run, once more for each number that it lacks."""
HOOKS = ("prepare_data", "setup", "configure_model", "configure_callbacks", "configure_optimizers", "on_fit_start",
         "on_train_start", "on_train_epoch_start", "on_train_batch_start", "on_before_zero_grad", "on_before_backward",
         "on_after_backward", "on_before_optimizer_step", "configure_gradient_clipping", "optimizer_zero_grad",
         "lr_scheduler_step", "on_train_batch_end", "on_train_epoch_end", "on_train_end", "on_fit_end", "teardown",
         "on_validation_start", "on_validation_epoch_start", "on_validation_batch_start", "on_validation_batch_end",
         "on_validation_epoch_end", "on_validation_end", "on_validation_model_eval", "on_validation_model_train",
         "transfer_batch_to_device", "on_before_batch_transfer", "on_after_batch_transfer", "training_epoch_end",
         "validation_epoch_end", "training_step_end", "validation_step_end")  # fmt: skip
REMOVED = ("training_epoch_end", "validation_epoch_end", "test_epoch_end")
"""Lightning 2 refuses to start with one of these."""


class NotALightningModule(TypeError):
    """A class that no Trainer trains."""


def lightning_of(cls: Any) -> Any:
    """The Lightning package that a class is made with: a Trainer of the other one refuses it."""
    for base in getattr(cls, "__mro__", ()):
        if base.__name__ == "LightningModule":
            return importlib.import_module(base.__module__.split(".core")[0])
    raise NotALightningModule(f"{getattr(cls, '__name__', cls)} is not a LightningModule")


def validates(module: Any) -> bool:
    """Whether the class has a validation step of its own."""
    base = lightning_of(type(module)).LightningModule
    return type(module).validation_step is not base.validation_step


def validation_loaders(module: Any, batch: Any) -> Any:
    """A loader for validation, or two where a hook must be told which; None where nothing validates."""
    if not validates(module):
        return None
    hooks = (
        getattr(module, name, None)
        for name in ("validation_step", "on_validation_batch_start", "on_validation_batch_end")
    )
    indices = [inspect.signature(hook).parameters.get("dataloader_idx") for hook in hooks if hook is not None]
    asks = any(each is not None and each.default is each.empty for each in indices)
    return [loader(batch, 1), loader(batch, 1)] if asks else loader(batch, 1)


def held_by_optimizers(trainer: Any) -> set[int]:
    """The parameters in the optimizers of a trainer, by identity."""
    optimizers = getattr(trainer, "optimizers", None) or []
    return {id(value) for optimizer in optimizers for group in optimizer.param_groups for value in group["params"]}


class Watch:
    """What is seen during one fit of one LightningModule."""

    def __init__(
        self, module: Any, attributes: list[str], pretrained: Callable[[], list[Any]], wants_effect: bool, skip: int = 0
    ) -> None:
        self.module, self.attributes, self.pretrained = module, attributes, pretrained
        self.snapshots: dict[str, list[dict[str, Any]]] = {name: [] for name in attributes}
        self.found: Optional[dict[int, bool]] = None
        """The flags of all modules when the first step began."""
        self.reached: dict[str, dict[str, Any]] = {}
        """Attribute -> what was seen when the first forward below it with gradients began; without, if none is with."""
        self.flags_reached: dict[str, dict[int, bool]] = {}
        self.wants_effect, self.busy = wants_effect, False
        self.effects: dict[str, list[dict[str, Any]]] = {name: [] for name in attributes}
        self.effect_errors: dict[str, Any] = {}
        self.covered: dict[str, set[int]] = {name: set() for name in attributes}
        self.measured: dict[str, set[int]] = {name: set() for name in attributes}
        """The modules that were run where an effect was measured, by identity."""
        self.step, self.ran, self.batch = 0, False, ""
        self.step_error: Optional[dict[str, Any]] = None
        self.working: Any = None
        self.skip = self.tried = skip
        """So many batches are known not to work."""
        self.entered: dict[str, bool] = {}
        """The attributes whose forward has begun in the present step, and whether with gradients: those are seen."""
        self.every_step = by_source.sets_mode(type(module), "training_step")
        """The step sets a mode itself, so each has to be run."""
        self.hooks_failed: list[dict[str, Any]] = []
        self.supplied: dict[str, Any] = {}
        """Attributes that `configure_optimizers` lacked, and the numbers that they were set to."""
        self.validated = False
        self.trainer: Any = None
        self.got: set[int] = set()
        """The parameters that a gradient reached, by identity."""
        self.parts: dict[str, modes.Part] = {}

    def optimized(self) -> set[int]:
        """The parameters that the optimizers hold, by identity."""
        return held_by_optimizers(self.trainer)

    def look(self, when: str) -> None:
        """Take a snapshot of every attribute asked for."""
        now = modes.flags([self.module, *self.pretrained()])
        known = {part for loaded in self.pretrained() for part in (id(inner) for inner in loaded.modules())}
        for name in self.attributes:
            part = modes.Part(name, self.module, known)
            for root in part.roots:
                now.update(modes.flags([root]))
            self.parts[name] = part
            if part.roots:
                seen = part.snapshot(when, self.optimized(), now)
                self.snapshots[name].append({**seen, "eval_before": seen["eval"]})
        if self.found is None:
            self.found = now

    def measure(self, name: str, module: Any, call: Callable[[], Any], source: str) -> Optional[BaseException]:
        """Run a module of a part in both modes, unless it or one around it was measured already; what it raised."""
        if not self.wants_effect or id(module) in self.covered[name]:
            return None
        part = self.parts[name]
        self.busy = True
        try:
            with Attempt("effect") as attempt:
                found, ran = self.flags_reached.get(name) or self.found or {}, set[int]()
                seen = effect.measure(module, self.switched(part), found, call, ran)
                self.effects[name].append({"module": type(module).__name__, "inputs": source, **seen})
                self.measured[name].update(ran)
                self.covered[name].update(id(inner) for inner in module.modules())
            # The first attempt is the likeliest; what the others raise says less.
            self.effect_errors[name] = self.effect_errors.get(name) or attempt.failure
        finally:
            self.busy = False
        return attempt.error

    def switched(self, part: modes.Part) -> list[Any]:
        """The modules of a part whose mode is to be another one: those that learn, if any is known to."""
        return part.learning(self.optimized()) or part.modules

    def idle(self, name: str) -> int:
        """How many modules of a part have dropout and were run by nothing that was measured."""
        switched = self.switched(self.parts[name]) if name in self.parts else []
        return sum(id(module) not in self.measured[name] and modes.may_drop(module) for module in switched)

    def measure_made_up(self) -> None:
        """Measure the parts that no training step reached to the end, on inputs made from their signatures."""
        for name, part in self.parts.items():
            if not self.effects[name] or (not self.ran and self.idle(name)):
                for module in part.tops():
                    repairs.until_accepted(module, functools.partial(self.refused, name, module))

    def refused(self, name: str, module: Any, options: dict[str, Any]) -> Optional[BaseException]:
        """What a module of a part raises when it is measured on made-up inputs."""
        return self.measure(name, module, lambda: module(**options), MADE_UP)

    def note_gradients(self) -> None:
        """Note from now on which parameters a gradient reaches."""
        parameters = [*self.module.parameters(), *(value for part in self.parts.values() for value in part.parameters)]
        for parameter in modes.unique(value for value in parameters if value.requires_grad and value.is_leaf):
            parameter.register_hook(functools.partial(note, self.got, id(parameter)))

    def enter(self, name: str, grad_enabled: bool) -> None:
        """See the modes of a part as a forward below it begins: the first of this step, or the first with gradients."""
        self.entered[name] = grad_enabled
        last, part = self.snapshots[name][-1], self.parts[name]
        now = modes.flags([self.module, *part.roots])
        last.update(part.snapshot(last["when"], self.optimized(), now))
        if name not in self.reached or grad_enabled > self.reached[name]["grad_enabled"]:
            if now != self.flags_reached.get(name):
                self.effects[name].clear()
                self.covered[name].clear()
                self.measured[name].clear()
            self.flags_reached[name] = now
            self.reached[name] = {**last, "when": "first forward", "grad_enabled": grad_enabled}

    def hooks(self) -> list[Any]:
        """Watch the forward of every module below the LightningModule and its pretrained parts."""
        owners: dict[int, list[str]] = {}
        for name, part in self.parts.items():
            for module in part.modules:
                owners.setdefault(id(module), []).append(name)
        watched = {id(part): part for root in [self.module, *self.pretrained()] for part in root.modules()}

        def before(module: Any, arguments: Any, options: Any) -> None:
            if self.busy:
                return
            grad_enabled = torch.is_grad_enabled()
            for name in owners.get(id(module), []):
                if name not in self.entered or grad_enabled > self.entered[name]:
                    self.enter(name, grad_enabled)
                self.measure(name, module, lambda: module(*arguments, **options), "training step")

        return [module.register_forward_pre_hook(before, with_kwargs=True) for module in watched.values()]


def note(got: set[int], key: int, gradient: Any) -> None:
    """A hook of a parameter: a gradient has reached it."""
    got.add(key)


def on_device(watch: Watch, batch: Any) -> Any:
    """A batch where the module is, moved as Lightning itself moves one."""
    base = lightning_of(type(watch.module)).LightningModule
    return base.transfer_batch_to_device(watch.module, batch, watch.module.device, 0)


def train_step(watch: Watch, real: Callable[..., Any], candidates: list[tuple[str, Any]]) -> Callable[..., Any]:
    """The training step with a batch that it accepts in place of the loader's; None from one that accepts none."""

    @functools.wraps(real)
    def step(batch: Any, *rest: Any, **options: Any) -> Any:
        if watch.trainer.sanity_checking or watch.trainer.validating or not watch.trainer.training:
            # Called by the validation step.
            return real(batch, *rest, **options)
        watch.look(f"epoch {watch.step // STEPS} step {watch.step % STEPS}")
        watch.step += 1
        watch.entered.clear()
        if watch.step > 1 and not (watch.ran and watch.every_step):
            return None
        if watch.step == 1:
            watch.note_gradients()
        handles = watch.hooks()
        flags = modes.flags([watch.module])
        try:
            tries = [watch.working] if watch.working else itertools.islice(candidates, watch.skip, MOST_BATCHES)
            for name, made in tries:
                watch.tried += 1
                with Attempt("training_step") as attempt:
                    result = real(on_device(watch, made), *rest, **options)
                    watch.ran, watch.batch, watch.working = True, name, (name, made)
                    watch.step_error = None
                    return result
                watch.step_error = watch.step_error or attempt.failure
                # What a failed try did to the modes must not show in the next one.
                modes.set_flags([watch.module], flags)
            return None
        finally:
            for handle in handles:
                handle.remove()

    return step


def validation_step(watch: Watch, real: Callable[..., Any], candidates: list[tuple[str, Any]]) -> Callable[..., Any]:
    """The validation step on the same batches; one that fails returns None."""

    @functools.wraps(real)
    def step(batch: Any, *rest: Any, **options: Any) -> Any:
        watch.validated = True
        for _, made in [watch.working] if watch.working else candidates[:4]:
            with Attempt("validation_step"):
                return real(on_device(watch, made), *rest, **options)
        return None

    return step


@contextlib.contextmanager
def noting_optimizers(made: list[Any]) -> Iterator[None]:
    """Add the optimizers that are made in here."""
    real = torch.optim.Optimizer.__init__

    @functools.wraps(real)
    def noted(optimizer: Any, *arguments: Any, **options: Any) -> None:
        real(optimizer, *arguments, **options)
        made.append(optimizer)

    torch.optim.Optimizer.__init__ = noted
    try:
        yield
    finally:
        torch.optim.Optimizer.__init__ = real


def guarded(watch: Watch, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """A hook whose failure is noted and does not end the fit."""

    @functools.wraps(real)
    def hook(*arguments: Any, **options: Any) -> Any:
        for _ in range(MOST_SUPPLIED):
            made: list[Any] = []
            with Attempt(name) as attempt, noting_optimizers(made):
                return real(*arguments, **options)
            lacks = number_lacking(watch.module, attempt.error) if name == "configure_optimizers" else ""
            if not lacks:
                break
            watch.supplied[lacks] = madeup.by_name(lacks) or 2
            setattr(watch.module, lacks, watch.supplied[lacks])
        sets_mode = by_source.sets_mode(type(watch.module), name) or by_source.hands_on(watch.module, name)
        failed = {**(attempt.failure or {}), "sets_mode": sets_mode}
        # What failed was a schedule, or another optimizer.
        kept = made if len(made) == 1 or not watch.module.automatic_optimization else []
        watch.hooks_failed.append({**failed, "optimizers": len(kept)})
        if name == "configure_optimizers" and kept:
            return kept
        if name == "configure_optimizers":
            return torch.optim.SGD([value for value in watch.module.parameters() if value.requires_grad], 1e-3)
        return arguments[0] if "batch_transfer" in name or name.startswith("transfer") else None

    return hook


def number_lacking(module: Any, error: Optional[BaseException]) -> str:
    """The attribute for want of which a hook failed, where it can only be a number that decides nothing; else ""."""
    name = re.search(r"object has no attribute '(\w+)'$", str(error)) if isinstance(error, AttributeError) else None
    if name is None or f"'{type(module).__name__}'" not in str(error) or hasattr(type(module), name.group(1)):
        return ""  # of another object, or what a property of this name lacked
    return name.group(1) if meaning.is_immaterial(name.group(1), type(module)) else ""


def run(watch: Watch, folder: str, given: Optional[tuple[str, Any]], tolerant: bool) -> Optional[dict[str, Any]]:
    """Fit; the failure that ended it before its time, or None.

    A batch that is `given` also goes to the hooks; the made-up ones only to the step, until it takes one.
    """
    module, lightning = watch.module, lightning_of(type(watch.module))
    candidates = [given] if given else made_up(watch)
    real_step = getattr(module, "training_step", None)
    base = lightning.LightningModule
    if getattr(type(module), "training_step", None) is base.training_step or real_step is None:
        return {"stage": "fit", "type": "NoTrainingStep", "message": "the class has no training_step"}
    lightning_one.call_as_before(module, base)
    module.training_step = train_step(watch, module.training_step, candidates)
    if validates(module):
        module.validation_step = validation_step(watch, module.validation_step, candidates)
    if tolerant:
        make_tolerant(watch, base)
    try:
        watch.trainer = lightning.Trainer(
            **devices.trainer_arguments(lightning), max_epochs=EPOCHS, limit_train_batches=STEPS, limit_val_batches=1,
            num_sanity_val_steps=1, logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, default_root_dir=os.path.join(folder, "fit"),
        )  # fmt: skip
        batch = given[1] if given else torch.zeros(1)
        watch.trainer.fit(module, loader(batch, STEPS), validation_loaders(module, batch))
    except BaseException as error:  # noqa: BLE001  # the user's hooks run in here, and may call sys.exit
        return describe("fit", error)
    return None


def made_up(watch: Watch) -> list[tuple[str, Any]]:
    """Batches that the step may accept."""
    example = getattr(watch.module, "example_input_array", None)
    pretrained = watch.pretrained()
    config = inputs.config_of(pretrained[0]) if pretrained else None
    main = inputs.main_inputs(watch.module, pretrained)
    signature = next(iter(inputs.for_model(pretrained[0])), {}) if pretrained else {}
    found = list(inputs.batches(layout.of_step(type(watch.module)), main, config, signature))
    return found if example is None else [("example_input_array", example), *found]


def make_tolerant(watch: Watch, base: Any) -> None:
    """Let hooks fail, and Lightning's own checks of the configuration pass; in this process only."""
    module = watch.module
    for name in HOOKS:
        own = getattr(type(module), name, None)
        if own is not None and own is not getattr(base, name, None):
            setattr(module, name, guarded(watch, name, getattr(module, name)))
    for name in REMOVED:
        if by_source.sets_mode(type(module), name):
            watch.hooks_failed.append({"stage": name, "sets_mode": True, "type": REMOVED_HOOK, "message": ""})
        for owner in type(module).__mro__:
            if name in vars(owner):
                delattr(owner, name)
    package = lightning_of(type(module)).__name__
    checks = importlib.import_module(package + ".trainer.configuration_validator")
    for name in (
        "__verify_train_val_loop_configuration",
        "__verify_eval_loop_configuration",
        "__verify_manual_optimization_support",
    ):
        if hasattr(checks, name):
            setattr(checks, name, lambda *arguments, **options: None)


def finetunes(trainer: Any) -> bool:
    """Whether a callback unfreezes parts during the fit."""
    callbacks = getattr(trainer, "callbacks", None) or []
    return any(base.__name__ == "BaseFinetuning" for callback in callbacks for base in type(callback).__mro__)
