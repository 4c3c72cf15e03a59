"""What the server knows between two messages of an editor: what is open, and what was found in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from lintlight.config import ConfigError
from lintlight.model import Finding, Report
from lintlight.semantics.resolve.index import Index
from lintlight.server import convert
from lintlight.server.texts import Document, check_texts, source_of
from lintlight.source.files import UnreadableSource

DELAY_S = 0.25
"""How long the editor must be silent before a check begins."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shown:
    """What the editor was told about one document, and from which text it was made."""

    document: Document
    report: Report
    findings: tuple[tuple[Finding, types.Diagnostic], ...]


@dataclass
class Session:
    """What is known between two messages of the editor."""

    server: LanguageServer
    shown: dict[str, Shown] = field(default_factory=dict)
    """URI -> what was published last."""
    timer: asyncio.TimerHandle | None = None
    checking: asyncio.Task[None] | None = None
    watches: bool = False
    """Whether the editor tells what changes on the disk."""
    indexes: dict[Path, Index] = field(default_factory=dict)
    """What is known of projects until something changes on the disk."""
    again: bool = False
    """Whether something changed while a check was running."""
    complained: set[str] = field(default_factory=set)
    """Warnings that were shown; none is shown twice."""

    @property
    def encoding(self) -> str:
        """The units in which the editor counts columns."""
        chosen = self.server.workspace.position_encoding
        return chosen.value if isinstance(chosen, types.PositionEncodingKind) else chosen or "utf-16"

    def changed_on_disk(self) -> None:
        """Forget what rests on the files as they were; a check that is running keeps what it has."""
        self.indexes = {}
        self.complained.clear()

    def schedule(self, delay: float = DELAY_S) -> None:
        """Check everything that is open, unless something changes before the delay is over."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = asyncio.get_running_loop().call_later(delay, self._begin)

    def _begin(self) -> None:
        self.timer = None
        if self.checking is not None and not self.checking.done():
            self.again = True
        else:
            self.checking = asyncio.get_running_loop().create_task(self._check())

    async def _check(self) -> None:
        """Check what is open until nothing changes meanwhile; the one place where the server survives our failures."""
        self.again = True
        while self.again:
            self.again = False
            documents = self.documents()
            texts = {path: document.source for path, document in documents.items()}
            indexes = self.indexes if self.watches else {}
            try:
                loop = asyncio.get_running_loop()
                report = await loop.run_in_executor(self.server.thread_pool, check_texts, list(texts), texts, indexes)
            except ConfigError as error:
                self.warn(str(error))
            except Exception as crash:  # noqa: BLE001 -- the fence around a check: the editor keeps its server
                _log.exception("a check failed")
                self.log(f"lintlight itself failed, please report it: {type(crash).__name__}: {crash}")
            else:
                self.publish(documents, report)

    def documents(self) -> Mapping[Path, Document]:
        """The Python files that are open."""
        found = {}
        for uri, text in self.server.workspace.text_documents.items():
            name = to_fs_path(uri)
            if name is None or not name.endswith(".py") or not uri.startswith("file:"):
                continue
            try:
                found[Path(name)] = Document(text.uri, text.version, source_of(Path(name), text.source))
            except UnreadableSource as unreadable:
                self.log(f"{unreadable.path}: {unreadable.reason}")
        return found

    def publish(self, documents: Mapping[Path, Document], report: Report) -> None:
        """Tell the editor what was found in the texts that it still shows; log what could not be checked."""
        for path, document in documents.items():
            current = self.server.workspace.text_documents.get(document.uri)
            if current is None or current.version != document.version:
                continue  # closed or changed meanwhile: the next check tells
            found = [each for each in report.findings if each.span.path == path and each.suppressed is None]
            related = self.shows_related()
            told = [convert.diagnostic(each, report, self.encoding, related=related) for each in found]
            self.shown[document.uri] = Shown(document, report, tuple(zip(found, told, strict=True)))
            self.server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(document.uri, told, document.version)
            )
        for error in report.errors:
            self.log(f"{error.path}: {error.message}")

    def shows_related(self) -> bool:
        """Whether the editor shows places in other files beside a diagnostic."""
        text_document = self.server.client_capabilities.text_document
        diagnostics = text_document.publish_diagnostics if text_document is not None else None
        return diagnostics is not None and bool(diagnostics.related_information)

    def close(self, uri: str) -> None:
        """Take back what was published about a document."""
        self.shown.pop(uri, None)
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def current(self, uri: str) -> Shown | None:
        """What was published about a document, as long as its text is still the same."""
        shown = self.shown.get(uri)
        text = self.server.workspace.text_documents.get(uri)
        return shown if shown is not None and text is not None and text.version == shown.document.version else None

    def log(self, message: str) -> None:
        """A line in the editor's log of this server."""
        self.server.window_log_message(types.LogMessageParams(types.MessageType.Error, message))

    def warn(self, message: str) -> None:
        """A message that the user must act upon, shown once."""
        if message not in self.complained:
            self.complained.add(message)
            self.server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, message))
