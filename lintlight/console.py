"""What goes to the terminal, or to what stands in its place: whole, or not at all."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console


class PipeClosed(Exception):
    """Nothing can be written to stdout any more: its reader has gone, as `head` does, or for the `reason` given."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class Unfailing(io.TextIOWrapper):
    """A stream for messages: where nobody can read them any more, the exit code still tells what happened."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream.buffer, stream.encoding, "backslashreplace", line_buffering=True)
        self._stream = stream  # which closes the buffer when it goes

    def write(self, text: str, /) -> int:
        """Write as far as that can be done."""
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """The same for what is left."""
        with suppress(OSError):
            super().flush()


def say(message: str) -> None:
    """A line on stderr."""
    print(f"lintlight: {message}", file=sys.stderr)


def drawn(picture: Callable[[Console], None]) -> str:
    """What rich draws, with the escapes for colour, as wide as the terminal."""
    import shutil

    from rich.console import Console

    out = io.StringIO()
    picture(Console(file=out, force_terminal=True, width=shutil.get_terminal_size().columns))
    return out.getvalue()


def emit(output: str | bytes) -> None:
    """Write to stdout; what its encoding lacks is escaped. Raises PipeClosed when nobody reads any more.

    Bytes go there as they are.
    """
    try:
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        if isinstance(output, bytes):
            sys.stdout.buffer.write(output)
        else:
            sys.stdout.write(output)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise PipeClosed from error
    except OSError as error:  # a full disk, for instance
        raise PipeClosed(error.strerror or str(error)) from error


def draws_in_colour(environment: Mapping[str, str]) -> bool:
    """Whether stdout is a terminal, or FORCE_COLOR says to draw as if it were."""
    if environment.get("NO_COLOR"):
        return False
    return bool(environment.get("FORCE_COLOR")) or (sys.stdout.isatty() and environment.get("TERM") != "dumb")
