"""Child processes: in a session of their own, watched for time and memory, and gone afterwards with their children."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from typing import Any, Callable

SET_PARENT_DEATH_SIGNAL, SET_SUBREAPER = 1, 36
server_fds: list[int] = []
"""The pipes of the protocol; a child closes them."""
TICK = 0.05
"""Seconds between two looks at a child."""
KEPT_OUTPUT = 2000
"""So many bytes of what a child prints are kept, its last words."""


def prctl(option: int, value: int) -> None:
    """Linux' prctl(2); elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def become_subreaper() -> None:
    """Make orphaned descendants children of this process, so that they can be found and ended."""
    prctl(SET_SUBREAPER, 1)


def die_with_parent() -> None:
    """Be killed when the server goes."""
    prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, by /proc; empty where there is none."""
    found: list[int] = []
    for task in list_or_empty(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/children") as children:
                below = [int(child) for child in children.read().split()]
        except OSError:
            continue
        for child in below:
            found.append(child)
            found.extend(descendants(child))
    return found


def list_or_empty(folder: str) -> list[str]:
    """The names in a folder that may vanish at any time."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


def resident_mb(pid: int) -> float:
    """Resident memory of one process that maps no file, in MB."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            _, resident, shared = (int(number) for number in statm.read().split()[:3])
    except (OSError, ValueError):
        return 0.0
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE") / 1e6


def kill(pid: int, group: bool = False) -> None:
    """SIGKILL to a process, or to its whole group; one that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def sweep(limit_s: float = 5.0) -> None:
    """End and reap every descendant of this process."""
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        below = descendants(os.getpid())
        for pid in below:
            kill(pid)
        if not reap() and not below:
            return
        time.sleep(0.005)


def reap() -> bool:
    """Collect the ended children; whether any child is left or was collected."""
    if not hasattr(os, "WNOHANG"):
        return False
    collected = False
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return collected
        if pid == 0:
            return True
        collected = True


def nobody_waits() -> bool:
    """Whether whoever asked has gone: there is something to read on the request pipe only when it is closed."""
    return bool(server_fds) and bool(select.select(server_fds[:1], [], [], 0)[0])


class Watched:
    """A child that writes its evidence to a pipe."""

    def __init__(self, pid: int, pipe: int, output: int, poll: Callable[[], Any]) -> None:
        self.pid, self.pipe, self.output, self.poll = pid, pipe, output, poll
        self.evidence: dict[str, Any] = {}
        self.rest = self.tail = b""
        self.open = {pipe, output}
        self.shared_mb = 0.0

    @classmethod
    def fork(cls, request: dict[str, Any]) -> Watched:
        """A copy of this process, libraries loaded (some 40 ms)."""
        reading, writing = os.pipe()
        output, printing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.setsid()
            die_with_parent()
            os.dup2(printing, 1)
            os.dup2(printing, 2)
            for fd in (reading, output, printing, *server_fds):
                os.close(fd)
            from . import child

            child.run(request, writing)
            os._exit(0)
        os.close(writing)
        os.close(printing)

        def poll() -> Any:
            ended, status = os.waitpid(pid, os.WNOHANG)
            return status_code(status) if ended else None

        watched = cls(pid, reading, output, poll)
        # What the child shares with the server at its birth is not the child's.
        watched.shared_mb = resident_mb(os.getpid())
        return watched

    @classmethod
    def spawn(cls, request: dict[str, Any]) -> Watched:
        """A fresh interpreter (some seconds): where fork is missing, or CUDA is used."""
        main = os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py")
        process = subprocess.Popen(
            [sys.executable, main, "--child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise OSError("no pipe to the child")
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.close()
        pipes = os.dup(process.stdout.fileno()), os.dup(process.stderr.fileno())
        process.stdout.close()
        process.stderr.close()
        return cls(process.pid, *pipes, process.poll)

    def watch(self, timeout_s: float, memory_mb: float) -> dict[str, Any]:
        """Read until the child ends or breaks a limit; the evidence says which."""
        started, peak, ended = time.monotonic(), 0.0, ""
        code = None
        while not ended:
            self.read(TICK)
            code = self.poll()
            if code is not None:
                ended = "finished" if code == 0 else f"signal {-code}" if code < 0 else f"exit {code}"
            family = [self.pid, *descendants(self.pid)]
            used = sum(max(0.0, resident_mb(pid) - self.shared_mb) for pid in family)
            peak = max(peak, used)
            if not ended and used > memory_mb:
                ended = "memory"
            if not ended and time.monotonic() - started > timeout_s:
                ended = "timeout"
            if not ended and nobody_waits():
                ended = "cancelled"
        kill(self.pid, group=True)
        if code is None:
            self.wait()
        self.read(0)
        os.close(self.pipe)
        os.close(self.output)
        if ended == "finished" and not self.evidence.get("complete"):
            ended = "exit 0"
        return {
            **self.evidence,
            "ended": ended,
            "said": self.tail.decode("utf-8", "replace"),
            "seconds": round(time.monotonic() - started, 3),
            "peak_mb": round(peak, 1),
        }

    def wait(self) -> None:
        """Collect the killed child."""
        until = time.monotonic() + 5
        while self.poll() is None and time.monotonic() < until:
            time.sleep(0.005)

    def read(self, wait_s: float) -> None:
        """Take what the child has written, waiting at most `wait_s` for it.

        What it prints is drained, and only its end is kept; a child that never stops printing does not keep us here.
        """
        until = time.monotonic() + max(wait_s, TICK)
        while time.monotonic() < until:
            ready, _, _ = select.select(list(self.open), [], [], wait_s)
            if not ready:
                if not self.open:
                    # Both are closed, but a child may close them long before it ends.
                    time.sleep(min(wait_s, 0.005))
                return
            for pipe in ready:
                data = os.read(pipe, 1 << 16)
                if not data:
                    self.open.discard(pipe)
                elif pipe == self.output:
                    self.tail = (self.tail + data)[-KEPT_OUTPUT:]
                else:
                    *lines, self.rest = (self.rest + data).split(b"\n")
                    for line in lines:
                        self.take(line)
            wait_s = 0

    def take(self, line: bytes) -> None:
        """Add one fact; a torn line is not evidence."""
        try:
            fact = json.loads(line)
        except ValueError:
            return
        self.evidence[fact["key"]] = fact["value"]


def status_code(status: int) -> int:
    """The exit code in a wait status; negative for a signal."""
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
