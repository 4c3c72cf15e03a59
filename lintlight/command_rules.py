"""`lintlight explain` and `lintlight rules`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lintlight.config import ConfigError, load_settings
from lintlight.console import drawn, draws_in_colour, emit
from lintlight.model import RuleInfo
from lintlight.naming import nearest_rule
from lintlight.registry import rules_for
from lintlight.report import page
from lintlight.selection import resolve


def known_rules(folders: Sequence[Path] = ()) -> list[RuleInfo]:
    """The rules that a check from here would know, those of installed packs and of `folders` included."""
    return [rule.info for rule in rules_for(load_settings(Path.cwd()), folders)]


def run_explain(selector: str, *, folders: Sequence[Path] = (), markdown: bool = False) -> None:
    """Print the page of one rule."""
    infos = known_rules(folders)
    codes = resolve(selector, infos)
    chosen = [info for info in infos if info.code == selector or info.name == selector]
    if not chosen:
        known = tuple(name for info in infos for name in (info.code, info.name))
        hint = f"; it stands for {', '.join(sorted(codes))}" if codes else nearest_rule(selector, known)
        raise ConfigError(f"`{selector}` is no rule{hint}")
    if markdown:
        emit(page.markdown_page(chosen[0]))
    elif draws_in_colour(os.environ):
        emit(drawn(lambda console: page.draw_page(chosen[0], console)))
    else:
        emit(page.plain_page(chosen[0]))


def run_rules(output_format: str, folders: Sequence[Path] = ()) -> None:
    """Print all rules."""
    infos = known_rules(folders)
    if output_format == "json":
        emit(page.rules_json(infos))
    elif output_format == "markdown":
        emit(page.rules_markdown(infos))
    else:
        emit(page.rules_table(infos))
