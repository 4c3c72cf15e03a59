"""Which files git tracks: what it tracks it ignores nowhere, whatever an ignore file says of it."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

HASHES = (20, 32)
"""The bytes that SHA-1 and SHA-256 have; an index does not say which of them its repository uses."""
VERSIONS = (2, 3, 4)
STATUS = 40
"""The bytes in front of an entry's hash: times, mode, size."""
LONG = 0xFFF
"""The length that an entry gives for its path where it is this long, or longer."""
SPLIT = b"link"
"""The part of an index that leads to another one, beside which it is of use only."""
GITDIR = "gitdir: "


class NotAnIndex(ValueError):
    """What cannot be read as an index of its own."""


class Tracked:
    """What git tracks; an index is read when it is first asked for something below the root of its repository."""

    def __init__(self) -> None:
        self._tops: dict[str, str | None] = {}
        self._names: dict[str, Sequence[bytes]] = {}

    def holds(self, path: str) -> bool:
        """Whether git tracks a file, or something in a folder; a submodule is tracked in the repository around it."""
        top = self._top(os.path.dirname(path))
        if top is None:
            return False
        if top not in self._names:
            self._names[top] = _names_at(top)
        names = self._names[top]
        name = os.fsencode(path[len(os.path.join(top, "")) :].replace(os.sep, "/"))
        return _next(names, name) == name or _next(names, name + b"/").startswith(name + b"/")

    def _top(self, folder: str) -> str | None:
        """The root of the repository that a folder lies in."""
        if folder not in self._tops:
            above = os.path.dirname(folder)
            is_top = os.path.exists(os.path.join(folder, ".git"))
            self._tops[folder] = folder if is_top else self._top(above) if above != folder else None
        return self._tops[folder]


def _next(names: Sequence[bytes], name: bytes) -> bytes:
    """The first of some names, in order, that does not come before `name`."""
    at = bisect_left(names, name)
    return names[at] if at < len(names) else b""


def _names_at(top: str) -> Sequence[bytes]:
    """The paths in the index of a repository; none where it cannot be read: the ignore files decide alone then."""
    try:
        return sorted(names_in(_read(_git_folder(Path(top)) / "index")))
    except (OSError, ValueError):
        return ()


def _git_folder(top: Path) -> Path:
    """Where a repository keeps its index; in a worktree or a submodule a file `.git` says so."""
    git = top / ".git"
    if os.path.isdir(git):
        return git
    return top / os.fsdecode(_read(git)).removeprefix(GITDIR).rstrip("\r\n")


def _read(path: Path) -> bytes:
    """Nothing of what is no file: a pipe might never end. Raises OSError, ValueError."""
    return path.read_bytes() if os.path.isfile(path) else b""


def names_in(data: bytes) -> list[bytes]:
    """The paths that an index names, as https://git-scm.com/docs/index-format says. Raises NotAnIndex."""
    if data[:4] != b"DIRC" or int.from_bytes(data[4:8], "big") not in VERSIONS:
        raise NotAnIndex
    for size in HASHES:
        try:
            names, end = _entries(data, size)
            if SPLIT not in _extensions(data, end, size):
                return names
        except (NotAnIndex, IndexError):
            continue
    raise NotAnIndex


def _entries(data: bytes, size: int) -> tuple[list[bytes], int]:
    """The paths of the entries, and where those end. Raises NotAnIndex, IndexError."""
    is_packed = data[7] == 4
    names: list[bytes] = []
    name, start = b"", 12
    for _ in range(int.from_bytes(data[8:12], "big")):
        flags = start + STATUS + size
        first = flags + (4 if data[flags] & 0x40 else 2)
        kept = b""
        if is_packed:
            cut, first = _number(data, first)
            kept = name[: len(name) - cut]
        end = data.find(0, first)
        name = kept + data[first:end]
        if end < 0 or min(len(name), LONG) != (data[flags] & 0xF) << 8 | data[flags + 1]:
            raise NotAnIndex
        names.append(name)
        start = end + 1 if is_packed else start + (end - start + 8) // 8 * 8
    return names, start


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number of as many bytes as it needs, and what follows it: seven bits each, and one that says that more come."""
    number = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        number = (number + 1 << 7) | (data[at] & 0x7F)
    return number, at + 1


def _extensions(data: bytes, at: int, size: int) -> set[bytes]:
    """The names of what follows the entries, up to the hash of it all. Raises NotAnIndex."""
    found: set[bytes] = set()
    while at < len(data) - size:
        found.add(data[at : at + 4])
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")
    if at != len(data) - size:
        raise NotAnIndex
    return found
