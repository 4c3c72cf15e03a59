"""A file's tree whose definitions are parsed when somebody looks into them: into most of a project's code nobody does.

A definition that nobody has looked into is a node like any other, with its name and place; to ask for anything else of
it parses its text. A class is parsed without its methods, which are such nodes themselves.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from lintlight.model import SourceText
from lintlight.source.parse import SyntaxFault, is_sound, parse, plain_tree_of, tree_of

SMALL = 1_000
"""A text of so many characters is parsed as soon as its definitions are found."""
MOST_ROWS = 20_000_000
"""To give so many definitions their rows takes longer than to parse them at once."""
_DEFINITION = re.compile(r"(?:(class)|def|(async)[ \t]+def)[ \t]+(\w+)")
_FIRST_METHOD = re.compile(r"\n([ \t]+)(?:@|(?:async[ \t]+)?def[ \t])")
_END_OF_HEAD = re.compile(r":[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
IN_HEAD = ("bases", "keywords", "decorator_list")
LONG_QUOTES = ('"""', "'''")
_LONG_QUOTE = re.compile("|".join(LONG_QUOTES))


def outline(source: SourceText, *, sound: bool = False) -> ast.Module:
    """The tree of `source`, as `parse` gives it, most of it not parsed yet. Raises SyntaxFault.

    `sound` where `check_syntax` has found no fault in it.
    """
    text = source.text.replace("\r\n", "\n")
    if len(text) < SMALL or "\r" in text or "\f" in text or not _shows_its_strings(text):
        return parse(source)
    if not sound and not is_sound(text):
        return parse(source)
    places = _definitions(text, 0, len(text), "", 1)
    try:
        tree = plain_tree_of(_without(text, 0, len(text), places))
    except SyntaxFault:  # what looked like a definition stands in the middle of something
        return parse(source)
    return tree if _put_back(places, tree.body) else parse(source)


def unread(node: ast.AST) -> str | None:
    """The text of a definition, where nobody has looked into it yet."""
    place = node.__dict__.get("unread")
    return place.text[place.start : place.stop] if isinstance(place, _Place) else None


def may_say(node: ast.AST, words: Iterable[str]) -> bool:
    """Whether one of `words` may be in the code of a node; not where nobody has looked into it and its text has none.

    In other scripts one name can be written in several ways.
    """
    text = unread(node)
    return text is None or not text.isascii() or any(word in text for word in words)


def first_row(node: ast.stmt) -> int:
    """The row where a statement begins, its decorators included."""
    place = node.__dict__.get("unread")
    if isinstance(place, _Place):
        return place.row
    marks: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(mark.lineno for mark in marks)])


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a definition stands in a text: from the line of its first decorator to that of what follows it."""

    text: str
    start: int
    head: int
    """The beginning of its own line, behind the decorators."""
    stop: int
    row: int
    head_row: int
    last_row: int
    indent: str
    kind: type[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]
    name: str


class _Unread:
    """A definition that nobody has looked into; afterwards it is what it would have been from the beginning."""

    __slots__ = ()
    _fields: tuple[str, ...]

    def __getattr__(self, name: str) -> Any:
        if name not in self._fields:
            raise AttributeError(name)
        if name not in IN_HEAD or not _look_at_head(self):
            _look_into(self)
        return getattr(self, name)


def _returns(node: Any) -> ast.expr | None:
    """Would be None otherwise, as what a class says of its instances."""
    _look_into(node)
    found: ast.expr | None = node.returns
    return found


class _UnreadClass(ast.ClassDef, _Unread):
    __slots__ = ()
    __doc__ = ast.ClassDef.__doc__


class _UnreadFunction(ast.FunctionDef, _Unread):
    __slots__ = ()
    returns = property(_returns)
    __doc__ = ast.FunctionDef.__doc__


class _UnreadAsyncFunction(ast.AsyncFunctionDef, _Unread):
    __slots__ = ()
    returns = property(_returns)
    __doc__ = ast.AsyncFunctionDef.__doc__


UNREAD: dict[type[ast.stmt], type[ast.stmt]] = {
    ast.ClassDef: _UnreadClass,
    ast.FunctionDef: _UnreadFunction,
    ast.AsyncFunctionDef: _UnreadAsyncFunction,
}
"""Kind of definition -> what it is an instance of before somebody looks into it."""


def _shows_its_strings(text: str) -> bool:
    """Whether the lines of longer strings are those between two of the quotes that begin and end them.

    So they are where all have the same quotes, no other quote or comment stands in front of those that begin one, and
    none that begin another behind those that end one.
    """
    used = [quotes for quotes in LONG_QUOTES if quotes in text]
    return not used or (len(used) == 1 and _stand_alone(text, used[0]))


def _stand_alone(text: str, quotes: str) -> bool:
    at, is_inside = text.find(quotes), False
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = end if end >= 0 else len(text)
        before, (within, again, behind) = text[start:at], text[at + 3 : end].partition(quotes)
        if before.endswith("\\") or within.endswith("\\") or text[start - 2 : start - 1] == "\\":
            return False
        if is_inside and again:
            return False
        if not is_inside and ('"' in before or "'" in before or "#" in before):
            return False
        if again and ('"' in behind or "'" in behind):
            return False
        is_inside = is_inside is bool(again)
        at = text.find(quotes, end)
    return True


@cache
def _starts_at(indent: str) -> re.Pattern[str]:
    """The ends of lines behind which a statement of this indentation may begin: no comment, no closing bracket."""
    return re.compile(rf"\n{indent}(?=[^\s#)\]}}])")


def _definitions(text: str, start: int, stop: int, indent: str, row: int) -> list[_Place]:
    """The definitions with this indentation between two places of a text, as far as its lines tell.

    `row` is that of the first place. A line that goes on inside a string belongs to what the string began in.
    """
    width = len(indent)
    starts = [match.start() + 1 for match in _starts_at(indent).finditer(text, start, stop)]
    if any(text[at - 2 : at - 1] == "\\" for at in starts):  # a statement goes on there
        return []
    if start == 0 and text[:1].strip(" \t\n#"):
        starts.insert(0, 0)
    ends = [*starts, stop]
    quotes = [match.start() for match in _LONG_QUOTE.finditer(text, start, stop)]
    found: list[_Place] = []
    counted, number = start, 0
    while number < len(starts):
        first = head = starts[number]
        while text[head + width] == "@" and number + 1 < len(starts):
            number += 1
            head = starts[number]
        behind = _closed_behind(quotes, ends, first, number + 1)
        is_one, number = behind == number + 1, behind
        match = _DEFINITION.match(text, head + width)
        if match is not None and is_one:
            row += text.count("\n", counted, first)
            counted = first
            head_row = row + text.count("\n", first, head)
            last_row = head_row + text.count("\n", head, _end_of_code(text, head, ends[number]))
            kind = ast.ClassDef if match[1] else ast.AsyncFunctionDef if match[2] else ast.FunctionDef
            found.append(_Place(text, first, head, ends[number], row, head_row, last_row, indent, kind, match[3]))
    are_many = len(found) * (row + text.count("\n", counted, stop)) > MOST_ROWS
    return [] if are_many or not all(place.name.isascii() for place in found) else found


def _closed_behind(quotes: Sequence[int], ends: Sequence[int], start: int, number: int) -> int:
    """The number of the first end, from one on, behind which no string goes on that began at `start` or later."""
    first = bisect_left(quotes, start)
    while number < len(ends) - 1:
        closing = bisect_left(quotes, ends[number])
        if (closing - first) % 2 == 0:
            break
        number = bisect_left(ends, quotes[closing] + 1) if closing < len(quotes) else len(ends) - 1
    return number


def _end_of_code(text: str, start: int, stop: int) -> int:
    """The end of the last line between two places that is neither empty nor a comment."""
    end = stop
    while end > start:
        line = text.rfind("\n", start, end - 1) + 1 or start
        content = text[line:end].strip()
        if content and content[0] != "#":
            return line + len(text[line:end].rstrip("\n"))
        end = line
    return stop


def _without(text: str, start: int, stop: int, places: Sequence[_Place]) -> str:
    """The text between two places with `pass` for each definition; rows stay what they are."""
    pieces: list[str] = []
    for place in places:
        pieces += text[start : place.start], place.indent, "pass", "\n" * text.count("\n", place.start, place.stop)
        start = place.stop
    return "".join((*pieces, text[start:stop]))


def _put_back(places: Sequence[_Place], body: list[ast.stmt]) -> bool:
    """Put definitions where `pass` stands for them; whether there was a place for each."""
    left = {place.row: place for place in places}
    for number, node in enumerate(body):
        if isinstance(node, ast.Pass) and node.lineno in left:
            body[number] = _node(left.pop(node.lineno))
    return not left


def _node(place: _Place) -> ast.stmt:
    node = UNREAD[place.kind].__new__(UNREAD[place.kind])
    node.__dict__.update(
        name=place.name,
        lineno=place.head_row,
        col_offset=len(place.indent),
        end_lineno=place.last_row,
        unread=place,
    )
    if place.start == place.head:
        node.__dict__["decorator_list"] = []
    return node


def _look_at_head(node: _Unread) -> bool:
    """Learn the decorators, and of a class what it derives from; whether the first lines tell."""
    place: _Place = node.__dict__["unread"]
    if place.kind is ast.ClassDef:
        end = _END_OF_HEAD.search(place.text, place.head, place.stop)
        code = f"{place.text[place.start : end.start()]}: pass" if end is not None else ""
    else:
        code = f"{place.text[place.start : place.head]}{place.indent}def _(): pass"
    try:
        found = _alone(place, code, plain_tree_of).__dict__ if code else {}
    except SyntaxFault:
        found = {}
    node.__dict__.update((name, found[name]) for name in IN_HEAD if name in found)
    return bool(found)


def _look_into(node: _Unread) -> None:
    """Make a definition what it would be if the whole file had been parsed. Raises SyntaxFault."""
    place: _Place = node.__dict__["unread"]
    node.__dict__.update(_parsed(place).__dict__)
    del node.__dict__["unread"]
    node.__class__ = place.kind  # type: ignore[assignment]


def _parsed(place: _Place) -> ast.stmt:
    """The statement at a place; of a class, the methods are not looked into, but the last, with which it ends."""
    inner = _methods(place) if place.kind is ast.ClassDef and place.stop - place.start > SMALL else []
    if inner:
        try:
            statement = _alone(place, _without(place.text, place.start, place.stop, inner), plain_tree_of)
            if _put_back(inner, getattr(statement, "body", [])):
                return statement
        except SyntaxFault:  # as in `outline`
            pass
    code = place.text[place.start : place.stop]
    try:
        return _alone(place, code, tree_of)
    except SyntaxFault:  # how deeply code may be nested depends on how many calls are in progress
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as fresh:
            return fresh.submit(_alone, place, code, tree_of).result()


def _methods(place: _Place) -> list[_Place]:
    first = _FIRST_METHOD.search(place.text, place.head, place.stop)
    if first is None or len(first[1]) <= len(place.indent):
        return []
    found = _definitions(place.text, place.head, place.stop, first[1], place.head_row)
    return [each for each in found if each.stop < place.stop]


def _alone(place: _Place, code: str, parsed: Callable[[str], ast.Module]) -> ast.stmt:
    """The one statement that `code` is, on the rows where the place lies."""
    if not place.indent:
        (statement,) = parsed("\n" * (place.row - 1) + code).body
        return statement
    (around,) = parsed("\n" * (place.row - 2) + "if 1:\n" + code).body
    assert isinstance(around, ast.If)
    (statement,) = around.body
    return statement
