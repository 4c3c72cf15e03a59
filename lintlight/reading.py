"""What many files say by themselves, read by several processes; to check their syntax takes longer, and may wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from lintlight.model import Fault, FileError
from lintlight.pool import KILLED, Work, begun, by_itself, ended, nothing, process
from lintlight.scan import Reader, Scanned, judged, scan, syntax_fault
from lintlight.source.files import file_size, read_source

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

WORTH_BYTES = 600_000
"""A second process costs about as much as scanning so many bytes."""
PIECES = 32
"""So many pieces are made of the work: nobody waits long for another process to end its last."""

Result = TypeVar("Result")
Faults = dict[Path, Fault | FileError]
"""Where Python cannot parse a file, or what became of the process that tried to."""


class Reading:
    """What files say, in their order; whether Python can parse them may still be on its way."""

    def __init__(self, scans: Iterable[list[Scanned]], syntax: Pieces[Faults] | None = None) -> None:
        self._scans = scans
        self._syntax = syntax

    def scanned(self) -> Iterator[Scanned]:
        """What each file says; this process does a part of it."""
        return (one for each in self._scans for one in each)

    @property
    def is_under_way(self) -> bool:
        """Whether another process is still at it, so that there is time for something else."""
        return self._syntax is not None and not self._syntax.are_done

    def faults(self) -> Faults:
        """Of the files that were not judged at once; this process helps with what is left to do."""
        found = self._syntax.results() if self._syntax is not None else ()
        return {path: fault for each in found for path, fault in each.items()}


@contextmanager
def reading(files: Sequence[Path], read: Reader, jobs: int) -> Iterator[Reading]:
    """Read files in up to `jobs` processes; `read` is known to this one only, unless it reads what is on the disk."""
    sizes = [file_size(path) for path in files] if jobs > 1 and read is read_source else []
    if sum(sizes) < WORTH_BYTES:
        yield Reading([_checked(path, read)] for path in files)
        return
    pieces = _pieces(files, sizes)
    pool = process(nothing, jobs - 1)
    with ended([pool]):
        scans = Pieces(SCAN, pieces, pool)
        syntax = Pieces(SYNTAX, pieces, pool)
        yield Reading(scans.results(), syntax)


class Pieces(Generic[Result]):
    """Pieces of work, begun by other processes at the front, while this one may take those at the back."""

    def __init__(self, work: Work[Result], pieces: Sequence[Sequence[Path]], pool: ProcessPoolExecutor) -> None:
        self._work = work
        self._pieces = pieces
        self._begun = [begun(pool, work, piece) for piece in pieces]

    @property
    def are_done(self) -> bool:
        """Whether nothing is left to do."""
        return all(each.done() for each in self._begun)

    def results(self) -> Iterator[Result]:
        """What came of each, in their order; a process that is killed costs the files that kill it."""
        from concurrent.futures.process import BrokenProcessPool

        here = {number: self._work.do(self._pieces[number]) for number in self._taken()}
        for number, each in enumerate(self._begun):
            try:
                yield here[number] if number in here else each.result()
            except BrokenProcessPool:
                yield from by_itself(self._work, self._pieces[number], nothing)

    def _taken(self) -> Iterator[int]:
        return (number for number in reversed(range(len(self._begun))) if self._begun[number].cancel())


def _pieces(files: Sequence[Path], sizes: Sequence[int]) -> list[list[Path]]:
    """Neighbours of about the same size together."""
    one = sum(sizes) // PIECES + 1
    numbers = (before // one for before in accumulate(sizes, initial=0))
    return [[path for _, path in found] for _, found in groupby(zip(numbers, files, strict=False), key=itemgetter(0))]


def _checked(path: Path, read: Reader) -> Scanned:
    return judged(scan(path, read), syntax_fault(path, read))


def _scan_all(paths: Sequence[Path]) -> list[Scanned]:
    return [scan(path, read_source) for path in paths]


def _faults_in(paths: Sequence[Path]) -> Faults:
    found = ((path, syntax_fault(path, read_source)) for path in paths)
    return {path: fault for path, fault in found if fault is not None}


SCAN = Work(_scan_all, lambda path: [Scanned(path, error=FileError(path, KILLED))])
SYNTAX: Work[Faults] = Work(_faults_in, lambda path: {path: FileError(path, KILLED)})
