"""Source text in, syntax tree out; whatever a file holds, the answer is a tree or a SyntaxFault."""

from __future__ import annotations

import ast
import re
import symtable
import warnings

from lintlight.model import Fault, SourceText

_LOOKS_NEWER = re.compile(
    r"\b(?:class|def)\b[\s\\]+\w+[\s\\]*\[|\btype\b[\s\\]+\w|\bexcept\b|\b(?:[ft]r?|r[ft])[\"']", re.IGNORECASE
)
"""Wider than what `newer` replaces. To look for it takes less time than to import LibCST."""


class SyntaxFault(Exception):
    """A file that is no Python this interpreter can read; `row` and `column` count from 1."""

    def __init__(self, row: int, column: int, message: str) -> None:
        super().__init__(message)
        self.row = row
        self.column = column
        self.message = message

    @property
    def fault(self) -> Fault:
        """The same as a value."""
        return Fault(self.row, self.column, self.message)


def parse(source: SourceText) -> ast.Module:
    """The tree of `source`; where its syntax is newer than this Python, that of older syntax in the same places.

    Raises SyntaxFault.

    NOTE: `ast` goes first on purpose. It refuses brackets nested deeper than 200, on which LibCST 1.9 crashes the
    process, and it costs a twelfth of LibCST's time a line.
    """
    return tree_of(source.text)


def tree_of(text: str) -> ast.Module:
    """The same for a text. Raises SyntaxFault."""
    try:
        return plain_tree_of(text)
    except SyntaxFault as fault:
        if not _LOOKS_NEWER.search(text):
            raise
        from lintlight.source.newer import in_older_syntax

        older = in_older_syntax(text)
        if older is None:
            raise
        try:
            return plain_tree_of(older)
        except SyntaxFault:
            hint = f"{fault.message}; if a newer Python reads it, run lintlight with that"
            raise SyntaxFault(fault.row, fault.column, hint) from None


def check_syntax(source: SourceText) -> None:
    """Raise SyntaxFault where `parse` would, in half of its time: no tree is made of what can be read."""
    if not is_sound(source.text):
        parse(source)  # the judge: the symbol table also refuses what only running the file would


def is_sound(text: str) -> bool:
    """Whether this Python could run a text, as far as it can be seen without running it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            symtable.symtable(text, "<text>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def code_alone(text: str) -> str:
    """A text without its comments and docstrings, for looking for words. Raises SyntaxFault."""
    tree = tree_of(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    return ast.unparse(tree)


def plain_tree_of(text: str) -> ast.Module:
    """The tree of a text in syntax that this Python reads. Raises SyntaxFault."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are the user's style, not our finding
            return ast.parse(text)
    except SyntaxError as error:
        message = error.msg or "invalid syntax"
        raise SyntaxFault(max(error.lineno or 1, 1), max(error.offset or 1, 1), message) from None
    except ValueError as error:  # a NUL byte
        raise SyntaxFault(1, 1, str(error)) from None
    except (RecursionError, MemoryError):
        raise SyntaxFault(1, 1, "the code is nested too deeply to be read") from None
