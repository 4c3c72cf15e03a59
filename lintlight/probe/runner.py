"""Start the worker in the project's interpreter, ask it about each class, and take home what it saw."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lintlight.probe.environment import environment, hub_caches, interpreter
from lintlight.probe.evidence import Evidence
from lintlight.probe.plan import Job
from lintlight.probe.settings import ProbeSettings

WORKER = Path(__file__).parent / "worker" / "__main__.py"
GRACE_S = 20.0
"""Seconds that the server has beyond a class's limit to end the child and answer."""

Progress = Callable[[int, int, str], None]
"""Called with the classes done, all classes, and the name of the one that starts (empty at the end)."""


def run(jobs: Sequence[Job], settings: ProbeSettings, progress: Progress) -> list[Evidence]:
    """The evidence for each job, in order; what could not be run says so."""
    if not jobs:
        return []
    with (
        cleaning_up_when_terminated(),
        tempfile.TemporaryDirectory(prefix="lintlight-", ignore_cleanup_errors=True) as folder,
    ):
        found: list[Evidence] = []
        while len(found) < len(jobs):
            progress(len(found), len(jobs), jobs[len(found)].name)
            found.extend(serve(jobs[len(found) :], len(found), len(jobs), settings, progress, Path(folder)))
    progress(len(jobs), len(jobs), "")
    return found


class Terminated(BaseException):
    """SIGTERM has come."""


@contextlib.contextmanager
def cleaning_up_when_terminated() -> Iterator[None]:
    """Let SIGTERM end what is inside as an interrupt does, files removed; then the process ends by it all the same."""
    mine = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not mine:
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except Terminated:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def serve(
    jobs: Sequence[Job], before: int, total: int, settings: ProbeSettings, progress: Progress, folder: Path
) -> list[Evidence]:
    """Evidence from one server, for as many of the jobs as it lived through (at least one)."""
    python = interpreter(settings.python, os.environ, settings.root)
    with started(python, settings, folder) as server:
        if isinstance(server, str):
            return [failed("start", "OSError", server, str(python))] * len(jobs)
        server.send({"lightning": lightning_names(jobs)})
        ready = server.receive(settings.start_timeout_s)
        if ready is None or ready["event"] != "ready":
            return [not_ready(ready, python, server)] * len(jobs)
        found: list[Evidence] = []
        for number, job in enumerate(jobs):
            if number:
                progress(before + number, total, job.name)
            server.send(request(job, before + number, settings))
            answer = server.answer(settings.timeout_s + GRACE_S)
            if answer is None:
                found.append({**failed("server", "ServerLost", server.last_words(), str(python)), "ended": "server"})
                break
            found.append({"versions": ready["versions"], "python": str(python), **answer["evidence"]})
        return found


def request(job: Job, number: int, settings: ProbeSettings) -> dict[str, Any]:
    """What the worker is told about one class."""
    return {
        "id": number,
        "path": str(job.path.absolute()),
        "class_name": job.class_name,
        "attributes": list(job.attributes),
        "experiments": list(job.experiments),
        "init": dict(job.init),
        "arch": dict(settings.arch),
        "config_dirs": [str(folder.absolute()) for folder in settings.config_dirs],
        "look_in": list(dict.fromkeys(map(str, (Path.cwd(), settings.root.absolute())))),
        "caches": hub_caches(os.environ),
        "batch": settings.batch,
        "factory": settings.factory,
        "config": str(settings.config.absolute()) if settings.config else "",
        "checkpoint": str(settings.checkpoint.absolute()) if settings.checkpoint else "",
        "weights": settings.weights,
        "device": settings.device,
        "budget_mb": settings.budget_mb,
        "flags_only": settings.flags_only,
        "timeout": settings.timeout_s,
        "memory_mb": settings.memory_mb,
        "spawn": settings.device != "cpu",
    }


def lightning_names(jobs: Sequence[Job]) -> list[str]:
    """The Lightning package to load first: the older name when the first file uses it."""
    try:
        text = jobs[0].path.read_bytes()
    except OSError:
        return []
    return ["pytorch_lightning"] if b"pytorch_lightning" in text else []


def failed(stage: str, kind: str, message: str, python: str) -> Evidence:
    """Evidence of a probe that did not come to the class at all."""
    return {"python": python, "failure": {"stage": stage, "type": kind, "message": message}, "ended": "not started"}


def not_ready(answer: dict[str, Any] | None, python: Path, server: Server) -> Evidence:
    """Evidence of a server that did not start."""
    if answer is None:
        return failed("start", "ServerLost", server.last_words() or "it did not answer", str(python))
    evidence = failed("start", "ImportError", str(answer.get("message", "")), str(python))
    return {**evidence, "failure": {**evidence["failure"], "name": answer.get("package", "")}}


class Server:
    """The worker's server process, and lines of JSON to and from it."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self.log, self.rest = process, log, b""

    def send(self, message: dict[str, Any]) -> None:
        """Write one message; a server that is gone shows when it is asked for the answer."""
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(json.dumps(message).encode() + b"\n")
                self.process.stdin.flush()

    def answer(self, timeout_s: float) -> dict[str, Any] | None:
        """The message that ends a class; None if it does not come."""
        until = time.monotonic() + timeout_s
        while True:
            message = self.receive(until - time.monotonic())
            if message is None or message["event"] == "done":
                return message

    def receive(self, timeout_s: float) -> dict[str, Any] | None:
        """The next message; None when the server has ended or is late."""
        until = time.monotonic() + timeout_s
        stdout = self.process.stdout
        while stdout is not None and b"\n" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([stdout], [], [], left)[0]:
                return None
            data = os.read(stdout.fileno(), 1 << 16)
            if not data:
                return None
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def last_words(self) -> str:
        """The last line that the server wrote to its log."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4096))
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else ""


@contextlib.contextmanager
def started(python: Path, settings: ProbeSettings, folder: Path) -> Iterator[Server | str]:
    """The running server, or why it could not be started; gone, with all that it started, at the end."""
    log = folder / "log"
    with log.open("ab") as output:
        try:
            process = subprocess.Popen(
                [str(python), "-B", str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                env=environment(os.environ, folder, settings.device, settings.weights),
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            yield f"{error.strerror}: {python}"
            return
        try:
            yield Server(process, log)
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Close the server's stdin, which it takes as its end; kill its process group when it does not."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
