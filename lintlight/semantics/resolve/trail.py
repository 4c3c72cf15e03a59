"""What answers about a project rest on: which file led to which others, and what was looked for in all of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

PICKS_A_CLASS = re.compile(rb"import_(module|class|string)\(")
"""A script with this in it may load a model for any class."""
FITS = b".fit("


@dataclass(frozen=True)
class Search:
    """A look through the code of all Python files of a project."""

    names: tuple[str, ...]
    """One of these stands in the text."""
    words: tuple[str, ...] = ()
    """... and one of these, when there are any."""
    in_scripts: bool = False
    """Only files that call `fit`; one that works out which class it loads counts, whatever names are in it."""
    whole: bool = False
    """A name does not count as a part of a longer one."""

    def finds(self, code: bytes) -> bool:
        """Whether a file with this code is found; what its comments say does not count."""
        if self.in_scripts and FITS not in code:
            return False
        names, words = self._encoded
        if not self._names_one(code, names) and not (self.in_scripts and _picks_a_class(code)):
            return False
        return not words or any(word in code for word in words)

    def _names_one(self, code: bytes, names: list[bytes]) -> bool:
        found = [name for name in names if name in code]
        if not self.whole:
            return bool(found)
        return any(re.search(rb"(?<!\w)%s(?!\w)" % re.escape(name), code) for name in found)

    @cached_property
    def _encoded(self) -> tuple[list[bytes], list[bytes]]:
        return [name.encode() for name in self.names], [word.encode() for word in self.words]


def _picks_a_class(code: bytes) -> bool:
    return b"from_pretrained" in code and PICKS_A_CLASS.search(code) is not None


WHOLE = ""
"""In place of a name: anything in the file may have been looked at."""
ITSELF = "."
"""In place of a name: the module as a value; what is asked of it is told of where that happens."""
Lead = tuple[Path, str]
"""A file that was read, and the one top-level name that was asked of it."""


@dataclass(frozen=True)
class Trail:
    """The steps from file to file that analyses took below one project root, or beside it.

    Whatever an answer about a file rests on can be reached from it, but what the names of classes, YAML and
    requirements say of the project as a whole.
    """

    root: Path
    leads: Mapping[Path, Collection[Lead]]
    """The files whose code was read -> what was read because of it."""
    searches: Mapping[Path, Collection[Search]]
    """... -> what was looked for because of it; what was found then is among those it led to, as a whole."""
    blocks: Mapping[Path, str] = field(default_factory=dict)
    """The files whose code was read -> their top-level statements, as `blocks.digest_blocks` gives them."""

    def leading_to(self, files: Iterable[Path], touched: Mapping[Path, frozenset[str]]) -> set[Path]:
        """These files, and all from which one of them can be reached, or a name among those touched of others."""
        back: dict[Path, list[Path]] = {}
        found = set(files)
        for asking, led_to in self.leads.items():
            for path, name in led_to:
                back.setdefault(path, []).append(asking)
                if path in touched and (name == WHOLE or name in touched[path]):
                    found.add(asking)
        todo = list(found)
        while todo:
            for path in back.get(todo.pop(), ()):
                if path not in found:
                    found.add(path)
                    todo.append(path)
        return found


def joined(root: Path, trails: Iterable[Trail]) -> Trail:
    """All steps of several trails below one root."""
    leads: dict[Path, set[Lead]] = {}
    searches: dict[Path, set[Search]] = {}
    blocks: dict[Path, str] = {}
    for trail in trails:
        blocks.update(trail.blocks)
        for asking, led_to in trail.leads.items():
            leads.setdefault(asking, set()).update(led_to)
        for asking, made in trail.searches.items():
            searches.setdefault(asking, set()).update(made)
    return Trail(root, leads, searches, blocks)
