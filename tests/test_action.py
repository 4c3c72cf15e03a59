"""The GitHub action: its script with real files for outputs and summary, and what it never does."""

import json
import os
import re
import stat
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from lintlight.model import Strength, VerdictStatus
from lintlight.report import markdown
from tests.build import HOSTILE, MODEL, ROOT, finding, report, verdict
from tests.command import write
from tests.sources import BAD

REPOSITORY = Path(__file__).resolve().parent.parent
ACTION: dict[str, Any] = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))


def run(folder: Path, **inputs: str) -> tuple[int, str, dict[str, str], str]:
    """Exit code, log, outputs and summary of the action's script."""
    command = write(folder, "command", f'#!/bin/sh\nexec "{sys.executable}" -m lintlight "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    work = folder / "work"
    work.mkdir(exist_ok=True)
    done = subprocess.run(
        ["bash", REPOSITORY / "action" / "check.sh"],
        cwd=work,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "LINTLIGHT_COMMAND": str(command),
            "GITHUB_WORKSPACE": str(work),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "RUNNER_TEMP": str(folder),
            **{f"LINTLIGHT_{name.upper()}": value for name, value in inputs.items()},
        },
        capture_output=True,
        text=True,
        check=False,
    )
    written = (folder / "output").read_text() if (folder / "output").exists() else ""
    summary = (folder / "summary").read_text() if (folder / "summary").exists() else ""
    return (
        done.returncode,
        done.stdout + done.stderr,
        dict(line.split("=", 1) for line in written.splitlines()),
        summary,
    )


def test_findings_fail_the_step_annotate_and_are_summed_up(tmp_path: Path) -> None:
    write(tmp_path, "work/src/m.py", BAD.format(comment=""))
    code, log, outputs, summary = run(tmp_path, src="src", sarif="report.sarif")
    assert code == 1
    assert "::error title=lintlight (LL101),file=src/m.py,line=8," in log
    assert "Found 1 error in 1 file." in log
    assert outputs == {"findings": "1", "confirmed": "0", "sarif-file": "report.sarif"}
    assert "|  | LL101 | <code>src/m.py&#58;8&#58;21</code> |" in summary
    assert json.loads((tmp_path / "work" / "report.sarif").read_text())["version"] == "2.1.0"


def test_several_lines_are_several_words(tmp_path: Path) -> None:
    for folder in ("src", "lib"):
        write(tmp_path, f"work/{folder}/m.py", BAD.format(comment=""))
    assert run(tmp_path, src="src\nlib\n")[2]["findings"] == "2"
    assert run(tmp_path, src="src\nlib\n", args="--ignore\nLL101\n")[2]["findings"] == "0"


def test_clean_and_without_annotations(tmp_path: Path) -> None:
    write(tmp_path, "work/m.py", BAD.format(comment=""))
    code, log, outputs, _ = run(tmp_path, args="--ignore LL101", annotations="false")
    assert (code, "::" in log) == (0, False)
    assert outputs["findings"] == "0"


def test_inputs_are_never_run(tmp_path: Path) -> None:
    write(tmp_path, "work/m.py", "x = 1\n")
    hostile = "m.py $(touch hacked) ; touch hacked `touch hacked`"
    code, _, _, _ = run(tmp_path, src=hostile, args="--ignore=$(touch${IFS}hacked)")
    assert code == 2
    assert not list(tmp_path.rglob("hacked*"))
    assert run(tmp_path, src="--version")[0] == 2
    assert run(tmp_path, probe="on; touch hacked")[0] == 2


def test_expressions_stand_only_where_they_cannot_become_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])
    used = set(re.findall(r"inputs\.([\w-]+)", (REPOSITORY / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])


def test_summary_puts_proven_findings_first_and_leaves_disproved_ones_out() -> None:
    whole = report(
        ROOT,
        finding(MODEL, message="plain"),
        finding(MODEL, message="proven", verdict=verdict(VerdictStatus.CONFIRMED)),
        finding(MODEL, message="disproved", verdict=verdict(VerdictStatus.REFUTED)),
        finding(MODEL, message="doubtful", verdict=verdict(VerdictStatus.REFUTED, Strength.ASSUMED)),
    )
    rows = [line.split(" | ")[-1].removesuffix(" |") for line in markdown.render(whole).splitlines() if "LL101" in line]
    assert rows == ["proven", "plain", "doubtful"]


def test_summary_is_cut_before_github_refuses_it() -> None:
    many = report(ROOT, *[finding(MODEL)] * 600)
    assert markdown.render(many).count("LL101") == markdown.MOST_ROWS
    assert "100 more are not shown." in markdown.render(many)
    assert len(markdown.render(many)) < 1_000_000


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_inside_their_cell(name: str) -> None:
    shown = markdown.render(report(ROOT, finding(ROOT / name, message=f"`{name}` | <b>![x](http://y)\n| new")))
    [row] = [line for line in shown.splitlines() if "LL101" in line]
    assert row.count("|") == 5
    assert set(re.findall(r"<[^>]*>", row)) == {"<code>", "</code>"}
    assert "![x](http://y)" in unescape(row)
