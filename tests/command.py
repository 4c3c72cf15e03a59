"""The command, started as users start it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.sources import GOOD

PRINTS_ITS_MODULES = """\
import sys
sys.argv[1:] = {}
from lintlight.cli import main
try:
    main()
finally:
    print(*sys.modules)
"""


def lintlight(
    *arguments: str | Path, cwd: Path, environment: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lintlight", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def told_in_every_run(folder: Path) -> str:
    """What is told of a folder as JSON, whatever order Python's sets are in."""
    command = ["check", "--no-cache", "--exit-zero", "--output-format", "json", "."]
    runs = [lintlight(*command, cwd=folder, environment={"PYTHONHASHSEED": str(seed)}) for seed in range(6)]
    assert {run.returncode for run in runs} == {0}
    assert len({run.stdout for run in runs}) == 1
    return runs[0].stdout


def write(folder: Path, name: str, text: str = GOOD) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
