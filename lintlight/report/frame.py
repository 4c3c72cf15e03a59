"""The picture of a finding as styled pieces of text: where, what, the code with its range underlined, what to do."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from lintlight.model import Finding, Report, Severity, SourceText, Span, VerdictStatus
from lintlight.report.shown import columns, place, printable

_MOST_LINES = 6
_TOKEN = re.compile(
    r"(?P<comment>#.*)"
    r"|(?P<string>[rbfuRBFU]{0,2}(?:'''.*?(?:'''|$)|\"\"\".*?(?:\"\"\"|$)|'(?:\\.|[^'\\])*'?|\"(?:\\.|[^\"\\])*\"?))"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<number>\d[\w.]*)"
)


class Piece(NamedTuple):
    """Text and what it is; a renderer turns kinds into colours or leaves them out."""

    kind: str
    text: str
    target: Span | None = None
    """The place that it names, where a terminal can link to it."""


Line = list[Piece]


def finding_lines(finding: Finding, report: Report) -> list[Line]:
    """All lines of one finding."""
    lines = [heading(finding, report)]
    width = len(str(max([finding.span.end.row, *(related.span.end.row for related in finding.related)])))
    source = report.sources.get(finding.span.path)
    if source is not None:
        lines += _frame(source, finding.span, finding.severity.value, width)
    for related in finding.related:
        where = Piece("where", place(related.span, report), related.span)
        lines.append(_note(width, "note", [Piece("", printable(related.message) + " "), where]))
        other = report.sources.get(related.span.path)
        if other is not None and not _shows(finding, source, related.span):
            lines += _one_line(other, related.span, width)
    if finding.help:
        lines.append(_note(width, "help", _marked(finding.help)))
    lines += _verdict_lines(finding, width)
    return lines


def heading(finding: Finding, report: Report) -> Line:
    """Where, how bad, which rule, and the sentence."""
    confidence = "" if finding.confidence.value == "high" else f" ({finding.confidence.value} confidence)"
    return [
        Piece("where", place(finding.span, report), finding.span),
        Piece("", " "),
        Piece(finding.severity.value, finding.severity.value),
        Piece("", " "),
        Piece("code", finding.code),
        Piece("", " "),
        *_marked(finding.message),
        Piece("quiet", confidence),
    ]


def _frame(source: SourceText, span: Span, severity: str, width: int) -> Iterator[Line]:
    """The lines of the range with one before and one after; its first and its last line are underlined."""
    lines = _lines(source)
    last = min(span.end.row, len(lines))
    yield [Piece("gutter", " " * width + " |")]
    first, final = _around(source, span.start.row)
    for row in range(max(first, span.start.row - 1), min(last + 1, final) + 1):
        shown = row - span.start.row
        if span.start.row < row < last and shown >= _MOST_LINES:
            if shown == _MOST_LINES:
                yield [Piece("gutter", " " * width + " | "), Piece("quiet", "...")]
            continue
        text = lines[row - 1]
        if not text.strip() and row not in range(span.start.row, last + 1):
            continue
        yield _code_line(row - first + 1, text, width)
        if row in (span.start.row, last):
            underline = _underline(text, row, span)
            if underline:
                yield [Piece("gutter", " " * width + " | "), Piece(severity, underline)]
    yield [Piece("gutter", " " * width + " |")]


def _around(source: SourceText, row: int) -> tuple[int, int]:
    """The first and the last row of the file, or of the notebook cell, that a row lies in."""
    last = len(_lines(source))
    for cell in reversed(source.cells):
        if cell.row <= row:
            return cell.row, last
        last = cell.row - 1
    return 1, last


def _underline(text: str, row: int, span: Span) -> str:
    """Carets under the part of one line that the range covers; at least one on the range's first line."""
    indent = len(text) - len(text.lstrip())
    start = span.start.column - 1 if row == span.start.row else indent
    stop = span.end.column - 1 if row == span.end.row else len(_without_comment(text))
    if stop <= start and row != span.start.row:
        return ""
    return " " * columns(printable(text[:start])) + "^" * max(1, columns(printable(text[start:stop])))


def _without_comment(text: str) -> str:
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "comment":
            return text[: match.start()].rstrip()
    return text.rstrip()


@lru_cache(maxsize=64)
def _lines(source: SourceText) -> list[str]:
    return source.written_lines()


def _one_line(source: SourceText, span: Span, width: int) -> Iterator[Line]:
    lines = _lines(source)
    if span.start.row <= len(lines):
        first, _ = _around(source, span.start.row)
        yield _code_line(span.start.row - first + 1, lines[span.start.row - 1], width)


def _shows(finding: Finding, source: SourceText | None, span: Span) -> bool:
    """Whether the finding's own frame already shows the line of a related place."""
    if source is None or finding.span.path != span.path:
        return False
    return finding.span.start.row - 1 <= span.start.row <= finding.span.end.row + 1


def _code_line(row: int, text: str, width: int) -> Line:
    return [Piece("gutter", f"{row:>{width}} | "), *_highlighted(text)]


@lru_cache(maxsize=4096)
def _highlighted(text: str) -> tuple[Piece, ...]:
    """The kinds of one line's words, as far as the line alone tells."""
    return tuple(_kinds(text))


def _kinds(text: str) -> Iterator[Piece]:
    done = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "word":
            kind = "keyword" if keyword.iskeyword(match[0]) else "self" if match[0] in ("self", "cls") else ""
        if kind:
            if done < match.start():
                yield Piece("source", printable(text[done : match.start()]))
            yield Piece(kind, printable(match[0]))
            done = match.end()
    if done < len(text):
        yield Piece("source", printable(text[done:]))


def _note(width: int, label: str, pieces: Line) -> Line:
    return [Piece("gutter", " " * width + " = "), Piece("label", label + ": "), *pieces]


def _marked(text: str) -> Line:
    """A sentence with its `code` set apart."""
    parts = re.split(r"(`[^`]*`)", printable(" ".join(text.split("\n"))))
    return [Piece("quoted" if part.startswith("`") else "", part) for part in parts if part]


def _verdict_lines(finding: Finding, width: int) -> Iterator[Line]:
    verdict = finding.verdict
    if verdict is None:
        return
    name = verdict.status.value.replace("confirmed-harmless", "harmless").replace("-", " ")
    kind = {
        VerdictStatus.CONFIRMED: "confirmed",
        VerdictStatus.REFUTED: "refuted",
        VerdictStatus.HARMLESS: "harmless",
        VerdictStatus.NOT_PROBED: "unknown",
    }[verdict.status]
    yield _note(width, "probe", [Piece(kind, name), Piece("", ": "), *_marked(verdict.reason)])
    if verdict.hint:
        yield _note(width, "to find out", _marked(verdict.hint))


def severity_counts(findings: list[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity."""
    return {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
