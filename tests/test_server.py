"""The language server over stdio, driven by a real client."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from lintlight.semantics.resolve.index import Index
from lintlight.server.actions import edits_between
from lintlight.server.positions import units
from lintlight.server.texts import check_texts, source_of
from tests.command import write
from tests.sources import BAD

MISTAKE = BAD.format(comment="")
REPAIRED = MISTAKE.replace('uncased")', 'uncased").train()')
UNUSED = "x = 1  # noqa: LL101\ny = 2  # lintlight: ignore[LL999] -- a typo\n"
OPEN: list[str] = []
REGISTERED: list[types.Registration] = []
pytestmark = pytest.mark.asyncio(loop_scope="module")
Told = list[types.Diagnostic]


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-m", "lintlight", "server", "--stdio"]),
    scope="module",
)
async def server(lsp_client: LanguageClient) -> AsyncIterator[None]:
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def register(params: types.RegistrationParams) -> None:
        REGISTERED[:] = params.registrations

    capabilities = client_capabilities("visual-studio-code")
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities))
    yield
    await lsp_client.shutdown_session()


@pytest.fixture
def client(server: LanguageClient) -> Iterator[LanguageClient]:
    """The one client of all tests; nothing is open, and nothing was told yet."""
    yield server
    for uri in OPEN:
        server.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    OPEN.clear()
    server.messages.clear()
    server.log_messages.clear()


async def until(condition: Callable[[], bool], timeout_s: float = 30) -> None:
    """Wait for what the server tells on its own."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.02)


async def told(client: LanguageClient, path: Path, condition: Callable[[Told], bool] = lambda told: True) -> Told:
    """The diagnostics of a file, once they are as expected."""
    uri = path.as_uri()
    await until(lambda: uri in client.diagnostics and condition(list(client.diagnostics[uri])))
    return list(client.diagnostics[uri])


def open_file(client: LanguageClient, path: Path, text: str) -> None:
    OPEN.append(path.as_uri())
    document = types.TextDocumentItem(path.as_uri(), "python", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))


def change(client: LanguageClient, path: Path, text: str, version: int) -> None:
    whole = types.TextDocumentContentChangeWholeDocument(text)
    identified = types.VersionedTextDocumentIdentifier(version, path.as_uri())
    client.text_document_did_change(types.DidChangeTextDocumentParams(identified, [whole]))


async def actions(
    client: LanguageClient, path: Path, where: types.Range, *only: types.CodeActionKind | str
) -> list[types.CodeAction]:
    context = types.CodeActionContext([], only=list(only) or None)
    asked = types.CodeActionParams(types.TextDocumentIdentifier(path.as_uri()), where, context)
    found = await client.text_document_code_action_async(asked)
    return [action for action in found or () if isinstance(action, types.CodeAction)]


def applied(text: str, action: types.CodeAction, path: Path, encoding: str = "utf-16-le") -> str:
    """The text after an action, as an editor changes it."""
    assert action.edit is not None
    assert action.edit.changes is not None
    lines = text.splitlines(keepends=True)

    def offset(position: types.Position) -> int:
        before = lines[position.line].encode(encoding)[: position.character * 2].decode(encoding)
        return sum(map(len, lines[: position.line])) + len(before)

    edits = sorted(action.edit.changes[path.as_uri()], key=lambda edit: offset(edit.range.start), reverse=True)
    for edit in edits:
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


async def test_findings_on_open_on_change_and_on_close(client: LanguageClient, tmp_path: Path) -> None:
    path = write(tmp_path, "m.py", REPAIRED)
    open_file(client, path, MISTAKE)  # not saved: what is typed counts
    [found] = await told(client, path, bool)
    assert (found.code, found.source, found.severity) == ("LL101", "lintlight", types.DiagnosticSeverity.Error)
    assert found.message.startswith("`self.bert` is trained in eval mode")
    assert "\nHelp: write `AutoModel.from_pretrained(...).train()`" in found.message
    assert found.range == types.Range(types.Position(7, 20), types.Position(7, 66))
    change(client, path, REPAIRED, 2)
    assert await told(client, path, lambda told: not told) == []
    change(client, path, MISTAKE, 3)
    await told(client, path, bool)
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(path.as_uri())))
    await told(client, path, lambda told: not told)


async def test_the_base_class_in_another_file_is_seen_saved_or_not(client: LanguageClient, tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "")
    base = write(tmp_path, "base.py", MISTAKE)
    child = "from base import Classifier\n\n\nclass Child(Classifier):\n    def on_fit_start(self):\n        {}\n"
    path = write(tmp_path, "child.py", child.format("pass"))
    open_file(client, path, child.format("pass"))
    open_file(client, base, MISTAKE)
    [found] = await told(client, base, bool)
    assert found.code == "LL101"
    # The base is unsaved now: it loads nothing, so its child has nothing left to be told about.
    other = MISTAKE.replace("self.bert = AutoModel.from_pretrained", "self.bert = torch.nn.Linear")
    change(client, base, other, 2)
    await told(client, base, lambda told: not told)
    assert await told(client, path) == []


async def test_related_places_in_other_files(client: LanguageClient, tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "")
    encoder = "from torch import nn\nfrom transformers import AutoModel\n\n\nclass Encoder(nn.Module):\n"
    encoder += "    def __init__(self):\n        super().__init__()\n"
    encoder += '        self.bert = AutoModel.from_pretrained("bert")\n\n    def forward(self, **batch):\n'
    encoder += "        return self.bert(**batch)\n"
    other = write(tmp_path, "encoder.py", encoder)
    text = MISTAKE.replace('AutoModel.from_pretrained("bert-base-uncased")', "Encoder()")
    text = "from encoder import Encoder\n" + text
    path = write(tmp_path, "m.py", text)
    open_file(client, path, text)
    [found] = await told(client, path, bool)
    assert found.related_information is not None
    related, trained = found.related_information
    assert trained.message == "`self.bert.bert` is trained here in eval mode"
    assert (trained.location.uri, trained.location.range.start) == (other.as_uri(), types.Position(10, 15))
    assert related.message == "loaded here, in eval mode"
    assert related.location.uri == other.as_uri()
    assert related.location.range.start == types.Position(7, 20)


async def test_columns_are_utf_16(client: LanguageClient, tmp_path: Path) -> None:
    text = MISTAKE.replace("        self.bert =", "        odd = '\U0001f600é'; self.bert =")
    path = tmp_path / "m.py"
    open_file(client, path, text)
    [found] = await told(client, path, bool)
    line = text.splitlines()[7]
    column = line.index("AutoModel")
    assert found.range.start.character == column + 1
    [fix, *_] = await actions(client, path, found.range)
    assert applied(text, fix, path) == text.replace('uncased")', 'uncased").train()')


async def test_actions_fix_and_silence(client: LanguageClient, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    open_file(client, path, MISTAKE)
    [found] = await told(client, path, bool)
    inside = types.Range(types.Position(7, 30), types.Position(7, 30))
    fix, silence = await actions(client, path, inside)
    assert fix.title.startswith("LL101: ")
    assert fix.title.endswith(" (unsafe: changes what is computed)")
    assert fix.kind == types.CodeActionKind.QuickFix
    assert not fix.is_preferred
    assert list(fix.diagnostics or ()) == [found]
    assert applied(MISTAKE, fix, path) == REPAIRED
    assert silence.title == "LL101: ignore it here, and say why"
    assert applied(MISTAKE, silence, path) == MISTAKE.replace('uncased")', 'uncased")  # lintlight: ignore[LL101] -- ')
    elsewhere = types.Range(types.Position(0, 0), types.Position(0, 3))
    assert await actions(client, path, elsewhere) == []
    change(client, path, applied(MISTAKE, silence, path) + "\n", 2)
    await told(client, path, lambda told: not told)


async def test_all_safe_fixes_when_asked_for(client: LanguageClient, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = UNUSED + MISTAKE
    open_file(client, path, text)
    found = await told(client, path, lambda told: len(told) == 3)
    assert sorted(str(one.code) for one in found) == ["LL002", "LL004", "LL101"]
    assert {str(one.code) for one in found if one.tags} == {"LL002", "LL004"}
    for kind in ("source.fixAll.lintlight", "source.fixAll", "source"):
        [action] = await actions(client, path, found[0].range, kind)
        assert action.kind == "source.fixAll.lintlight"
        assert applied(text, action, path) == "x = 1\ny = 2\n" + MISTAKE  # the unsafe one is left
    assert "source.fixAll.lintlight" not in [one.kind for one in await actions(client, path, found[0].range)]
    assert await actions(client, path, found[0].range, "source.organizeImports") == []
    safe, *_ = await actions(client, path, found[0].range)
    assert safe.title.endswith(" (safe)")
    assert safe.is_preferred


async def test_hover_shows_the_way_through_the_hooks_and_the_page(client: LanguageClient, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    open_file(client, path, MISTAKE)
    await told(client, path, bool)
    asked = types.HoverParams(types.TextDocumentIdentifier(path.as_uri()), types.Position(7, 30))
    shown = await client.text_document_hover_async(asked)
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    first, _, page = shown.contents.value.partition("\n\n---\n\n")
    assert first == "`self.bert`: eval mode from `__init__` on"
    assert page.startswith("# LL101 pretrained-left-in-eval\n")
    assert "## Bad" in page
    asked = types.HoverParams(types.TextDocumentIdentifier(path.as_uri()), types.Position(0, 0))
    assert await client.text_document_hover_async(asked) is None


async def test_the_configuration_counts_and_a_broken_one_is_told_once(client: LanguageClient, tmp_path: Path) -> None:
    settings = write(tmp_path, "pyproject.toml", '[tool.lintlight]\nignore = ["LL101"]\n')
    path = tmp_path / "m.py"
    open_file(client, path, MISTAKE)
    assert await told(client, path) == []
    write(tmp_path, "pyproject.toml", "[tool.lintlight]\nignroe = []\n")
    for version in (2, 3):
        change(client, path, MISTAKE + "\n" * version, version)
        await until(lambda: bool(client.messages))
    assert [message.message for message in client.messages] == [
        f"{settings}:2: `ignroe` is not a setting; did you mean `ignore`?"
    ]
    write(tmp_path, "pyproject.toml", "[tool.lintlight]\n")
    event = types.FileEvent(settings.as_uri(), types.FileChangeType.Changed)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    [found] = await told(client, path, bool)
    assert found.code == "LL101"


async def test_files_that_are_not_open_are_watched(client: LanguageClient, tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "")
    base = write(tmp_path, "base.py", MISTAKE)
    text = "from base import Classifier\nfrom transformers import AutoModel\n\n\nclass Child(Classifier):\n"
    text += "    def __init__(self):\n        super().__init__()\n"
    text += '        self.bert = AutoModel.from_pretrained("x")\n'
    path = write(tmp_path, "child.py", text)
    open_file(client, path, text)
    await told(client, path, bool)
    await until(lambda: bool(REGISTERED))
    [watching] = REGISTERED
    assert watching.method == "workspace/didChangeWatchedFiles"
    write(tmp_path, "base.py", "class Classifier:\n    pass\n")
    event = types.FileEvent(base.as_uri(), types.FileChangeType.Changed)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await told(client, path, lambda told: not told)


async def test_excluded_folders_are_left_out_relative_to_the_project(client: LanguageClient, tmp_path: Path) -> None:
    write(tmp_path, "build/project/pyproject.toml", "")
    inside = write(tmp_path, "build/project/m.py", MISTAKE)
    left_out = write(tmp_path, "build/project/dist/m.py", MISTAKE)
    for path in (left_out, inside):
        open_file(client, path, MISTAKE)
    await told(client, inside, bool)
    assert await told(client, left_out) == []


async def test_quick_typing_is_checked_once_it_ends(client: LanguageClient, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    open_file(client, path, "x = 1\n")
    await told(client, path)
    for version in range(2, 60):
        change(client, path, MISTAKE[: version * 9], version)
    change(client, path, MISTAKE, 60)
    [found] = await told(client, path, bool)
    assert found.code == "LL101"  # none of the half-typed texts, which do not parse, was told about


async def test_what_no_check_survives_is_logged_and_the_server_goes_on(client: LanguageClient, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    open_file(client, path, "# coding: no-such-codec\nx = 1\n")
    await until(lambda: bool(client.log_messages))
    assert "cannot be decoded" in client.log_messages[0].message
    change(client, path, "[" * 5000 + "]" * 5000, 2)
    [found] = await told(client, path, bool)
    assert found.code == "LL001"
    change(client, path, MISTAKE, 3)
    [found] = await told(client, path, lambda told: bool(told) and told[0].code == "LL101")
    open_file(client, tmp_path / "notes.md", MISTAKE)
    await told(client, path)


@pytest.mark.parametrize("lines", ["\r\n", "\r"])
async def test_other_line_ends(client: LanguageClient, tmp_path: Path, lines: str) -> None:
    path = tmp_path / "m.py"
    text = MISTAKE.replace("\n", lines)
    open_file(client, path, text)
    [found] = await told(client, path, bool)
    assert found.range.start == types.Position(7, 20)
    for action in await actions(client, path, found.range):
        assert lines in applied(text, action, path)
        assert applied(text, action, path).count(lines) == text.count(lines)


CRASHING = """
from lintlight.server import app, session
def check_texts(paths, texts, indexes, known=session.check_texts):
    if any("crash" in source.text for source in texts.values()):
        raise RuntimeError("oh")
    return known(paths, texts, indexes)
session.check_texts = check_texts
app.made().start_io()
"""


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[sys.executable, "-c", CRASHING]), scope="module")
async def crashing(lsp_client: LanguageClient) -> AsyncIterator[None]:
    """A server that fails on some texts, and a plain client that counts in UTF-8."""
    general = types.GeneralClientCapabilities(position_encodings=["utf-8", "utf-16"])
    await lsp_client.initialize_session(types.InitializeParams(types.ClientCapabilities(general=general)))
    yield
    await lsp_client.shutdown_session()


async def test_our_own_failure_is_logged_and_the_server_goes_on(crashing: LanguageClient, tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    open_file(crashing, path, "crash\n")
    await until(lambda: bool(crashing.log_messages))
    assert [(message.type, message.message) for message in crashing.log_messages] == [
        (types.MessageType.Error, "lintlight itself failed, please report it: RuntimeError: oh")
    ]
    text = MISTAKE.replace("        self.bert =", "        odd = '\U0001f600é'; self.bert =")
    change(crashing, path, text, 2)
    [found] = await told(crashing, path, bool)
    line = text.splitlines()[7]
    assert found.range.start.character == len(line[: line.index("AutoModel")].encode())
    assert found.related_information is None


async def test_ctrl_c_and_a_client_that_has_gone_end_it_quietly() -> None:
    command = [sys.executable, "-m", "lintlight", "server"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}).encode()
    with subprocess.Popen(command, **pipes) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        running.stdin.write(b"Content-Length: %d\r\n\r\n" % len(asked) + asked)
        running.stdin.flush()
        assert running.stdout.read(14) == b"Content-Length"
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (130, b"")
    done = subprocess.run(command, input=b"", capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


async def test_a_project_is_searched_again_only_when_its_files_may_have_changed(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "")
    path = write(tmp_path, "base.py", REPAIRED)
    texts = {path: source_of(path, MISTAKE)}
    indexes: dict[Path, Index] = {}
    assert len(check_texts([path], texts, indexes).findings) == 1
    assert list(indexes) == [tmp_path]
    child = "from base import Classifier\n\n\nclass Child(Classifier):\n    pass\n"
    write(tmp_path, "child.py", child)
    known = indexes[tmp_path]
    check_texts([path], texts, indexes)
    assert indexes[tmp_path] is known
    again: dict[Path, Index] = {}
    check_texts([path], texts, again)
    assert known.files_deriving("Classifier") == ()
    assert again[tmp_path].files_deriving("Classifier") == (tmp_path / "child.py",)


@pytest.mark.parametrize(("encoding", "length"), [("utf-8", 7), ("utf-16", 4), ("utf-32", 3), ("other", 3)])
async def test_units(encoding: str, length: int) -> None:
    assert units("é\U0001f600a", encoding) == length
    assert units("abc", encoding) == 3


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("a\nb\n", "a\nb  # c\n", [(1, 1, 1, 1, "  # c")]),
        ("a\r\nb\r\n", "a\r\n\r\nb\r\n", [(1, 0, 1, 0, "\r\n")]),
        ("a\nb\nc\n", "a\nc\n", [(1, 0, 2, 0, "")]),
        ("é\U0001f600 = 1\n", "é\U0001f600 = 2\n", [(0, 6, 0, 7, "2")]),
        ("a\x0cb\u2028c\n", "a\x0cb\u2028d\n", [(0, 4, 0, 5, "d")]),
        ("x = 1", "x = 1", []),
    ],
)
async def test_edits_are_no_more_than_what_changed(before: str, after: str, changed: list[tuple[object, ...]]) -> None:
    sources = [source_of(Path("m.py"), text) for text in (before, after)]
    edits = [
        (at.start.line, at.start.character, at.end.line, at.end.character, edit.new_text)
        for edit in edits_between(*sources, "utf-16")
        for at in [edit.range]
    ]
    assert edits == changed
