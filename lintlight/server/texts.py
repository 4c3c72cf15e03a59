"""The texts that are open in an editor: checked with the project around them, and fixed."""

from __future__ import annotations

import io
import os
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lintlight.check import check, visible
from lintlight.config import load_settings
from lintlight.fix import fix_all, with_edits
from lintlight.model import Report, SourceText
from lintlight.registry import rules_for
from lintlight.scopes import joined, scoped
from lintlight.semantics.resolve.index import Index, kept
from lintlight.settings import Settings
from lintlight.source.files import decode_source, read_source
from lintlight.source.roots import project_root

Texts = Mapping[Path, SourceText]
"""What is open, saved or not; it stands for what is on the disk."""


@dataclass(frozen=True)
class Document:
    """A text as an editor showed it when a check began."""

    uri: str
    version: int | None
    source: SourceText


def source_of(path: Path, text: str) -> SourceText:
    """An editor's text as the file that it would be saved to; raises UnreadableSource."""
    data = text.encode("utf-8", "surrogatepass")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        data = text.encode(encoding)
    except (SyntaxError, UnicodeEncodeError):
        pass  # decode_source says what is wrong with it
    return decode_source(path, data)


def settings_in(folder: Path) -> Settings:
    """The nearest configuration; without one, what is left out is named relative to the project, not to the server."""
    settings = load_settings(folder)
    return settings if settings.source is not None else replace(settings, root=project_root(folder))


def check_texts(paths: Iterable[Path], texts: Texts, indexes: dict[Path, Index] | None = None) -> Report:
    """What is found in some of the open files, each under its nearest configuration; excluded ones have no findings.

    The edits of every fix are worked out. `indexes` holds what is known of projects whose files have not changed.
    Raises ConfigError.
    """
    with kept({} if indexes is None else indexes):
        return _check(paths, texts)


def _check(paths: Iterable[Path], texts: Texts) -> Report:

    def read(path: Path) -> SourceText:
        return texts.get(path) or read_source(path)

    reports = []
    for scope in scoped(sorted(paths), (), settings_in):
        report = check(scope.files, scope.settings, rules_for(scope.settings), root=scope.settings.root, read=read)
        reports.append(visible(report, scope.settings.min_confidence))
    if not reports:
        return Report(root=Path(os.sep), findings=(), sources={}, rules={})
    return with_edits(joined(reports))


def with_safe_fixes(path: Path, texts: Texts) -> SourceText:
    """An open file with its safe fixes made; each was checked to leave nothing new behind. Raises ConfigError."""

    def recheck(changed: Mapping[Path, SourceText]) -> Report:
        return check_texts([path], {**texts, **changed})

    report = recheck({})
    if path not in report.sources:
        return texts[path]
    own = replace(report, findings=tuple(found for found in report.findings if found.span.path == path))
    return fix_all(own, recheck).after.get(path, texts[path])
