"""Bags of settings (`config`, `args`, `hparams`): what a class reads from one, and the files that hold just that."""

from __future__ import annotations

import ast
import copy
import functools
import json
from typing import Any, Callable, Iterator, Optional

from . import by_source, callsites, saved_arguments, sources

Uses = dict[str, Any]
"""Name -> what is read below it, in the same form."""
ENDINGS = (".json", ".yaml", ".yml")
FEWEST = 2
"""A file is taken for the configuration of a class when it holds so many of the names that the class reads."""


class Bag(saved_arguments.Settings):
    """Settings of any name, as entries, as attributes and by `vars`; what nobody gave is made up when it is read."""

    __slots__ = ("_invented", "_make", "_uses", "_whole")

    def __init__(self, given: Any, uses: Uses, make: Callable[[str], Any], whole: bool = False) -> None:
        super().__init__(given)
        own = {"_uses": uses, "_make": make, "_whole": whole, "_invented": []}
        for name, value in own.items():
            object.__setattr__(self, name, value)
        for name in uses.keys() - self.keys():
            self.__missing__(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __missing__(self, name: str) -> Any:
        below = self._uses.get(name)
        value = Bag({}, below, self._make) if below else self._make(name)
        self[name] = value = 2 if value is None else value
        if not below:
            self._invented.append(name)
        return value

    def __contains__(self, name: object) -> bool:
        there = super().__contains__(name)
        if not there and not self._whole:
            # A bag that holds all there is says by that what it does not hold; any other does not know.
            self._invented.append(str(name))
        return there

    def get(self, name: str, default: Any = None) -> Any:
        # Asked for first, so that it is noted what is not there.
        return super().get(name, default) if name in self else default

    def invented(self) -> list[str]:
        """The dotted names of the settings that were made up, or taken for absent, so far; those further down too."""
        bags = [(name, value) for name, value in self.items() if isinstance(value, Bag)]
        return [*self._invented, *(f"{name}.{inner}" for name, bag in bags for inner in bag.invented())]

    def __deepcopy__(self, memo: Any) -> Bag:
        return self._with({name: copy.deepcopy(value, memo) for name, value in self.items()})

    def __copy__(self) -> Bag:
        return self._with(self)

    copy = __copy__

    def __or__(self, other: Any) -> Bag:
        return self._with({**self, **other})

    def __ror__(self, other: Any) -> Bag:
        return self._with({**other, **self})

    def _with(self, items: dict[str, Any]) -> Bag:
        """A bag with other entries; what is made up in either of them is known of both."""
        same = Bag(items, self._uses, self._make, self._whole)
        self._invented.extend(same._invented)
        object.__setattr__(same, "_invented", self._invented)
        return same

    def __reduce__(self) -> Any:
        return dict, (dict(self),)


def nested(data: Any, uses: Uses, make: Callable[[str], Any]) -> Any:
    """Data as bags, all the way down."""
    if isinstance(data, list):
        return [nested(item, {}, make) for item in data]
    if not isinstance(data, dict):
        return data
    items = {name: nested(value, uses.get(name) or {}, make) for name, value in data.items()}
    return Bag(items, uses, make, whole=True)


def read_from(cls: Any, name: str, everywhere: bool = False) -> Uses:
    """What the user's classes in the ancestry read below a parameter, or below the attribute that keeps it, in a fit.

    Or `everywhere`, also for tests and loaders.
    """
    found: Uses = {}
    optional: set[str] = set()
    for definition in sources.definitions_of(cls) if everywhere else by_source.running(cls):
        optional |= set(asked_for(definition))
        for root, path in chains(definition):
            if root in (name, "hparams"):
                here = found
                for part in path:
                    here = here.setdefault(part, {})
    return {name: below for name, below in found.items() if name not in optional}


def asked_for(definition: ast.AST) -> Iterator[str]:
    """The names of which the code asks whether they are there: `"loss" in config`, `hasattr(config, "loss")`."""
    for node in ast.walk(definition):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            asked: Any = node.left
        elif isinstance(node, ast.Call) and callsites.named(node.func) in ("hasattr", "getattr") and len(node.args) > 1:
            asked = node.args[1]
        else:
            continue
        if isinstance(asked, ast.Constant) and isinstance(asked.value, str):
            yield asked.value


def chains(definition: ast.AST) -> Iterator[tuple[str, list[str]]]:
    """`config`, ["model", "name"] for `config.model["name"]` and `self.config["model"].name`; no names of methods."""
    called = {id(node.func) for node in ast.walk(definition) if isinstance(node, ast.Call)}
    for node in ast.walk(definition):
        if (
            isinstance(node, (ast.Attribute, ast.Subscript))
            and isinstance(node.ctx, ast.Load)
            and id(node) not in called
        ):
            root, path = path_of(node)
            if root == "self" and path:
                root, path = path[0], path[1:]
            if root and path:
                yield root, path


def path_of(node: ast.AST) -> tuple[str, list[str]]:
    """The name that a chain begins with, and the names read one below the other; "" where it is no such chain."""
    if isinstance(node, ast.Name):
        return node.id, []
    if isinstance(node, ast.Attribute) and not node.attr.startswith("__"):
        root, path = path_of(node.value)
        return root, [*path, node.attr]
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
        root, path = path_of(node.value)
        return root, [*path, node.slice.value]
    return "", []


@functools.lru_cache(maxsize=None)
def known_of(cls: Any, name: str, project: str) -> tuple[Uses, list[tuple[str, dict[str, Any]]]]:
    """What a class reads of a bag, and the files that hold it; asked for again with every instance."""
    return read_from(cls, name), files_that_hold(read_from(cls, name, everywhere=True), project)


def files_that_hold(uses: Uses, project: str) -> list[tuple[str, dict[str, Any]]]:
    """The files of the project with a mapping that holds all that is read, and the mapping."""
    if count(uses) < FEWEST:
        return []
    found = []
    for path in callsites.files("", project, ENDINGS):
        data = loaded(path, list(uses))
        for node in saved_arguments.nodes(data):
            if holds(node, uses):
                found.append((path, node))
                break
    return found


def loaded(path: str, names: list[str]) -> Any:
    """The data in a file that mentions all these names; None for any other."""
    try:
        with open(path, "rb") as file:
            text = file.read(callsites.MOST_BYTES)
        if not all(name.encode() in text for name in names):
            return None
        return json.loads(text) if path.endswith(".json") else saved_arguments.read(path)
    except Exception:  # noqa: BLE001  # any of the errors of two parsers and the system: not a configuration
        return None


def holds(data: dict[str, Any], uses: Uses) -> bool:
    """Whether a mapping has every name, and below it what is read there."""
    for name, below in uses.items():
        value: Optional[Any] = data.get(name)
        if name not in data or (below and not (isinstance(value, dict) and holds(value, below))):
            return False
    return True


def count(uses: Uses) -> int:
    """How many names are read."""
    return sum(1 + count(below) for below in uses.values())
