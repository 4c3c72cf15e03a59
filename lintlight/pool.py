"""Processes for what is worth them: scanning many bytes, walking many classes; the order of results never changes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lintlight.analysis import Analysis
from lintlight.analysis_result import Analysed, Seen
from lintlight.packs import Pack
from lintlight.registry import packs_of, with_packs
from lintlight.scan import Reader, Scanned, scan
from lintlight.semantics.index import FileFacts
from lintlight.settings import Settings
from lintlight.source.files import read_source

WORTH_BYTES = 1_500_000
"""A second process costs about as much as scanning so many bytes."""
WORTH_FILES = 16
"""... or as walking the classes of so many files."""
CHUNKS = 6
"""Pieces of work for each process: enough that none waits long for another, few enough to share what they learn."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Work = Callable[[Sequence[Path]], Any]


class Workers:
    """Up to `jobs` processes; one is this process itself."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def scan(self, files: Sequence[Path], read: Reader) -> list[Scanned]:
        """What each file says by itself, in the order of `files`."""
        sizes = [_size(path) for path in files] if self.jobs > 1 else []
        if sum(sizes) < WORTH_BYTES:
            return [scan(path, read) for path in files]
        pieces = in_pieces(files, sizes, self.jobs * CHUNKS)
        return [one for piece in self._shared(_scan_all, pieces, ()) for one in piece]

    def analyse(self, analysis: Analysis, files: Sequence[Path]) -> tuple[list[Analysed], list[Seen]]:
        """What the rules say of each file, in the order of `files`, and what was looked at for it."""
        if self.jobs == 1 or len(files) < WORTH_FILES:
            return [analysis.check(path) for path in files], analysis.seen()
        codes = tuple(rule.info.code for rule in analysis.rules)
        given = (analysis.settings, packs_of(analysis.rules), codes, analysis.known)
        found: list[Analysed] = []
        seen = analysis.seen()
        pieces = in_pieces(files, [1] * len(files), self.jobs * CHUNKS)
        for analysed, looked_at in self._shared(_analyse_all, pieces, given):
            found += analysed
            seen += looked_at
        return found, seen

    def _shared(self, work: Work, pieces: Iterable[Sequence[Path]], given: tuple[Any, ...]) -> Iterator[Any]:
        from concurrent.futures import ProcessPoolExecutor

        # NOTE: a fork shares what is imported and known already; where it is unsafe, workers import for themselves.
        method = "fork" if "fork" in multiprocessing.get_all_start_methods() and os.name == "posix" else "spawn"
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(self.jobs, context, initializer=_start, initargs=given) as pool:
            yield from pool.map(work, pieces)


def in_pieces(items: Sequence[Item], costs: Sequence[int], count: int) -> list[list[Item]]:
    """Neighbours stay together; each piece costs about as much as any other."""
    most = sum(costs) / count
    pieces: list[list[Item]] = [[]]
    filled = 0
    for item, cost in zip(items, costs, strict=True):
        if filled and filled + cost > most:
            pieces.append([])
            filled = 0
        pieces[-1].append(item)
        filled += cost
    return pieces


def cores() -> int:
    """The processors that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def quick() -> None:
    """Leave memory to reference counts: nothing that a run makes is worth looking for cycles in."""
    gc.disable()
    gc.freeze()


_analysis: Analysis | None = None
"""In a worker process: what it has learned, kept from one piece of work to the next."""


def _start(
    settings: Settings | None = None,
    packs: Sequence[Pack] = (),
    codes: Sequence[str] = (),
    known: Mapping[Path, FileFacts] | None = None,
) -> None:
    global _analysis
    quick()
    warnings.simplefilter("ignore")  # invalid escapes are the user's style, not our finding
    if settings is not None:
        rules = [rule for rule in with_packs(packs) if rule.code in codes]
        _analysis = Analysis(settings, rules, known or {})


def _scan_all(paths: Sequence[Path]) -> list[Scanned]:
    return [scan(path, read_source) for path in paths]


def _analyse_all(paths: Sequence[Path]) -> tuple[list[Analysed], list[Seen]]:
    assert _analysis is not None
    return [_analysis.check(path) for path in paths], _analysis.seen()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
