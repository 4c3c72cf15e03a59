"""Arguments that nobody gave: the project's argparse defaults, else something that fits the name and annotation."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
import tempfile
import typing
from typing import Any

from . import callsites, layout

HARVESTED, IMMATERIAL, MADE_UP = "harvested", "immaterial", "made up"
BAGS = re.compile(
    r"(^|_)(args|hparams|config|cfg|conf|opt|opts|params|options|hyperparameters|arguments|settings|kwargs)$"
)
BAG_TYPES = ("Namespace", "dict", "Dict", "DictConfig", "Mapping", "MutableMapping", "Any", "AttrDict")
IMMATERIAL_NAMES = re.compile(
    r"^(lr|learning_rate|\w+_lr|lr_\w+|weight_decay|wd|warmup\w*|num_warmup_steps|(num|n)_(labels|classes)|"
    r"(max|total|num|num_training|training|train)_steps|(max|num)?_?epochs|(\w+_)?batch_size|eps|epsilon|adam_\w+|"
    r"beta_?\d?|betas|momentum|gamma|label_smoothing|temperature|seed|num_workers|(\w+_)?max_(seq_)?len(gth)?)$"
)
"""Names of numbers that decide how well something learns, not what is in which mode."""


class NothingFits(TypeError):
    """A parameter whose name and annotation say nothing."""


def value_for(parameter: inspect.Parameter, cls: Any, project: str) -> tuple[Any, str]:
    """A value for a required parameter, and where it is from."""
    defaults = argparse_defaults(project)
    if parameter.name in defaults and defaults[parameter.name] is not None:
        return defaults[parameter.name], HARVESTED
    if is_bag(parameter):
        return Bag(defaults), MADE_UP
    value = by_annotation(parameter.name, parameter.annotation, cls)
    if value is None:
        value = by_name(parameter.name)
    if value is None:
        raise NothingFits(parameter.name)
    immaterial = isinstance(value, (int, float)) and is_immaterial(parameter.name, cls)
    return value, IMMATERIAL if immaterial else MADE_UP


class Bag(dict):  # type: ignore[type-arg]
    """Settings of any name, as entries and as attributes."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __missing__(self, name: str) -> Any:
        value = by_name(name)
        self[name] = value = 2 if value is None else value
        return value


def is_bag(parameter: inspect.Parameter) -> bool:
    """Whether a parameter takes settings of any name."""
    text = spelled(parameter.annotation)
    about_any = parameter.annotation is parameter.empty or text.split(".")[-1].split("[")[0] in BAG_TYPES
    return about_any and bool(BAGS.search(parameter.name.lower()))


def spelled(annotation: Any) -> str:
    """An annotation as it is written."""
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def by_annotation(name: str, wanted: Any, cls: Any, depth: int = 2) -> Any:
    """A value of the annotated type; None when there is no annotation, or no such type here."""
    if wanted is inspect.Parameter.empty:
        return None
    wanted = resolved(wanted, cls)
    choices = [choice for choice in typing.get_args(wanted) if choice is not type(None)]
    if typing.get_origin(wanted) is typing.Union or type(wanted).__name__ == "UnionType":
        made = (by_annotation(name, choice, cls, depth) for choice in choices)
        return next((value for value in made if value is not None), None)
    if typing.get_origin(wanted) is typing.Literal:
        return choices[0]
    wanted = typing.get_origin(wanted) or wanted
    simple: dict[str, Any] = {"int": 2, "float": 0.1, "bool": False, "str": "text", "list": [], "dict": {}}
    text = spelled(wanted)
    if text in simple:
        named = by_name(name)
        fits = named is not None and type(named).__name__ == text
        return named if fits else simple[text]
    value = pretrained(wanted)
    return constructed(wanted, cls, depth) if value is None else value


def resolved(wanted: Any, cls: Any) -> Any:
    """An annotation that is text as the type that it names, if its module knows it."""
    if not isinstance(wanted, str):
        return wanted
    names = vars(sys.modules.get(cls.__module__, typing))
    try:
        return eval(wanted, dict(names))  # the project's own annotation, in the child that is there to run it
    except Exception:  # noqa: BLE001  # whatever an annotation may hold: then it says nothing
        return wanted


def constructed(wanted: Any, cls: Any, depth: int) -> Any:
    """An instance of a class of the project whose own arguments can be made up; None for any other type."""
    if (
        not inspect.isclass(wanted)
        or depth == 0
        or wanted.__module__ in ("builtins", "typing", "torch.nn.modules.module")
    ):
        return None
    try:
        missing = [each for each in inspect.signature(wanted).parameters.values() if each.default is each.empty]
        plain = [each for each in missing if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
        values = {each.name: by_annotation(each.name, each.annotation, wanted, depth - 1) for each in plain}
        values = {name: by_name(name) if value is None else value for name, value in values.items()}
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


def by_name(name: str) -> Any:
    """A value that usually has this name; None when it says nothing."""
    from . import tokens

    low = name.lower()
    if "tokenizer" in low and not low.endswith(("name", "path")):
        return tokens.tokenizer()
    if re.search(r"(model|checkpoint|pretrained|backbone|encoder|bert)\w*(name|path|id)|^(model|checkpoint)$", low):
        return "bert-base-uncased"
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
        try:
            with open(path, "rb") as file:
                data = file.read(callsites.MOST_BYTES)
            tree = ast.parse(data) if b"add_argument" in data else ast.parse("")
        except (OSError, SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
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


def is_immaterial(name: str, cls: Any) -> bool:
    """Whether an argument only sets a number, and no method of the class makes a decision by it."""
    return bool(IMMATERIAL_NAMES.match(name)) and not any(
        decides(definition, name)
        for owner in cls.__mro__
        if layout.is_users(owner)
        for value in vars(owner).values()
        if inspect.isfunction(value)
        for definition in [layout.source_of(value)]
        if definition is not None
    )


def decides(definition: ast.FunctionDef, name: str) -> bool:
    """Whether a function branches, loops, compares or selects by the name, or hides it behind another one."""
    for node in ast.walk(definition):
        if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)):
            parts: list[Any] = [node.test]
        elif isinstance(node, (ast.For, ast.comprehension)):
            parts = [node.iter, *getattr(node, "ifs", [])]
        elif isinstance(node, (ast.Compare, ast.BoolOp)):
            parts = [node]
        elif isinstance(node, ast.Subscript):
            parts = [node.slice]
        elif isinstance(node, ast.Assign) and not mentions(node.targets, name):
            parts = [node.value] if not isinstance(node.value, ast.Call) else []
        elif isinstance(node, ast.Call) and callsites.named(node.func) in (*layout.SETS_MODE, "range"):
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        else:
            continue
        if mentions(parts, name):
            return True
    return False


def mentions(parts: list[Any], name: str) -> bool:
    """Whether a name, or an attribute of this name, stands in some expressions."""
    return any(
        (isinstance(inner, ast.Name) and inner.id == name)
        or (isinstance(inner, ast.Attribute) and inner.attr == name)
        or (isinstance(inner, ast.Constant) and inner.value == name)
        for part in parts
        for inner in ast.walk(part)
    )
