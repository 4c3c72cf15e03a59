"""What comes of analysing the classes of files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lintlight.model import FileError, Finding
from lintlight.profile import Spent
from lintlight.semantics.resolve.trail import Trail


@dataclass(frozen=True)
class Analysed:
    """What the rules say of the classes of one file; a finding may lie in another file that it builds on."""

    path: Path
    findings: tuple[Finding, ...] = ()
    error: FileError | None = None


@dataclass(frozen=True)
class Outcome:
    """What the rules say of several files, what the answers rest on, and how long each rule took."""

    analysed: tuple[Analysed, ...]
    trails: tuple[Trail, ...]
    spent: Spent


NOTHING = Outcome((), (), Spent())


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """What several outcomes say, one after the other."""
    each = tuple(outcomes)
    spent = Spent()
    for one in each:
        spent.include(one.spent)
    analysed = tuple(one for outcome in each for one in outcome.analysed)
    return Outcome(analysed, tuple(trail for outcome in each for trail in outcome.trails), spent)
