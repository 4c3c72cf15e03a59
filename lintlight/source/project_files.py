"""What lies below a project's root that may say something about its code."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lintlight.source.files import DEFAULT_EXCLUDE, NOTEBOOK
from lintlight.source.roots import MARKS

MOST_PYTHON = 20_000
MOST_FOLDERS = 20_000
MOST_FOLDERS_UNMARKED = 50
REQUIREMENTS = frozenset(
    "pyproject.toml setup.py setup.cfg Pipfile pixi.toml poetry.lock uv.lock pdm.lock Pipfile.lock".split()
)
LIST = re.compile(r".*requirements.*\.txt|req(s|uirement)?([-_.].*)?\.txt")


@dataclass(frozen=True)
class ProjectFiles:
    """Each kind in a stable order, without environments and caches."""

    python: tuple[Path, ...]
    yaml: tuple[Path, ...]
    """Without what is hidden."""
    requirements: tuple[Path, ...]
    """Those that may say which versions of the libraries a project asks for."""
    notebooks: tuple[Path, ...]


def project_files(root: Path) -> ProjectFiles:
    """The files below a root."""
    python: list[Path] = []
    yaml: list[Path] = []
    requirements: list[Path] = []
    notebooks: list[Path] = []
    for folder, names in _folders_of(root):
        is_hidden = f"{os.sep}." in folder.removeprefix(str(root))
        for name in sorted(names):
            if name.endswith(".py") and len(python) < MOST_PYTHON:
                python.append(Path(folder, name))
            elif name.endswith((".yaml", ".yml")) and not is_hidden:
                yaml.append(Path(folder, name))
            elif name.endswith(NOTEBOOK):
                notebooks.append(Path(folder, name))
            if _may_require(name, folder):
                requirements.append(Path(folder, name))
    return ProjectFiles(tuple(python), tuple(yaml), tuple(requirements), tuple(notebooks))


def _may_require(name: str, folder: str) -> bool:
    is_list = name.endswith(".txt") and "requirements" in folder
    return is_list or name in REQUIREMENTS or "requirements" in name or is_a_list(name)


def is_a_list(name: str) -> bool:
    """Whether a file is called as lists of requirements are: `requirements-dev.txt`, `requirement.txt`, `req.txt`."""
    return LIST.fullmatch(name) is not None


def _folders_of(root: Path) -> Iterator[tuple[str, list[str]]]:
    """The folders below `root` and the names of their files; few of them where nothing marks `root` as a project.

    A file may lie in a home folder or in `/tmp`: what else lies there has nothing to do with it.
    """
    marked = any(os.path.exists(root / mark) for mark in (*MARKS, "__init__.py"))
    left = MOST_FOLDERS if marked else MOST_FOLDERS_UNMARKED
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in DEFAULT_EXCLUDE)
        yield folder, names
        left -= 1
        if left <= 0:
            return
