"""Edits of a notebook's code, made in its JSON: every byte outside the changed strings stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]

from lintlight.model import Edit, SourceText
from lintlight.source.notebook import NotANotebook

_SPACE = re.compile(r"[ \t\r\n]*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_DECODER = json.JSONDecoder()


def edited(source: SourceText, edits: Sequence[Edit]) -> bytes:
    """The notebook after edits of the text that stands for it. Raises NotANotebook."""
    try:
        text = source.raw.decode("utf-8")
        cells = list(_cells(text))
    except (ValueError, IndexError) as error:
        raise NotANotebook("is not written as UTF-8 JSON") from error
    changes = []
    for edit in edits:
        start, stop = _place(source, cells, text, edit.start), _place(source, cells, text, edit.stop)
        changes.append((start, stop, json.dumps(edit.content.decode(source.encoding))[1:-1]))
    for start, stop, content in sorted(changes, reverse=True):
        text = text[:start] + content + text[stop:]
    return text.encode("utf-8")


def _place(source: SourceText, cells: Sequence[Sequence[tuple[int, int]]], text: str, offset: int) -> int:
    """Where a place of the code stands in the JSON text."""
    before = source.data[:offset].decode(source.encoding)
    row, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    cell = next((cell for cell in reversed(source.cells) if cell.row <= row), None)
    if cell is None:
        raise NotANotebook("has no such cell")
    strings = cells[cell.number - 1]
    whole = "".join(scanstring(text, start + 1)[0] for start, _ in strings)
    lines = _LINE.findall(whole)
    left = sum(map(len, lines[: row - cell.row])) + column
    for start, _ in strings:
        value = scanstring(text, start + 1)[0]
        # The end of a string that ends a line is no place: what follows begins the next string.
        if left < len(value) or (left == len(value) and not value.endswith("\n")):
            return _inside(text, start + 1, left)
        left -= len(value)
    if left == 0 and strings:
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
