"""Markdown: a table of the findings for a pull request's or a job's summary, what was confirmed first."""

from __future__ import annotations

import re

from lintlight.model import Finding, Report, VerdictStatus, disproved
from lintlight.report.shown import place, printable
from lintlight.report.text import summary_lines

MOST_ROWS = 500
"""A job summary holds one MiB."""
_ORDER = (VerdictStatus.CONFIRMED, None, VerdictStatus.NOT_PROBED, VerdictStatus.HARMLESS, VerdictStatus.REFUTED)


def render(report: Report) -> str:
    """A heading, the table and the summary."""
    shown = [finding for finding in report.findings if finding.suppressed is None and not disproved(finding)]
    shown.sort(key=lambda finding: _ORDER.index(finding.verdict.status if finding.verdict else None))
    lines = ["## lintlight", ""]
    if shown:
        lines += ["| verdict | rule | where | what |", "|--|--|--|--|"]
        lines += [_row(finding, report) for finding in shown[:MOST_ROWS]]
        lines += [""]
    if len(shown) > MOST_ROWS:
        lines += [f"{len(shown) - MOST_ROWS} more are not shown.", ""]
    lines += [_plain("".join(piece.text for piece in line)) + "  " for line in summary_lines(report)]
    return "\n".join(lines).rstrip() + "\n"


def _row(finding: Finding, report: Report) -> str:
    verdict = finding.verdict.status.value if finding.verdict is not None else ""
    where = f"<code>{_plain(place(finding.span, report))}</code>"
    return f"| {verdict} | {finding.code} | {where} | {_sentence(finding.message)} |"


def _sentence(text: str) -> str:
    """A sentence with its `code` as code; nothing else in it is markup."""
    parts = re.split(r"`([^`]*)`", printable(text.replace("\n", " ")))
    return "".join(f"<code>{_plain(part)}</code>" if index % 2 else _plain(part) for index, part in enumerate(parts))


def _plain(text: str) -> str:
    """Text in which neither HTML nor Markdown nor the table sees markup."""
    return re.sub(r"[&<>\"'\\`*_{}\[\]()#+!|~@:]", lambda match: f"&#{ord(match[0])};", text)
