"""Paths to source text: walk folders as git would, read files as Python would."""

from __future__ import annotations

import errno
import io
import os
import stat
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from lintlight.model import FileError, SourceText
from lintlight.source.ignore import Ignore, ignore_above, ignore_in
from lintlight.source.tracked import Tracked

DEFAULT_EXCLUDE = (
    *(".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", ".eggs", ".direnv", ".pyenv", "node_modules"),
    *("__pycache__", "__pypackages__", "site-packages", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
    *(".lintlight_cache", ".ipynb_checkpoints", "_build", "build", "dist"),
)
"""Names that are never walked into, unless the settings say `exclude` themselves."""
DECIDING = (*(".py", ".ipynb", ".toml", ".yaml", ".yml", ".cfg", ".txt", ".lock"), ".gitignore", "Pipfile")
"""How the names end of files that decide on what is found: code, configuration, requirements."""

NOTEBOOK = ".ipynb"
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


class UnreadableSource(Exception):
    """A file whose text cannot be had; the reason says what to do about it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True)
class FoundFiles:
    """The files to check, absolute and in order, and what was asked for but cannot be checked."""

    files: tuple[Path, ...]
    errors: tuple[FileError, ...] = ()


def read_source(path: Path) -> SourceText:
    """The text of a Python file, decoded by its BOM or coding line; raises UnreadableSource."""
    try:
        data = bytes_of(path)
    except OSError as error:
        raise UnreadableSource(path, f"cannot be read: {error.strerror or error}") from error
    return decode_source(path, data)


_STANDING_IN: ContextVar[Mapping[Path, bytes] | None] = ContextVar("standing in", default=None)


@contextmanager
def standing_in(texts: Mapping[Path, SourceText]) -> Iterator[None]:
    """While it lasts, these files hold these texts, as far as this process is concerned."""
    token = _STANDING_IN.set({path: text.file_bytes for path, text in texts.items()})
    try:
        yield
    finally:
        _STANDING_IN.reset(token)


def is_as_on_the_disk() -> bool:
    """Whether nothing stands in for a file."""
    return not _STANDING_IN.get()


def file_size(path: Path) -> int:
    """Bytes; 0 where there is no such file any more."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def bytes_of(path: Path) -> bytes:
    """What a file holds. Raises OSError, also for a pipe or a device, which might never end."""
    given = _STANDING_IN.get()
    if given and path in given:
        return given[path]
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError(errno.EINVAL, "is no file")
        with open(path, "rb", buffering=0) as file:  # in half of the time of `Path.read_bytes`
            return file.read()
    except ValueError as error:  # a name that this machine's encoding for names does not have
        raise OSError(errno.EINVAL, f"its name cannot be used here: {error}") from error


def decode_source(path: Path, data: bytes) -> SourceText:
    """Decode the bytes of a Python file as PEP 263 says, or of a notebook; raises UnreadableSource."""
    if data.startswith(LFS_POINTER):
        raise UnreadableSource(path, "is only a pointer of Git LFS; fetch the file itself with `git lfs pull`")
    if path.suffix == NOTEBOOK:
        from lintlight.source.notebook import NotANotebook, notebook_source

        try:
            return notebook_source(path, data)
        except NotANotebook as error:
            raise UnreadableSource(path, str(error)) from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableSource(path, "is UTF-16, which Python does not read; save it as UTF-8")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(_line_feeds(data)).readline)
        return SourceText(path, data, data.decode(encoding), encoding)
    except UnicodeDecodeError as error:
        raise UnreadableSource(path, _undecodable(data, error)) from error
    except (LookupError, UnicodeError) as error:  # `rot13`, `punycode` and others are no encodings of a text
        raise UnreadableSource(path, f"cannot be decoded: {error}; save it as UTF-8") from error
    except SyntaxError as error:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as first_lines:
            raise UnreadableSource(path, _undecodable(data, first_lines)) from error
        raise UnreadableSource(
            path, f"cannot be decoded: {error.msg.partition(' for ')[0]}; save it as UTF-8"
        ) from error


def _line_feeds(data: bytes) -> bytes:
    """Data whose lines end as Python sees it; `tokenize` takes a file with the line ends of old Macs for one line."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _undecodable(data: bytes, error: UnicodeDecodeError) -> str:
    row = data.count(b"\n", 0, error.start) + 1
    return (
        f"cannot be decoded: byte 0x{data[error.start]:02x} in line {row} is not valid {error.encoding}; "
        "save it as UTF-8, or name its encoding in the first line, for instance `# -*- coding: latin-1 -*-`"
    )


def find_files(
    paths: Sequence[Path],
    *,
    root: Path,
    exclude: Sequence[str] = DEFAULT_EXCLUDE,
    force_exclude: bool = False,
    wanted: Callable[[str], bool] = lambda name: name.endswith((".py", NOTEBOOK)),
    unsaved: Path | None = None,
) -> FoundFiles:
    """The files under `paths`: walked ones minus what git ignores and `exclude` names, explicit ones always.

    Git ignores nothing that it tracks. `exclude` holds gitignore patterns relative to `root`; `force_exclude` applies
    them to explicit files too. `unsaved` is a file whose text is known without the disk; it need not be there. A file
    that links lead to is there once.
    """
    excluded = Ignore.of(root, exclude)
    files: dict[Path, Path] = {}
    errors: list[FileError] = []
    walk = _Walk(excluded, Tracked(), wanted, errors)
    for given in paths:
        path = Path(os.path.abspath(given))
        real = Path(os.path.realpath(path))
        problem = _problem(path) if path != unsaved else ""
        if problem:
            errors.append(FileError(path, problem))
        elif force_exclude and excluded.hides(path):
            continue
        elif os.path.isdir(path):
            # A folder that was asked for by name is walked even where it, or one around it, is ignored itself.
            for entry in _walked(path, ignore_above(path), walk):
                file = Path(entry.path)
                problem = _problem(file) if entry.is_symlink() else ""
                if problem:
                    errors.append(FileError(file, problem))
                else:
                    files[file] = Path(os.path.realpath(file)) if entry.is_symlink() or real != path else file
        else:
            files[path] = real
    return FoundFiles(tuple(sorted(_once(files))), tuple(errors))


def _once(files: Mapping[Path, Path]) -> Iterable[Path]:
    """Of paths and the files that they lead to: each file once, under a path that is no link if there is one."""
    if len(files) == len(set(files.values())):
        return files
    named: dict[Path, Path] = {}
    for path in sorted(files, key=lambda path: (path != files[path], path.is_symlink(), path)):
        named.setdefault(files[path], path)
    return named.values()


def _problem(path: Path) -> str:
    """Why a path cannot be checked, or an empty string."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            return f"is a broken link to {os.readlink(path)}; remove it, or exclude it"
        return "does not exist"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return "is neither a file nor a folder"
    return ""


@dataclass(frozen=True)
class _Walk:
    """What is the same in all folders of a walk."""

    excluded: Ignore
    tracked: Tracked
    wanted: Callable[[str], bool]
    errors: list[FileError]
    """A folder that cannot be read is added."""


def _walked(
    folder: Path, ignores: tuple[Ignore, ...], walk: _Walk, *, is_ignored: bool = False
) -> Iterator[os.DirEntry[str]]:
    """Files below a folder, without following links to folders; the nearest ignore file decides.

    What is ignored counts as far as git tracks it nevertheless, and so does what lies in a folder that `is_ignored`.
    """
    ignores = (*ignores, *ignore_in(folder))
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}; exclude it, or let it be read"
        walk.errors.append(FileError(folder, reason))
        return
    for entry in entries:
        is_dir = entry.is_dir(follow_symlinks=False)
        if not is_dir and not (walk.wanted(entry.name) and _may_be_text(entry)):
            continue
        if walk.excluded.decides(entry.path, is_dir=is_dir):
            continue
        needs_git = is_ignored or _is_ignored(ignores, entry.path, is_dir=is_dir)
        if needs_git and not walk.tracked.holds(entry.path):
            continue
        if is_dir:
            yield from _walked(Path(entry.path), ignores, walk, is_ignored=needs_git)
        else:
            yield entry


def _is_ignored(ignores: tuple[Ignore, ...], path: str, *, is_dir: bool) -> bool:
    for ignore in reversed(ignores):
        decision = ignore.decides(path, is_dir=is_dir)
        if decision is not None:
            return decision
    return False


def _may_be_text(entry: os.DirEntry[str]) -> bool:
    """Not a pipe or device, nor a link `.#file.py` that leads nowhere on purpose: Emacs marks open files so."""
    return not entry.name.startswith(".#") if entry.is_symlink() else entry.is_file()
