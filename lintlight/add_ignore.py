"""Suppressions for everything that is found: one comment at the end of a line of each finding."""

from __future__ import annotations

import ast
import io
from collections.abc import Sequence
from dataclasses import dataclass

from lintlight.hygiene import ABOUT_COMMENTS
from lintlight.model import Finding, SourceText
from lintlight.source.files import UnreadableSource, decode_source
from lintlight.source.parse import SyntaxFault, parse
from lintlight.suppress import directives, rows


@dataclass(frozen=True)
class Ignored:
    """A file with its new comments, and the findings that no comment could be written for."""

    after: SourceText
    left: tuple[Finding, ...]


def with_ignores(source: SourceText, findings: Sequence[Finding], reason: str) -> Ignored:
    """The file with a comment for each finding, on the last line of the finding that can take one."""
    text, left = source, []
    wanted: dict[tuple[int, ...], list[str]] = {}
    for finding in findings:
        if finding.code in ABOUT_COMMENTS or source.cells:
            left.append(finding)
        else:
            codes = wanted.setdefault(tuple(reversed(rows(finding.span))), [])
            codes += [finding.code] * (finding.code not in codes)
    for places, codes in wanted.items():
        comment = f"# lintlight: ignore[{', '.join(sorted(codes))}] -- {reason.strip()}"
        written = next((after for row in places if (after := _with_comment(text, row, comment)) is not None), None)
        if written is None:
            left += [finding for finding in findings if tuple(reversed(rows(finding.span))) == places]
        else:
            text = written
    return Ignored(text, tuple(left))


def _with_comment(source: SourceText, row: int, comment: str) -> SourceText | None:
    """The file with the comment at the end of a line; None when the line goes on, or ends inside a string."""
    lines = list(io.StringIO(source.text, newline=""))
    if row > len(lines):
        return None
    line = lines[row - 1].rstrip("\r\n")
    end = lines[row - 1][len(line) :]
    lines[row - 1] = f"{line.rstrip()}  {comment}{end}"
    try:
        after = decode_source(source.path, "".join(lines).encode(source.encoding))
        same = ast.dump(parse(after)) == ast.dump(parse(source))
    except (UnicodeEncodeError, UnreadableSource, SyntaxFault):
        return None
    return after if same and any(found.row == row and found.comment == comment for found in directives(after)) else None
