"""Gitignore patterns and the folder that they are relative to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec


@dataclass(frozen=True)
class Ignore:
    """Patterns that hold below one folder."""

    folder: str
    spec: GitIgnoreSpec

    @staticmethod
    def of(folder: Path, patterns: Sequence[str]) -> Ignore:
        """Patterns in gitignore's language, relative to `folder`."""
        return Ignore(str(folder), GitIgnoreSpec.from_lines(patterns))

    def decides(self, path: str, *, is_dir: bool) -> bool | None:
        """True: ignored; False: kept by a `!` pattern; None: no pattern speaks of it."""
        if not path.startswith(self.folder.rstrip(os.sep) + os.sep):
            return None
        relative = path[len(self.folder) :].strip(os.sep).replace(os.sep, "/")
        return self.spec.check_file(relative + "/" if is_dir else relative).include

    def hides(self, path: Path) -> bool:
        """Whether the path, or a folder on the way from here to it, is ignored."""
        if self.decides(str(path), is_dir=path.is_dir()):
            return True
        return any(self.decides(str(parent), is_dir=True) for parent in path.parents)


def ignore_in(folder: Path) -> tuple[Ignore, ...]:
    """What the folder's own `.gitignore` says, if it has one."""
    return _read(folder, folder / ".gitignore")


def ignore_above(folder: Path) -> tuple[Ignore, ...]:
    """What the ignore files above a folder say, outermost first, up to the root of its git repository."""
    top = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    if top is None:
        return ()
    above = [parent for parent in folder.parents if parent == top or top in parent.parents]
    found = [*_read(top, top / ".git" / "info" / "exclude")]
    for parent in reversed(above):
        found += ignore_in(parent)
    return tuple(found)


def _read(folder: Path, path: Path) -> tuple[Ignore, ...]:
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return ()
    return (Ignore.of(folder, text.splitlines()),)
