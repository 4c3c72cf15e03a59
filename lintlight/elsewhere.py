"""What files outside of a run may lead to: findings that lie in its files, and are found only together with them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from lintlight.model import SourceText
from lintlight.semantics.resolve.index import Index, data_at
from lintlight.suppress import Directive
from lintlight.world import World

_DEFINITION = re.compile(r"(?:async[ \t]+def|def|class)[ \t]+(\w+)")
_WORD = rb"(?<![\w\x80-\xff])(?:%b)(?![\w\x80-\xff])"
"""A letter of another script is some bytes above 127."""


class Elsewhere:
    """The files of the projects that a run did not ask for."""

    def __init__(self, world: World, lightning_bases: tuple[str, ...] = ()) -> None:
        self._world = world
        self._bases = lightning_bases
        self._named: dict[Path, frozenset[str]] = {}

    def may_use(self, source: SourceText, directive: Directive) -> bool:
        """Whether a file outside of the run names the definition that a comment lies in.

        Of a LightningModule heirs and scripts are always looked at, wherever they are.
        """
        if source.path not in self._named:
            self._named[source.path] = self._named_elsewhere(source)
        return not self._named[source.path].isdisjoint(_defined_around(source, directive))

    def _named_elsewhere(self, source: SourceText) -> frozenset[str]:
        """What of a file other files name: its definitions, and the file as a module; each is read once."""
        others = self._others(source.path)
        if not others:
            return frozenset()
        index = Index(self._world.root(source.path), self._world.facts)
        names = {source.path.stem, *(name for _, name in _definitions(source))}
        asked = names - index.lightning_names(self._bases)
        words = re.compile(_WORD % b"|".join(re.escape(os.fsencode(name)) for name in asked))
        found = {os.fsdecode(name) for data in map(data_at, others) for name in words.findall(data)}
        return frozenset(found) & asked

    def defines(self, path: Path, dotted: str) -> bool:
        """Whether a class, as findings name it, is one of a file of the project of `path` outside of the run."""
        found = ((other, name) for other in self._others(path) for name, _ in self._world.facts(other).classes)
        return any(f".{dotted}".endswith(f".{_module(other)}.{name}") for other, name in found)

    def _others(self, path: Path) -> list[Path]:
        return [each for each in self._world.with_code(self._world.root(path)) if each not in self._world.scanned]


def _definitions(source: SourceText) -> list[tuple[int, str]]:
    """The rows and names of the classes and functions at the top level of a file."""
    rows = enumerate(source.lines(), 1)
    return [(row, match[1]) for row, line in rows if (match := _DEFINITION.match(line)) is not None]


def _defined_around(source: SourceText, directive: Directive) -> Iterator[str]:
    """The top-level class or function that a comment lies in, else the module; all of it for the whole file."""
    found = _definitions(source)
    if directive.whole_file:
        yield from (name for _, name in found)
    else:
        yield from [name for row, name in found if row <= directive.row][-1:]
    if directive.whole_file or not source.lines()[directive.row - 1][:1].isspace():
        yield source.path.stem


def _module(path: Path) -> str:
    return path.stem if path.name != "__init__.py" else path.parent.name
