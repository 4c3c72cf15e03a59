"""Looking back: which files of a project derive from a class or fit it, found by name in their bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lintlight.source.files import DEFAULT_EXCLUDE

MOST_FILES = 20_000
MOST_FOLDERS = 20_000
MOST_FOLDERS_UNMARKED = 50
ROOT_MARKS = ("pyproject.toml", ".git", "setup.py", "setup.cfg")
CLASS_LINE = re.compile(rb"^[ \t]*class[ \t]+\w+[ \t]*(?:\[[^\]]*\][ \t]*)?\(([^)]*)\)", re.MULTILINE)
NAME = re.compile(rb"(\w+)[ \t]*(?:\[|,|$|\s)")
DOTTED = re.compile(rb"\w\.([A-Za-z_]\w*)[\"']?[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Index:
    """Names only: what they mean is asked of the files themselves."""

    deriving: dict[str, tuple[Path, ...]]
    """Last part of a base's name -> the files with a class that derives from something called so."""
    fitting: tuple[tuple[Path, bytes], ...]
    """The files that call `.fit(`, with their bytes."""
    in_yaml: frozenset[str]
    """The last parts of the dotted names in YAML files."""


def index_of(root: Path) -> Index:
    """Read every Python file below `root` once; a file that cannot be read is passed over."""
    deriving: dict[str, dict[Path, None]] = {}
    fitting: list[tuple[Path, bytes]] = []
    for path in python_files(root):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        for bases in CLASS_LINE.findall(data):
            for name in NAME.findall(bases + b" "):
                deriving.setdefault(name.decode(errors="replace"), {})[path] = None
        if b".fit(" in data:
            fitting.append((path, data))
    by_base = {name: tuple(paths) for name, paths in deriving.items()}
    return Index(by_base, tuple(fitting), frozenset(_named_in_yaml(root)))


def _named_in_yaml(root: Path) -> Iterator[str]:
    for folder, names in folders_of(root):
        for name in names:
            if name.endswith((".yaml", ".yml")):
                try:
                    data = Path(folder, name).read_bytes()
                except OSError:
                    continue
                yield from (found.decode() for found in DOTTED.findall(data))


def python_files(root: Path) -> Iterator[Path]:
    """The Python files below `root` in a stable order, without environments and caches."""
    count = 0
    for folder, names in folders_of(root):
        for name in sorted(names):
            if name.endswith(".py"):
                count += 1
                if count > MOST_FILES:
                    return
                yield Path(folder, name)


def folders_of(root: Path) -> Iterator[tuple[str, list[str]]]:
    """The folders below `root` and the names of their files; few of them where nothing marks `root` as a project.

    A file may lie in a home folder or in `/tmp`: what else lies there has nothing to do with it.
    """
    left = MOST_FOLDERS if any((root / mark).exists() for mark in ROOT_MARKS) else MOST_FOLDERS_UNMARKED
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in DEFAULT_EXCLUDE)
        yield folder, names
        left -= 1
        if left <= 0:
            return
