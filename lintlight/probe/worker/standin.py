"""Local stand-ins: `from_pretrained` runs for real, only the checkpoint's name is redirected to a local folder.

The folder holds the architecture's configuration and a checkpoint without weights, so the real code builds the model,
finds every key missing, initialises it, ties weights and calls `eval()`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import Any, Iterable, Iterator, NoReturn, Optional

import torch
import transformers
from safetensors.torch import save_file
from transformers.models.auto.auto_factory import _BaseAutoModelClass
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from . import architectures, shrink
from .absent import MARK
from .architectures import Architecture

Config: Any = getattr(transformers, "PreTrainedConfig", None) or transformers.PretrainedConfig
# Where the checkpoint comes from, and loaders of what is not there; none of them means anything for a stand-in.
DROPPED = ("revision", "code_revision", "subfolder", "variant", "use_safetensors", "from_tf", "from_flax", "cache_dir",
           "token", "use_auth_token", "force_download", "resume_download", "local_files_only", "proxies",
           "trust_remote_code", "device_map", "max_memory", "offload_folder", "quantization_config", "load_in_8bit",
           "load_in_4bit")  # fmt: skip
TOLD = ("device_map", "quantization_config", "load_in_8bit", "load_in_4bit", "trust_remote_code")
"""Dropped arguments that are worth saying so."""
JOINED = {
    "encoder-decoder": ("from_encoder_decoder_configs", "bert", "bert"),
    "speech-encoder-decoder": ("from_encoder_decoder_configs", "wav2vec2", "bert"),
    "vision-encoder-decoder": ("from_encoder_decoder_configs", "vit", "bert"),
    "vision-text-dual-encoder": ("from_vision_text_configs", "vit", "bert"),
}
"""Architectures that are two others: how they are joined, and which two stand for any."""
WILD = 1e6
"""A parameter beyond this was not initialised."""
SMALL = 0.02
"""The standard deviation that transformers initialises most weights with."""


class UnknownArchitecture(OSError):
    """A checkpoint name that says nothing about its architecture."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown architecture of checkpoint {name!r}")
        self.checkpoint = name


class NoStandIn(OSError):
    """An architecture whose default configuration builds no model, or none that is small enough."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(why)
        self.checkpoint = name


def raise_why(model_class: Any, config: Any, arguments: tuple[Any, ...], name: str) -> NoReturn:
    """Raise why no model can be built: a package that is missing, something in the configuration, or its size."""
    try:
        with shrink.without_memory():
            model_class(config, *arguments)
    except ImportError:
        raise
    except Exception as error:
        why = f"the default configuration of {config.model_type} builds no model ({type(error).__name__}: {error})"
        raise NoStandIn(name, why) from error
    raise NoStandIn(name, f"no configuration of {config.model_type} that is small enough builds a model")


LACKING = {"esm": {"vocab_size": 33, "pad_token_id": 1, "mask_token_id": 32}}
"""What default configurations do not say though no model can be built without it: the alphabet of proteins."""


PUBLISHED = {re.compile(r"esm2_t\d+_", re.I): {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}}
"""What the checkpoints of some names are published with, where their architecture's defaults are other rates."""


def default_configuration(model_type: str, name: str = "") -> Any:
    """The configuration of an architecture without arguments; of two models joined, with the usual two."""
    config_class = CONFIG_MAPPING[model_type]
    if model_type not in JOINED:
        published = {
            key: value for begins, rates in PUBLISHED.items() if begins.match(name) for key, value in rates.items()
        }
        return config_class(**LACKING.get(model_type, {}), **published)
    join, *kinds = JOINED[model_type]
    first, second = (CONFIG_MAPPING[kind]() for kind in kinds)
    return getattr(config_class, join)(first, second)


class Loaded:
    """A model that `from_pretrained` returned, and what it stands for."""

    def __init__(self, model: Any, name: str, how: str, level: int, dropped: list[str]) -> None:
        self.model, self.name, self.how, self.level, self.dropped = model, name, how, level, dropped
        # The ids stay valid because the model is kept.
        self.parts = {id(part) for part in model.modules()}

    def facts(self) -> dict[str, Any]:
        """What the evidence says about it."""
        return {
            "checkpoint": self.name,
            "class": type(self.model).__name__,
            "model_type": self.model.config.model_type,
            "how": self.how,
            "shrunk": shrink.LEVELS[self.level] if self.level else "",
            "dropped_arguments": self.dropped,
        }


class StandIns:
    """Redirects the loaders of transformers for the rest of this process."""

    def __init__(self, folder: str, settings: dict[str, Any]) -> None:
        self.folder = folder
        self.told: dict[str, str] = settings.get("arch", {})
        self.caches: list[str] = settings.get("caches", [])
        self.folders: list[str] = settings.get("look_in", [])
        self.config_dirs: list[str] = settings.get("config_dirs", [])
        self.budget_mb: float = settings.get("budget_mb", 80.0)
        self.most_mb: float = settings.get("most_mb", 2000.0)
        self.without_memory: bool = settings.get("flags_only", False)
        """Models have their real size and no weights: nothing can be run."""
        self.guessing = False
        """The names of checkpoints may be made up: then any architecture that the class loads will do."""
        self.known: dict[str, Architecture] = {}
        self.loaded: list[Loaded] = []
        self.real_weights: bool = settings.get("weights") == "real"
        self.adapters: list[dict[str, Any]] = []
        """What stands in for PEFT adapters, as evidence."""
        self.not_downloaded: list[str] = []
        """Weights that torchvision, timm or torch.hub would have loaded from the network."""
        self.real: dict[str, Any] = {}
        self.read_from: dict[int, tuple[Any, str]] = {}
        """Configuration that was read from a folder -> itself, and the folder."""

    def local(self, name: Any) -> Optional[str]:
        """The absolute path of a checkpoint that is a local folder, seen from where the user would train."""
        return self.folder_with(("config.json",), name, here=os.path.isabs(os.fspath(name)))

    def folder_with(self, files: Iterable[str], name: Any, *, here: bool = True) -> Optional[str]:
        """The absolute path of a local folder with one of these files, seen from where the user would train.

        With `here` also from the working directory, where only the user's code can have put it.
        """
        for base in [*([""] if here else []), *self.folders]:
            path = os.path.abspath(os.path.join(base, os.path.expanduser(os.fspath(name))))
            if any(os.path.isfile(os.path.join(path, file)) for file in files):
                return path
        return None

    def in_config_dirs(self, name: str) -> Optional[Architecture]:
        """The architecture whose configuration the user keeps in a folder, below the checkpoint's name."""
        for folder in self.config_dirs:
            for below in (name, name.replace("/", "--"), name.split("/")[-1]):
                path = os.path.join(folder, below, "config.json")
                if os.path.isfile(path):
                    with open(path, encoding="utf-8") as file:
                        return Architecture(json.load(file).get("model_type", ""), "told", path)
        return None

    def redirect(self, name: Any, allowed: Optional[frozenset[str]]) -> str:
        """The local folder that stands for a checkpoint; made when it is asked for first."""
        found = self.local(name)
        if found:
            return found
        text = os.fspath(name)
        if MARK in text:
            raise UnknownArchitecture(text)
        path = os.path.join(self.folder, text.replace("/", "--"))
        known = self.known.get(path)
        if known is None or (
            allowed is not None
            and known.model_type not in allowed
            and (known.how in ("table", "name") or self.guessing)
        ):
            known = self.in_config_dirs(text) or architectures.resolve(text, allowed, self.told, self.caches)
            if self.guessing and allowed and (known is None or known.model_type not in allowed):
                known = architectures.any_of(allowed)
            if known is None:
                raise UnknownArchitecture(text)
            self.known[path] = known
            self.write(path, known)
        return path

    def write(self, path: str, architecture: Architecture) -> None:
        """The folder of a stand-in: its configuration and a checkpoint without weights."""
        os.makedirs(path, exist_ok=True)
        if architecture.config_file:
            with open(architecture.config_file, encoding="utf-8") as file:
                data = json.load(file)
            data.pop("quantization_config", None)
        else:
            name = os.path.basename(path).split("--")[-1]
            data = default_configuration(architecture.model_type, name).to_dict()
        data.pop("auto_map", None)
        if data.get("is_encoder_decoder") and data.get("decoder_start_token_id") is None:
            # Every checkpoint of such a model has one; the defaults of some configuration classes have none.
            data["decoder_start_token_id"] = data.get("pad_token_id") or data.get("bos_token_id") or 0
        with open(os.path.join(path, "config.json"), "w", encoding="utf-8") as file:
            json.dump(data, file, default=str)
        save_file({}, os.path.join(path, "model.safetensors"), metadata={"format": "pt"})

    def stands_in(self, path: str) -> bool:
        """Whether a folder is one of ours."""
        return path in self.known

    def load(self, model_class: Any, name: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """What `PreTrainedModel.from_pretrained` does for a checkpoint that may not be here."""
        real = self.real["model"]
        if self.real_weights:
            where = self.local(name) or name
            model = real(model_class, where, *arguments, **options)
            return self.keep(model, Loaded(model, os.fspath(name), "as written", 0, []))
        config_class = model_class.config_class
        path = self.redirect(name, frozenset([config_class.model_type]) if config_class else None)
        if not self.stands_in(path):
            model = real(model_class, path, *arguments, **options)
            return self.keep(model, Loaded(model, os.fspath(name), "local", 0, []))
        dropped = [key for key in TOLD if options.get(key)]
        written = {key: value for key, value in options.items() if key not in DROPPED}
        if str(written.get("attn_implementation", "")) not in ("eager", "sdpa"):
            written.pop("attn_implementation", None)
        config, options = self.configuration(config_class, path, written)
        if self.without_memory:
            # Inside `torch.device("meta")` transformers loads nothing.
            with torch.device("cpu"):
                model = real(model_class, path, *arguments, **{**options, "config": config, "device_map": "meta"})
            return self.keep(model, Loaded(model, self.name_of(path, name), self.how_known(path, written), 0, dropped))
        config, level, size = shrink.fit(config, lambda smaller: model_class(smaller, *arguments), self.budget_mb)
        if size is None:
            raise_why(model_class, config, arguments, os.fspath(name))
        elif size > self.most_mb:
            raise NoStandIn(os.fspath(name), f"{config.model_type} needs {size:.0f} MB however much it is shrunk")
        model = self.initialised(model_class, path, arguments, {**options, "config": config})
        how = self.how_known(path, written)
        return self.keep(model, Loaded(model, self.name_of(path, name), how, level, dropped))

    def how_known(self, path: str, options: dict[str, Any]) -> str:
        """How the architecture is known: from the folder, or from where a configuration that was given is from."""
        given = options.get("config")
        own = self.read_from.get(id(given), (given, ""))[1] if isinstance(given, Config) else path
        return self.known[own].how if own in self.known else "as written"

    def keep(self, model: Any, loaded: Loaded) -> Any:
        """Remember a loaded model, once."""
        if all(known.model is not model for known in self.loaded):
            self.loaded.append(loaded)
        return model

    def name_of(self, path: str, name: Any) -> str:
        """The checkpoint's name as the user wrote it, also after an Auto class was redirected."""
        text = os.fspath(name)
        return os.path.basename(path).replace("--", "/") if text == path else text

    def configuration(self, config_class: Any, path: str, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The configuration to build with, and the options that are left for the model."""
        config = options.get("config")
        if isinstance(config, Config):
            return config, options
        options = {key: value for key, value in options.items() if key != "config"}
        made, left = config_class.from_pretrained(path, return_unused_kwargs=True, **options)
        for internal in ("_from_auto", "_commit_hash"):
            left.pop(internal, None)
        return made, left

    def initialised(self, model_class: Any, path: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """The model from a checkpoint without weights, or from a written one for versions that refuse the former."""
        try:
            with nan_where_unset():
                model = self.real["model"](model_class, path, *arguments, **options)
        except (ValueError, RuntimeError, KeyError, AttributeError, OSError, TypeError):
            # Whatever else is wrong is raised again below.
            whole = path + "-whole"
            model_class(options["config"], *arguments).save_pretrained(whole)
            model = self.real["model"](model_class, whole, *arguments, **options)
        for parameter in model.parameters():
            if not is_set(parameter):
                # NOTE: no model initialises all that a checkpoint brings: weight norms, tokens of memory, scales.
                torch.nn.init.normal_(parameter, std=SMALL)
        return model


@contextlib.contextmanager
def nan_where_unset() -> Iterator[None]:
    """Memory that nobody initialises holds NaN instead of what was there before."""
    deterministic, fill = (
        torch.are_deterministic_algorithms_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,
    )
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = True
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(deterministic)
        torch.utils.deterministic.fill_uninitialized_memory = fill


def is_set(parameter: Any) -> bool:
    """Whether a parameter was initialised: it holds no NaN, and nothing wild."""
    if parameter.numel() == 0 or not parameter.is_floating_point():
        return True
    with torch.no_grad():
        return bool((torch.linalg.vector_norm(parameter.detach(), ord=float("inf")) < WILD).item())


def install(stand_ins: StandIns) -> None:
    """Put the redirection into transformers, in this process only."""
    model_class = transformers.PreTrainedModel
    stand_ins.real["model"] = model_class.from_pretrained.__func__
    stand_ins.real["config"] = Config.get_config_dict.__func__
    for owner in (Config, transformers.AutoConfig):
        remember_origin(stand_ins, owner)

    # The parameter has its real name in all of these: it may be given as a keyword.
    def model_from_pretrained(cls: Any, pretrained_model_name_or_path: Any, *arguments: Any, **options: Any) -> Any:
        name = pretrained_model_name_or_path
        if name is None:
            return stand_ins.real["model"](cls, name, *arguments, **options)
        return stand_ins.load(cls, name, arguments, options)

    def get_config_dict(cls: Any, /, pretrained_model_name_or_path: Any, **options: Any) -> Any:
        name = pretrained_model_name_or_path
        if stand_ins.real_weights:
            return stand_ins.real["config"](cls, stand_ins.local(name) or name, **options)
        own = getattr(cls, "model_type", "")
        path = stand_ins.redirect(name, frozenset([own]) if own else None)
        for key in ("revision", "subfolder", "cache_dir", "token"):
            options.pop(key, None)
        return stand_ins.real["config"](cls, path, **options)

    model_class.from_pretrained = classmethod(model_from_pretrained)
    # transformers gives every Auto class a copy of the method; those made from now on are copies of the base's.
    for auto_class in [_BaseAutoModelClass, *below(_BaseAutoModelClass)]:
        if "from_pretrained" in vars(auto_class):
            redirect_auto(stand_ins, auto_class)
    Config.get_config_dict = classmethod(get_config_dict)


def below(cls: Any) -> Iterator[Any]:
    """All subclasses."""
    for inner in cls.__subclasses__():
        yield inner
        yield from below(inner)


def redirect_auto(stand_ins: StandIns, auto_class: Any) -> None:
    """Let an Auto class load stand-ins, of the architectures that it can load."""
    real = auto_class.from_pretrained.__func__

    def from_pretrained(cls: Any, pretrained_model_name_or_path: Any, *arguments: Any, **options: Any) -> Any:
        name = pretrained_model_name_or_path
        if stand_ins.real_weights:
            return real(cls, stand_ins.local(name) or name, *arguments, **options)
        config = options.get("config")
        allowed = architectures.types_of(cls)
        if isinstance(config, Config) and config.model_type:
            allowed = frozenset([config.model_type])
        path = stand_ins.redirect(name, allowed or None)
        for key in ("revision", "code_revision", "subfolder", "cache_dir", "token", "trust_remote_code"):
            options.pop(key, None)
        return real(cls, path, *arguments, **options)

    auto_class.from_pretrained = classmethod(from_pretrained)


def remember_origin(stand_ins: StandIns, owner: Any) -> None:
    """Note for every configuration that is read which folder it is from."""
    real = owner.from_pretrained.__func__

    def from_pretrained(cls: Any, pretrained_model_name_or_path: Any, *arguments: Any, **options: Any) -> Any:
        name = pretrained_model_name_or_path
        result = real(cls, name, *arguments, **options)
        config = result[0] if isinstance(result, tuple) else result
        path = os.path.join(stand_ins.folder, os.path.basename(os.fspath(name)))
        known = path if path in stand_ins.known else os.path.join(stand_ins.folder, os.fspath(name).replace("/", "--"))
        stand_ins.read_from.setdefault(id(config), (config, known))
        return result

    owner.from_pretrained = classmethod(from_pretrained)
