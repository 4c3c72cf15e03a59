"""`--profile`: where the time of a check went."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

Name = TypeVar("Name")
MOST_FILES = 10
LEAST = 0.0005
"""Seconds that are shown."""
SHARED = "What several rules need counts for the first that asks; with several processes these add up to more."

UNFINISHED = "Too large to be followed to the end of training; what comes late in them may be missed"


@dataclass
class Spent:
    """Seconds of analysis, by rule and by file, and where they did not suffice."""

    rules: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    files: defaultdict[Path, float] = field(default_factory=lambda: defaultdict(float))
    unfinished: dict[Path, tuple[str, ...]] = field(default_factory=dict)
    """The LightningModules that were not followed to the end of their training, for want of steps."""

    def add(self, rule: str, file: Path, seconds: float) -> None:
        """Count the time that one rule took for one file."""
        self.rules[rule] += seconds
        self.files[file] += seconds

    def include(self, other: Spent) -> None:
        """Add what another process, or another check, has spent."""
        for rule, seconds in other.rules.items():
            self.rules[rule] += seconds
        for file, seconds in other.files.items():
            self.files[file] += seconds
        self.unfinished.update(other.unfinished)


@dataclass
class Profile:
    """Wall seconds by stage, in the order in which the stages began, and what the rules took."""

    stages: dict[str, float] = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what runs inside; stages of one name add up."""
        self.stages.setdefault(name, 0.0)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] += time.perf_counter() - start


def text(profile: Profile, shown: Callable[[Path], str]) -> str:
    """The report, slowest first but for the stages; `shown` gives a file's name."""
    slowest = {shown(path): seconds for path, seconds in _slowest(profile.spent.files)[:MOST_FILES]}
    parts = {
        "Seconds by stage": profile.stages,
        "Seconds by rule": dict(_slowest(profile.spent.rules)),
        "Seconds by file": slowest,
    }
    tables = [f"{title}\n{_table(rows)}" for title, rows in parts.items() if rows]
    unfinished = sorted(f"{shown(path)}: {', '.join(names)}" for path, names in profile.spent.unfinished.items())
    return (
        "\n".join(tables)
        + (f"{SHARED}\n" if profile.spent.rules else "")
        + "".join([f"\n{UNFINISHED}\n", *(f"  {line}\n" for line in unfinished)] if unfinished else [])
    )


def _table(rows: Mapping[str, float]) -> str:
    return "".join(f"{seconds:9.3f}  {name}\n" for name, seconds in rows.items() if seconds >= LEAST)


def _slowest(seconds: Mapping[Name, float]) -> list[tuple[Name, float]]:
    return sorted(seconds.items(), key=lambda item: -item[1])
