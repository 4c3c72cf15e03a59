"""Syntax newer than the running Python: replaced by older syntax of the same length, so that every place stays.

NOTE: lengths are those in UTF-8, in which `ast` counts columns; lines keep their ends.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper

MOST_BYTES = 1_000_000
MOST_BRACKETS = 200
MOST_BRANCHES = 500
LONGEST_LINE = 5_000
_NEWLINES = re.compile(rb"[^\r\n]")


class Piece(NamedTuple):
    """Bytes of the text, and what they become."""

    start: int
    stop: int
    content: bytes


def in_older_syntax(text: str) -> str | None:
    """The text with what this Python cannot read replaced; None when LibCST cannot read it either, or must not try."""
    data = text.encode("utf-8", "surrogatepass")
    if not _is_harmless(data):
        return None
    try:
        wrapper = MetadataWrapper(libcst.parse_module(text), unsafe_skip_copy=True)
        spans = wrapper.resolve(ByteSpanPositionProvider)
        finder = _Finder(data, spans)
        wrapper.module.visit(finder)
    except (libcst.ParserSyntaxError, RecursionError, KeyError, UnicodeError):
        # NOTE: LibCST fails on long chains with a KeyError that cannot even be printed.
        return None
    return _replaced(data, finder.pieces).decode("utf-8", "surrogatepass")


def _is_harmless(data: bytes) -> bool:
    """Whether LibCST, which crashes the process on what is nested too deeply, may see the text."""
    if b"\0" in data:
        return False
    longest = max(map(len, data.splitlines()), default=0)
    if len(data) > MOST_BYTES or data.count(b"elif") > MOST_BRANCHES or longest > LONGEST_LINE:
        return False
    depth = deepest = 0
    for bracket in re.findall(rb"[\[({})\]]", data):
        depth = depth + 1 if bracket in b"[({" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest <= MOST_BRACKETS


def _replaced(data: bytes, pieces: list[Piece]) -> bytes:
    """The pieces put in; of two that overlap, the one that begins first."""
    out, done = [], 0
    for piece in sorted(pieces):
        if piece.start >= done:
            out += [data[done : piece.start], piece.content]
            done = piece.stop
    return b"".join([*out, data[done:]])


class _Finder(libcst.CSTVisitor):
    """Finds what came after Python 3.11; what this Python can read is left alone."""

    def __init__(self, data: bytes, spans: Mapping[Any, Any]) -> None:
        super().__init__()
        self.data = data
        self.spans = spans
        self.pieces: list[Piece] = []

    def visit_ClassDef(self, node: libcst.ClassDef) -> None:
        """`class A[T](B)`, from 3.12."""
        self._without_parameters(node.type_parameters)

    def visit_FunctionDef(self, node: libcst.FunctionDef) -> None:
        """`def f[T](x)`, from 3.12."""
        self._without_parameters(node.type_parameters)

    def visit_TypeAlias(self, node: libcst.TypeAlias) -> None:
        """`type A = B`, from 3.12, becomes `pass;A = B`."""
        start, _ = self._range(node)
        if not _reads(b"type A = B"):
            self.pieces.append(Piece(start, start + 5, b"pass;"))
            if node.type_parameters is not None:
                first, last = self._range(node.type_parameters)
                self.pieces.append(Piece(first, last, _subscript(self.data[first:last])))

    def visit_ExceptHandler(self, node: libcst.ExceptHandler) -> None:
        """`except A, B`, from 3.14, becomes `except A`."""
        self._with_first_type(node.type)

    def visit_ExceptStarHandler(self, node: libcst.ExceptStarHandler) -> None:
        """`except* A, B`, from 3.14, becomes `except* A`."""
        self._with_first_type(node.type)

    def visit_FormattedString(self, node: libcst.FormattedString) -> bool:
        """Quotes, comments and line ends inside the braces of an f-string, from 3.12."""
        return self._with_plain_string(node)

    def visit_TemplatedString(self, node: libcst.TemplatedString) -> bool:
        """t-strings, from 3.14."""
        return self._with_plain_string(node)

    def _without_parameters(self, parameters: libcst.TypeParameters | None) -> None:
        if parameters is None or _reads(b"def f[T](): pass"):
            return
        first, last = self._range(parameters)
        opening = re.compile(rb"(?:[ \t\f]|\\\r?\n)*\(").match(self.data, last)
        if opening is not None:
            # Inside parentheses a line may end anywhere: the first bracket becomes the parenthesis.
            self.pieces.append(Piece(first, opening.end(), b"(" + _blank(self.data[first + 1 : opening.end()])))
        else:
            self.pieces.append(Piece(first, last, b"(" + _blank(self.data[first + 1 : last - 1]) + b")"))

    def _with_first_type(self, types: libcst.BaseExpression | None) -> None:
        if isinstance(types, libcst.Tuple) and not types.lpar and not _reads(b"try: pass\nexcept A, B: pass"):
            _, first = self._range(types.elements[0].value)
            _, last = self._range(types)
            self.pieces.append(Piece(first, last, _blank(self.data[first:last])))

    def _with_plain_string(self, node: libcst.FormattedString | libcst.TemplatedString) -> bool:
        start, stop = self._range(node)
        code = self.data[start:stop]
        if _reads(b"(" + code + b")"):
            return False
        self.pieces.append(Piece(start, stop, _plain_string(code, len(node.start))))
        return False

    def _range(self, node: libcst.CSTNode) -> tuple[int, int]:
        span = self.spans[node]
        return span.start, span.start + span.length


def _plain_string(code: bytes, opening: int) -> bytes:
    """A string without fields, as long and with the same line ends."""
    quotes = b'"""' if code.endswith((b'"""', b"'''")) and opening > 3 else b'"'
    inner = code[opening : -len(quotes)]
    if b"\n" in inner and len(quotes) == 1:
        return b'(""' + _blank(code[3:-1]) + b")"
    return b"u" + quotes + b"x" * (opening - len(quotes) - 1) + _NEWLINES.sub(b"x", inner) + quotes


def _subscript(parameters: bytes) -> bytes:
    """Nothing in the place of `[T]`, or `[0]` where it takes several lines, which may only end inside brackets."""
    blank = _blank(parameters)
    if b"\n" not in blank:
        return blank
    name = next(match.start() for match in re.finditer(rb"\w", parameters))
    return b"[" + blank[1:name] + b"0" + blank[name + 1 : -1] + b"]"


def _blank(code: bytes) -> bytes:
    return _NEWLINES.sub(b" ", code)


def _reads(code: bytes) -> bool:
    """Whether this Python can parse the code."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
