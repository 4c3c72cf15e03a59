"""The command lines of a project: what its parsers say of an option that nobody gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from lintlight.semantics.resolve.names import last_name

ADDS = "add_argument("
MOST_PARSERS = 20
"""Where more files than this have one, an option of the same name is another one, most likely."""
MOST_LINES = 60
"""Of one call: a longer help text is not read to its end."""
CALL = re.compile(r"\.add_argument\(")
CHANGES_ANY = re.compile(
    r"vars\([\w.]+\)(?:\.update|\[)|setattr\((?:\w*args|opts?|hparams|config)\b|\.__dict__\.update|parse_args\(\s*\["
)
"""What may give any option another value."""
TRAINS = re.compile(r"\.fit\(|train(?:(?<=\btrain)|(?<=\bretrain)|(?<=\bpretrain))|LightningCLI|LightningModule")
"""A script, one with `__main__`, that has nothing of it is run for something else."""
FLAGS = {"store_true": False, "store_false": True}
CONFIGURATION = re.compile(r".\.ya?ml\Z")
"""The path of a configuration ends so; what another text says, a name for instance, changes from run to run."""
Default = bool | int | float | str | None


def defaults_in(texts: Iterable[str]) -> Mapping[str, Default]:
    """The name of an option -> what it is if nobody gives it, where all agree: a number, a flag, a file or nothing."""
    found: dict[str, set[object]] = {}
    for text in texts:
        if "__main__" in text and not TRAINS.search(text):
            continue
        changes_any = CHANGES_ANY.search(text) is not None
        for call in _calls_in(text):
            name = _name(call)
            if name is not None:
                found.setdefault(name, set()).add(... if changes_any or _is_changed(name, text) else _default(call))
    known = {name: next(iter(values)) for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in known.items() if _is_kept(value)}


def _is_kept(value: object) -> TypeGuard[Default]:
    is_path = isinstance(value, str) and CONFIGURATION.search(value) is not None
    return value is None or isinstance(value, int | float) or is_path


def _is_changed(name: str, text: str) -> bool:
    """Whether a script gives an option another value itself."""
    if f".{name}" in text and re.search(rf"\.{re.escape(name)}\s*=(?!=)", text):
        return True
    return "set_defaults(" in text and re.search(rf"set_defaults\([^)]*\b{re.escape(name)}\s*=", text) is not None


def _calls_in(text: str) -> Iterator[ast.Call]:
    """The calls of `add_argument`, each parsed by itself: to its first line on which it may end."""
    for found in CALL.finditer(text):
        lines = text[found.end() - 1 :].split("\n", MOST_LINES)[:MOST_LINES]
        open_brackets = 0
        for count, line in enumerate(lines, start=1):
            open_brackets += line.count("(") - line.count(")")
            if open_brackets > 0:
                continue
            try:
                node = ast.parse("f" + _to_its_end("\n".join(lines[:count])), mode="eval").body
            except (SyntaxError, ValueError):
                continue
            if isinstance(node, ast.Call):
                yield node
            break


def _to_its_end(text: str) -> str:
    """A call without what stands behind it on its last line: a bracket around several, a comma."""
    surplus = max(text.count(")") - text.count("("), 0)
    for _ in range(surplus):
        text = text[: text.rindex(")")]
    return text.rstrip().rstrip(",;")


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
