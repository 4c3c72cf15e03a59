"""Where a project begins."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

ROOT_MARKS = ("pyproject.toml", ".git", "setup.py", "setup.cfg")
AT_THE_TOP = (".gitignore", "LICENSE", "LICENSE.md", "LICENSE.txt")
"""What a copy of a project has at its top that was not cloned and cannot be installed."""
BESIDE_A_ROOT = ("requirements.txt", "environment.yml", "environment.yaml", "README.md", "README.rst")
"""The same, but may lie in folders inside of it, too."""
MARKS = (*ROOT_MARKS, *AT_THE_TOP, *BESIDE_A_ROOT)


def shared_folder(files: Collection[Path]) -> Path | None:
    """The folder that several files lie below; None for one file, and for what lies all over a disk or a home."""
    if len(files) < 2:
        return None
    try:
        shared = Path(os.path.commonpath([path.parent for path in files]))
    except ValueError:  # different drives
        return None
    is_too_high = shared == shared.parent or Path(os.path.expanduser("~")).is_relative_to(shared)
    return None if is_too_high else shared


def project_root(path: Path, shared: Path | None = None) -> Path:
    """The project of `path`: the nearest folder upwards with a project file, or with what else lies beside one.

    Without either the folder that it shares with all that was asked for, else its package, or its own folder.
    """
    folder = path if os.path.isdir(path) else path.parent
    above = (folder, *folder.parents)
    home = Path(os.path.expanduser("~"))
    below_home = above[: above.index(home)] if home in above else above
    own = [candidate for candidate in below_home if _is_no_package(candidate)]
    for marks, candidates in ((ROOT_MARKS, above), (AT_THE_TOP, own), (BESIDE_A_ROOT, own)):
        for candidate in candidates:
            if any(os.path.exists(candidate / mark) for mark in marks):
                return candidate
    while not _is_no_package(folder) and not _is_no_package(folder.parent):
        folder = folder.parent
    return shared if shared is not None and folder.is_relative_to(shared) else folder


class Roots:
    """The projects of files, looked for once for each folder; `shared` is the one that holds all of a run."""

    def __init__(self, shared: Path | None = None) -> None:
        self._shared = shared
        self._found: dict[Path, Path] = {}

    def of(self, path: Path) -> Path:
        """The project that a file belongs to."""
        if path.parent not in self._found:
            self._found[path.parent] = project_root(path, self._shared)
        return self._found[path.parent]


def _is_no_package(folder: Path) -> bool:
    return not os.path.isfile(folder / "__init__.py")
