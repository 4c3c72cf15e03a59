"""`check --watch`: a fresh check after every change below the project, until somebody stops it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from watchfiles import Change, watch

from lintlight.console import say
from lintlight.exit_codes import ExitCode
from lintlight.source.files import DECIDING, DEFAULT_EXCLUDE
from lintlight.source.roots import project_root

_LOOK_MS = 100
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


class CannotWatch(Exception):
    """The system does not tell what changes; the message says why."""


def run_watch(paths: Sequence[Path], arguments: Sequence[str]) -> int:
    """Check now and after every change; returns only when nobody reads any more. Ctrl-C raises KeyboardInterrupt.

    Raises CannotWatch.

    Each check is a process of its own, so that it knows nothing of the files as they were before.
    """
    for _ in _changes({project_root(there(path.absolute())) for path in paths}):
        if sys.stdout.isatty():
            print(_CLEAR, end="", flush=True)
        done = subprocess.run([sys.executable, "-P", "-m", "lintlight", "check", *arguments], check=False)
        if done.returncode == ExitCode.PIPE_CLOSED:
            break
        say("waiting for changes; Ctrl-C ends this")
    return ExitCode.PIPE_CLOSED


def _changes(roots: set[Path]) -> Iterator[None]:
    """Once at the start, and then whenever something changed; what changes meanwhile is not missed."""
    first = True
    try:
        for changes in watch(
            *roots, watch_filter=is_telling, rust_timeout=_LOOK_MS, yield_on_timeout=True, raise_interrupt=True
        ):
            if first or changes:
                first = False
                yield
    except OSError as error:  # too many folders for the system, for instance
        raise CannotWatch(f"{', '.join(map(str, sorted(roots)))} cannot be watched: {error}") from error


def there(path: Path) -> Path:
    """The path, or the first folder above it that exists."""
    return next(each for each in (path, *path.parents) if each.exists())


def is_telling(change: Change, path: str) -> bool:
    """Whether a change of a file may change what is found."""
    inside = Path(path)
    return inside.name.endswith(DECIDING) and not set(inside.parts) & set(DEFAULT_EXCLUDE)
