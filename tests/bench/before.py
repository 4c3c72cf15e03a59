"""What a change costs, and what it changes: `python -m tests.bench.before REVISION TREE [--runs N]`.

Checks a tree with the code of a revision and with the code here, in turn, and prints the medians of the seconds on the
clock and of all processes, the ratio, and the findings that only one of the two has. Options that both get are added
one by one: `--option=-j1`.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.speed import CHECK, ROOT

Seconds = tuple[float, float]
"""On the clock, and of all processes together."""


def run(code: Path, tree: Path, options: list[str]) -> tuple[Seconds, set[str]]:
    """One check of `tree` by the lintlight that lies in `code`: what it took, and the lines of its report."""
    command = [*CHECK, "--no-cache", "--min-confidence", "low", *options, str(tree)]
    start, before = time.perf_counter(), os.times()
    ran = subprocess.run(
        command, cwd=tree, env={**os.environ, "PYTHONPATH": str(code)}, capture_output=True, text=True, check=True
    )
    took, after = time.perf_counter() - start, os.times()
    work = after.children_user + after.children_system - before.children_user - before.children_system
    return (took, work), set(ran.stdout.splitlines())


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.before", description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--option", action="append", default=[])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["git", "clone", "-q", str(ROOT), scratch], check=True)
        subprocess.run(["git", "checkout", "-q", chosen.revision], cwd=scratch, check=True)
        both = {chosen.revision: Path(scratch), "here": ROOT}
        for code in both.values():
            for folder in ("lintlight", "rules"):
                compileall.compile_dir(code / folder, quiet=1)
        took: dict[str, list[Seconds]] = {name: [] for name in both}
        told: dict[str, set[str]] = {}
        for _ in range(chosen.runs):
            for name, code in both.items():
                seconds, told[name] = run(code, chosen.tree.resolve(), chosen.option)
                took[name].append(seconds)
    middle = {name: [statistics.median(each) for each in zip(*runs, strict=True)] for name, runs in took.items()}
    for name, (clock, work) in middle.items():
        print(f"{name:12} {clock:7.3f} s   {work:7.3f} s of all processes")
    ratios = [after / before for before, after in zip(*middle.values(), strict=True)]
    print(f"{'ratio':12} {ratios[0]:7.3f}     {ratios[1]:7.3f}")
    for name, other in zip(both, reversed(both), strict=True):
        for line in sorted(told[name] - told[other]):
            print(f"only {name}: {line}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
