"""How long a check takes beside other linters: `python -m tests.bench.speed TREE [--peer NAME=COMMAND ...]`.

Each row is the median of several runs, all commands in turn in each round, so that a machine whose speed drifts slows
all of them alike; quote the ratios. `{}` in a peer's command stands for the tree, for instance
`--peer 'ruff=ruff check --isolated --no-cache --select E9 {}'`.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINTLIGHT = [sys.executable, "-m", "lintlight"]
CHECK = [*LINTLIGHT, "check", "--isolated", "--exit-zero", "-q", "--output-format", "concise"]


def seconds(command: list[str], before: Callable[[], object] = lambda: None) -> float:
    """Wall seconds of one run."""
    before()
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def peak_mib(command: list[str]) -> float:
    """The largest sum of proportional memory over a command and its children, sampled; 0 where there is no /proc."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, sum(_pss(pid) for pid in _family(process.pid)))

    thread = threading.Thread(target=watch)
    thread.start()
    process.wait()
    done.set()
    thread.join()
    return peak / 1024


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in children for each in _family(int(child)))]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _touch(tree: Path, rank: float, line: bytes = b"CHANGED = True\n") -> None:
    """Add a line to a file: the largest, of rank 1, or one of the middle, of rank 1 / 2."""
    files = sorted(tree.rglob("*.py"), key=lambda each: (each.stat().st_size, each))
    path = files[int(rank * (len(files) - 1))]
    path.write_bytes(path.read_bytes() + line)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.speed", description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    # An installation compiles the modules; a checkout in an environment that keeps no bytecode never does.
    for folder in ("lintlight", "rules"):
        compileall.compile_dir(ROOT / folder, quiet=1)
    with tempfile.TemporaryDirectory() as scratch:
        # A copy, because a file in it is changed; a `.git` marks it as one project.
        tree, cache = Path(scratch, "tree"), Path(scratch, "cache")
        shutil.copytree(chosen.tree, tree, symlinks=True, ignore=shutil.ignore_patterns(".git", "*.pt", "*.bin"))
        (tree / ".git").mkdir()
        files = [path for path in tree.rglob("*.py") if path.is_file()]
        lines = sum(path.read_bytes().count(b"\n") for path in files)
        print(f"{len(files)} files, {lines} lines, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
        single = min(files, key=lambda path: abs(path.stat().st_size - 20_000))
        kept = [*CHECK, "--cache-dir", str(cache), str(tree)]
        rows: dict[str, tuple[list[str], Callable[[], object]]] = {
            "python -c pass": ([sys.executable, "-c", "pass"], lambda: None),
            "lintlight --version": ([*LINTLIGHT, "--version"], lambda: None),
            "one file, cold": ([*CHECK, "--no-cache", str(single)], lambda: None),
            "cold": ([*CHECK, "--no-cache", str(tree)], lambda: None),
            "cold, one process": ([*CHECK, "--no-cache", "-j1", str(tree)], lambda: None),
            "first, writing the cache": (kept, lambda: shutil.rmtree(cache, ignore_errors=True)),
            "nothing changed": (kept, lambda: None),
            "the largest file changed": (kept, lambda: _touch(tree, 1)),
            "one of middle size changed": (kept, lambda: _touch(tree, 1 / 2)),
            "a comment changed": (kept, lambda: _touch(tree, 1, b"# changed\n")),
        }
        for peer in chosen.peer:
            name, _, command = peer.partition("=")
            rows[name] = ([part.replace("{}", str(tree)) for part in shlex.split(command)], lambda: None)
        found: dict[str, list[float]] = {name: [] for name in rows}
        for _ in range(chosen.runs):
            for name, (command, before) in rows.items():
                found[name].append(seconds(command, before))
        cold = statistics.median(found["cold"])
        for name, runs in found.items():
            middle = statistics.median(runs)
            print(f"{name:26} {middle:8.3f} s   {min(runs):.3f} to {max(runs):.3f}   cold is {cold / middle:7.2f} x")
        print(f"{'memory, cold':26} {peak_mib([*CHECK, '--no-cache', str(tree)]):8.0f} MiB, all processes (PSS)")
        size = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())
        source = sum(path.stat().st_size for path in files)
        print(f"{'cache':26} {100 * size / source:8.1f} % of the source")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
