"""Comments that silence findings: `# lintlight: ignore[LL101] -- reason` and `# noqa: LL101`."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lintlight.model import Finding, RuleInfo, SourceText, Span, Suppression

_REASON = r"(?:\s*--\s*(?P<reason>(?:[^#]|(?<=\S)#|#(?=\d))*))?"
"""Up to the next comment: `see #12` and `https://site/page#part` are no comments."""
_OURS = re.compile(rf"#\s*lintlight:\s*ignore(?P<file>-file)?\b(?:\[(?P<codes>[^\]]*)\])?{_REASON}")
_NOQA = re.compile(rf"#\s*noqa:\s*(?P<codes>[A-Z]+[0-9]+(?:(?:\s*,\s*|\s+)[A-Z]+[0-9]+)*){_REASON}", re.IGNORECASE)

OWN_PREFIXES = ("LL",)
"""What the codes of the rules begin with that come with lintlight."""


def owners_of(rules: Iterable[RuleInfo]) -> tuple[str, ...]:
    """What the codes of some rules begin with."""
    return tuple(sorted({*OWN_PREFIXES, *(rule.code.rstrip("0123456789") for rule in rules)}))


@dataclass(frozen=True)
class Directive:
    """One suppression as it stands in a file."""

    row: int
    column: int
    """Where the comment's `#` stands, from 1, in characters."""
    comment: str
    """The directive's own text, without what else the comment says."""
    codes: tuple[str, ...]
    """Codes or names as written; empty for a bare `# lintlight: ignore`, which silences nothing."""
    reason: str
    whole_file: bool = False

    def without(self, names: Collection[str]) -> str:
        """The comment without some of its codes; empty when none is left, those of other tools included."""
        ours = _OURS.match(self.comment)
        match = ours or _NOQA.match(self.comment)
        if match is None or match["codes"] is None:
            return ""
        listed = re.split(r"," if ours else r"\s*,\s*|\s+", match["codes"])
        kept = [name for name in map(str.strip, listed) if name and name not in names and name.upper() not in names]
        between = next((mark for mark in (", ", ",") if mark in match["codes"]), " ")
        start, stop = match.span("codes")
        return self.comment[:start] + between.join(kept) + self.comment[stop:] if kept else ""

    def covers(self, finding: Finding) -> bool:
        """Whether this comment silences the finding: it names it, on one of its lines."""
        on_a_line = self.whole_file or self.row in rows(finding.span)
        return on_a_line and (finding.code in self.codes or finding.name in self.codes)


def rows(span: Span) -> range:
    """The lines that a range touches."""
    last = span.end.row - 1 if span.end.column == 1 and span.end.row > span.start.row else span.end.row
    return range(span.start.row, last + 1)


def directives(source: SourceText, owners: tuple[str, ...] = OWN_PREFIXES) -> tuple[Directive, ...]:
    """The suppressions of a file, in order; text inside strings is none.

    Of a `noqa` only the codes count that begin with one of `owners`: the others are for other tools.
    """
    if b"lintlight:" not in source.data and not _may_have_a_noqa(source.data, owners):
        return ()
    return tuple(_meant(source, owners))


def _meant(source: SourceText, owners: tuple[str, ...]) -> Iterator[Directive]:
    """What stands in comments of the author's own: a magic of a notebook, which is one in the text, is none.

    A cell that is no Python is nothing but comments there: what stands on its lines can silence that it is none.
    """
    written = source.written_lines() if source.cells else []
    left_out = [cell for cell in source.cells if cell.fault is not None]
    for row, column, comment in _comments(source):
        is_own = not written or written[row - 1][column - 1 :] == comment
        is_left_out = any(row in range(cell.row, cell.row + 1 + cell.written.count("\n")) for cell in left_out)
        for directive in _parse(row, column, comment, owners):
            if is_own or (is_left_out and not directive.whole_file):
                yield directive


def _may_have_a_noqa(data: bytes, owners: tuple[str, ...]) -> bool:
    """Wider than what counts: most files have no such line, and need not be taken apart for their comments."""
    # NOTE: looking for a fixed word first takes a tenth of the time; few files have it.
    if b"noqa:" not in data.lower():
        return False
    return re.search(rb"noqa:[^\r\n#]*(?:%b)" % "|".join(owners).encode(), data, re.IGNORECASE) is not None


def suppress(findings: Sequence[Finding], found: Sequence[Directive]) -> list[Finding]:
    """The findings of one file, in the same order, each marked with the first comment that silences it."""
    at: dict[int, list[int]] = {}
    for number, directive in enumerate(found):
        at.setdefault(0 if directive.whole_file else directive.row, []).append(number)
    return [_marked(finding, [found[number] for number in _near(finding.span, at)]) for finding in findings]


def _near(span: Span, at: Mapping[int, Sequence[int]]) -> list[int]:
    """The numbers of the comments on the lines of a range, and of those for the whole file (0), in order."""
    return sorted(number for row in (0, *rows(span)) for number in at.get(row, ()))


def _marked(finding: Finding, found: Sequence[Directive]) -> Finding:
    for directive in found:
        if directive.covers(finding):
            return replace(finding, suppressed=Suppression(directive.comment, directive.reason, directive.row))
    return finding


def _parse(row: int, column: int, comment: str, owners: tuple[str, ...]) -> Iterator[Directive]:
    for match in _OURS.finditer(comment):
        codes = [code.strip() for code in (match["codes"] or "").split(",") if code.strip()]
        yield _directive(row, column, match, codes, whole_file=match["file"] is not None)
    for match in _NOQA.finditer(comment):
        named = [code.upper() for code in re.split(r"[,\s]+", match["codes"])]
        codes = [code for code in named if code.rstrip("0123456789") in owners]
        if codes:
            yield _directive(row, column, match, codes)


def _directive(
    row: int, column: int, match: re.Match[str], codes: Sequence[str], *, whole_file: bool = False
) -> Directive:
    reason = (match["reason"] or "").strip()
    return Directive(row, column + match.start(), match[0].strip(), tuple(dict.fromkeys(codes)), reason, whole_file)


def _comments(source: SourceText) -> Iterator[tuple[int, int, str]]:
    """Row, column and text of every comment; a file that does not tokenize gives those before the fault."""
    lines = iter([line + "\n" for line in source.lines()])
    try:
        for token in tokenize.generate_tokens(lambda: next(lines, "")):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.start[1] + 1, token.string
    except (tokenize.TokenError, SyntaxError):
        return
