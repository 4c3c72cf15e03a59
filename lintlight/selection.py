"""Which rules run on which file: selectors are codes, prefixes, names or ALL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from lintlight.config import ConfigError
from lintlight.model import RuleInfo
from lintlight.naming import nearest_rule
from lintlight.settings import Settings
from lintlight.source.ignore import Ignore
from lintlight.versions import version_matches

SYNTAX_ERROR = "LL001"
UNLESS_IGNORED = frozenset({SYNTAX_ERROR})
"""What is told whatever is selected: no other rule can say anything of a file that does not parse."""


def selected_codes(rules: Sequence[RuleInfo], settings: Settings) -> frozenset[str]:
    """The codes that are on; raises ConfigError for a selector that means no rule."""
    on = frozenset(rule.code for rule in rules if rule.default)
    if settings.select is not None:
        on = _codes(settings.select, rules, "select", settings.source)
    on |= UNLESS_IGNORED & {rule.code for rule in rules}
    on |= _codes(settings.extend_select, rules, "extend-select", settings.source)
    on -= _codes(settings.ignore, rules, "ignore", settings.source)
    return frozenset(on) - {rule.code for rule in rules if is_past(settings.lightning, rule.lightning)}


class FileIgnores:
    """The `per-file-ignores` of a run, ready to be asked."""

    def __init__(self, rules: Sequence[RuleInfo], settings: Settings) -> None:
        self._entries = tuple(
            (Ignore.of(settings.root, (pattern,)), _codes(selectors, rules, "per-file-ignores", settings.source))
            for pattern, selectors in settings.per_file_ignores
        )

    def ignored_in(self, path: Path) -> frozenset[str]:
        """The codes that are off for this file."""
        return frozenset().union(*(codes for ignore, codes in self._entries if ignore.hides(path)))


def resolve(selector: str, rules: Sequence[RuleInfo]) -> frozenset[str]:
    """The codes that a selector means; empty for an unknown one."""
    if selector == "ALL":
        return frozenset(rule.code for rule in rules)
    prefix = selector if re.fullmatch(r"[A-Z]+\d*", selector) else None
    return frozenset(
        rule.code for rule in rules if selector == rule.name or (prefix is not None and rule.code.startswith(prefix))
    )


def is_past(version: str, specifier: str) -> bool:
    """Whether a version is too new for `>=1.8,<2`; one that is too old is not past: the rule tells of an upgrade."""
    newest = ",".join(part for part in specifier.split(",") if part.strip().startswith("<"))
    return not version_matches(version, newest)


def _codes(selectors: Iterable[str], rules: Sequence[RuleInfo], setting: str, source: Path | None) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for selector in selectors:
        codes = resolve(selector, rules)
        if not codes:
            known = tuple(name for rule in rules for name in (rule.code, rule.name))
            where = _place_of(selector, source)
            raise ConfigError(f"{where}`{selector}` in `{setting}` is no rule{nearest_rule(selector, known)}")
        found |= codes
    return found


def _place_of(selector: str, source: Path | None) -> str:
    """File and line of a selector as far as a configuration file has it; empty for the command line's."""
    try:
        lines = source.read_text("utf-8").splitlines() if source is not None else []
    except (OSError, UnicodeDecodeError):
        lines = []
    row = next(
        (row for row, line in enumerate(lines, start=1) if re.search(rf"[\"']{re.escape(selector)}[\"']", line)), 0
    )
    return f"{source}:{row}: " if row else ""
