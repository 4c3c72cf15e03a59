"""IPython's own syntax in a cell (`%magic`, `!command`, `name?`) put out of Python's way, each character in its place.

The rules are those of IPython's input transformer. It looks for its syntax where a logical line begins and behind the
first `=` of one, never inside strings and brackets; a command goes on after a backslash at the end of its row.
"""

from __future__ import annotations

import re

_PIECE = re.compile(
    r"(?P<string>'''(?:\\.|[^\\])*?(?:'''|\Z)|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)"
    r"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")"
    r"|(?P<comment>\#[^\n]*)"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<joined>\\\n)|(?P<end>\n)"
    r"|(?P<operator>[=!<>]=|:=)|(?P<assign>=)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_STARTS = frozenset("!%?,;/")
"""What a logical line in IPython's syntax begins with."""
_ASSIGNED = re.compile(r"[ \t]*(?=!|%[ \t]*[^\W\d])")
_COMMAND = re.compile(r"(?:[^\n]*\\\n)*[^\n]*")
_HELP = re.compile(r"%{0,2}(?!\d)[\w*]+(?:\.(?!\d)[\w*]+|\[-?\d+\])*\?\??$")
_AUTOMAGIC = re.compile(
    r"(?:cat|cd|clear|conda|cp|env|ldir|less|lf|lk|ll|load_ext|ls|lx|mamba|man|matplotlib|micromamba|mkdir|more|mv|pip"
    r"|pwd|reload_ext|rm|rmdir|run|set_env|sx|system|time|timeit|uv|who|whos)[ \t]+(?![=,])"
)
"""Magics that IPython takes without their `%`, where they are all that a cell holds."""


def without_magics(cell: str) -> str:
    """The cell, as long as before, its magics made comments, or the name `_` where Python needs a value."""
    if "\n" not in cell.strip() and _AUTOMAGIC.match(cell.strip()):
        return _hidden(cell, len(cell) - len(cell.lstrip()), len(cell))
    place = 0
    while place < len(cell):
        cell, place = _logical_line(cell, place)
    return cell


def _logical_line(cell: str, start: int) -> tuple[str, int]:
    """The cell without the magic of the logical line that begins at `start`, and where the next line begins."""
    while start < len(cell) and cell[start] in " \t\f":
        start += 1
    if cell[start : start + 1] in _STARTS:
        return _without_command(cell, start)
    depth, assigned = 0, False
    for piece in _PIECE.finditer(cell, start):
        kind = piece.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif kind == "end" and depth == 0:
            return _without_help(cell, start, piece.start()), piece.end()
        elif kind == "assign" and depth == 0 and not assigned:
            assigned = True
            value = _ASSIGNED.match(cell, piece.end())
            if value is not None:
                return _without_command(cell, value.end())
    return _without_help(cell, start, len(cell)), len(cell)


def _without_command(cell: str, start: int) -> tuple[str, int]:
    """The cell without the command at `start`, which goes on after backslashes, and where the next line begins."""
    command = _COMMAND.match(cell, start)
    assert command is not None
    return _hidden(cell, start, command.end()), command.end() + 1


def _without_help(cell: str, start: int, stop: int) -> str:
    """The cell without a logical line that asks for help: `name?`, `name??`."""
    end = cell[start:stop].rstrip()[-80:]  # the search takes the square of the length
    return _hidden(cell, start, stop) if end.endswith("?") and _HELP.search(end) else cell


def _hidden(cell: str, start: int, stop: int) -> str:
    """The cell with what lies between two places commented out, row by row.

    NOTE: an indented command may be all that its block holds, and behind `=` there has to be a value; the name `_`,
    of which nobody knows what it is, stands for either.
    """
    first, *others = cell[start:stop].split("\n")
    is_statement = start == 0 or cell[start - 1] == "\n"
    first = "#" + first[1:] if is_statement else "_" + "#"[: len(first) - 1] + first[2:]
    return cell[:start] + "\n".join([first, *("#"[: len(row)] + row[1:] for row in others)]) + cell[stop:]
