"""Gitignore patterns and the folder that they are relative to."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

NAMED_GROUP = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True)
class Ignore:
    """Patterns that hold below one folder."""

    prefix: str
    """The folder, ending in a separator."""
    spec: GitIgnoreSpec
    any_of: re.Pattern[str] | None
    """Finds whatever one of the patterns finds: most paths are settled by it at once. None: there are no patterns."""
    _folders: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(folder: Path, patterns: Sequence[str]) -> Ignore:
        """Patterns in gitignore's language, relative to `folder`."""
        spec = GitIgnoreSpec.from_lines(patterns)
        sources = [pattern.regex.pattern for pattern in spec.patterns if pattern.regex is not None]
        # pathspec names a group, and one expression may have a name only once.
        together = "|".join(f"(?:{NAMED_GROUP.sub('(?:', source)})" for source in sources)
        return Ignore(os.path.join(folder, ""), spec, re.compile(together) if sources else None)

    def decides(self, path: str, *, is_dir: bool) -> bool | None:
        """True: ignored; False: kept by a `!` pattern; None: no pattern speaks of it."""
        if self.any_of is None or not path.startswith(self.prefix):
            return None
        relative = path[len(self.prefix) :].replace(os.sep, "/") + ("/" if is_dir else "")
        return self.spec.check_file(relative).include if self.any_of.search(relative) else None

    def hides(self, path: Path) -> bool:
        """Whether the path, or a folder on the way from here to it, is ignored."""
        text = str(path)
        if self.any_of is None or not text.startswith(self.prefix):
            return False
        if path.is_dir():
            return self.hides_folder(text)
        return bool(self.decides(text, is_dir=False)) or self.hides_folder(os.path.dirname(text))

    def hides_folder(self, folder: str) -> bool:
        """The same of a folder; each is asked about once."""
        if not folder.startswith(self.prefix):
            return False
        if folder not in self._folders:
            is_ignored = bool(self.decides(folder, is_dir=True))
            self._folders[folder] = is_ignored or self.hides_folder(os.path.dirname(folder))
        return self._folders[folder]


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
