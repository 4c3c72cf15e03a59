"""What a cache file holds, as data and as JSON: of each file what it says, of each project what was found in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from lintlight.analysis_result import Analysed
from lintlight.codec import packed, unpacked
from lintlight.model import RuleInfo
from lintlight.scan import Scanned
from lintlight.semantics.resolve.index import FileFacts
from lintlight.semantics.resolve.trail import WHOLE, Lead, Search, Trail

Row = list[Any]


@dataclass(frozen=True)
class Answers:
    """What was found in the classes below one project root, and what that rests on."""

    state: str
    """Of all that can be asked of the project without opening a file in particular."""
    trail: Trail
    analysed: Mapping[Path, Analysed]


@dataclass(frozen=True)
class Asked:
    """The files that the last run was asked for, as the digest of their paths, and what it had to look at for them."""

    paths: str = ""
    candidates: tuple[Path, ...] = ()
    roots: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Kept:
    """The content of one cache file."""

    rules: tuple[RuleInfo, ...] = ()
    scanned: Mapping[str, Row] = field(default_factory=dict)
    """A row for each file that was asked for: its digest, that of its code, and what else there is to say of it."""
    beside: Mapping[str, Row] = field(default_factory=dict)
    """A row for each other file that answers rest on: its code's digest, and its facts where they were asked for."""
    answers: Mapping[Path, Answers] = field(default_factory=dict)
    asked: Asked = Asked()

    def remembered(self, path: Path) -> tuple[str, FileFacts] | None:
        """The digest of the code and the facts that a file had."""
        name = str(path)
        try:
            if name in self.scanned:
                _, code, *rest = self.scanned[name]
                data = rest[0].get("facts", {}) if rest else {}
            else:
                code, data = self.beside[name]
            return code, unpacked(FileFacts, data)
        except (KeyError, ValueError, TypeError, AttributeError):  # nothing known of it, or somebody else's row
            return None

    def codes(self) -> dict[Path, str]:
        """The digest of the code of each file that something is known of."""
        rows = {path: row[:1] for path, row in self.beside.items()} | {p: row[1:2] for p, row in self.scanned.items()}
        return {Path(path): row[0] for path, row in rows.items() if row}


def row_of(one: Scanned) -> Row:
    """A file in as few bytes as will do."""
    rest = {name: value for name, value in packed(one).items() if name not in {"path", "digest", "code"}}
    return [one.digest, one.code, rest] if rest else [one.digest, one.code]


def scanned_of(path: Path, row: Row) -> Scanned:
    """What `row_of` made a row of. Raises TypeError, ValueError, LookupError and AttributeError for any other row."""
    digest, code, *rest = row
    if not rest and isinstance(code, str):
        return Scanned(path, digest, code)
    return unpacked(Scanned, {"path": str(path), "digest": digest, "code": code, **rest[0]})


def sealed(text: bytes) -> bytes:
    """A text behind a line that stands for it: what was damaged since can be told, though it may still be JSON."""
    return blake2b(text, digest_size=16).hexdigest().encode() + b"\n" + text


def _unsealed(data: bytes) -> bytes:
    """What `sealed` was given. Raises ValueError where it is not what it was."""
    text = data.partition(b"\n")[2]
    if sealed(text) != data:
        raise ValueError("was damaged")
    return text


def encode(kept: Kept) -> bytes:
    """The JSON text, sealed; a path that steps lead to is a number in it."""
    numbers: dict[Path, int] = {}

    def number(path: Path) -> int:
        return numbers.setdefault(path, len(numbers))

    data = {
        "rules": packed(kept.rules),
        "scanned": kept.scanned,
        "beside": kept.beside,
        "asked": packed(kept.asked),
        "answers": [
            {
                "root": str(answers.trail.root),
                "state": answers.state,
                "leads": [[number(path), *_led_to(leads, number)] for path, leads in answers.trail.leads.items()],
                "searches": [
                    [number(path), sorted(map(packed, made), key=json.dumps)]
                    for path, made in answers.trail.searches.items()
                ],
                "blocks": [[number(path), text.split("\n")] for path, text in answers.trail.blocks.items()],
                "analysed": [packed(one) for one in answers.analysed.values()],
            }
            for answers in kept.answers.values()
        ],
    }
    return sealed(json.dumps({**data, "paths": list(map(str, numbers))}, separators=(",", ":")).encode())


def _led_to(leads: Iterable[Lead], number: Callable[[Path], int]) -> Iterator[int | Row]:
    """The number of each file, with the names that were asked for unless all of it was."""
    names: dict[int, set[str]] = {}
    for path, name in leads:
        names.setdefault(number(path), set()).add(name)
    for each in sorted(names):
        yield each if WHOLE in names[each] else [each, " ".join(sorted(names[each]))]


def _leads(data: Iterable[int | Row], paths: Sequence[Path]) -> Iterator[Lead]:
    """What `_led_to` wrote."""
    for each in data:
        number, names = (each, WHOLE) if isinstance(each, int) else each
        yield from ((paths[number], name) for name in names.split(" "))


def read(data: bytes) -> Kept:
    """What `encode` made a text of. Raises ValueError, TypeError, KeyError, IndexError and others for any other."""
    held = json.loads(_unsealed(data))
    paths = [Path(path) for path in held["paths"]]
    answers = [_answers(each, paths) for each in held["answers"]]
    return Kept(
        rules=tuple(unpacked(RuleInfo, each) for each in held["rules"]),
        scanned={str(path): list(row) for path, row in held["scanned"].items()},
        beside={str(path): list(row) for path, row in held["beside"].items()},
        answers={each.trail.root: each for each in answers},
        asked=unpacked(Asked, held["asked"]),
    )


def _answers(data: Mapping[str, Any], paths: Sequence[Path]) -> Answers:
    leads: dict[Path, Collection[Lead]] = {
        paths[asking]: list(_leads(led_to, paths)) for asking, *led_to in data["leads"]
    }
    searches: dict[Path, Collection[Search]] = {
        paths[asking]: [unpacked(Search, each) for each in made] for asking, made in data["searches"]
    }
    analysed = [unpacked(Analysed, each) for each in data["analysed"]]
    blocks = {paths[path]: "\n".join(lines) for path, lines in data["blocks"]}
    trail = Trail(Path(data["root"]), leads, searches, blocks)
    return Answers(str(data["state"]), trail, {one.path: one for one in analysed})
