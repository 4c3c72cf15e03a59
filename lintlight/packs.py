"""Packs of rules that come from elsewhere: installed ones by their name, folders by their path."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

GROUP = "lintlight.rules"
"""The group of entry points in which a distribution names its packs: `acme = acme_lint.rules`."""
_INSTALLED, _FOLDER = "lintlight.packs.", "lintlight.folder_"
"""What the packages begin with."""
_INSTALLED_IN = frozenset({"site-packages", "dist-packages"})


@dataclass(frozen=True)
class Pack:
    """A folder of rule files, and the package that they are imported as."""

    folder: Path
    package: str


def installed_packs(project: Path) -> Mapping[str, str]:
    """The names of the installed packs, and the packages that hold their rules.

    NOTE: what only lies in the project is not installed. A project that is checked must not bring its own rules, even
    where `python -m` or PYTHONPATH has put its folder on the path.
    """
    from importlib.metadata import distributions

    found: dict[str, str] = {}
    for distribution in distributions(path=_outside(project)):
        for entry in distribution.entry_points:
            if entry.group == GROUP:
                found.setdefault(entry.name, entry.value)  # what is further down the path is hidden, as for imports
    return found


def installed_pack(name: str, project: Path) -> Pack | None:
    """The pack of that name; None when there is none, or no folder of it."""
    package = installed_packs(project).get(name)
    if package is None:
        return None
    top, *below = package.split(".")
    folders = (folder.joinpath(*below) for folder in _folders(top, project))
    folder = next((folder for folder in folders if folder.is_dir()), None)
    return Pack(folder, f"{_INSTALLED}{name}") if folder is not None else None


def folder_pack(folder: Path) -> Pack:
    """The pack that a folder is."""
    folder = Path(os.path.abspath(folder))
    return Pack(folder, f"{_FOLDER}{os.fsencode(folder).hex()}")


def is_pack(package: str) -> bool:
    """Whether rules that were imported as this come from a pack that is not built in."""
    return package.startswith((_INSTALLED, _FOLDER))


def _folders(package: str, project: Path) -> Iterator[Path]:
    """Where a package lies, found without running any of it; that which is installed goes before all others."""
    for spec in _specs(package, project):
        if spec is not None:
            yield from (Path(place) for place in spec.submodule_search_locations or ())


def _specs(package: str, project: Path) -> Iterator[ModuleSpec | None]:
    yield PathFinder.find_spec(package, _outside(project))
    # An editable installation leads to its package by a finder or by a line in a `.pth` file.
    for finder in sys.meta_path:
        if finder is not PathFinder:
            yield finder.find_spec(package, None)
    yield PathFinder.find_spec(package, [place for place in sys.path if Path(place).resolve() not in _lent_places()])


def _outside(project: Path) -> list[str]:
    """The places on the path that are not the project's own; its virtual environment is not."""
    top = next((folder for folder in (project, *project.parents) if (folder / ".git").exists()), project)
    own = {top.resolve(), Path.cwd()}
    return [place for place in sys.path if not _is_own(Path(place).resolve(), own)]


def _lent_places() -> set[Path]:
    """Places that are on the path for this run only, which installing put nowhere."""
    lent = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {Path.cwd(), *(Path(place).resolve() for place in lent)}


def _is_own(place: Path, own: set[Path]) -> bool:
    inside = (place.relative_to(folder) for folder in own if place.is_relative_to(folder))
    return any(_INSTALLED_IN.isdisjoint(path.parts) for path in inside)
