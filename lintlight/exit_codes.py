"""What the commands exit with."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The meaning of each number."""

    OK = 0
    FOUND = 1
    FAILED = 2
    """A bad option, a bad configuration, or a file that could not be checked."""
    INTERRUPTED = 130
    PIPE_CLOSED = 141
