"""Which Lightning and transformers a project runs on: what its settings say, else its own requirements and locks."""

from __future__ import annotations

import codecs
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lintlight.source.files import bytes_of
from lintlight.source.project_files import is_a_list

MOST_BYTES = 8_000_000
ANY = 10**6
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "lightning": ("lightning", "pytorch-lightning"),
    "transformers": ("transformers",),
}
REQUIREMENT = re.compile(
    r"(?<![\w./:=-])(pytorch[-_.]lightning|lightning|transformers)(?![\w./-])(?:\[[^\]]*\])?\s*\(?"
    r"((?:(?:===?|~=|>=|<=|!=|[<>=])\s*v?\d[\w.*+!-]*\s*,?\s*)+)",
    re.IGNORECASE,
)
BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""What pip takes from the first bytes of a file, in this order: the BOM of UTF-32 begins with that of UTF-16."""
CLAUSE = re.compile(r"(===?|~=|>=|<=|!=|[<>=^~])\s*v?(\d[\w.*+!-]*)")


@dataclass(frozen=True)
class Newest:
    """The newest version that a project allows, and where it says so."""

    version: tuple[int, ...]
    said: str
    """The requirement as written, for instance `pytorch-lightning==1.9.5`."""
    path: Path | None
    """The file; None for the settings."""
    why: str = ""
    """What it has to do with the version, where that is not plain."""


@dataclass(frozen=True)
class Versions:
    """None where any version may be installed, so that the newest one counts."""

    lightning: Newest | None = None
    transformers: Newest | None = None


def from_settings(lightning: str, transformers: str) -> Versions:
    """The versions that `[tool.lintlight]` names."""
    lightning_, transformers_ = (
        Newest(_numbers(text), f'{name} = "{text}"', None) if text else None
        for name, text in (("lightning", lightning), ("transformers", transformers))
    )
    return Versions(lightning_, transformers_)


def declared_in(folder: Path) -> Mapping[str, Newest | None]:
    """What the files right in a folder say of each package they name; None where they set no upper bound.

    The tightest bound counts. Of several pins, which nobody can follow at once, the newest one does.
    """
    pins: dict[str, list[Newest]] = {}
    bounds: dict[str, list[Newest]] = {}
    for path in _files(folder):
        for name, spec in READERS.get(path.name, _requirements)(_text(path)):
            package, bound = _package(name), _bound(spec)
            told = (pins if _is_pin(spec) else bounds).setdefault(package, [])
            told += [Newest(bound, f"{package}{_plain(spec)}", path)] if bound is not None else []
    return {package: _tightest(pins.get(package, []), bounds.get(package, [])) for package in pins | bounds}


def _tightest(pins: Sequence[Newest], bounds: Sequence[Newest]) -> Newest | None:
    newest = [max(pins, key=lambda each: each.version)] if pins else []
    return min((*newest, *bounds), key=lambda each: each.version, default=None)


def told_in(folder: Path) -> Mapping[str, Newest | None]:
    """What the words for people in a folder say that an install takes: the README, and what builds an image."""
    found: dict[str, Newest | None] = {}
    for path in sorted((*folder.glob("README*"), *folder.glob("Dockerfile*"))):
        for name, spec in REQUIREMENT.findall(_text(path)):
            package, bound = _package(name), _bound(spec)
            newest = Newest(bound, f"{package}{_plain(spec)}", path) if bound is not None else None
            before = found.setdefault(package, newest)
            if newest is None or (before is not None and before.version < newest.version):
                found[package] = newest
    return found


def _text(path: Path) -> str:
    """What a file says; nothing where it cannot be read, or is too large. PowerShell's `>` writes UTF-16."""
    try:
        data = bytes_of(path) if path.stat().st_size <= MOST_BYTES else b""
    except OSError:
        return ""
    bom = next((each for each in BOMS if data.startswith(each)), b"")
    return data[len(bom) :].decode(BOMS.get(bom, "utf-8"), errors="replace")


def nearest(folder: Path, root: Path, declared: Callable[[Path], Mapping[str, Newest | None]]) -> Versions:
    """What the nearest folder upwards to `root` says that names a package at all; else what people are told there."""
    return Versions(*(_nearest(folder, root, PACKAGES[name], declared) for name in ("lightning", "transformers")))


def _nearest(
    folder: Path, root: Path, packages: tuple[str, ...], declared: Callable[[Path], Mapping[str, Newest | None]]
) -> Newest | None:
    for each in (folder, *folder.parents):
        bounds = _bounds(declared(each), packages)
        if bounds:
            return _newest(bounds)
        if each == root:
            break
    return _newest(_bounds(told_in(root), packages))


def _bounds(said: Mapping[str, Newest | None], packages: tuple[str, ...]) -> list[Newest | None]:
    return [said[package] for package in packages if package in said]


def _newest(bounds: Sequence[Newest | None]) -> Newest | None:
    """None where one of several names of a package has no bound."""
    known = [bound for bound in bounds if bound is not None]
    return max(known, key=lambda bound: bound.version, default=None) if len(known) == len(bounds) else None


def _package(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.lower())


def _files(folder: Path) -> Iterator[Path]:
    for name in ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile"):
        yield folder / name
    yield from (path for path in sorted(folder.glob("*req*.txt")) if is_a_list(path.name))
    yield from sorted(folder.glob("requirements/*.txt"))
    yield from (path for path in sorted(folder.glob("*.y*ml")) if _is_an_environment(_text(path)))
    for name in ("pixi.toml", "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"):
        yield folder / name


def _is_an_environment(text: str) -> bool:
    """Whether YAML is one of conda's environments, whatever it is called."""
    return re.search(r"^dependencies:", text, re.MULTILINE) is not None


def _requirements(text: str) -> Iterator[tuple[str, str]]:
    """Requirements as pip and conda write them, also in strings; what stands behind `#` is a comment."""
    for line in text.splitlines():
        yield from REQUIREMENT.findall(line.partition("#")[0])
        bare = re.match(r"\s*(?:-\s*)?[\"']?(pytorch[-_]lightning|lightning|transformers)[\"']?\s*,?\s*(?:#|;|$)", line)
        if bare:
            yield bare[1], ""


def _pyproject(text: str) -> Iterator[tuple[str, str]]:
    """Lists of requirements, and the tables of Poetry."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    for key, value in _leaves(document):
        if key.lower().replace("_", "-") in {"pytorch-lightning", "lightning", "transformers"}:
            if isinstance(value, str) and (value == "*" or CLAUSE.search(value) or value[:1].isdigit()):
                yield key, value
        elif isinstance(value, str):
            yield from _requirements(value)


def _leaves(value: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The strings of a document with their keys; a table with `version` counts as that. lintlight's own is left out."""
    if depth > 12:
        return
    if isinstance(value, dict):
        if isinstance(value.get("version"), str) and depth > 2:
            yield key, value["version"]
            return
        for name, item in value.items():
            if not (depth == 1 and name == "lintlight"):
                yield from _leaves(item, name, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, "", depth + 1)
    else:
        yield key, value


def _lock(text: str) -> Iterator[tuple[str, str]]:
    """`[[package]]` tables of Poetry, uv and PDM."""
    pattern = r'^name = "(pytorch-lightning|lightning|transformers)"\s*\nversion = "([^"]+)"'
    for name, version in re.findall(pattern, text, re.MULTILINE):
        yield name, f"=={version}"


def _pipfile_lock(text: str) -> Iterator[tuple[str, str]]:
    try:
        packages = json.loads(text).get("default", {})
    except (ValueError, AttributeError, RecursionError):
        return
    for name in ("pytorch-lightning", "lightning", "transformers"):
        entry = packages.get(name) if isinstance(packages, dict) else None
        if isinstance(entry, dict) and isinstance(entry.get("version"), str):
            yield name, entry["version"]


READERS: Mapping[str, Callable[[str], Iterator[tuple[str, str]]]] = {
    "pyproject.toml": _pyproject,
    "Pipfile": _pyproject,
    "pixi.toml": _pyproject,
    "poetry.lock": _lock,
    "uv.lock": _lock,
    "pdm.lock": _lock,
    "Pipfile.lock": _pipfile_lock,
}


def _bound(spec: str) -> tuple[int, ...] | None:
    """The newest version that a requirement allows, `ANY` standing for what is not fixed; None without a bound."""
    if spec[:1].isdigit():  # Poetry's "1.9.5"
        spec = f"=={spec}"
    bounds = [bound for operator, version in CLAUSE.findall(spec) if (bound := _upper(operator, version)) is not None]
    return min(bounds, default=None)


def _is_pin(spec: str) -> bool:
    """Whether a requirement names the one version that it allows: `==2.0.4`, Poetry's "2.0.4"."""
    clauses = CLAUSE.findall(f"=={spec}" if spec[:1].isdigit() else spec)
    return len(clauses) == 1 and clauses[0][0] in {"==", "==="} and "*" not in clauses[0][1]


def _upper(operator: str, version: str) -> tuple[int, ...] | None:
    numbers = _numbers(version)
    if not numbers:
        return None
    if operator in {"==", "===", "<="}:
        return (*numbers, ANY) if version.endswith("*") else numbers
    if operator == "=":  # conda: any patch of it
        return (*numbers, ANY)
    if operator == "<":
        while len(numbers) > 1 and numbers[-1] == 0:
            numbers = numbers[:-1]
        return (*numbers[:-1], numbers[-1] - 1, ANY)
    if operator == "~=":
        return (*numbers[:-1], ANY)
    if operator == "~":
        return (*numbers[:2], ANY)
    if operator == "^":
        fixed = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
        return (*numbers[: fixed + 1], ANY)
    return None


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"\d{1,9}(\.\d{1,9})*(?!\d)", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _plain(spec: str) -> str:
    """The requirement on one line, without what frames it."""
    text = re.sub(r"\s+", "", spec).strip(",")
    return f"=={text}" if text[:1].isdigit() else text
