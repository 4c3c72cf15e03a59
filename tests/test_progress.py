"""A bar over the classes that are probed: on a terminal, and nowhere else."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import lintlight, write
from tests.sources import BAD

PROBE = ("check", "--probe", "--python", shutil.which("false") or "false")
"""An interpreter that ends at once: the bar begins and ends, and nothing is waited for."""
HIDDEN, SHOWN, WIPED = "\x1b[?25l", "\x1b[?25h", "\x1b[2K"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    write(tmp_path, "models/text.py", BAD.format(comment=""))
    write(tmp_path, "models/image.py", BAD.format(comment=""))
    return tmp_path


def stderr_in_a_terminal(folder: Path, *arguments: str, **environment: str) -> str:
    """What a command writes to a terminal that is its stderr, while its stdout is a pipe."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "lintlight", *arguments]
    settings = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", **environment}
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=follower, env=settings) as running:
        os.close(follower)
        text = b""
        while True:
            try:
                data = os.read(leader, 1 << 16)
            except OSError:  # Linux: nobody writes any more
                break
            if not data:
                break
            text += data
        stdout, _ = running.communicate()
    os.close(leader)
    assert running.returncode in (0, 1), text
    assert b"\x1b" not in stdout
    return text.decode()


def test_a_bar_on_a_terminal_is_drawn_and_wiped(bad: Path) -> None:
    shown = stderr_in_a_terminal(bad, *PROBE)
    assert "━" in shown
    assert "0/2" in shown
    assert "image:Classifier" in shown
    assert "2/2" in shown
    assert shown.index(HIDDEN) < shown.rindex(SHOWN)
    assert shown.endswith(WIPED)


def test_colour_is_not_needed(bad: Path) -> None:
    shown = stderr_in_a_terminal(bad, *PROBE, NO_COLOR="1")
    assert "0/2" in shown
    assert "\x1b[3" not in shown


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [((*PROBE, "--quiet"), {}), (PROBE, {"TERM": "dumb"}), (("check",), {}), ((*PROBE, "--select", "LL201"), {})],
    ids=["quiet", "dumb", "no probe", "nothing to probe"],
)
def test_no_bar(bad: Path, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    assert stderr_in_a_terminal(bad, *arguments, "--exit-zero", **environment) == ""


@pytest.mark.parametrize("colour", [{}, {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"}], ids=["plain", "forced colour"])
def test_a_pipe_gets_nothing(bad: Path, colour: dict[str, str]) -> None:
    assert lintlight(*PROBE, cwd=bad, environment=colour).stderr == ""
