"""Gitignore patterns and the folder that they are relative to."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec, RegexPattern

NAMED_GROUP = re.compile(r"\(\?P<\w+>")
IN_A_FOLDER = "ps_d"
"""How pathspec calls the slash behind a folder that a pattern means."""


@dataclass(frozen=True)
class Ignore:
    """Patterns that hold below one folder."""

    prefix: str
    """The folder, ending in a separator."""
    patterns: tuple[tuple[re.Pattern[str], bool], ...]
    """Each with whether it ignores: one with `!` does not."""
    any_of: re.Pattern[str] | None
    """Finds whatever one of the patterns finds: most paths are settled by it at once. None: there are no patterns."""
    _folders: dict[tuple[str, str], bool] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(folder: Path, patterns: Sequence[str]) -> Ignore:
        """Patterns in gitignore's language, relative to `folder`; what git makes nothing of is left out."""
        found = [(each.regex, bool(each.include)) for each in _read_patterns(patterns) if each.regex is not None]
        # pathspec names a group, and one expression may have a name only once.
        together = "|".join(f"(?:{NAMED_GROUP.sub('(?:', regex.pattern)})" for regex, _ in found)
        return Ignore(os.path.join(folder, ""), tuple(found), re.compile(together) if found else None)

    def decides(self, path: str, *, is_dir: bool) -> bool | None:
        """True: ignored; False: kept by a `!` pattern; None: no pattern speaks of it. The last pattern decides.

        Of the folders around it nothing is known here.
        """
        if self.any_of is None or not path.startswith(self.prefix):
            return None
        relative = path[len(self.prefix) :].replace(os.sep, "/") + ("/" if is_dir else "")
        if not self.any_of.search(relative):
            return None
        deciding = (ignores for regex, ignores in reversed(self.patterns) if _means(regex, relative))
        return next(deciding, None)

    def hides(self, path: Path) -> bool:
        """Whether the path, or a folder on the way from here to it, is ignored."""
        text = str(path)
        if self.any_of is None or not text.startswith(self.prefix):
            return False
        if os.path.isdir(path):
            return self.hides_folder(text)
        return bool(self.decides(text, is_dir=False)) or self.hides_folder(os.path.dirname(text))

    def hides_folder(self, folder: str, top: str = "") -> bool:
        """The same of a folder, and of no folder on the way but those below `top`; each is asked about once."""
        if folder == top or not folder.startswith(self.prefix) or folder == self.prefix:
            return False
        if (folder, top) not in self._folders:
            is_ignored = bool(self.decides(folder, is_dir=True))
            self._folders[folder, top] = is_ignored or self.hides_folder(os.path.dirname(folder), top)
        return self._folders[folder, top]


def _read_patterns(lines: Sequence[str]) -> Sequence[RegexPattern]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `[[:alpha:]]` is none of Python's
        try:
            return list(GitIgnoreSpec.from_lines(lines).patterns)
        except ValueError:
            return [pattern for line in lines for pattern in _read_pattern(line)]


def _read_pattern(line: str) -> Sequence[RegexPattern]:
    try:
        return list(GitIgnoreSpec.from_lines([line]).patterns)
    except ValueError:
        return ()


def _means(regex: re.Pattern[str], path: str) -> bool:
    """Whether a pattern means just this file or folder, and not only a folder that it lies in."""
    found = regex.search(path)
    if found is None:
        return False
    if IN_A_FOLDER not in regex.groupindex:
        return found.end() < len(path) or not regex.pattern.endswith("/")  # `a/**` means all in it, and not itself
    if found[IN_A_FOLDER] is None:
        return True
    return path.endswith("/") and (not regex.pattern.startswith("^") or found.end(IN_A_FOLDER) == len(path))


def ignore_in(folder: Path) -> tuple[Ignore, ...]:
    """What the folder's own `.gitignore` says, if it has one."""
    return _read(folder, folder / ".gitignore")


def ignore_above(folder: Path) -> tuple[Ignore, ...]:
    """What the ignore files above a folder say, outermost first, up to the root of its git repository."""
    top = next((parent for parent in (folder, *folder.parents) if os.path.exists(parent / ".git")), None)
    if top is None:
        return ()
    above = [parent for parent in folder.parents if parent == top or top in parent.parents]
    found = [*_read(top, top / ".git" / "info" / "exclude")]
    for parent in reversed(above):
        found += ignore_in(parent)
    return tuple(found)


def _read(folder: Path, path: Path) -> tuple[Ignore, ...]:
    if not os.path.isfile(path):  # a pipe might never end
        return ()
    try:
        text = path.read_text("utf-8-sig", errors="replace")
    except OSError:
        return ()
    return (Ignore.of(folder, text.splitlines()),)
