"""What an editor offers to do about a finding: its fix, and a comment that silences it."""

from __future__ import annotations

import io
from difflib import SequenceMatcher

from lsprotocol import types

from lintlight.add_ignore import with_ignores
from lintlight.model import Finding, Fix, Report, Safety, SourceText, position_behind
from lintlight.server.positions import client_position
from lintlight.server.texts import Document
from lintlight.source.edits import narrowed

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.lintlight"
_SAFETIES = {Safety.SAFE: "safe", Safety.UNSAFE: "unsafe: changes what is computed"}
_REASON = "reason"


def wants(context: types.CodeActionContext, kind: str) -> bool:
    """Whether an editor asks for a kind of action, or for one that it is a part of."""
    return context.only is None or any(
        kind == asked or kind.startswith(f"{asked}.") for asked in map(_name, context.only)
    )


def asks_for(context: types.CodeActionContext, kind: str) -> bool:
    """Whether an editor asks for a kind by its name: what takes long is not offered with every move of the cursor."""
    return context.only is not None and wants(context, kind)


def _name(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def actions_for(
    finding: Finding, shown: types.Diagnostic, document: Document, report: Report, encoding: str
) -> list[types.CodeAction]:
    """What can be done about one finding, the fix first."""
    found = []
    edits = _fix_edits(finding.fix, report, encoding) if finding.fix is not None else []
    if finding.fix is not None and edits:
        title = f"{finding.code}: {finding.fix.title} ({_SAFETIES[finding.fix.safety]})"
        found.append(_quick(title, shown, document, edits, preferred=finding.fix.safety is Safety.SAFE))
    comment = _comment(finding, document.source, encoding)
    if comment:
        found.append(_quick(f"{finding.code}: ignore it here, and say why", shown, document, comment))
    return found


def fix_all_action(document: Document, fixed: SourceText, encoding: str) -> types.CodeAction:
    """All safe fixes of a document at once."""
    edits = edits_between(document.source, fixed, encoding)
    return types.CodeAction("lintlight: make all safe fixes", kind=FIX_ALL, edit=workspace_edit(document, edits))


def _quick(
    title: str, shown: types.Diagnostic, document: Document, edits: list[types.TextEdit], *, preferred: bool = False
) -> types.CodeAction:
    return types.CodeAction(
        title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[shown],
        is_preferred=preferred or None,
        edit=workspace_edit(document, edits),
    )


def workspace_edit(document: Document, edits: list[types.TextEdit]) -> types.WorkspaceEdit:
    """Edits of one document, in the form that every editor takes."""
    return types.WorkspaceEdit(changes={document.uri: edits})


def _fix_edits(fix: Fix, report: Report, encoding: str) -> list[types.TextEdit]:
    source = report.sources.get(fix.path)
    if source is None:
        return []
    lines = source.lines()
    return [
        types.TextEdit(
            types.Range(
                *(client_position(source.position_at(offset), lines, encoding) for offset in (edit.start, edit.stop))
            ),
            edit.content.decode(source.encoding),
        )
        for edit in fix.edits
    ]


def _comment(finding: Finding, source: SourceText, encoding: str) -> list[types.TextEdit]:
    """A comment that silences the finding, with the reason left to write; empty where none can stand."""
    done = with_ignores(source, [finding], _REASON)
    edits = [] if done.left else edits_between(source, done.after, encoding)
    return [types.TextEdit(edit.range, edit.new_text.replace(f"-- {_REASON}", "-- ")) for edit in edits]


def edits_between(before: SourceText, after: SourceText, encoding: str) -> list[types.TextEdit]:
    """What changed, no more than that, so that the editor keeps its marks and its place."""
    old, new = _lines(before.text), _lines(after.text)
    lines = before.lines()
    edits = []
    for tag, first, last, start, stop in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        gone, come = "".join(old[first:last]), "".join(new[start:stop])
        begin, end, content = narrowed(len("".join(old[:first])), gone, come)
        place = [position_behind(before.text[:offset]) for offset in (begin, end)]
        where = types.Range(*(client_position(each, lines, encoding) for each in place))
        edits.append(types.TextEdit(where, content))
    return edits


def _lines(text: str) -> list[str]:
    return list(io.StringIO(text, newline=""))
