"""The settings of a run, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lintlight.model import Confidence
from lintlight.source.files import DEFAULT_EXCLUDE

WEIGHTS = ("stand-in", "real")
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Settings:
    """What `[tool.lintlight]` and the command line say; selectors are codes, prefixes (`LL1`), names or `ALL`."""

    root: Path
    """Patterns are relative to this folder: that of the configuration file, else the working folder."""
    source: Path | None = None
    """The configuration file, if one was read."""
    select: tuple[str, ...] | None = None
    """None: the rules that are on by default; empty: none but what is always on."""
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Pairs of a gitignore pattern and the selectors that are off for the files it matches."""
    lightning: str = ""
    """The Lightning version that the project runs on, for instance `2.1`; empty: what its requirements allow."""
    transformers: str = ""
    lightning_bases: tuple[str, ...] = ()
    """Dotted names of classes that are LightningModules though their source cannot be seen."""
    min_confidence: Confidence = Confidence.MEDIUM
    packs: tuple[str, ...] = ()
    """The names of installed packs of rules, checked."""
    probe: Mapping[str, Any] = field(default_factory=dict)
    """The table `[tool.lintlight.probe]`, checked."""
