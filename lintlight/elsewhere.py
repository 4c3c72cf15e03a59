"""What files outside of a run may lead to: findings that lie in its files, and are found only together with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lintlight.model import SourceText
from lintlight.semantics.resolve.index import Index, data_at
from lintlight.suppress import Directive
from lintlight.world import World

_DEFINITION = re.compile(r"(?:async[ \t]+def|def|class)[ \t]+(\w+)")


class Elsewhere:
    """The files of the projects that a run did not ask for."""

    def __init__(self, world: World, lightning_bases: tuple[str, ...] = ()) -> None:
        self._world = world
        self._bases = lightning_bases

    def may_use(self, source: SourceText, directive: Directive) -> bool:
        """Whether a file outside of the run names the definition that a comment lies in.

        Of a LightningModule heirs and scripts are always looked at, wherever they are.
        """
        others = self._others(source.path)
        known = self._lightning_names(source.path) if others else frozenset[str]()
        names = [name.encode() for name in _defined_around(source, directive) if name not in known]
        words = re.compile(rb"\b(?:%b)\b" % b"|".join(names))
        return bool(names) and any(words.search(data) for data in map(data_at, others))

    def defines(self, path: Path, dotted: str) -> bool:
        """Whether a class, as findings name it, is one of a file of the project of `path` outside of the run."""
        found = ((other, name) for other in self._others(path) for name, _ in self._world.facts(other).classes)
        return any(f".{dotted}".endswith(f".{_module(other)}.{name}") for other, name in found)

    def _others(self, path: Path) -> list[Path]:
        return [each for each in self._world.with_code(self._world.root(path)) if each not in self._world.scanned]

    def _lightning_names(self, path: Path) -> frozenset[str]:
        return Index(self._world.root(path), self._world.facts).lightning_names(self._bases)


def _defined_around(source: SourceText, directive: Directive) -> Iterator[str]:
    """The top-level class or function that a comment lies in, else the module; all of it for the whole file."""
    lines = source.lines()
    found = [(row, match[1]) for row, line in enumerate(lines, 1) if (match := _DEFINITION.match(line)) is not None]
    if directive.whole_file:
        yield from (name for _, name in found)
    else:
        yield from [name for row, name in found if row <= directive.row][-1:]
    if directive.whole_file or not lines[directive.row - 1][:1].isspace():
        yield source.path.stem


def _module(path: Path) -> str:
    return path.stem if path.name != "__init__.py" else path.parent.name
