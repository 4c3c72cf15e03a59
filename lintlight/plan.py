"""What a run has to analyse; it begins with that while other processes still look for syntax errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from lintlight.analysis import Analysis
from lintlight.analysis_result import NOTHING, Analysed, Outcome
from lintlight.profile import Profile
from lintlight.reading import Faults, reading
from lintlight.scan import Reader, Scanned, judged
from lintlight.settings import Settings
from lintlight.source.files import file_size
from lintlight.world import World

if TYPE_CHECKING:
    from lintlight.cache import Cache, Now
    from lintlight.rule import Rule

READ = "read the files that are new or changed"
FIND = "find the classes that count"
ANALYSE = "analyse them"


@dataclass(frozen=True)
class Plan:
    """The files whose classes count, and what an earlier run knows of them."""

    world: World
    now: Now | None
    analysis: Analysis
    candidates: Sequence[Path]

    @cached_property
    def answers(self) -> Mapping[Path, Analysed]:
        """What an earlier run found, as far as it still holds."""
        return self.now.answers() if self.now is not None else {}

    @cached_property
    def left(self) -> list[Path]:
        """The candidates that no earlier run gives an answer for."""
        return [path for path in self.candidates if path not in self.answers]


def begun(
    files: Sequence[Path],
    settings: Settings,
    rules: Sequence[Rule],
    *,
    read: Reader,
    jobs: int,
    cache: Cache | None,
    profile: Profile,
) -> tuple[Plan, Outcome]:
    """The plan for these files, and what was found already while their syntax was checked.

    NOTE: processes that are forked later begin with all that was learned here. The smallest files go first: what they
    build on is learned as well from them, and a large one would keep the other processes waiting.
    """
    known = cache.scanned(files) if cache is not None else {}
    planned = partial(_planned, settings, rules, read, cache)
    with reading([path for path in files if path not in known], read, jobs) as new:
        with profile.stage(READ):
            found = known | {one.path: one for one in new.scanned()}
        with profile.stage(FIND):
            plan = planned({path: found[path] for path in files})
        with profile.stage(ANALYSE):
            small_first = sorted(plan.left, key=file_size) if new.is_under_way else []
            outcome = plan.analysis.outcome(takewhile(lambda _: new.is_under_way, small_first))
        with profile.stage(READ):
            faults = new.faults()
    return (plan, outcome) if not faults else _without(faults, plan, outcome, planned)


def _without(faults: Faults, plan: Plan, outcome: Outcome, planned: Callable[..., Plan]) -> tuple[Plan, Outcome]:
    """The same once it is known which files Python cannot parse: what was learned holds if it was not from them."""
    is_kept = plan.analysis.withdraw(faults)
    scanned = {path: judged(one, faults.get(path)) for path, one in plan.world.scanned.items()}
    return planned(scanned, plan.analysis if is_kept else None), outcome if is_kept else NOTHING


def _planned(
    settings: Settings,
    rules: Sequence[Rule],
    read: Reader,
    cache: Cache | None,
    scanned: Mapping[Path, Scanned],
    analysis: Analysis | None = None,
) -> Plan:
    """What to do about files that were read; an `analysis` that is given has learned of some of them already."""
    now = cache.now(scanned) if cache is not None else None
    world = now.world if now is not None else World(scanned)
    whole = dict.fromkeys(path for path, one in scanned.items() if one.is_whole)
    analysis = analysis or Analysis(
        settings, rules, world.facts, read, whole, world.roots, keeps_steps=cache is not None
    )
    return Plan(world, now, analysis, analysis.candidates(whole))
