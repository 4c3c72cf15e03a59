"""Rows and columns in characters to those of an editor, which count from 0 and in the units that it negotiated."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from lintlight.model import Position, Span

_WIDTHS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2)}
"""Encoding -> its codec and the bytes of one unit; UTF-32 counts characters as we do."""


def units(text: str, encoding: str) -> int:
    """How long a text is in the units of an encoding."""
    if encoding not in _WIDTHS or text.isascii():
        return len(text)
    codec, width = _WIDTHS[encoding]
    return len(text.encode(codec, "surrogatepass")) // width


def client_position(position: Position, lines: Sequence[str], encoding: str) -> types.Position:
    """Where a place is for the editor; `lines` are those of the text that the place lies in."""
    if position.row > len(lines):  # a text that is not at hand
        return types.Position(position.row - 1, position.column - 1)
    line = lines[position.row - 1]
    return types.Position(position.row - 1, units(line[: position.column - 1], encoding))


def client_range(span: Span, lines: Sequence[str], encoding: str) -> types.Range:
    """Where a range is for the editor."""
    return types.Range(client_position(span.start, lines, encoding), client_position(span.end, lines, encoding))


def overlap(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges share a character or touch: a cursor at the end of a word is at the word."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
