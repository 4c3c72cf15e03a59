"""Links to files in terminals that are known to show them; anywhere else their escapes would be rubbish."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from lintlight.model import Span

_WITH_LINES = frozenset({"vscode", "iTerm.app", "WezTerm", "ghostty"})
_TERMINALS = ("xterm-kitty", "xterm-ghostty", "foot", "alacritty", "wezterm")
_MARKS = ("WT_SESSION", "KONSOLE_VERSION", "DOMTERM")
_FIRST_VTE = 5000


class Links(Enum):
    """How a terminal takes the link to a place."""

    NONE = "none"
    FILE = "to the file"
    LINE = "to the line"


def links_of(environment: Mapping[str, str], *, is_terminal: bool) -> Links:
    """What the terminal behind stdout can do; `FORCE_HYPERLINK` overrules what is known of it."""
    forced = environment.get("FORCE_HYPERLINK")
    if not is_terminal or forced == "0":
        return Links.NONE
    terminal = environment.get("TERM", "")
    if environment.get("TERM_PROGRAM") in _WITH_LINES or terminal in ("xterm-kitty", "xterm-ghostty"):
        return Links.LINE
    if forced or (not terminal.startswith(("screen", "tmux", "dumb")) and _is_known(terminal, environment)):
        return Links.FILE
    return Links.NONE


def _is_known(terminal: str, environment: Mapping[str, str]) -> bool:
    vte = environment.get("VTE_VERSION", "")
    return (
        terminal.startswith(_TERMINALS)
        or any(environment.get(mark) for mark in _MARKS)
        or (vte.isdigit() and int(vte) >= _FIRST_VTE)
    )


def target(span: Span, links: Links) -> str:
    """The address of a place; empty for none."""
    if links is Links.NONE or not span.path.is_absolute():
        return ""
    line = f"#{span.start.row}" if links is Links.LINE else ""
    return span.path.as_uri() + line
