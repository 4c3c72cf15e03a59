"""Partial evidence: every fact is written to the pipe as soon as it is known, so that a kill loses none of them."""

from __future__ import annotations

import contextlib
import json
import os
import traceback
from types import TracebackType
from typing import Any, Optional

from .absent import ABSENCES, told

DEFAULT, HARVESTED, IMMATERIAL, MADE_UP = "default", "harvested", "immaterial", "made up"
"""Where what nobody gave comes from: an option's default, or made up, of which some cannot matter."""
CLOSED = "the network is closed while lintlight probes"
"""What an exception says that is raised for a connection."""
REMOVED_HOOK = "RemovedHook"
"""The type of failure of a hook that Lightning no longer calls, and that was left out therefore."""
# `evidence.py` beside the worker has a copy of these words.


class Record:
    """Writes facts as JSON lines to a file descriptor."""

    def __init__(self, fd: int) -> None:
        self.fd, self.pid = fd, os.getpid()
        self.facts: dict[str, Any] = {}

    def put(self, key: str, value: Any) -> None:
        """Say a fact; a later one of the same key replaces it. A process that the user's code forked says nothing."""
        if os.getpid() != self.pid:
            os._exit(0)
        self.facts[key] = value
        data = json.dumps({"key": key, "value": value}, default=repr).encode() + b"\n"
        while data:
            data = data[os.write(self.fd, data) :]

    def begin(self, stage: str) -> None:
        """Say which stage begins, and what was stood in for until now."""
        self.put("absent", ABSENCES.facts())
        self.put("stage", stage)


class Attempt:
    """A fence around code of the user: what it raises becomes evidence, SystemExit included.

    `failure` is None, or the stage, the exception's type and message, and the place in the user's code.
    """

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.failure: Optional[dict[str, Any]] = None
        self.error: Optional[BaseException] = None

    def __enter__(self) -> Attempt:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> bool:
        if error is None:
            return False
        self.error = error
        self.failure = describe(self.stage, error)
        return True


def describe(stage: str, error: BaseException) -> dict[str, Any]:
    """A failure as data: the stage, the exception, and the last place outside installed packages."""
    told(error)
    failure: dict[str, Any] = {
        "stage": stage,
        "type": type(error).__name__,
        "message": " ".join(as_seen_from_here(str(error)).split())[:400],
    }
    if isinstance(error, ImportError) and error.name:
        failure["name"] = error.name
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if "site-packages" not in frame.filename and not is_own(frame.filename) and os.path.isabs(frame.filename):
            failure["file"], failure["row"] = frame.filename, frame.lineno
            break
    return failure


def as_seen_from_here(text: str) -> str:
    """A text without the folder that the class is run in: that one is gone by the time it is read."""
    with contextlib.suppress(OSError):  # the folder itself may have been deleted
        text = text.replace(os.path.join(os.getcwd(), ""), "")
    home = os.environ.get("HOME", "")
    return text.replace(os.path.join(home, ""), "~/") if len(home) > 1 else text


def is_own(filename: str) -> bool:
    """Whether a file belongs to the worker."""
    return os.path.dirname(os.path.abspath(filename)) == os.path.dirname(os.path.abspath(__file__))
