"""What Lightning 1 had and Lightning 2 lacks, given back as far as projects need it to build their modules."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from types import ModuleType
from typing import Any, Callable, Iterator, Optional

from ..absent import ABSENCES
from .moved import named

OPTIONS = ("gpus", "num_processes", "tpu_cores", "auto_select_gpus", "distributed_backend", "weights_summary",
           "progress_bar_refresh_rate", "resume_from_checkpoint", "checkpoint_callback", "track_grad_norm",
           "flush_logs_every_n_steps", "log_gpu_memory", "auto_lr_find", "auto_scale_batch_size", "amp_level",
           "amp_backend", "replace_sampler_ddp", "terminate_on_nan", "prepare_data_per_node", "weights_save_path",
           "reload_dataloaders_every_epoch", "stochastic_weight_avg", "truncated_bptt_steps")  # fmt: skip
"""Of the Trainer, none of which has a default that matters."""


ARGUMENTS = {"optimizer_idx": 0, "dataloader_idx": 0, "outputs": (), "on_tpu": False, "using_native_amp": False,
             "using_lbfgs": False}  # fmt: skip
"""Of hooks, that Lightning 2 no longer gives them."""
OPTIONS_BY = ("add_argparse_args", "from_argparse_args")
"""What made a Trainer of a command line."""
PARTS = ("", ".callbacks", ".core", ".loggers", ".plugins", ".trainer", ".utilities")
"""Packages of Lightning that had more in them."""
GIVEN_BACK: set[str] = set()
"""Those packages that have it all."""
AS_IT_IS: list[bool] = []
"""Not empty while somebody asks what there is."""


@contextlib.contextmanager
def as_it_is() -> Iterator[None]:
    """In here the Lightning packages have only what they have."""
    trainers = [sys.modules[package].Trainer for package in GIVEN_BACK]
    known = [(each, name, vars(each).get(name)) for each in trainers for name in OPTIONS_BY]
    lent = [(each, name, function) for each, name, function in known if isinstance(function, functools.partial)]
    AS_IT_IS.append(True)
    for trainer, name, _ in lent:
        delattr(trainer, name)
    try:
        yield
    finally:
        AS_IT_IS.pop()
        for trainer, name, function in lent:
            setattr(trainer, name, function)


def install() -> None:
    """Give them back to the Lightning packages that are loaded, each of which gets them once."""
    for package in ("lightning.pytorch", "pytorch_lightning"):
        lightning = sys.modules.get(package)
        if lightning is None or package in GIVEN_BACK:
            continue
        GIVEN_BACK.add(package)
        trainer = lightning.Trainer
        if not hasattr(trainer, "add_argparse_args"):
            trainer.add_argparse_args = functools.partial(add_argparse_args, trainer)
            trainer.from_argparse_args = functools.partial(from_argparse_args, trainer)
        for part in PARTS:
            module = sys.modules.get(package + part)
            if module is not None:
                vars(module)["__getattr__"] = functools.partial(lacking, module, vars(module).get("__getattr__"))
        for owner in lightning.LightningModule.__mro__:
            if inspect.isfunction(vars(owner).get("optimizer_step")):
                owner.optimizer_step = given_as_before(owner.optimizer_step)
            hparams = vars(owner).get("hparams")
            if isinstance(hparams, property) and hparams.fset is None:
                owner.hparams = hparams.setter(set_hparams)


def lacking(module: ModuleType, real: Optional[Callable[[str], Any]], name: str) -> Any:
    """What a module of Lightning no longer has, where a file of the project is being imported that names it."""
    if real is not None:
        with contextlib.suppress(AttributeError):
            return real(name)
    said = f"module {module.__name__!r} has no attribute {name!r}"
    imports = ABSENCES.importing and ABSENCES.is_asked_by_project() and not ABSENCES.is_guarded()
    if name.startswith("__") or AS_IT_IS or not imports:
        raise AttributeError(said)
    path = f"{module.__name__}.{name}"
    return named(path, ImportError(said, name=path), installed=True)


def add_argparse_args(cls: Any, parent_parser: Any, **options: Any) -> Any:
    """An option for every argument of the Trainer; one of the user's of the same name goes before."""
    parent_parser.conflict_handler = "resolve"
    known = {name: parameter.default for name, parameter in inspect.signature(cls.__init__).parameters.items()}
    given = {option for action in parent_parser._actions for option in action.option_strings}
    for name, default in {**dict.fromkeys(OPTIONS), **known}.items():
        if name != "self" and f"--{name}" not in given:
            kind = type(default) if isinstance(default, (int, float)) and not isinstance(default, bool) else None
            parent_parser.add_argument(f"--{name}", default=default, **({"type": kind} if kind else {}))
    return parent_parser


def from_argparse_args(cls: Any, args: Any, **options: Any) -> Any:
    """A Trainer with those arguments that it has."""
    given = vars(args) if hasattr(args, "__dict__") else dict(args)
    known = inspect.signature(cls.__init__).parameters
    return cls(**{**{name: value for name, value in given.items() if name in known and name != "self"}, **options})


def given_as_before(real: Any) -> Callable[..., Any]:
    """Lightning's own `optimizer_step`, also where an override hands on what it was given by Lightning 1."""

    @functools.wraps(real)
    def optimizer_step(module: Any, epoch: Any, batch_idx: Any, optimizer: Any, *rest: Any, **options: Any) -> Any:
        named = {name: value for name, value in options.items() if name not in ARGUMENTS}
        if len(rest) > 1:  # an index before the closure, and flags after it
            rest = tuple(each for each in rest if callable(each))[:1]
        return real(module, epoch, batch_idx, optimizer, *rest, **named)

    return optimizer_step


def call_as_before(module: Any, base: Any) -> None:
    """Let Lightning call the hooks of a module that were written with the arguments of Lightning 1."""
    names = {name for owner in type(module).__mro__ if owner not in base.__mro__ for name in vars(owner)}
    for name in sorted(names):
        now = getattr(base, name, None)
        if inspect.isfunction(now) and callable(getattr(module, name)):
            hook = as_written(now, getattr(module, name))
            if hook is not None:
                setattr(module, name, hook)


def as_written(now: Any, real: Any) -> Optional[Callable[..., Any]]:
    """A hook that may be called as Lightning 2 does, of one that requires more; None for one that does not."""
    try:
        own = [each for each in inspect.signature(real).parameters.values() if each.kind is each.POSITIONAL_OR_KEYWORD]
    except (TypeError, ValueError):
        return None
    known = list(inspect.signature(now).parameters)[1:]
    more = {each.name for each in own if each.default is each.empty} - set(known)
    if not more or not more <= ARGUMENTS.keys():
        return None

    @functools.wraps(real)
    def hook(*arguments: Any, **options: Any) -> Any:
        given = {**ARGUMENTS, **dict(zip(known, arguments)), **options}
        return real(**{each.name: given[each.name] for each in own if each.name in given})

    return hook


def set_hparams(module: Any, value: Any) -> None:
    """Assigning `self.hparams` is what `save_hyperparameters` does now."""
    module._set_hparams(value)
