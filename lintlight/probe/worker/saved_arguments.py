"""Constructor arguments that are written down: in a checkpoint's hyper-parameters, or in a YAML configuration."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import os
import re
from typing import Any, Iterator, Optional

from . import callsites, hydra

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
        if target_of(node).split(".")[-1] == cls.__name__:
            return arguments_in(node)
    model = data.get("model") if isinstance(data, dict) else None
    if isinstance(model, dict) and not target_of(model) and set(model) <= set(names):
        return {name: instance(value) for name, value in model.items()}
    return {}


class Configured:
    """A place in a YAML file of the project that says what the class is constructed with."""

    def __init__(self, path: str, node: dict[str, Any], assumed: bool = False) -> None:
        self.path, self.node, self.assumed = path, node, assumed
        """`assumed` is what a command line may override."""

    @property
    def place(self) -> str:
        """The name of the file."""
        return os.path.basename(self.path)

    def given(self) -> set[str]:
        """The names of the arguments."""
        return set(init_args(self.node))


def find(cls: Any, project: str) -> list[Configured]:
    """The places in the project's YAML files that name the class by its whole path."""
    found: list[Configured] = []
    for path in callsites.files("", project, (".yaml", ".yml")):
        try:
            with open(path, "rb") as file:
                if cls.__name__.encode() not in file.read(callsites.MOST_BYTES):
                    continue
            data = read(path)
        except Exception:  # noqa: BLE001  # any of YAML's, OmegaConf's and the system's errors: not a configuration
            continue
        found += [Configured(path, node) for node in nodes_of(data, cls)]
    return [*(composed(cls, project) if found else ()), *found]


def nodes_of(data: Any, cls: Any) -> Iterator[dict[str, Any]]:
    """The mappings in some data that construct the class."""
    for node in nodes(data):
        target = target_of(node)
        if target.split(".")[-1] == cls.__name__ and names_class(target, cls):
            yield node


def composed(cls: Any, project: str) -> Iterator[Configured]:
    """The same in what Hydra composes for the project's scripts: with its defaults, and nothing left to refer to."""
    for path in callsites.files("", project):
        with contextlib.suppress(Exception):
            tree = callsites.parsed(path, b"hydra")
            body = tree.body if tree is not None else []
            for function in [node for node in body if isinstance(node, ast.FunctionDef)]:
                configuration = hydra.composed(function, path)
                if configuration is not None:
                    container = importlib.import_module("omegaconf").OmegaConf.to_container
                    for node in nodes_of(container(configuration, resolve=False), cls):
                        yield Configured(path, resolved(node, configuration), assumed=True)


def resolved(node: dict[str, Any], configuration: Any) -> dict[str, Any]:
    """A mapping with what it refers to by `${...}`, where that can be found."""
    omegaconf = importlib.import_module("omegaconf").OmegaConf
    own = omegaconf.create({**omegaconf.to_container(configuration, resolve=False), "lintlight_node": node})
    return dict(omegaconf.to_container(own.lintlight_node, resolve=True))


def names_class(target: str, cls: Any) -> bool:
    """Whether a dotted path ends like the class's own: two classes of one name in two modules are two."""
    own = f"{cls.__module__}.{cls.__qualname__}"
    return own.endswith("." + target) or target.endswith("." + own) or own == target


def root_of(target: str, cls: Any) -> str:
    """The folder from which a dotted path reaches the file of the class: the scripts may be run in an inner one."""
    folder = os.path.splitext(os.path.abspath(inspect.getfile(cls)))[0]
    for _ in range(target.count(".") - cls.__qualname__.count(".")):
        folder = os.path.dirname(folder)
    return folder


def target_of(node: dict[str, Any]) -> str:
    """The dotted path that a mapping names: LightningCLI's, Hydra's, or that of `instantiate_from_config`."""
    target = node.get("class_path", node.get("_target_", node.get("target")))
    return target if isinstance(target, str) else ""


def arguments_in(node: dict[str, Any], linked: Optional[list[str]] = None, as_written: bool = False) -> dict[str, Any]:
    """The arguments that a mapping gives; `instantiate_from_config` hands its `params` on as they are.

    So does Hydra where it is told to construct the outermost alone, which is `as_written`. `linked` gets the names of
    those that parts in it did not give, and that were taken from around them.
    """
    given = init_args(node)
    links = Links(given, [] if linked is None else linked)
    if as_written:
        return {name: settings(value) for name, value in given.items()}
    return given if is_raw(node) else {name: instance(value, links) for name, value in given.items()}


def settings(value: Any) -> Any:
    """A value of a configuration, whose entries can be read as attributes, too."""
    if isinstance(value, list):
        return [settings(item) for item in value]
    return Settings({name: settings(item) for name, item in value.items()}) if isinstance(value, dict) else value


def names_parts(node: dict[str, Any]) -> bool:
    """Whether something in a mapping of Hydra's is to be constructed, too."""
    return not is_raw(node) and any(target_of(inner) for value in init_args(node).values() for inner in nodes(value))


def is_raw(node: dict[str, Any]) -> bool:
    """Whether a mapping is of the kind of which only the outermost is constructed."""
    return "class_path" not in node and "_target_" not in node


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
        made = OmegaConf.create(text)
        try:
            return OmegaConf.to_container(made, resolve=True)
        except Exception:  # noqa: BLE001  # what Hydra or the environment gives is not known here
            return OmegaConf.to_container(made, resolve=False)
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
    """The arguments in a mapping that names a class, as they are written."""
    for target, arguments in (("class_path", "init_args"), ("target", "params")):
        if target in node and "_target_" not in node:
            return dict(node.get(arguments) or {})
    own = {name: value for name, value in node.items() if not name.startswith("_")}
    if isinstance(own.get("defaults"), list):  # Hydra takes them out as it composes
        del own["defaults"]
    return own


class Settings(dict):  # type: ignore[type-arg]
    """A mapping whose entries are attributes, too, as those of OmegaConf and of a parser's namespace are."""

    __slots__ = ("__dict__",)

    def __init__(self, entries: Any) -> None:
        super().__init__(entries)
        object.__setattr__(self, "__dict__", self)

    def copy(self) -> Settings:
        """Another one with these entries."""
        return type(self)(self)


class Links:
    """The arguments around a part: what it lacks it gets from there, as LightningCLI links them."""

    def __init__(self, around: dict[str, Any], used: list[str]) -> None:
        self.around, self.used = around, used

    def fill(self, made: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments, and those of the required ones that are left and that stand around it."""
        left = [name for name in lacking(made, arguments) if isinstance(self.around.get(name), (bool, int, float, str))]
        self.used += left
        return {**arguments, **{name: self.around[name] for name in left}}

    def below(self, arguments: dict[str, Any]) -> Links:
        """The same for a part with these arguments."""
        return Links({**self.around, **arguments}, self.used)


NO_LINKS = Links({}, [])


def instance(value: Any, links: Links = NO_LINKS) -> Any:
    """A value of a configuration as an object: mappings that name a class are constructed."""
    if isinstance(value, list):
        return [instance(item, links) for item in value]
    if isinstance(value, str) and NUMBER.match(value):
        # YAML takes `1e-3` for text.
        return float(value)
    if not isinstance(value, dict):
        return value
    target = value.get("class_path", value.get("_target_"))
    if not isinstance(target, str):
        return Settings({name: instance(item, links) for name, item in value.items()})
    made, given = imported(target), init_args(value)
    arguments = {name: instance(item, links.below(given)) for name, item in given.items()}
    if value.get("_partial_") or comes_later(made, arguments):
        return functools.partial(made, **arguments)
    return made(*instance(value.get("_args_") or [], links), **links.fill(made, arguments))


def imported(dotted: str) -> Any:
    """The object at a dotted path: a name in a module, or in a class in a module."""
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if "." not in module or error.name not in (module, None):
            raise
        return getattr(imported(module), name)


def comes_later(made: Any, arguments: dict[str, Any]) -> bool:
    """Whether it is an optimizer or a scheduler that lacks what it is for: the module gives it that."""
    left = lacking(made, arguments)
    optimizer = importlib.import_module("torch").optim.Optimizer
    return bool({"params", "optimizer"} & set(left)) or (
        bool(left) and inspect.isclass(made) and issubclass(made, optimizer)
    )


def lacking(made: Any, arguments: dict[str, Any]) -> list[str]:
    """The required arguments that are not there."""
    try:
        parameters = inspect.signature(made).parameters.values()
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    required = [each.name for each in parameters if each.default is each.empty and each.kind not in kinds]
    return [name for name in required if name not in arguments]
