"""Rules as pages and tables."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lintlight.model import RuleInfo

if TYPE_CHECKING:
    from rich.console import Console

_EXPECTATION = re.compile(r"\s*# (expect|deliberate):.*$", re.MULTILINE)
"""Marks in the examples that are there for the tests."""


def facts(info: RuleInfo) -> str:
    """`error, on by default, since 0.1.0, Lightning >=2.2`."""
    parts = [
        info.severity.value,
        "on by default" if info.default else f"off; turn on with `--extend-select {info.code}`",
    ]
    parts.append(f"since {info.since}")
    if info.lightning:
        parts.append(f"Lightning {info.lightning}")
    return ", ".join(parts)


def plain_page(info: RuleInfo) -> str:
    """The page of a rule as plain text."""
    return f"{info.code} {info.name}\n{facts(info)}\n\n{_EXPECTATION.sub('', info.page).strip()}\n"


def draw_page(info: RuleInfo, console: Console) -> None:
    """The page of a rule on a terminal."""
    from rich.markdown import Markdown

    console.print(Markdown(markdown_page(info), code_theme="ansi_dark"), width=min(console.width, 110))


def markdown_page(info: RuleInfo) -> str:
    """The page of a rule as Markdown: indented blocks become fenced Python, `Bad:` and its like become headings."""
    lines = [f"# {info.code} {info.name}", "", facts(info), ""]
    for is_code, block in _blocks(_EXPECTATION.sub("", info.page).strip()):
        lines += ["```python", textwrap.dedent(block).strip("\n"), "```", ""] if is_code else [_headed(block), ""]
    return "\n".join(lines).rstrip() + "\n"


def rules_table(infos: Sequence[RuleInfo]) -> str:
    """All rules as a plain table."""
    wide = max((len(info.name) for info in infos), default=0)
    rows = [
        f"{info.code}  {info.name:<{wide}}  {info.severity.value:<7}  {_switch(info)}  {info.summary}" for info in infos
    ]
    return "".join(row + "\n" for row in rows)


def _switch(info: RuleInfo) -> str:
    return "on " if info.default else "off"


def rules_markdown(infos: Sequence[RuleInfo], *, folder: str = "") -> str:
    """All rules as a Markdown table; each code is a link where `folder` says where the pages lie."""
    rows = ["| code | name | what it finds | default | Lightning |", "|--|--|--|--|--|"]
    for info in infos:
        summary = info.summary.replace("|", chr(92) + "|")
        switch, lightning = "on" if info.default else "off", info.lightning or "all"
        rows.append(f"| {_linked(info.code, folder)} | {info.name} | {summary} | {switch} | {lightning} |")
    return "\n".join(rows) + "\n"


def _linked(code: str, folder: str) -> str:
    return f"[{code}]({folder}/{code}.md)" if folder else code


def rules_json(infos: Sequence[RuleInfo]) -> str:
    """All rules as a JSON array."""
    rows = [
        {
            "code": info.code,
            "name": info.name,
            "summary": info.summary,
            "severity": info.severity.value,
            "default": info.default,
            "since": info.since,
            "lightning": info.lightning,
            "explanation": info.page,
        }
        for info in infos
    ]
    return json.dumps(rows, indent=2) + "\n"


def _blocks(page: str) -> Iterator[tuple[bool, str]]:
    """Paragraphs of prose, and blocks of code with the blank lines inside them."""
    kept: list[str] = []
    code = False
    for line in page.splitlines():
        indented = line.startswith("    ")
        if (line.strip() and indented != code) or (not line.strip() and not code):
            if any(part.strip() for part in kept):
                yield code, "\n".join(kept)
            kept, code = [], indented
        kept.append(line)
    if any(part.strip() for part in kept):
        yield code, "\n".join(kept)


def _headed(paragraph: str) -> str:
    """`Bad:` and `Good: frozen on purpose` are headings."""
    text = paragraph.strip()
    match = re.fullmatch(r"(Bad|Fixed|Good):?\s*(.*?):?", text)
    if match is None:
        return text
    return f"## {match[1]}" + (f": {match[2]}" if match[2] else "")
