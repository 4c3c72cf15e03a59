"""HTML: one file that needs nothing else; findings as in the terminal, filters, timelines, what the probe saw as bars.

NOTE: everything that comes from the code under test travels as JSON in a block that no browser runs, and is put into
the page as text.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lintlight.model import Finding, HookState, ModuleTimeline, Report, Verdict, counts
from lintlight.report.frame import Line, finding_lines
from lintlight.report.page import plain_page
from lintlight.report.shown import place, printable, shown_path
from lintlight.report.text import plural, summary_lines

_FOLDER = Path(__file__).parent
_BARS = {
    "delta": "mode found against train mode",
    "delta_eval": "mode found against eval mode",
    "two_seeds_train": "train mode, two seeds",
}
"""What the probe measured -> what the bar is called; the same seed on both sides but for the last."""


def render(report: Report) -> str:
    """The whole report as one page."""
    style = (_FOLDER / "page.css").read_text("utf-8")
    script = "".join((_FOLDER / name).read_text("utf-8") for name in ("timeline.js", "page.js"))
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    summary = " ".join("".join(piece.text for piece in line) for line in summary_lines(report)).replace("`", "")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>lintlight: {html.escape(plural(sum(map(counts, report.findings)), "finding"))}</title>
<style>{style}</style>
</head>
<body>
<header><h1>lintlight</h1><p id="summary">{html.escape(summary)}</p></header>
<nav id="filters" aria-label="Filters"></nav>
<main id="findings" aria-live="polite"></main>
<noscript>The findings are shown by a script inside this file; allow it, or use another output format.</noscript>
<script type="application/json" id="data">{_json(_data(report))}</script>
<script>{script}</script>
</body>
</html>
"""


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _json(data: Any) -> str:
    """JSON that cannot end the block it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace").decode()
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _data(report: Report) -> dict[str, Any]:
    lines, timelines = _Table(), _Timelines()
    shown = [_finding(finding, report, lines, timelines) for finding in report.findings]
    names = {finding.code: finding.name for finding in report.findings}
    pages = {code: plain_page(report.rules[code]) for code in names if code in report.rules}
    errors = [[shown_path(error.path, report.root), printable(error.message)] for error in report.errors]
    tables = {"lines": lines.rows, "timelines": timelines.rows, "names": names, "pages": pages}
    return {"findings": shown, **tables, "errors": errors}


class _Table:
    """Lines that many findings share are written once."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.known: dict[tuple[str, ...], int] = {}

    def number(self, line: Line) -> int:
        flat = tuple(text for piece in line for text in piece[:2])
        if flat not in self.known:
            self.known[flat] = len(self.rows)
            self.rows.append(list(flat))
        return self.known[flat]


class _Timelines:
    """Timelines that many findings share are written once."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.known: dict[ModuleTimeline, int] = {}

    def number(self, timeline: ModuleTimeline) -> int:
        if timeline not in self.known:
            self.known[timeline] = len(self.rows)
            tracks = [[printable(line.name), [_state(state) for state in line.states]] for line in timeline.lines]
            hooks = [printable(hook) for hook in timeline.hooks]
            self.rows.append(
                {"of": printable(timeline.class_name), "hooks": hooks, "second": timeline.second_epoch, "lines": tracks}
            )
        return self.known[timeline]


def _state(state: HookState | None) -> list[Any] | None:
    return (
        None
        if state is None
        else [state.mode.value, state.grad.value, state.runs.value if state.runs else "", state.switch]
    )


def _finding(finding: Finding, report: Report, lines: _Table, timelines: _Timelines) -> dict[str, Any]:
    heading, *others = finding_lines(finding, report)
    suppressed = finding.suppressed
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "file": printable(shown_path(finding.span.path, report.root)),
        "place": place(finding.span, report),
        "heading": lines.number(heading[6:-1]),
        "lines": [lines.number(line) for line in others],
        "verdict": "suppressed" if suppressed else finding.verdict.status.value if finding.verdict else "not asked",
        "reason": printable(suppressed.reason) if suppressed else "",
        "timeline": timelines.number(finding.timeline) if finding.timeline is not None else None,
        "probe": _probe(finding.verdict, finding.attribute) if finding.verdict is not None else None,
    }


def _probe(verdict: Verdict, attribute: str | None) -> dict[str, Any] | None:
    """What can be drawn of the evidence: modes by step, the size of the effect, the tree of modules."""
    evidence = verdict.evidence
    target = _below(_below(evidence, "targets"), attribute or "")
    snapshots = _folded(_list(target, "snapshots"))
    measured = _list(_below(_below(evidence, "effects"), attribute or ""), "measured")
    bars = [
        [printable(f"{seen.get('module', '')}: {label}" if len(measured) > 1 else label), float(seen[key])]
        for seen in measured
        for key, label in _BARS.items()
        if isinstance(seen.get(key), int | float)
    ]
    tree = _below(evidence, "tree")
    if not (snapshots or bars or tree):
        return None
    return {"attribute": attribute or "", "modes": snapshots, "effect": bars, "tree": _branch(tree) if tree else None}


def _folded(snapshots: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """When, how many modules are in eval mode, of how many; steps that are alike are one row."""
    rows: list[list[Any]] = []
    for seen in snapshots:
        when, still, every = printable(str(seen.get("when", ""))), seen.get("eval", 0), seen.get("modules", 0)
        if rows and rows[-1][1:] == [still, every]:
            rows[-1][0] = f"{rows[-1][0].partition(' to ')[0]} to {when}"
        else:
            rows.append([when, still, every])
    return rows


def _branch(node: Mapping[str, Any]) -> list[Any]:
    """Name, type, whether it trains, parameters, those that learn, dropout, children."""
    rate = node.get("dropout")
    learning = node.get("in_optimizer", 0)
    children = [_branch(child) for child in _list(node, "children")]
    own = [printable(str(node.get("name", ""))), printable(str(node.get("type", ""))), bool(node.get("training"))]
    return [*own, node.get("parameters", 0), learning, rate, children]


def _below(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(data: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return [item for item in data.get(key) or () if isinstance(item, Mapping)]
