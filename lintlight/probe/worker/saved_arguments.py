"""Constructor arguments that are written down: in a checkpoint's hyper-parameters, or in a YAML configuration."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from typing import Any, Iterator

NUMBER = re.compile(r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$")


def from_checkpoint(path: str, names: list[str]) -> dict[str, Any]:
    """The hyper-parameters that Lightning saved, as arguments; nothing without a checkpoint."""
    if not path:
        return {}
    import torch

    checkpoint = torch.load(path, map_location="cpu", weights_only=False)
    values = checkpoint.get("hyper_parameters", checkpoint.get("hparams", {}))
    name = checkpoint.get("hparams_name")
    if name and name in names and name not in values:
        return {name: values}
    return {key: value for key, value in dict(values).items() if key in names}


def from_config(path: str, cls: Any, names: list[str]) -> dict[str, Any]:
    """The arguments for the class in a LightningCLI or Hydra configuration; nothing without one."""
    if not path:
        return {}
    data = read(path)
    for node in nodes(data):
        target = node.get("class_path", node.get("_target_"))
        if isinstance(target, str) and target.split(".")[-1] == cls.__name__:
            return {name: instance(value) for name, value in init_args(node).items()}
    model = data.get("model") if isinstance(data, dict) else None
    if isinstance(model, dict) and "class_path" not in model and "_target_" not in model and set(model) <= set(names):
        return {name: instance(value) for name, value in model.items()}
    return {}


def read(path: str) -> Any:
    """A YAML file; what it refers to by `${...}` is put in when omegaconf is there."""
    # Lightning and transformers bring it along.
    yaml = importlib.import_module("yaml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if "${" in text:
        try:
            OmegaConf = importlib.import_module("omegaconf").OmegaConf
        except ImportError:
            return yaml.safe_load(text)
        return OmegaConf.to_container(OmegaConf.create(text), resolve=True)
    return yaml.safe_load(text)


def nodes(data: Any) -> Iterator[dict[str, Any]]:
    """All mappings in some data, the outer ones first."""
    if isinstance(data, dict):
        yield data
        for value in data.values():
            yield from nodes(value)
    elif isinstance(data, list):
        for value in data:
            yield from nodes(value)


def init_args(node: dict[str, Any]) -> dict[str, Any]:
    """The arguments in a mapping that names a class: LightningCLI's `init_args`, or everything else for Hydra."""
    if "class_path" in node:
        return dict(node.get("init_args") or {})
    return {name: value for name, value in node.items() if not name.startswith("_")}


def instance(value: Any) -> Any:
    """A value of a configuration as an object: mappings that name a class are constructed."""
    if isinstance(value, list):
        return [instance(item) for item in value]
    if isinstance(value, str) and NUMBER.match(value):
        # YAML takes `1e-3` for text.
        return float(value)
    if not isinstance(value, dict):
        return value
    target = value.get("class_path", value.get("_target_"))
    if not isinstance(target, str):
        return {name: instance(item) for name, item in value.items()}
    made = imported(target)
    arguments = {name: instance(item) for name, item in init_args(value).items()}
    if value.get("_partial_") or needs_more(made, arguments):
        return functools.partial(made, **arguments)
    return made(**arguments)


def imported(dotted: str) -> Any:
    """The object at a dotted path."""
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)


def needs_more(made: Any, arguments: dict[str, Any]) -> bool:
    """Whether a class cannot be constructed yet: an optimizer gets its parameters later."""
    try:
        parameters = inspect.signature(made).parameters.values()
    except (TypeError, ValueError):
        return False
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(
        each.default is each.empty and each.kind not in kinds and each.name not in arguments for each in parameters
    )
