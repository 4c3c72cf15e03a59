"""Changes to edits: the one expression that changes is read with LibCST, and every byte around it stays as it is.

NOTE: only the text of that expression is parsed, after `ast` has read the whole file: LibCST crashes the process on
deep nests and loses form feeds between statements.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import libcst
from libcst.metadata import ByteSpanPositionProvider, MetadataWrapper, ParentNodeProvider

from lintlight.model import Change, Edit, Fix, How, SourceText, Span
from lintlight.source.edits import narrowed
from lintlight.source.parse import SyntaxFault, parse

RETURN_THE_SAME = frozenset(
    {"to", "cuda", "cpu", "half", "float", "double", "bfloat16", "requires_grad_", "share_memory", "apply"}
)
"""Methods of a torch module that return the module itself; a test compares them with what the interpreter knows."""


class CannotFix(Exception):
    """The code is written in a way that a fix does not know."""


def edits_of(fix: Fix, source: SourceText) -> tuple[Edit, ...]:
    """The edits of a fix in the file as it is now, in order. Raises CannotFix."""
    try:
        made = [edit for change in fix.changes for edit in _edits(change, source)]
    except SyntaxFault as fault:
        raise CannotFix(f"the file cannot be parsed: {fault.message}") from fault
    return tuple(sorted((*fix.edits, *made), key=lambda edit: (edit.start, edit.stop)))


def _edits(change: Change, source: SourceText) -> Iterator[Edit]:
    text = _Text(source)
    if change.how in {How.ADD_LINE, How.ADD_LINE_ABOVE}:
        yield text.edit(*_new_line(change, text))
        return
    if change.how is How.DELETE_LINE:
        yield text.edit(*_own_lines(change, text), "")
        return
    found = _expression(change.span, text)
    if change.how is How.APPEND:
        stop = found.span(_end_of_chain(found))[1]
        yield text.edit(stop, stop, change.code)
    else:
        start, stop = found.span(found.node)
        yield text.edit(*narrowed(start, text.text[start:stop], _without_argument(found, change.code)))


class _Text:
    """A source text with the ways between rows and columns, characters and bytes."""

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.text = source.text
        self.tree = parse(source)
        self.starts = [0]
        """Where each line begins, in characters, split where Python splits."""
        for line in io.StringIO(source.text, newline=""):
            self.starts.append(self.starts[-1] + len(line))

    def offset(self, row: int, column: int) -> int:
        """A place in characters from its row and column, both from 1."""
        return self.starts[row - 1] + column - 1

    def range_of(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node of `ast` begins and ends, in characters."""
        stop_row, stop_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self._from_ast(node.lineno, node.col_offset), self._from_ast(stop_row, stop_column)

    def _from_ast(self, row: int, bytes_before: int) -> int:
        line = self.text[self.starts[row - 1] : self.starts[row]]
        return self.starts[row - 1] + len(line.encode()[:bytes_before].decode(errors="replace"))

    def edit(self, start: int, stop: int, code: str) -> Edit:
        """The edit that replaces these characters, in bytes of the file. Raises CannotFix."""
        first, last = self._in_bytes(start), self._in_bytes(stop)
        try:
            return Edit(first, last, code.encode(self.source.encoding.removesuffix("-sig")))
        except UnicodeEncodeError as error:
            raise CannotFix(f"`{code}` cannot be written in {self.source.encoding}") from error

    def _in_bytes(self, offset: int) -> int:
        before = self.source.bytes_before(offset)
        if before is None:
            raise CannotFix(f"its text does not go back to the same bytes in {self.source.encoding}")
        return before


@dataclass(frozen=True)
class _Found:
    """An expression in LibCST's tree of the whole expression around it."""

    node: libcst.BaseExpression
    start: int
    """Where the text begins that LibCST has parsed, in characters of the file."""
    text: str
    spans: Mapping[Any, Any]
    parents: Mapping[Any, Any]

    def span(self, node: libcst.CSTNode) -> tuple[int, int]:
        """Where a node begins and ends, in characters of the file."""
        place, raw = self.spans[node], self.text.encode()
        begin = self.start + len(raw[: place.start].decode())
        return begin, begin + len(raw[place.start : place.start + place.length].decode())


def _expression(span: Span, text: _Text) -> _Found:
    """The expression that `span` covers. Raises CannotFix."""
    wanted = (text.offset(span.start.row, span.start.column), text.offset(span.end.row, span.end.column))
    outermost = _outermost(text, *wanted)
    if outermost is None:
        raise CannotFix("the code is not where it was")
    start, stop = text.range_of(outermost)
    # Parentheses, so that an expression which stood inside some may go on over several lines.
    snippet = f"({text.text[start:stop]})"
    try:
        wrapper = MetadataWrapper(libcst.parse_module(snippet), unsafe_skip_copy=True)
    except (libcst.ParserSyntaxError, RecursionError) as error:
        raise CannotFix("LibCST cannot parse it") from error
    if wrapper.module.code != snippet:
        raise CannotFix("LibCST does not keep its text")
    spans, parents = wrapper.resolve(ByteSpanPositionProvider), wrapper.resolve(ParentNodeProvider)
    for node in spans:
        if isinstance(node, libcst.Call | libcst.Attribute):
            found = _Found(node, start - 1, snippet, spans, parents)
            if found.span(node) == wanted:
                return found
    raise CannotFix("the code is not where it was")


def _outermost(text: _Text, start: int, stop: int) -> ast.expr | None:
    """The largest expression around a range: the one that a statement, and no other expression, holds."""
    node: ast.AST = text.tree
    while True:
        around = [child for child in ast.iter_child_nodes(node) if _holds(text, child, start, stop)]
        if not around:
            return None
        node = around[-1]
        if isinstance(node, ast.expr):
            return node


def _holds(text: _Text, node: ast.AST, start: int, stop: int) -> bool:
    if isinstance(node, ast.expr | ast.stmt):
        first, last = text.range_of(node)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.decorator_list:
            first = text.range_of(node.decorator_list[0])[0]
        return first <= start and stop <= last
    return any(_holds(text, child, start, stop) for child in ast.iter_child_nodes(node))


def _end_of_chain(found: _Found) -> libcst.CSTNode:
    """The last call in `expression.to(...).half()`. Raises CannotFix where one more would be on another thing."""
    node: libcst.CSTNode = found.node
    while True:
        method = found.parents[node]
        if not (isinstance(method, libcst.Attribute) and method.value is node):
            break
        called = found.parents[method]
        if method.attr.value not in RETURN_THE_SAME or not (isinstance(called, libcst.Call) and called.func is method):
            break
        node = called
    if isinstance(found.parents[node], libcst.Await):
        raise CannotFix("what comes back is awaited")
    return node


def _without_argument(found: _Found, name: str) -> str:
    """The call's code without one of its arguments. Raises CannotFix."""
    call = found.node
    if not isinstance(call, libcst.Call):
        raise CannotFix("it is no call")
    kept = [arg for arg in call.args if arg.keyword is None or arg.keyword.value != name]
    if len(kept) != len(call.args) - 1:
        raise CannotFix(f"it has no argument `{name}`")
    gone = next(arg for arg in call.args if arg not in kept)
    if "#" in libcst.Module([]).code_for_node(gone):
        raise CannotFix("a comment stands beside the argument")
    if not kept:
        changed = call.with_changes(args=[], whitespace_before_args=libcst.SimpleWhitespace(""))
    elif gone is call.args[-1]:
        kept[-1] = kept[-1].with_changes(comma=gone.comma, whitespace_after_arg=gone.whitespace_after_arg)
        changed = call.with_changes(args=kept)
    else:
        changed = call.with_changes(args=kept)
    return libcst.Module([]).code_for_node(changed.with_changes(lpar=(), rpar=()))


def _new_line(change: Change, text: _Text) -> tuple[int, int, str]:
    """Where a new line goes beside a statement that stands on lines of its own. Raises CannotFix."""
    first, end = _own_lines(change, text)
    indent = text.text[first : text.offset(change.span.start.row, change.span.start.column)]
    here = text.text[first:end]
    usual = "\r\n" if "\r\n" in text.text else "\n"
    ending = next((ending for ending in ("\r\n", "\n", "\r") if here.endswith(ending)), "")
    if change.how is How.ADD_LINE_ABOVE:
        first = text.starts[_with_comments_above(change.span.start.row, indent, text) - 1]
        return first, first, indent + change.code + (ending or usual) * 2
    last = end - len(ending)  # behind the statement, not before what follows: in a notebook that is another cell
    return last, last, (ending or usual) + indent + change.code


def _with_comments_above(row: int, indent: str, text: _Text) -> int:
    """The row of a statement, or where the comments begin that stand right above it and as far in as it does."""
    lines = text.source.lines()
    top = row
    while top > 1 and lines[top - 2].startswith(indent + "#"):
        top -= 1
    # A string may end in what looks like a comment.
    strings = (node for node in ast.walk(text.tree) if isinstance(node, ast.Constant | ast.JoinedStr))
    return max([top, *(end + 1 for node in strings if top <= (end := node.end_lineno or 0) < row)])


def _own_lines(change: Change, text: _Text) -> tuple[int, int]:
    """The lines of a statement, if nothing else stands on them and its block keeps another. Raises CannotFix."""
    start = text.offset(change.span.start.row, change.span.start.column)
    stop = text.offset(change.span.end.row, change.span.end.column)
    first, end = text.starts[change.span.start.row - 1], text.starts[change.span.end.row]
    before, rest = text.text[first:start], text.text[stop:end].strip()
    if before.strip() or (rest and not rest.startswith("#")):
        raise CannotFix("other code stands on the same line")
    if change.how is How.DELETE_LINE and _is_alone(text, start, stop):
        raise CannotFix("its block would be empty")
    return first, end


def _is_alone(text: _Text, start: int, stop: int) -> bool:
    """Whether a statement is the only one of its block; also when there is no such statement."""
    blocks = (
        block
        for node in ast.walk(text.tree)
        for block in ast.iter_fields(node)
        if isinstance(block[1], list) and block[1] and isinstance(block[1][0], ast.stmt)
    )
    return not any(
        len(block) > 1 and any(text.range_of(statement) == (start, stop) for statement in block) for _, block in blocks
    )
