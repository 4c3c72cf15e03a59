"""Files of the project by a relative path: the private folder that a class is run in gets a copy when one is asked for.

The user would train in the project's folder, or beside the script. What is opened there for reading, by that path, is
copied first, with all that lies beside it in a folder; what is written stays in the private folder.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
import shutil
import threading
from typing import Any, Callable, Iterator

MOST_BYTES = 64 * 2**20
"""More than that is data, and not copied; of all files together."""
MOST_FILES = 2000


class Nearby:
    """Copies files from where the user would train, each once."""

    def __init__(self, home: str, folders: list[str], note: Callable[[str], None]) -> None:
        self.home, self.folders, self.note = home, folders, note
        self.bytes_left, self.files_left = MOST_BYTES, MOST_FILES
        self.brought: set[str] = set()
        self.partly: set[str] = set()
        """Folders that are too large: some of their files were copied."""

    def bring(self, path: Any, opened: bool) -> bool:
        """Copy what a relative path would name there; whether it was. Raises OSError.

        What is only asked about is looked for in the first of the folders: nobody is in all of them.
        """
        name = os.path.normpath(os.fsdecode(path))
        outside = os.path.isabs(name) or name.split(os.sep)[0] in (os.curdir, os.pardir)
        if outside or os.path.lexists(name) or os.getcwd() != self.home:
            return False
        for folder in self.folders if opened else self.folders[:1]:
            if os.path.lexists(os.path.join(folder, name)):
                top = name.split(os.sep)[0]
                if top in self.brought:
                    return False  # the code itself has removed it
                if top not in self.partly and self.copy(folder, top):
                    return True
                self.partly.add(top)
                return self.copy(folder, name)
        return False

    def note_listed(self, path: Any) -> None:
        """Note that a folder was listed of which not all is here."""
        name = os.path.relpath(os.path.realpath(os.fsdecode(path)), self.home).split(os.sep)[0]
        if name in self.partly:
            self.note(name)

    def copy(self, folder: str, name: str) -> bool:
        """Copy a file, or a folder with all that is in it, unless it is too large or was there before."""
        there, here = os.path.join(folder, name), os.path.join(self.home, name)
        above = os.path.realpath(os.path.dirname(here))
        if name in self.brought or os.path.lexists(here) or not (above + os.sep).startswith(self.home + os.sep):
            return False
        files = list(files_below(there, self.files_left + 1))
        size = sum(os.path.getsize(each) for each in files)
        if not (files or os.path.isdir(there)) or len(files) > self.files_left or size > self.bytes_left:
            return False
        self.brought.add(name)
        self.files_left, self.bytes_left = self.files_left - len(files), self.bytes_left - size
        made = f"{self.home}.{len(self.brought)}"
        for each in files:
            to = os.path.normpath(os.path.join(made, os.path.relpath(each, there)))
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copyfile(each, to)
        if os.path.isdir(there):
            os.makedirs(made, exist_ok=True)
        os.makedirs(os.path.dirname(here), exist_ok=True)
        os.rename(made, here)  # at once, for whoever else is looking
        return True


def files_below(path: str, most: int) -> Iterator[str]:
    """A file, or the files in a folder and below it, without links to folders; no more than so many."""
    if os.path.isfile(path):
        yield path
    for folder, _, names in os.walk(path):
        for name in names:
            if most == 0:
                return
            if os.path.isfile(os.path.join(folder, name)):
                most -= 1
                yield os.path.join(folder, name)


def install(home: str, folders: list[str], note: Callable[[str], None]) -> None:
    """Bring files as they are opened or asked about, until this process ends.

    `note` is told the name of a folder that the code lists as if all of it were there.
    """
    nearby = Nearby(os.path.realpath(home), [os.path.realpath(folder) for folder in folders], note)
    real_open, real_stat = io.open, os.stat
    lock, busy = threading.Lock(), threading.local()

    def bring(path: Any, opened: bool) -> bool:
        if getattr(busy, "now", False) or not isinstance(path, (str, bytes, os.PathLike)):
            return False
        busy.now = True
        try:
            with lock:
                # Another thread may have brought it meanwhile.
                return nearby.bring(path, opened) or os.path.lexists(path)
        except OSError:
            return False
        finally:
            busy.now = False

    @functools.wraps(real_open)
    def opened(file: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return real_open(file, *arguments, **options)
        except FileNotFoundError:
            if not bring(file, opened=True):
                raise
        return real_open(file, *arguments, **options)

    @functools.wraps(real_stat)
    def stat(path: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return real_stat(path, *arguments, **options)
        except FileNotFoundError:
            if not bring(path, opened=False):
                raise
        return real_stat(path, *arguments, **options)

    def noting(real: Any) -> Any:
        @functools.wraps(real)
        def listing(path: Any = ".") -> Any:
            if isinstance(path, (str, bytes, os.PathLike)):
                nearby.note_listed(path)
            return real(path)

        return listing

    os.listdir, os.scandir = noting(os.listdir), noting(os.scandir)
    builtins.open = io.open = opened
    for known in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
        known.add(stat)
    os.stat = stat
