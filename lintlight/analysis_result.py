"""What comes of analysing the classes of a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lintlight.model import FileError, Finding


@dataclass(frozen=True)
class Analysed:
    """What the rules say of the classes of one file; a finding may lie in another file that it builds on."""

    path: Path
    findings: tuple[Finding, ...] = ()
    error: FileError | None = None
