"""What one file says by itself: its suppressions, what its bytes tell the project, and whether Python can parse it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from lintlight.model import Fault, FileError, SourceText
from lintlight.semantics.resolve.index import NO_FACTS, FileFacts, code_in, facts_of
from lintlight.source.files import UnreadableSource
from lintlight.source.parse import SyntaxFault, check_syntax
from lintlight.suppress import Directive, directives

Reader = Callable[[Path], SourceText]


@dataclass(frozen=True)
class Scanned:
    """A function of the bytes of one file, whatever the settings and the other files are."""

    path: Path
    digest: str = ""
    """Of its bytes; empty where they cannot be read."""
    code: str = ""
    """The digest of its code: what other files' answers rest on."""
    facts: FileFacts = NO_FACTS
    directives: tuple[Directive, ...] = ()
    faults: tuple[Fault, ...] = ()
    error: FileError | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it can be analysed, at most without some cells."""
        return self.error is None and all(fault.in_cell for fault in self.faults)


def digest_of(data: bytes) -> str:
    """What stands for the bytes of a file in a cache."""
    return blake2b(data, digest_size=16).hexdigest()


def scan(path: Path, read: Reader) -> Scanned:
    """Read a file, but for its syntax; one that cannot be read is told of, and raises nothing."""
    try:
        source = read(path)
    except UnreadableSource as unreadable:
        return Scanned(path, error=FileError(path, unreadable.reason))
    code = code_in(path, source.file_bytes)
    left_out = tuple(cell.fault for cell in source.cells if cell.fault is not None)
    return Scanned(path, digest_of(source.file_bytes), digest_of(code), facts_of(code), directives(source), left_out)


def syntax_fault(path: Path, read: Reader) -> Fault | None:
    """Where Python cannot parse a file; None where it can, and where the file cannot be read."""
    try:
        check_syntax(read(path))
    except SyntaxFault as fault:
        return fault.fault
    except UnreadableSource:
        return None
    return None


def judged(one: Scanned, fault: Fault | FileError | None) -> Scanned:
    """With what came of checking the syntax."""
    if isinstance(fault, FileError):
        return replace(one, error=fault)
    return replace(one, faults=(*one.faults, fault)) if fault is not None else one
