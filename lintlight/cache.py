"""What earlier runs found, kept in a folder: a file by its bytes, findings by all that the answer looked at.

A cache that is damaged, foreign or older is no cache; what cannot be written is not kept. Nothing is ever executed or
believed but JSON.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from lintlight import __version__
from lintlight.analysis_result import Analysed, Seen
from lintlight.codec import packed, unpacked
from lintlight.model import RuleInfo
from lintlight.scan import Scanned, digest_of
from lintlight.semantics.index import facts_of, files_below
from lintlight.settings import Settings

FOLDER = ".lintlight_cache"
TAG = """\
Signature: 8a477f597d28d172789f06886806bc55
# This folder is a cache of lintlight, which makes it anew when it is missing.
"""
MADE_BY = Path(__file__).resolve().parent


@dataclass
class Kept:
    """The content of one cache file."""

    rules: tuple[RuleInfo, ...] = ()
    scanned: dict[str, list[Any]] = field(default_factory=dict)
    """A row for each file: its digest, and what else there is to say of it."""
    analysed: tuple[Analysed, ...] = ()
    candidates_of: str = ""
    """The digest of the files that were asked for when the analysis was made."""
    world: dict[str, str] = field(default_factory=dict)
    """What the analysis rests on: each root's state by name, and the digest of each file it read."""


class Cache:
    """One file in the cache folder: that of some settings and of this lintlight."""

    def __init__(self, folder: Path, settings: Settings, rules_folder: Path) -> None:
        self.folder = folder
        facts = [
            *(settings.select, settings.extend_select, settings.ignore, settings.lightning, settings.transformers),
            *(settings.lightning_bases, str(settings.root), os.name, __version__, _made_by(rules_folder)),
        ]
        self.file = folder / __version__ / f"{_digest(json.dumps(facts))}.json"
        self._kept = self._load()
        self._digests: dict[Path, str] = {}

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules of the run that wrote it; none when there was no such run."""
        return self._kept.rules

    def _load(self) -> Kept:
        try:
            data = json.loads(self.file.read_bytes())
            return Kept(
                tuple(unpacked(RuleInfo, each) for each in data["rules"]),
                {str(path): list(row) for path, row in data["scanned"].items()},
                tuple(unpacked(Analysed, each) for each in data["analysed"]),
                str(data["candidates_of"]),
                {str(name): str(digest) for name, digest in data["world"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return Kept()

    def scanned(self, files: Iterable[Path]) -> dict[Path, Scanned]:
        """What is kept of the files whose bytes are what they were."""
        found = {}
        for path in files:
            row = self._kept.scanned.get(str(path))
            if row and row[0] == self._digest(path):
                try:
                    found[path] = _scanned(path, row)
                except (TypeError, ValueError, KeyError, AttributeError):
                    continue  # a row that somebody else wrote
        return found

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = _digest_of_file(path)
        return self._digests[path]

    def analysed(self, scanned: Mapping[Path, Scanned]) -> tuple[Analysed, ...] | None:
        """What is kept of the analysis of these files, when all that it looked at is as it was."""
        if not self._kept.candidates_of or self._kept.candidates_of != _asked(scanned):
            return None
        return self._kept.analysed if _is_as_it_was(self._kept.world, scanned) else None

    def keep(
        self,
        rules: Sequence[RuleInfo],
        scanned: Mapping[Path, Scanned],
        analysed: Sequence[Analysed],
        seen: Iterable[Seen],
    ) -> None:
        """Write down what was found; a run beside this one may do the same, the last one counts."""
        if any(one.error is not None for one in analysed):
            return  # a crash of ours is not kept
        known = {path: one for path, one in scanned.items() if one.error is None}
        data = {
            "rules": [packed(info) for info in rules],
            "scanned": {str(path): _row(one) for path, one in known.items()},
            "analysed": [packed(one) for one in analysed],
            "candidates_of": _asked(scanned),
            "world": _world(seen, scanned),
        }
        try:
            prepare(self.folder)
            self.file.parent.mkdir(exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.file.parent, prefix="writing-")
            with open(handle, "w", encoding="utf-8") as file:
                json.dump(data, file, separators=(",", ":"))
            os.replace(name, self.file)
        except OSError:
            return


def prepare(folder: Path) -> None:
    """Make the folder, marked so that backups and git leave it out. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("CACHEDIR.TAG", TAG), (".gitignore", "# Made by lintlight.\n*\n")):
        if not (folder / name).exists():
            (folder / name).write_text(text, "utf-8")


def is_ours(folder: Path) -> bool:
    """Whether a folder was made by `prepare`, and so may be deleted."""
    try:
        return (folder / "CACHEDIR.TAG").read_text("utf-8") == TAG
    except (OSError, ValueError):
        return False


def _row(one: Scanned) -> list[Any]:
    """A file in as few bytes as will do."""
    row = packed(one)
    rest = {name: value for name, value in row.items() if name not in {"path", "digest"}}
    return [one.digest, rest] if rest else [one.digest]


def _scanned(path: Path, row: Sequence[Any]) -> Scanned:
    if len(row) == 1:
        return Scanned(path, str(row[0]))
    return unpacked(Scanned, {"path": str(path), "digest": row[0], **row[1]})


def _asked(scanned: Mapping[Path, Scanned]) -> str:
    return _digest("\n".join(map(str, scanned)))


def _world(seen: Iterable[Seen], scanned: Mapping[Path, Scanned]) -> dict[str, str]:
    """The state of all that an analysis looked at."""
    roots: dict[Path, set[Path]] = {}
    for each in seen:
        roots.setdefault(each.root, set()).update(each.files)
    known = _Digests(scanned)
    world: dict[str, str] = {}
    for root, files in roots.items():
        world[f"root {root}"] = _state(root, known)
        world |= {f"file {path}": known.digest(path) for path in sorted(files)}
    return world


def _is_as_it_was(world: Mapping[str, str], scanned: Mapping[Path, Scanned]) -> bool:
    known = _Digests(scanned)
    for name, digest in world.items():
        kind, _, path = name.partition(" ")
        now = _state(Path(path), known) if kind == "root" else known.digest(Path(path))
        if now != digest:
            return False
    return True


class _Digests:
    """Digests and facts of files: those that were scanned, and others, read now."""

    def __init__(self, scanned: Mapping[Path, Scanned]) -> None:
        self.scanned = scanned

    def digest(self, path: Path) -> str:
        one = self.scanned.get(path)
        return one.digest if one is not None and one.digest else _digest_of_file(path)


def _state(root: Path, known: _Digests) -> str:
    """All that can be asked of a project without opening one of its files in particular."""
    python, yaml, requirements = files_below(root)
    parts: list[Any] = []
    for path in python:
        one = known.scanned.get(path)
        facts = one.facts if one is not None else facts_of(_bytes(path))
        parts.append([str(path), facts.classes, facts.tags])
    parts += [[str(path), _digest_of_file(path)] for path in (*yaml, *requirements)]
    return _digest(json.dumps(parts))


def _made_by(rules_folder: Path) -> str:
    """The state of lintlight's own code, so that a checkout that is worked on does not believe what it was."""
    files = sorted((*MADE_BY.rglob("*.py"), *rules_folder.glob("*.py")))
    stats = [(path, path.stat()) for path in files]
    return _digest(json.dumps([(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats]))


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _digest_of_file(path: Path) -> str:
    try:
        return digest_of(path.read_bytes())
    except OSError:
        return "unreadable"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
