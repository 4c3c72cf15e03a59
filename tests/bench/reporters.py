"""How long each output format takes for many findings: `python -m tests.bench.reporters [FINDINGS]` (default 5000)."""

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from lintlight.model import Position, Related, Report, Span
from lintlight.report.formats import FORMATS, rendered
from lintlight.report.terminal import draw
from tests.build import finding, info, report, timeline

BUDGET_S = 2.0
ROOT = Path("/somewhere")
LINE = "        self.bert = AutoModel.from_pretrained('bert-base-uncased', num_labels={})  # loaded\n"


def large(count: int) -> Report:
    """Findings in a thousand files of three hundred different lines."""
    text = "import lightning as L\n" + "".join(LINE.format(row) for row in range(300))
    findings, line = [], timeline()
    for number in range(count):
        path = ROOT / f"src/package{number % 50}/m{number % 1000}.py"
        row = 5 + number * 7 % 250
        help_ = "append `.train()` to the call: `AutoModel.from_pretrained('bert-base-uncased').train()`"
        loaded = Related("loaded here, in eval mode", Span(path, Position(row + 20, 21), Position(row + 20, 40)))
        where = Span(path, Position(row, 9), Position(row, 60))
        seen = {"help": help_, "related": (loaded,), "class_name": "m.A", "attribute": "bert", "timeline": line}
        findings.append(finding(path, span=where, **seen))
    findings.sort(key=lambda finding: finding.span)
    return report(ROOT, *findings, text=text, rules={"LL101": info()})


def seconds(work: Callable[[], object]) -> float:
    """Processor time, which other programs on the machine do not count into."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main(count: int = 5000) -> int:
    """Print a line for each format; the exit code is 1 when one is over the budget."""
    made = large(count)
    times = {name: seconds(lambda name=name: rendered(made, name)) for name in FORMATS}  # type: ignore[misc]
    times["terminal"] = seconds(lambda: draw(made, Console(file=io.StringIO(), force_terminal=True, width=100)))
    for name, spent in times.items():
        print(f"{name:<10}{spent:6.2f} s")
    return int(max(times.values()) > BUDGET_S)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
