"""Arguments that nobody gave: the project's argparse defaults, else something that fits the name and annotation."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import inspect
import re
import sys
import tempfile
import typing
from typing import Any

from . import bags, callsites, meaning
from .record import HARVESTED, IMMATERIAL, MADE_UP

BAGS = re.compile(
    r"(^|_)(args|hparams|config|cfg|conf|opt|opts|params|options|hyperparameters|arguments|settings|kwargs)$"
)
BAG_TYPES = ("Namespace", "dict", "Dict", "DictConfig", "Mapping", "MutableMapping", "Any", "AttrDict")
TEXTS = ("bert-base-uncased", "google/vit-base-patch16-224", "t5-small", "facebook/wav2vec2-base")
IMAGES = ("resnet18", "google/vit-base-patch16-224", "openai/clip-vit-base-patch32", "vit_tiny_patch16_224")
ATTEMPTS = len(TEXTS)
"""So many checkpoints are tried in turn where the name of one was not given."""
MOST_KINDS = 6
"""So many classes are tried for an annotation that is an abstract one."""
CHECKPOINTS = re.compile(
    r"(model|checkpoint|ckpt|pretrained|backbone|encoder|decoder|bert|lm)\w*(name|path|id|alias|arch|type|variant|str)s?$"
    r"|^(model|checkpoint|backbone|encoder|lm)$"
)


SWITCHES = re.compile(r"^(use|is|do|has|with|compute|enable|should|return|add)_|^(compile|verbose|debug|normalize)$")
DEVICES = re.compile(r"^((n|num)_)?(gpus?|devices|nodes)$|^world_size$")
IDS_OF_LABELS = ("label2id", "label2idx", "label_to_id", "label_to_idx")
NAMES_OF_LABELS = ("id2label", "idx2label", "label_map", "id_to_label", "idx_to_label")


class NothingFits(TypeError):
    """A parameter whose name and annotation say nothing."""


class Maker:
    """Makes up the arguments of one class, in the `attempt`-th way; from the second on also those that are None.

    An option that is off by default may have to be given; that shows when the class breaks without it.
    """

    def __init__(self, cls: Any, project: str, attempt: int = 0) -> None:
        self.cls, self.project, self.attempt = cls, project, attempt
        defaults = argparse_defaults(project)
        self.defaults = {name: value for name, value in defaults.items() if attempt == 0 or value is not None}

    def value_for(self, parameter: inspect.Parameter) -> tuple[Any, str]:
        """A value for a required parameter, and where it is from."""
        name = parameter.name
        if self.defaults.get(name) is not None and self.attempt == 0:
            return self.defaults[name], HARVESTED
        if is_bag(parameter):
            return self.bag(name)
        value = by_annotation(name, parameter.annotation, self.cls, self)
        if value is None:
            is_model = (
                name == "model" and parameter.annotation is parameter.empty and not meaning.is_loaded(name, self.cls)
            )
            value = pretrained(importlib.import_module("torch").nn.Module) if is_model else self.by_name(name)
        if value is None:
            raise NothingFits(name)
        immaterial = isinstance(value, (int, float, dict)) and meaning.is_immaterial(name, self.cls)
        return value, IMMATERIAL if immaterial or meaning.names_checkpoint(name, self.cls) else MADE_UP

    def bag(self, name: str) -> tuple[Any, str]:
        """Settings of any name: from a file of the project that holds what the class reads, or the options' defaults.

        What the class reads that is in neither is made up; `settled` tells afterwards whether anything was.
        """
        uses, files = bags.known_of(self.cls, name, self.project)
        if self.attempt < len(files):
            return bags.nested(files[self.attempt][1], uses, self.by_name), MADE_UP
        return bags.Bag(self.defaults, uses, self.by_name), MADE_UP

    def by_name(self, name: str) -> Any:
        """A value that usually has this name; None when it says nothing."""
        return by_name(name, self.attempt)

    def forgotten(self, parameters: list[inspect.Parameter]) -> dict[str, Any]:
        """Values for parameters that are None by default, from the second attempt on: paths, names and bags."""
        chosen = [each for each in parameters if each.default is None] if self.attempt else []
        values = {each.name: self.bag(each.name)[0] if is_bag(each) else self.by_name(each.name) for each in chosen}
        return {name: value for name, value in values.items() if isinstance(value, (str, dict))}


def settled(told: list[dict[str, Any]], arguments: dict[str, Any], cls: Any) -> list[dict[str, Any]]:
    """What is told about the arguments when the class is constructed: which settings in a bag were made up, if any."""
    found = []
    for each in told:
        value = arguments.get(each["name"])
        if each["source"] == MADE_UP and isinstance(value, bags.Bag):
            last = {name: name.split(".")[-1] for name in value.invented()}
            material = [
                name
                for name, end in last.items()
                if not meaning.is_immaterial(end, cls) and not meaning.names_checkpoint(end, cls)
            ]
            each = {**each, "settings": material} if material else {**each, "source": HARVESTED}
        found.append(each)
    return found


def is_bag(parameter: inspect.Parameter) -> bool:
    """Whether a parameter takes settings of any name."""
    text = spelled(parameter.annotation)
    about_any = parameter.annotation is parameter.empty or text.split(".")[-1].split("[")[0] in BAG_TYPES
    return about_any and bool(BAGS.search(parameter.name.lower()))


def spelled(annotation: Any) -> str:
    """An annotation as it is written."""
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def by_annotation(name: str, wanted: Any, cls: Any, maker: Maker, depth: int = 2) -> Any:
    """A value of the annotated type; None when there is no annotation, or no such type here."""
    if wanted is inspect.Parameter.empty:
        return None
    wanted = resolved(wanted, cls)
    choices = [choice for choice in typing.get_args(wanted) if choice is not type(None)]
    if typing.get_origin(wanted) is typing.Union or type(wanted).__name__ == "UnionType":
        made = (by_annotation(name, choice, cls, maker, depth) for choice in choices)
        return next((value for value in made if value is not None), None)
    if typing.get_origin(wanted) is typing.Literal:
        return choices[0]
    wanted = typing.get_origin(wanted) or wanted
    switch = maker.attempt % 2 == 1
    simple: dict[str, Any] = {"int": 2, "float": 0.1, "bool": switch, "str": "text", "list": [], "dict": {}}
    text = spelled(wanted)
    if text in simple:
        named = maker.by_name(name)
        fits = named is not None and type(named).__name__ == text
        return named if fits else simple[text]
    value = pretrained(wanted)
    return constructed(wanted, maker, depth) if value is None else value


def resolved(wanted: Any, cls: Any) -> Any:
    """An annotation that is text as the type that it names, if its module knows it."""
    if not isinstance(wanted, str):
        return wanted
    module = sys.modules.get(cls.__module__)
    names = {**vars(module or typing), **only_for_types(module)}
    try:
        return eval(wanted, names)  # the project's own annotation, in the child that is there to run it
    except Exception:  # noqa: BLE001  # whatever an annotation may hold: then it says nothing
        return wanted


def only_for_types(module: Any) -> dict[str, Any]:
    """The names that a module imports under `if TYPE_CHECKING:`, those that can be imported."""
    file = getattr(module, "__file__", None)
    try:
        with open(file or "", encoding="utf-8") as source:
            tree = ast.parse(source.read())
    except (OSError, SyntaxError, ValueError):
        return {}
    space: dict[str, Any] = {"__package__": getattr(module, "__package__", None), "__name__": module.__name__}
    for node in tree.body:
        if isinstance(node, ast.If) and meaning.mentions([node.test], "TYPE_CHECKING"):
            for statement in node.body:
                if isinstance(statement, (ast.Import, ast.ImportFrom)):
                    with contextlib.suppress(Exception):
                        exec(compile(ast.Module([statement], []), str(file), "exec"), space)
    return space


def constructed(wanted: Any, maker: Maker, depth: int) -> Any:
    """An instance of a class of the project whose own arguments can be made up; None for any other type."""
    if (
        not inspect.isclass(wanted)
        or depth == 0
        or wanted.__module__ in ("builtins", "typing", "torch.nn.modules.module")
    ):
        return None
    made = (built(kind, maker, depth) for kind in kinds_of(wanted))
    return next((value for value in made if value is not None), None)


def kinds_of(wanted: type) -> list[type]:
    """A class itself; where some of its methods are abstract, the classes derived from it in which none is."""
    kinds: list[type] = [wanted]
    for each in kinds:
        heirs: list[type] = each.__subclasses__() if is_abstract(each) else []
        kinds += [heir for heir in heirs if heir not in kinds]
    return [each for each in kinds if not is_abstract(each)][:MOST_KINDS]


def is_abstract(cls: type) -> bool:
    """Whether a method is still abstract, also in a class that can be instantiated all the same."""
    return any(getattr(getattr(cls, name, None), "__isabstractmethod__", False) for name in dir(cls))


def built(wanted: type, maker: Maker, depth: int) -> Any:
    """An instance of this very class; None where an argument cannot be made up."""
    try:
        missing = [each for each in inspect.signature(wanted).parameters.values() if each.default is each.empty]
        plain = [each for each in missing if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
        values = {each.name: by_annotation(each.name, each.annotation, wanted, maker, depth - 1) for each in plain}
        values = {name: maker.by_name(name) if value is None else value for name, value in values.items()}
        return None if any(value is None for value in values.values()) else wanted(**values)
    except Exception:  # noqa: BLE001  # any constructor of the project: then nothing fits
        return None


def pretrained(wanted: Any) -> Any:
    """A stand-in for an annotation that is a model or a tokenizer of transformers."""
    import torch
    import transformers

    from . import tokens

    if not inspect.isclass(wanted):
        return None
    if wanted is torch.nn.Module:
        return transformers.AutoModel.from_pretrained("bert-base-uncased")
    if issubclass(wanted, transformers.PreTrainedTokenizerBase):
        return tokens.tokenizer()
    if issubclass(wanted, transformers.PreTrainedModel):
        if getattr(wanted, "config_class", None) is None:
            return transformers.AutoModel.from_pretrained("bert-base-uncased")
        model_class: Any = wanted
        return model_class.from_pretrained("any")
    return None


def by_name(name: str, attempt: int = 0) -> Any:
    """A value that usually has this name, of checkpoints the `attempt`-th; None when it says nothing."""
    from . import tokens

    low = name.lower()
    if "tokenizer" in low and not low.endswith(("name", "path")):
        return tokens.tokenizer()
    if DEVICES.search(low):
        return 1
    if low in IDS_OF_LABELS:
        return {str(number): number for number in range(2)}
    if SWITCHES.search(low):
        return attempt % 2 == 1
    if low in NAMES_OF_LABELS:
        return {number: str(number) for number in range(2)}
    if CHECKPOINTS.search(low):
        names = IMAGES if re.search(r"image|vision|visual|img|vit|pixel", low) else TEXTS
        return names[min(attempt, ATTEMPTS - 1)]
    if re.search(r"(^|_)(lr|learning_rate)($|_)", low):
        return 1e-3
    if re.search(
        r"dropout|weight_decay|alpha|beta|gamma|eps|ratio|rate|prob|factor|smoothing|momentum|temperature", low
    ):
        return 0.1
    if re.search(r"(^|_)(dir|folder|path|file|root)$", low):
        return tempfile.gettempdir()
    if re.search(r"steps|epochs", low):
        return 100
    if re.search(r"(dim|size|hidden|width|channels|features)$", low):
        return 16
    if re.search(r"^(num|n|max|min|total)_|classes|labels|layers|heads|len", low):
        return 2
    return None


@functools.lru_cache(maxsize=1)
def argparse_defaults(project: str) -> dict[str, Any]:
    """Option -> default of every `add_argument` in the project; one that has two different defaults has none."""
    found: dict[str, Any] = {}
    clashing: set[str] = set()
    for path in callsites.files("", project):
        tree = callsites.parsed(path, b"add_argument")
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, ast.Call) and callsites.named(node.func) == "add_argument":
                for name, value in option(node):
                    if name in found and found[name] != value:
                        clashing.add(name)
                    found.setdefault(name, value)
    return {name: value for name, value in found.items() if name not in clashing}


def option(call: ast.Call) -> list[tuple[str, Any]]:
    """The name and default that one `add_argument` gives; nothing when they are not written out."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    flags = [node.value for node in call.args if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    long = [flag for flag in flags if flag.startswith("--")]
    destination = keywords.get("dest")
    name = destination.value if isinstance(destination, ast.Constant) else long[0].lstrip("-") if long else ""
    action = keywords.get("action")
    if isinstance(action, ast.Constant) and action.value in ("store_true", "store_false"):
        return [(str(name).replace("-", "_"), action.value == "store_false")]
    if not name or "default" not in keywords:
        return []
    try:
        return [(str(name).replace("-", "_"), ast.literal_eval(keywords["default"]))]
    except ValueError:
        return []
