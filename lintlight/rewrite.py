"""Changed texts to files or to a diff: written whole or not at all; owner, permissions and links stay."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import tempfile
from pathlib import Path

from lintlight.model import SourceText
from lintlight.source.roots import project_root

_SPECIAL = re.compile(rb'[\x00-\x1f\x7f"\\]')


class NotWritten(Exception):
    """A file that was left as it is; the message says why."""


def write(before: SourceText, after: SourceText) -> None:
    """Replace a file at once by its changed text. Raises NotWritten."""
    path = before.path
    try:
        real = path.resolve(strict=True)
        if _leaves(path, real):
            raise NotWritten(f"is a link to {real}, outside its project; fix it there")
        if not os.access(real, os.W_OK):
            raise NotWritten("is read-only")
        now = real.read_bytes()
        if now == after.file_bytes:
            return  # by another name of the same file, for instance
        if now != before.file_bytes:
            raise NotWritten("was changed by somebody else meanwhile; run again")
        _replace(real, after.file_bytes)
    except OSError as error:
        raise NotWritten(f"cannot be written: {error.strerror or error}") from error


def _leaves(path: Path, real: Path) -> bool:
    """Whether links lead from the project of `path` to somewhere else."""
    return not real.is_relative_to(project_root(path).resolve())


def _replace(path: Path, data: bytes) -> None:
    """Write beside the file, then put the new one in its place: a reader sees the old text or the new one.

    A file with several names, or an owner that a new one cannot have, is written itself.
    """
    was = path.stat()
    new = _beside(path, data)
    try:
        if was.st_nlink == 1 and _is_given(new, was):
            shutil.copymode(path, new)
            os.replace(new, path)
            return
    except BaseException:
        os.unlink(new)
        raise
    os.unlink(new)
    _overwrite(path, data)


def _beside(path: Path, data: bytes) -> str:
    """The name of a new file in the same folder. Raises OSError, and leaves nothing then."""
    # NOTE: a name may be as long as names can be, and this one is longer.
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:20]}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except BaseException:
        os.unlink(name)
        raise
    return name


def _is_given(name: str, was: os.stat_result) -> bool:
    """Give a new file the owner and the group of another; whether it has them."""
    now = os.stat(name)
    if (now.st_uid, now.st_gid) != (was.st_uid, was.st_gid):
        try:
            os.chown(name, was.st_uid, was.st_gid)
        except OSError:
            return False
    return True


def _overwrite(path: Path, data: bytes) -> None:
    """Write the file itself; its old text lies beside it meanwhile, and stays there if all else fails."""
    old = path.read_bytes()
    backup = _beside(path, old)
    try:
        path.write_bytes(data)
    except BaseException as error:
        try:
            path.write_bytes(old)
        except OSError:
            raise NotWritten(f"was damaged while it was written; its old text is in {backup}") from error
        os.unlink(backup)
        raise
    os.unlink(backup)


def unified(before: SourceText, after: SourceText, name: bytes) -> bytes:
    """The change as a unified diff that `patch` and `git apply` take, in the bytes of the file."""
    old, new, named = _lines(before.file_bytes), _lines(after.file_bytes), _in_a_diff(name)
    return b"".join(_ended(line) for line in difflib.diff_bytes(difflib.unified_diff, old, new, named, named))


def _in_a_diff(name: bytes) -> bytes:
    """A file's name as git writes it: quoted where it could be taken for something else, a tab behind blanks."""
    if _SPECIAL.search(name):
        return b'"' + _SPECIAL.sub(lambda match: b"\\%03o" % ord(match[0]), name) + b'"'
    return name + b"\t" if b" " in name else name


def _lines(data: bytes) -> list[bytes]:
    """The lines with their ends, split at line feeds only."""
    *whole, rest = data.split(b"\n")
    return [*(line + b"\n" for line in whole), *([rest] if rest else [])]


def _ended(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
