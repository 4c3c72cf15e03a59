"""Processes for what is worth them: scanning many bytes, walking many classes; the order of results never changes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lintlight.analysis import Analysis
from lintlight.analysis_result import Analysed, Outcome
from lintlight.exit_codes import ExitCode
from lintlight.model import FileError
from lintlight.packs import Pack
from lintlight.profile import Spent
from lintlight.registry import packs_of, with_packs
from lintlight.scan import Reader, Scanned, scan
from lintlight.semantics.resolve.index import FactsAt, facts_at
from lintlight.settings import Settings
from lintlight.source.files import read_source

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

WORTH_BYTES = 600_000
"""A second process costs about as much as scanning so many bytes."""
WORTH_FILES = 6
"""... or as walking the classes of so many files."""
PART = 6
"""A piece of work is at most the sixth part of what is left to share: the last are small, and nobody waits for them."""

Result = TypeVar("Result")
KILLED = "the process that checked it was killed, most likely for want of memory; exclude it, or check it elsewhere"


@dataclass(frozen=True)
class Work(Generic[Result]):
    """What a process does with some files, and what stands for a file that killed its process."""

    do: Callable[[Sequence[Path]], Result]
    lost: Callable[[Path], Result]


class Workers:
    """Up to `jobs` processes; one is this process itself."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def scan(self, files: Sequence[Path], read: Reader) -> list[Scanned]:
        """What each file says by itself, in the order of `files`."""
        sizes = [_size(path) for path in files] if self.jobs > 1 else []
        if sum(sizes) < WORTH_BYTES:
            return [scan(path, read) for path in files]
        return [one for found in self._shared(SCAN, files, sizes, ()) for one in found]

    def analyse(self, analysis: Analysis, files: Sequence[Path]) -> Outcome:
        """What the rules say of each file, in the order of `files`."""
        if self.jobs == 1 or len(files) < WORTH_FILES:
            return analysis.outcome(files)
        codes = tuple(rule.info.code for rule in analysis.rules)
        given = (analysis.settings, packs_of(analysis.rules), codes, analysis.facts, analysis.sound, analysis.shared)
        sizes = [_size(path) for path in files]
        outcomes = [analysis.outcome(()), *self._shared(ANALYSE, files, sizes, given)]
        spent = Spent()
        for each in outcomes:
            spent.include(each.spent)
        analysed = tuple(one for each in outcomes for one in each.analysed)
        return Outcome(analysed, tuple(trail for each in outcomes for trail in each.trails), spent)

    def _shared(
        self, work: Work[Result], files: Sequence[Path], costs: Sequence[int], given: tuple[Any, ...]
    ) -> list[Result]:
        """What `work` makes of pieces of the files, in their order; a process works on neighbours as long as it can.

        What it has learned of a folder's files helps it with the next. The pieces of a process that is killed are done
        again at the end, each by itself.
        """
        from concurrent.futures import FIRST_COMPLETED, wait
        from concurrent.futures.process import BrokenProcessPool

        done: dict[int, list[Result]] = {}
        killed: list[range] = []
        left = Shares(costs, self.jobs)
        with _processes(self.jobs, given) as pools:
            running: dict[Future[Result], tuple[int, range]] = {}
            idle = list(range(self.jobs))
            while idle or running:
                for worker in idle:
                    piece = left.next_for(worker)
                    if piece:
                        running[_begun(pools[worker], work, [files[number] for number in piece])] = worker, piece
                idle = []
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    worker, piece = running.pop(future)
                    try:
                        done[piece.start] = [future.result()]
                    except BrokenProcessPool:
                        killed.append(piece)
                        pools[worker].shutdown()
                        pools[worker] = _process(given)
                    idle.append(worker)
        for piece in killed:
            done[piece.start] = list(_by_itself(work, [files[number] for number in piece], given))
        return [result for start in sorted(done) for result in done[start]]


@contextmanager
def _processes(count: int, given: tuple[Any, ...]) -> Iterator[list[ProcessPoolExecutor]]:
    """So many processes, until they are done; Ctrl-C kills them, whatever they are at.

    NOTE: nobody waits for a pool that was killed: what a process had not written to the end is read for ever.
    """
    pools = [_process(given) for _ in range(count)]
    try:
        yield pools
        for pool in pools:
            pool.shutdown()
    except KeyboardInterrupt:
        for process in multiprocessing.active_children():
            process.kill()
        raise


def _process(given: tuple[Any, ...]) -> ProcessPoolExecutor:
    """One process more, which begins with what is `given`."""
    from concurrent.futures import ProcessPoolExecutor

    # NOTE: a fork shares what is imported and known already; where it is unsafe, workers import for themselves.
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and os.name == "posix" else "spawn"
    return ProcessPoolExecutor(1, multiprocessing.get_context(method), initializer=_start, initargs=given)


def _begun(pool: ProcessPoolExecutor, work: Work[Result], paths: Sequence[Path]) -> Future[Result]:
    """Work for a process, which is started for its first. Ctrl-C waits until it can ignore it, see `_start`."""
    if not hasattr(signal, "pthread_sigmask"):
        return pool.submit(work.do, paths)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(work.do, paths)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _by_itself(work: Work[Result], paths: Sequence[Path], given: tuple[Any, ...]) -> Iterator[Result]:
    """What `work` makes of some files; where that kills its process, of each half of them, down to the one file."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        with _processes(1, given) as (process,):
            result = _begun(process, work, paths).result()
    except BrokenProcessPool:
        if len(paths) == 1:
            yield work.lost(paths[0])
            return
        middle = len(paths) // 2
        yield from _by_itself(work, paths[:middle], given)
        yield from _by_itself(work, paths[middle:], given)
    else:
        yield result


class Shares:
    """Numbered files, dealt to workers in pieces: two share a run of neighbours, which they begin from its two ends.

    So each has neighbours until the two meet, wherever that is; then it helps out where most is left.
    """

    def __init__(self, costs: Sequence[int], workers: int) -> None:
        self._costs = costs
        runs = (workers + 1) // 2
        sums = list(accumulate(costs, initial=0))
        ends = [bisect_left(sums, sums[-1] * 2 * run / workers) for run in range(runs)]
        self._left = [range(*each) for each in pairwise([*ends, len(costs)])]

    def next_for(self, worker: int) -> range:
        """The next of its own run, else of that in which most is left; empty once all are dealt."""
        number = worker // 2 if self._left[worker // 2] else max(range(len(self._left)), key=self._cost_left)
        run = self._left[number]
        order = run[::-1] if worker % 2 else run
        sums = list(accumulate(self._costs[item] for item in order))
        count = max(bisect_right(sums, self._cost_left(number) / PART), 1) if run else 0
        piece = order[:count]
        self._left[number] = run[: len(run) - count] if worker % 2 else run[count:]
        return piece[::-1] if worker % 2 else piece

    def _cost_left(self, number: int) -> int:
        return sum(self._costs[item] for item in self._left[number])


def cores() -> int:
    """The processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave memory to reference counts meanwhile: looking for cycles among syntax trees costs more than making them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_analysis: Analysis | None = None
"""In a worker process: what it has learned, kept from one piece of work to the next."""


def _start(
    settings: Settings | None = None,
    packs: Sequence[Pack] = (),
    codes: Sequence[str] = (),
    facts: FactsAt = facts_at,
    sound: Container[Path] = (),
    shared: Path | None = None,
) -> None:
    global _analysis
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that was started by the user ends this one
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.disable()
    gc.freeze()
    warnings.simplefilter("ignore")  # invalid escapes are the user's style, not our finding
    if settings is not None:
        rules = [rule for rule in with_packs(packs) if rule.code in codes]
        _analysis = Analysis(settings, rules, facts, sound=sound, shared=shared)


def _leave_with_parent() -> None:
    """End this process when the one that started it is no more, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(ExitCode.FAILED)


def _scan_all(paths: Sequence[Path]) -> list[Scanned]:
    return [scan(path, read_source) for path in paths]


def _analyse_all(paths: Sequence[Path]) -> Outcome:
    assert _analysis is not None
    return _analysis.outcome(paths)


SCAN = Work(_scan_all, lambda path: [Scanned(path, error=FileError(path, KILLED))])
ANALYSE = Work(_analyse_all, lambda path: Outcome((Analysed(path, error=FileError(path, KILLED)),), (), Spent()))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
