"""Suppressions that are themselves wrong: they silence nothing, say no reason, or name no rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from lintlight.model import (
    Confidence,
    Edit,
    Finding,
    Fix,
    Position,
    RuleInfo,
    Safety,
    SourceText,
    Span,
)
from lintlight.naming import nearest
from lintlight.suppress import Directive

UNUSED, NO_REASON, UNKNOWN = "LL002", "LL003", "LL004"
ABOUT_COMMENTS = frozenset({UNUSED, NO_REASON, UNKNOWN})


def check_suppressions(
    source: SourceText,
    directives: Sequence[Directive],
    findings: Sequence[Finding],
    *,
    enabled: frozenset[str],
    rules: Mapping[str, RuleInfo],
    may_be_used: Callable[[Directive], bool] = lambda _: False,
) -> list[Finding]:
    """What is wrong with the suppressions of one file; only codes enabled in this run are judged as unused.

    Nor is one that `may_be_used`: silence what only a run that looks at more files finds.
    """
    codes = {name: info.code for info in rules.values() for name in (info.code, info.name)}
    found: list[Finding] = []
    for directive in directives:
        unknown = [name for name in directive.codes if name not in codes]
        unused = [
            name
            for name in directive.codes
            if codes.get(name) in enabled - ABOUT_COMMENTS
            and not any(_used(directive, codes[name], found) for found in findings)
        ]
        if unused and may_be_used(directive):
            unused = []
        for code, message, gone in _problems(directive, unused, unknown, tuple(codes)):
            if code in enabled and code in rules:
                found.append(_finding(rules[code], message, source, directive, gone))
    return found


def _used(directive: Directive, code: str, finding: Finding) -> bool:
    return finding.code == code and directive.covers(finding)


def _problems(
    directive: Directive, unused: Sequence[str], unknown: Sequence[str], known: tuple[str, ...]
) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Code, sentence, and the names that a fix takes out."""
    if unused:
        yield UNUSED, f"{_listed(unused)} silences nothing here; remove it", unused
    if unknown:
        is_part = unknown[0] == "ALL" or (unknown[0].isupper() and any(name.startswith(unknown[0]) for name in known))
        hint = "; a comment names whole codes" if is_part else nearest(unknown[0], known)
        # What was mistyped is not to be taken out, but to be mended.
        gone = () if hint else unknown
        yield UNKNOWN, f"{_listed(unknown)} is no rule, so nothing is silenced{hint or '; remove it'}", gone
    if not directive.codes:
        yield UNKNOWN, "no rule is named, so nothing is silenced; write `# lintlight: ignore[CODE] -- reason`", ()
    if directive.codes and not directive.reason:
        yield NO_REASON, "this suppression does not say why; add ` -- reason`", ()


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _finding(info: RuleInfo, message: str, source: SourceText, directive: Directive, gone: Sequence[str]) -> Finding:
    start = Position(directive.row, directive.column)
    end = Position(directive.row, directive.column + len(directive.comment))
    return Finding(
        code=info.code,
        name=info.name,
        message=message,
        severity=info.severity,
        confidence=Confidence.HIGH,
        span=Span(source.path, start, end),
        fix=_without(source, directive, gone) if gone else None,
    )


def _without(source: SourceText, directive: Directive, gone: Sequence[str]) -> Fix | None:
    """Take names out of the comment, or the directive out of the file when none is left; safe, since neither is code.

    What else the comment says stays a comment, other tools' codes after `noqa` included. None where the text does not
    go back to the bytes of the file.
    """
    line = _offset(source.text, directive.row)
    start = line + directive.column - 1
    stop = start + len(directive.comment)
    before = source.text[line:start]
    end = re.compile(r"\r\n|\r|\n|\Z").search(source.text, stop)
    assert end is not None
    after = source.text[stop : end.start()]
    content = directive.without(gone)
    title = f"remove {_listed(gone)}" if content else "remove the comment"
    if not content and not before.strip() and not after.strip():
        start, stop = line, end.end()
    elif not content and (not after.strip() or after.lstrip().startswith("#")):
        start -= len(before) - len(before.rstrip(" \t"))
    elif not content:
        content = "# "
        stop += len(after) - len(after.lstrip(" \t;,"))
    first, last = source.bytes_before(start), source.bytes_before(stop)
    if first is None or last is None:
        return None
    edit = Edit(first, last, content.encode(source.encoding.removesuffix("-sig")))
    return Fix(title, Safety.SAFE, source.path, (edit,))


def _offset(text: str, row: int) -> int:
    """Where a line begins, in characters."""
    return _line_starts(text)[row - 1]


@lru_cache(maxsize=1)
def _line_starts(text: str) -> tuple[int, ...]:
    return (0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text)))
