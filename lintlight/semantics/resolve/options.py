"""The command lines of a project: what its parsers say of an option that nobody gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from lintlight.semantics.resolve.names import last_name

ADDS = "add_argument("
MOST_PARSERS = 20
"""Where more files than this have one, an option of the same name is another one, most likely."""
MOST_LINES = 60
CALL = re.compile(r"\.add_argument\(")
FLAGS = {"store_true": False, "store_false": True}
Default = bool | int | float | None


def defaults_in(texts: Iterable[str]) -> Mapping[str, Default]:
    """The name of an option -> what it is if nobody gives it, where all texts agree: a number, a flag or nothing."""
    found: dict[str, set[object]] = {}
    for text in texts:
        for call in _calls_in(text):
            name = _name(call)
            if name is not None:
                found.setdefault(name, set()).add(_default(call))
    known = {name: next(iter(values)) for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in known.items() if value is None or isinstance(value, int | float)}


def _calls_in(text: str) -> Iterator[ast.Call]:
    """The calls of `add_argument`, each parsed by itself: to its first line on which it may end."""
    for found in CALL.finditer(text):
        lines = text[found.end() - 1 :].split("\n", MOST_LINES)[:MOST_LINES]
        for count in range(1, len(lines) + 1):
            try:
                node = ast.parse("f" + "\n".join(lines[:count]).rstrip().rstrip(",;"), mode="eval").body
            except (SyntaxError, ValueError):
                continue
            if isinstance(node, ast.Call):
                yield node
            break


def _name(call: ast.Call) -> str | None:
    """What the parsed arguments call it."""
    given = _keywords(call).get("dest")
    if isinstance(given, ast.Constant) and isinstance(given.value, str):
        return given.value
    flags = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    long = [flag for flag in flags if flag.startswith("--")]
    return long[0].removeprefix("--").replace("-", "_") if long else None


def _default(call: ast.Call) -> object:
    """What it is if nobody gives it; Ellipsis where that is not known, or cannot be."""
    keywords = _keywords(call)
    action, default = keywords.get("action"), keywords.get("default")
    if isinstance(default, ast.Constant):
        return default.value
    if default is not None or "required" in keywords or None in [keyword.arg for keyword in call.keywords]:
        return ...
    if isinstance(action, ast.Constant):
        return FLAGS.get(str(action.value), ...)
    return None if action is None or last_name(action) == "BooleanOptionalAction" else ...


def _keywords(call: ast.Call) -> Mapping[str, ast.expr]:
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg is not None}
