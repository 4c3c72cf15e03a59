"""Processes for what is worth them; the classes of many files, shared out: the order of results never changes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from lintlight.analysis import Analysis
from lintlight.analysis_result import Analysed, Outcome, joined
from lintlight.exit_codes import ExitCode
from lintlight.model import FileError
from lintlight.packs import Pack
from lintlight.profile import Spent
from lintlight.registry import packs_of, with_packs
from lintlight.semantics.resolve.index import FactsAt
from lintlight.settings import Settings
from lintlight.source.files import file_size
from lintlight.source.roots import Roots

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

WORTH_FILES = 6
"""A second process costs about as much as walking the classes of so many files."""
PART = 6
"""A piece of work is at most the sixth part of what is left to share: the last are small, and nobody waits for them."""

Result = TypeVar("Result")
Begin = Callable[[], Analysis | None]
"""Gives what a process begins with."""
KILLED = "the process that checked it was killed, most likely for want of memory; exclude it, or check it elsewhere"


@dataclass(frozen=True)
class Work(Generic[Result]):
    """What a process does with some files, and what stands for a file that killed its process."""

    do: Callable[[Sequence[Path]], Result]
    lost: Callable[[Path], Result]


def analyse(analysis: Analysis, files: Sequence[Path], jobs: int) -> Outcome:
    """What the rules say of each file, in the order of `files`, worked out by up to `jobs` processes."""
    if jobs == 1 or len(files) < WORTH_FILES:
        return analysis.outcome(files)
    sizes = [file_size(path) for path in files]
    return joined([analysis.outcome(()), *_shared(ANALYSE, files, sizes, jobs, _known_to_workers(analysis))])


def _shared(work: Work[Result], files: Sequence[Path], costs: Sequence[int], jobs: int, begin: Begin) -> list[Result]:
    """What `work` makes of pieces of the files, in their order; a process works on neighbours as long as it can.

    What it has learned of a folder's files helps it with the next. The pieces of a process that is killed are done
    again at the end, each by itself.
    """
    from concurrent.futures import FIRST_COMPLETED, wait
    from concurrent.futures.process import BrokenProcessPool

    done: dict[int, list[Result]] = {}
    killed: list[range] = []
    left = Shares(costs, jobs)
    pools = [process(begin) for _ in range(jobs)]
    with ended(pools):
        running: dict[Future[Result], tuple[int, range]] = {}
        idle = list(range(jobs))
        while idle or running:
            for worker in idle:
                piece = left.next_for(worker)
                if piece:
                    running[begun(pools[worker], work, [files[number] for number in piece])] = worker, piece
            idle = []
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                worker, piece = running.pop(future)
                try:
                    done[piece.start] = [future.result()]
                except BrokenProcessPool:
                    killed.append(piece)
                    pools[worker].shutdown()
                    pools[worker] = process(begin)
                idle.append(worker)
    for piece in killed:
        done[piece.start] = list(by_itself(work, [files[number] for number in piece], begin))
    return [result for start in sorted(done) for result in done[start]]


@contextmanager
def ended(pools: Sequence[ProcessPoolExecutor]) -> Iterator[None]:
    """End these processes when they are done; Ctrl-C kills them, whatever they are at.

    NOTE: nobody waits for a pool that was killed: what a process had not written to the end is read for ever.
    """
    try:
        yield
        for pool in pools:
            pool.shutdown()
    except KeyboardInterrupt:
        for child in multiprocessing.active_children():
            child.kill()
        raise


def process(begin: Begin, count: int = 1) -> ProcessPoolExecutor:
    """One process more, or several that share their work, which begin with what `begin` gives."""
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("fork" if _can_fork() else "spawn")
    return ProcessPoolExecutor(count, context, initializer=_start, initargs=(begin,))


def _can_fork() -> bool:
    # NOTE: a fork shares what is imported and known already; where it is unsafe, workers import for themselves.
    return "fork" in multiprocessing.get_all_start_methods() and os.name == "posix"


def begun(pool: ProcessPoolExecutor, work: Work[Result], paths: Sequence[Path]) -> Future[Result]:
    """Work for a process, which is started for its first. Ctrl-C waits until it can ignore it, see `_start`."""
    if not hasattr(signal, "pthread_sigmask"):
        return pool.submit(work.do, paths)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return pool.submit(work.do, paths)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def by_itself(work: Work[Result], paths: Sequence[Path], begin: Begin) -> Iterator[Result]:
    """What `work` makes of some files; where that kills its process, of each half of them, down to the one file."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        with ended([alone := process(begin)]):
            result = begun(alone, work, paths).result()
    except BrokenProcessPool:
        if len(paths) == 1:
            yield work.lost(paths[0])
            return
        middle = len(paths) // 2
        yield from by_itself(work, paths[:middle], begin)
        yield from by_itself(work, paths[middle:], begin)
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


def _known_to_workers(analysis: Analysis) -> Begin:
    """All that this process has learned, where they are forked from it; else they learn it for themselves."""
    if _can_fork():
        return lambda: analysis
    packs, codes = packs_of(analysis.rules), tuple(rule.info.code for rule in analysis.rules)
    known = analysis.settings, packs, codes, analysis.facts, analysis.sound, analysis.roots
    return partial(_anew, *known, keeps_steps=analysis.keeps_steps)


def _anew(
    settings: Settings,
    packs: Sequence[Pack],
    codes: Sequence[str],
    facts: FactsAt,
    sound: Collection[Path],
    roots: Roots,
    *,
    keeps_steps: bool,
) -> Analysis:
    rules = [rule for rule in with_packs(packs) if rule.code in codes]
    return Analysis(settings, rules, facts, sound=sound, roots=roots, keeps_steps=keeps_steps)


def nothing() -> None:
    """For processes that need to know nothing."""


def _start(begin: Begin) -> None:
    global _analysis
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that was started by the user ends this one
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.disable()
    gc.freeze()
    warnings.simplefilter("ignore")  # invalid escapes are the user's style, not our finding
    _analysis = begin()


def _leave_with_parent() -> None:
    """End this process when the one that started it is no more, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(ExitCode.FAILED)


def _analyse_all(paths: Sequence[Path]) -> Outcome:
    assert _analysis is not None
    return _analysis.outcome(paths)


ANALYSE = Work(_analyse_all, lambda path: Outcome((Analysed(path, error=FileError(path, KILLED)),), (), Spent()))
