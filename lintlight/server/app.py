"""The server itself: what it does on each message of an editor."""

from __future__ import annotations

import asyncio
import gc
import os
import signal

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from lintlight import __version__
from lintlight.config import ConfigError
from lintlight.exit_codes import ExitCode
from lintlight.server import actions, convert
from lintlight.server.positions import overlap
from lintlight.server.session import Session
from lintlight.server.texts import with_safe_fixes
from lintlight.source.files import DECIDING

WATCHED = tuple(f"**/*{ending}" for ending in DECIDING)


def hover_at(session: Session, params: types.HoverParams) -> types.Hover | None:
    """The page of the first rule that was broken at a place."""
    shown = session.current(params.text_document.uri)
    here = types.Range(params.position, params.position)
    for finding, told in shown.findings if shown is not None else ():
        if shown is not None and overlap(told.range, here) and finding.code in shown.report.rules:
            page = convert.hover(finding, shown.report.rules[finding.code])
            return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, page), told.range)
    return None


async def actions_at(session: Session, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Fixes and suppressions of the findings in a range; all safe fixes when an editor asks for them."""
    shown = session.current(params.text_document.uri)
    found: list[types.CodeAction] = []
    if shown is not None and actions.wants(params.context, types.CodeActionKind.QuickFix.value):
        for finding, told in shown.findings:
            if overlap(told.range, params.range):
                found += actions.actions_for(finding, told, shown.document, shown.report, session.encoding)
    if actions.asks_for(params.context, actions.FIX_ALL):
        found += await _all_fixes(session, params.text_document.uri)
    return found


async def _all_fixes(session: Session, uri: str) -> list[types.CodeAction]:
    documents = session.documents()
    path, document = next(((path, each) for path, each in documents.items() if each.uri == uri), (None, None))
    if path is None or document is None:
        return []
    texts = {path: each.source for path, each in documents.items()}
    loop = asyncio.get_running_loop()
    try:
        fixed = await loop.run_in_executor(session.server.thread_pool, with_safe_fixes, path, texts)
    except ConfigError as error:
        session.warn(str(error))
        return []
    return [] if fixed.text == document.source.text else [actions.fix_all_action(document, fixed, session.encoding)]


def serve() -> None:
    """Serve on stdin and stdout until the editor ends it.

    NOTE: Ctrl-C ends it at once: a thread that waits for stdin would hold up Python's own way out.
    """
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(ExitCode.INTERRUPTED))
    gc.enable()
    made().start_io()


def made() -> LanguageServer:
    """The server, ready to be started."""
    server = LanguageServer("lintlight", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
    session = Session(server)

    @server.feature(types.INITIALIZED)
    async def watch(params: types.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is not None and watching.dynamic_registration:
            session.watches = True
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            wanted = types.Registration("watch", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await server.client_register_capability_async(types.RegistrationParams([wanted]))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        session.schedule(0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        session.schedule()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        session.changed_on_disk()
        session.schedule(0)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        session.close(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def changed_on_disk(params: types.DidChangeWatchedFilesParams) -> None:
        session.changed_on_disk()
        session.schedule()

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        return hover_at(session, params)

    kinds = [types.CodeActionKind.QuickFix, actions.FIX_ALL]
    server_options = types.CodeActionOptions(kinds)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, server_options)
    async def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        return await actions_at(session, params)

    return server
