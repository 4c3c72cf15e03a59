"""Files of the project by a relative path: the private folder that a class is run in gets a copy when one is asked for.

The user would train in the project's folder, or beside the script. What is opened there for reading, by that path, is
copied first; what is written stays in the private folder.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import shutil
from typing import Any

MOST_BYTES = 64 * 2**20
"""Larger files are not copied: they are data, and not there for the probe."""
MOST_FILES = 2000


class Nearby:
    """Copies files from where the user would train, each once."""

    def __init__(self, home: str, folders: list[str]) -> None:
        self.home, self.folders, self.copied = home, folders, 0

    def bring(self, path: Any) -> bool:
        """Copy the file that a relative path would name there; whether one was. Raises OSError."""
        name = os.fsdecode(path)
        if os.path.isabs(name) or os.path.lexists(name) or os.getcwd() != self.home or self.copied == MOST_FILES:
            return False
        for folder in self.folders:
            there = os.path.normpath(os.path.join(folder, name))
            here = os.path.normpath(os.path.join(self.home, name))
            inside = here.startswith(self.home + os.sep) and there.startswith(folder + os.sep)
            if inside and os.path.isfile(there) and os.path.getsize(there) <= MOST_BYTES:
                self.copied += 1
                os.makedirs(os.path.dirname(here), exist_ok=True)
                shutil.copyfile(there, here)
                return True
        return False


def install(home: str, folders: list[str]) -> None:
    """Bring files as they are opened or asked about, until this process ends."""
    nearby = Nearby(os.path.realpath(home), [os.path.realpath(folder) for folder in folders])
    real_open, real_stat = io.open, os.stat
    busy: list[bool] = []

    def bring(path: Any) -> bool:
        if busy or not isinstance(path, (str, bytes, os.PathLike)):
            return False
        busy.append(True)
        try:
            return nearby.bring(path)
        except OSError:
            return False
        finally:
            busy.pop()

    @functools.wraps(real_open)
    def opened(file: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return real_open(file, *arguments, **options)
        except FileNotFoundError:
            if not bring(file):
                raise
        return real_open(file, *arguments, **options)

    @functools.wraps(real_stat)
    def stat(path: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return real_stat(path, *arguments, **options)
        except FileNotFoundError:
            if not bring(path):
                raise
        return real_stat(path, *arguments, **options)

    builtins.open = io.open = opened
    for known in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        known.add(stat)
    os.stat = stat
