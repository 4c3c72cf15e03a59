"""Edits of a notebook's code, made in its JSON: every byte outside the changed strings stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from json.decoder import scanstring  # type: ignore[attr-defined]

from lintlight.model import Edit, Position, SourceText
from lintlight.source.edits import narrowed
from lintlight.source.notebook import NotANotebook

_SPACE = re.compile(r"[ \t\r\n]*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_DECODER = json.JSONDecoder()


def edited(source: SourceText, edits: Sequence[Edit]) -> bytes:
    """The notebook after edits of the text that stands for it, each of which lies in one cell. Raises NotANotebook."""
    try:
        text = source.raw.decode("utf-8")
        cells = list(_cells(text))
    except (ValueError, IndexError) as error:
        raise NotANotebook("is not written as UTF-8 JSON") from error
    pieces, done = [], 0
    for start, stop, content in sorted(_change(source, cells, text, edit) for edit in edits):
        written = json.dumps(content, ensure_ascii=text.isascii())[1:-1]
        pieces += [text[done:start], written]
        done = stop
    return "".join([*pieces, text[done:]]).encode("utf-8")


def _change(
    source: SourceText, cells: Sequence[Sequence[tuple[int, int]]], text: str, edit: Edit
) -> tuple[int, int, str]:
    """Where an edit begins and ends in the JSON text, and what it puts there."""
    first, last = source.position_at(edit.start), source.position_at(edit.stop)
    cell = next((cell for cell in reversed(source.cells) if cell.row <= first.row), None)
    if cell is None:
        raise NotANotebook("has no such cell")
    strings = cells[cell.number - 1]
    whole = "".join(scanstring(text, start + 1)[0] for start, _ in strings)
    content = edit.content.decode(source.encoding).replace("\n", "\r\n" if "\r\n" in whole else "\n")
    start, stop, content = _in_cell(whole, cell.row, first, last, content)
    start, stop, content = narrowed(start, whole[start:stop], content)
    return _in_strings(text, strings, start), _in_strings(text, strings, stop), content


def _in_cell(whole: str, top: int, first: Position, last: Position, content: str) -> tuple[int, int, str]:
    """What an edit replaces of the text of a cell whose first row is `top`, in characters, and with what."""
    lines = [line for line in _LINE.findall(whole) if line]
    starts = [0, *accumulate(map(len, lines))]
    code = whole.rstrip("\r\n")  # blank lines at the end are no rows
    rows = sum(1 for line in _LINE.findall(code) if line) or 1
    is_to_the_end = last.row - top == rows and last.column == 1
    if first.row - top >= rows or not (last.row - top < rows or is_to_the_end):
        raise NotANotebook("has another cell there")
    start = starts[first.row - top] + first.column - 1
    if not is_to_the_end or code != whole:
        return start, starts[last.row - top] + last.column - 1, content
    # The cell's last line has no end: that of the line before goes in its place.
    if not content and first.column == 1 and first.row > top:
        before = lines[first.row - top - 1]
        start -= len(before) - len(before.rstrip("\r\n"))
    return start, len(whole), content.removesuffix("\n").removesuffix("\r")


def _in_strings(text: str, strings: Sequence[tuple[int, int]], characters: int) -> int:
    """Where a place in a cell's text stands in the JSON text."""
    for start, _ in strings:
        value = scanstring(text, start + 1)[0]
        # The end of a string that ends a line is no place: what follows begins the next string.
        if characters < len(value) or (characters == len(value) and not value.endswith("\n")):
            return _inside(text, start + 1, characters)
        characters -= len(value)
    if characters == 0 and strings:
        return strings[-1][1] - 1
    raise NotANotebook("has no such line")


def _inside(text: str, start: int, characters: int) -> int:
    """Where a character of a JSON string stands, escapes counted as what they mean."""
    place = start
    for _ in range(characters):
        escape = _ESCAPE.match(text, place)
        place = escape.end() if escape is not None else place + 1
    return place


def _cells(text: str) -> Iterator[list[tuple[int, int]]]:
    """For each cell the JSON strings that its source is made of: where they begin and end, quotes included."""
    if text[:1] == "\ufeff":
        raise ValueError("a mark before the JSON")
    for key, start in _members(text, _skip(text, 0)):
        if key == "cells":
            for cell in _items(text, start):
                yield next((_strings(text, value) for name, value in _members(text, cell) if name == "source"), [])


def _strings(text: str, start: int) -> list[tuple[int, int]]:
    starts = [start] if text[start] == '"' else list(_items(text, start))
    return [(place, _DECODER.raw_decode(text, place)[1]) for place in starts]


def _members(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The keys of a JSON object, and where their values begin."""
    place = _skip(text, start + 1)
    while text[place] != "}":
        key, place = scanstring(text, place + 1)
        place = _skip(text, _skip(text, place) + 1)
        yield key, place
        place = _next(text, place)


def _items(text: str, start: int) -> Iterator[int]:
    """Where the items of a JSON array begin."""
    place = _skip(text, start + 1)
    while text[place] != "]":
        yield place
        place = _next(text, place)


def _next(text: str, start: int) -> int:
    """The place behind a value and its comma."""
    place = _skip(text, _DECODER.raw_decode(text, start)[1])
    return _skip(text, place + 1) if text[place] == "," else place


def _skip(text: str, place: int) -> int:
    space = _SPACE.match(text, place)
    assert space is not None
    return space.end()
