"""The report on a terminal, drawn by rich: code is cut at the edge, sentences wrap and go on below where they began."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

from lintlight.model import Report
from lintlight.report.frame import Line, Piece
from lintlight.report.links import Links, target
from lintlight.report.shown import columns
from lintlight.report.text import report_lines

STYLES = {
    "where": "bold",
    "error": "bold red",
    "warning": "bold yellow",
    "info": "bold cyan",
    "code": "bold magenta",
    "quoted": "bold",
    "quiet": "dim",
    "gutter": "blue",
    "label": "bold blue",
    "keyword": "magenta",
    "string": "green",
    "number": "cyan",
    "comment": "dim italic",
    "self": "italic",
    "confirmed": "bold white on red",
    "refuted": "bold black on green",
    "harmless": "bold black on cyan",
    "unknown": "bold black on yellow",
    "good": "bold green",
}
_LEAST_COLUMNS = 20
_WORD = re.compile(r"\s*\S+")


def draw(report: Report, console: Console, links: Links = Links.NONE) -> None:
    """The whole report in colour, its places linked where the terminal takes links.

    NOTE: segments are made here, not by rich's markup or wrapping, which take a millisecond a line.
    """
    styles = {kind: Style.parse(style) for kind, style in STYLES.items()}
    width = console.width
    end = Segment("\n")
    segments: list[Segment] = []
    for line in report_lines(report):
        for row in _rows(line, width):
            segments += [Segment(piece.text, _linked(styles.get(piece.kind), piece, links)) for piece in row]
            segments.append(end)
    console.print(Segments(segments), end="", crop=False)


def _linked(style: Style | None, piece: Piece, links: Links) -> Style | None:
    address = target(piece.target, links) if piece.target is not None else ""
    return Style.chain(style or Style(), Style(link=address)) if address else style


def _rows(line: Line, width: int) -> Iterable[Line]:
    """What a line takes on a terminal of so many columns."""
    if columns("".join([piece.text for piece in line])) <= width:
        return [line]
    if line[0].kind != "gutter":
        return _wrapped(line, width)
    if any(piece.kind == "label" for piece in line):
        indent = len(line[0].text)
        first, *rest = _wrapped(line[1:], max(width - indent, _LEAST_COLUMNS))
        return [[line[0], *first], *([Piece("", " " * indent), *row] for row in rest)]
    # The underline stays below what it marks.
    return [[*_first(line, width - 1), Piece("", "…")]]


def _first(line: Line, width: int) -> Iterator[Piece]:
    """As much of a line as fits."""
    left = width
    for piece in line:
        if columns(piece.text) > left:
            fitting = piece.text[:left]
            while columns(fitting) > left:
                fitting = fitting[:-1]
            yield piece._replace(text=fitting)
            return
        yield piece
        left -= columns(piece.text)


def _wrapped(line: Line, width: int) -> list[Line]:
    """A sentence in rows; a word that is longer than a row is broken."""
    text = "".join(piece.text for piece in line)
    rows, start, stop = [], 0, 0
    for word in _WORD.finditer(text):
        if stop > start and columns(text[start : word.end()]) > width:
            rows.append((start, stop))
            start = word.end() - len(word[0].lstrip())
        stop = word.end()
        while columns(text[start:stop]) > width:
            rows.append((start, start + width))
            start += width
    rows.append((start, stop))
    return [_cut(line, *row) for row in rows]


def _cut(line: Line, start: int, stop: int) -> Line:
    """The pieces between two places of a line."""
    cut, place = [], 0
    for piece in line:
        text = piece.text[max(start - place, 0) : max(stop - place, 0)]
        if text:
            cut.append(piece._replace(text=text))
        place += len(piece.text)
    return cut
