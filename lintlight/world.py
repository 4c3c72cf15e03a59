"""The files that answers rest on, as they are now: their digests, and what their code says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from lintlight.scan import Scanned, digest_of
from lintlight.semantics.resolve.index import FileFacts, code_in, facts_at
from lintlight.semantics.resolve.versions import told_in
from lintlight.source.files import NOTEBOOK, UnreadableSource, bytes_of, decode_source
from lintlight.source.project_files import ProjectFiles, project_files
from lintlight.source.roots import Roots, shared_folder

UNREADABLE = "unreadable"
Remembered = Callable[[Path], tuple[str, FileFacts] | None]


def nothing_remembered(_: Path) -> None:
    """For a run without a cache."""


class World:
    """Each file is read when it is first asked for.

    `scanned` was read in this run; `remembered` gives the code's digest and the facts of a file in an earlier one.
    """

    def __init__(self, scanned: Mapping[Path, Scanned], remembered: Remembered = nothing_remembered) -> None:
        self.scanned = scanned
        self.roots = Roots(shared_folder(scanned))
        self._remembered = remembered
        self._codes: dict[Path, str] = {path: one.code for path, one in scanned.items() if one.digest}
        self._facts: dict[Path, FileFacts] = {path: one.facts for path, one in scanned.items()}
        self._states: dict[Path, str] = {}
        self._below: dict[Path, ProjectFiles] = {}

    def code(self, path: Path) -> str:
        """What stands for the code of a Python file or a notebook."""
        if path not in self._codes:
            self._codes[path] = code_digest_at(path)
        return self._codes[path]

    def facts(self, path: Path) -> FileFacts:
        """What the code of a Python file or a notebook says."""
        if path not in self._facts:
            code, facts = self._remembered(path) or ("", None)
            is_same = facts is not None and code == self.code(path)
            self._facts[path] = facts if facts is not None and is_same else facts_at(path)
        return self._facts[path]

    def root(self, path: Path) -> Path:
        """The project that a file belongs to."""
        return self.roots.of(path)

    def with_code(self, root: Path) -> tuple[Path, ...]:
        """The Python files and notebooks below a project's root."""
        below = self._files(root)
        return below.python + below.notebooks

    def state(self, root: Path) -> str:
        """All that can be asked of a project without opening one of its files in particular."""
        if root not in self._states:
            below = self._files(root)
            parts: list[Any] = []
            for path in (*below.python, *below.notebooks):
                facts = self.facts(path)
                parts.append([str(path), facts.classes, facts.tags, facts.builds])
            parts += [[str(path), digest_at(path)] for path in (*below.yaml, *below.requirements)]
            parts += [[name, newest.said if newest is not None else ""] for name, newest in told_in(root).items()]
            self._states[root] = text_digest(json.dumps(parts))
        return self._states[root]

    def _files(self, root: Path) -> ProjectFiles:
        if root not in self._below:
            self._below[root] = project_files(root)
        return self._below[root]


def digest_at(path: Path) -> str:
    """What stands for the bytes that a file has now."""
    try:
        return digest_of(bytes_of(path))
    except OSError:
        return UNREADABLE


def code_digest_at(path: Path) -> str:
    """What stands for the code that a file has now; a notebook's is that of its cells."""
    try:
        data = bytes_of(path)
        if path.suffix != NOTEBOOK and not data.isascii():
            decode_source(path, data)  # a comment may hold what makes the whole unreadable
    except (OSError, UnreadableSource):
        return UNREADABLE
    return digest_of(code_in(path, data))


def text_digest(text: str) -> str:
    """What stands for a text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
