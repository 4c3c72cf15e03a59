"""What earlier runs found, kept in a folder: a file by its bytes, findings by all code that the answer looked at.

A cache that is damaged, foreign or older is no cache; what cannot be written is not kept. Nothing is ever executed or
believed but JSON.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lintlight import __version__
from lintlight.analysis_result import Analysed
from lintlight.codec import packed
from lintlight.kept import Answers, Asked, Kept, Row, encode, read, row_of, scanned_of
from lintlight.model import RuleInfo
from lintlight.scan import Scanned
from lintlight.semantics.resolve.index import code_at
from lintlight.semantics.resolve.trail import WHOLE, Trail, joined
from lintlight.settings import Settings
from lintlight.source.files import UnreadableSource, is_as_on_the_disk, read_source
from lintlight.world import World, digest_at, text_digest

if TYPE_CHECKING:
    from lintlight.semantics.resolve.blocks import Touched

FOLDER = ".lintlight_cache"
TAG = """\
Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of lintlight, which makes it anew when it is missing.
"""
MARKS = {"CACHEDIR.TAG": TAG, ".gitignore": "# Made by lintlight.\n*\n"}
VERSION = re.compile(r"\d+\.\d+\.\d+[\w.+]*")
KEPT = re.compile(r"[0-9a-f]{32}\.json|writing-.*")
"""A folder of each version, and the files in it."""
MADE_BY = Path(__file__).resolve().parent
OTHERS_ROW = (ValueError, LookupError, TypeError, AttributeError)
"""What reading data raises that somebody else wrote."""


class Cache:
    """One file in the cache folder: that of some settings and of this lintlight."""

    def __init__(self, folder: Path, settings: Settings, rules_folder: Path) -> None:
        self.folder = folder
        facts = [
            *(settings.select, settings.extend_select, settings.ignore, settings.lightning, settings.transformers),
            *(settings.lightning_bases, str(settings.root), os.name, __version__, _made_by(rules_folder)),
        ]
        self.file = folder / __version__ / f"{text_digest(json.dumps(facts))}.json"
        self.kept = self._load()
        self._scanned: dict[Path, Scanned | None] = {}
        self._now: Now | None = None

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules of the run that wrote it; none when there was no such run."""
        return self.kept.rules

    def _load(self) -> Kept:
        try:
            return read(self.file.read_bytes())
        except (OSError, RecursionError, *OTHERS_ROW):
            return Kept()

    def scanned(self, files: Sequence[Path]) -> dict[Path, Scanned]:
        """What is kept of the files whose bytes are what they were."""
        for path in files:
            if path not in self._scanned:
                self._scanned[path] = self._as_it_was(path)
        return {path: one for path in files if (one := self._scanned[path]) is not None}

    def _as_it_was(self, path: Path) -> Scanned | None:
        row = self.kept.scanned.get(str(path))
        if not row or row[0] != digest_at(path):
            return None
        try:
            return scanned_of(path, row)
        except OTHERS_ROW:
            others = {name: row for name, row in self.kept.scanned.items() if name != str(path)}
            self.kept = replace(self.kept, scanned=others)
            return None

    def now(self, scanned: Mapping[Path, Scanned]) -> Now:
        """What is kept, beside the files as they are."""
        if self._now is None or self._now.world.scanned != scanned:
            self._now = Now(self.kept, World(scanned, self.kept.remembered))
        return self._now

    def keep(self, rules: Sequence[RuleInfo], found: Kept) -> None:
        """Write down what was found; a run beside this one may do the same, the last one counts.

        What is found in texts that stand in for files is nothing that a later run will ask for.
        """
        if not is_as_on_the_disk():
            return
        try:
            prepare(self.folder)
            self.file.parent.mkdir(exist_ok=True)
            _put(self.file, encode(replace(found, rules=tuple(rules))))
        except OSError:
            return


class Now:
    """What of an earlier run still holds."""

    def __init__(self, kept: Kept, world: World) -> None:
        self.kept = kept
        self.world = world

    def whole(self) -> tuple[Analysed, ...] | None:
        """All that the last run found, if it was asked for the same files, none of which has changed, and it holds."""
        asked = self.kept.asked
        if asked.paths != _digest_of_paths(self.world.scanned) or not set(asked.roots) <= self._holding.keys():
            return None
        answers = self.answers()
        if any(path not in answers for path in asked.candidates):
            return None
        return tuple(answers[path] for path in asked.candidates)

    def answers(self) -> dict[Path, Analysed]:
        """What was found in a file's classes, where nothing that it rests on has changed."""
        return {path: one for answers in self._holding.values() for path, one in answers.analysed.items()}

    @cached_property
    def _changed(self) -> frozenset[Path]:
        return frozenset(path for path, code in self.kept.codes().items() if self.world.code(path) != code)

    def _touched(self, trail: Trail) -> dict[Path, Touched]:
        """The changed files of which only some names may mean something else."""
        from lintlight.semantics.resolve.blocks import touched

        found: dict[Path, Touched] = {}
        for path in self._changed & trail.blocks.keys():
            try:
                change = touched(trail.blocks[path], read_source(path))
            except UnreadableSource:
                continue
            if change is not None:
                found[path] = change
        return found

    @cached_property
    def _holding(self) -> Mapping[Path, Answers]:
        """The projects of which the names say what they said, each with the answers that hold."""
        same = {
            root: each
            for root, each in self.kept.answers.items()
            if self.world.state(root) == each.state and all(self.world.root(path) == root for path in each.analysed)
        }
        return {root: self._without_stale(each) for root, each in same.items()}

    def _without_stale(self, answers: Answers) -> Answers:
        """Without what rests on what has changed; what a file led to that has changed whole is not known any more."""
        trail = answers.trail
        if not self._changed:
            return answers
        partly = self._touched(trail)
        whole = self._changed - partly.keys()
        names = {path: change.names for path, change in partly.items()}
        stale = trail.leading_to({*whole, *self._finding_more(trail)}, names) | partly.keys()
        leads = {path: led_to for path, led_to in trail.leads.items() if path not in whole}
        searches = {path: made for path, made in trail.searches.items() if path not in whole}
        blocks = {path: text for path, text in trail.blocks.items() if path not in whole}
        blocks |= {path: change.blocks for path, change in partly.items()}
        analysed = {
            path: one for path, one in answers.analysed.items() if path not in stale and not _tells_of(one, partly)
        }
        return replace(answers, trail=Trail(trail.root, leads, searches, blocks), analysed=analysed)

    def _finding_more(self, trail: Trail) -> Iterable[Path]:
        """The files whose searches find a changed file that they did not find before."""
        code = {path: code_at(path) for path in self._changed.intersection(self.world.with_code(trail.root))}
        for asking, searches in trail.searches.items():
            new = [text for path, text in code.items() if (path, WHOLE) not in trail.leads.get(asking, ())]
            if any(search.finds(text) for search in searches for text in new):
                yield asking

    def and_found(self, scanned: Mapping[Path, Scanned], analysed: Sequence[Analysed], trails: Sequence[Trail]) -> Kept:
        """What is to be kept after a run that was asked for the files that were scanned."""
        steps: dict[Path, list[Trail]] = {}
        for trail in trails:
            steps.setdefault(trail.root, []).append(trail)
        for root, holding in self._holding.items():
            steps.setdefault(root, []).append(holding.trail)
        answers = {root: self._answers(joined(root, each), analysed) for root, each in steps.items()}
        before = {path: row for path, row in self.kept.scanned.items() if row and Path(path) not in scanned}
        rows = {path: row for path, row in before.items() if row[0] == digest_at(Path(path))}
        rows |= {str(path): row_of(one) for path, one in scanned.items() if one.error is None}
        candidates, roots = tuple(one.path for one in analysed), tuple(dict.fromkeys(trail.root for trail in trails))
        asked = Asked(_digest_of_paths(scanned), candidates, roots)
        return Kept(scanned=rows, beside=self._beside(answers, rows), answers=answers, asked=asked)

    def _answers(self, trail: Trail, analysed: Iterable[Analysed]) -> Answers:
        holding = self._holding.get(trail.root)
        before = holding.analysed if holding is not None else {}
        # A crash of ours is not kept.
        found = {one.path: one for one in analysed if one.path in trail.leads and one.error is None}
        return Answers(self.world.state(trail.root), trail, {**before, **found})

    def _beside(self, answers: Mapping[Path, Answers], scanned: Collection[str]) -> dict[str, Row]:
        """The files that were not asked for now or before."""
        searched = {path for root in answers for path in self.world.with_code(root)}
        trails = [each.trail for each in answers.values()]
        led_to = {path for trail in trails for leads in trail.leads.values() for path, _ in leads}
        rows: dict[str, Row] = {}
        for path in sorted(searched | led_to | {path for trail in trails for path in trail.leads}):
            if str(path) not in scanned:
                facts = [packed(self.world.facts(path))] if path in searched else []
                rows[str(path)] = [self.world.code(path), *facts]
        return rows


def _tells_of(one: Analysed, paths: Iterable[Path]) -> bool:
    """Whether a finding has a place in one of some files: where their lines are is a part of it."""
    text = json.dumps(packed(one.findings)) if one.findings else ""
    return any(json.dumps(str(path)) in text for path in paths)


def _digest_of_paths(paths: Iterable[Path]) -> str:
    return text_digest("\n".join(map(str, paths)))


def _put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises OSError, a full disk for instance, and leaves nothing then."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="writing-")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def prepare(folder: Path) -> None:
    """Make the folder, marked so that backups and git leave it out. Raises OSError.

    One that holds anything else already is not marked: its owner's files are to be backed up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not is_ours(folder) and any(folder.iterdir()):
        return
    for name, text in MARKS.items():
        if not (folder / name).exists():
            (folder / name).write_text(text, "utf-8")


def is_ours(folder: Path) -> bool:
    """Whether a folder was made by `prepare`."""
    try:
        return (folder / "CACHEDIR.TAG").read_text("utf-8") == TAG
    except (OSError, ValueError):
        return False


def written_in(folder: Path) -> list[Path]:
    """All that lintlight, of any version, wrote into a folder, and nothing else that is in there. Raises OSError."""
    marks = [folder / name for name in MARKS if is_ours(folder) and (folder / name).is_file()]
    below = [path for path in folder.iterdir() if VERSION.fullmatch(path.name) and path.is_dir()]
    names = {path: [each.name for each in path.iterdir()] for path in below}
    return [*(path for path in below if names[path] and all(map(KEPT.fullmatch, names[path]))), *marks]


def _made_by(rules_folder: Path) -> str:
    """The state of lintlight's own code, so that a checkout that is worked on does not believe what it was."""
    files = sorted((*MADE_BY.rglob("*.py"), *rules_folder.glob("*.py")))
    stats = [(path, path.stat()) for path in files]
    return text_digest(json.dumps([(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats]))
