"""`check --watch`: every change is followed by a fresh check."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchfiles import Change

from lintlight.command_watch import is_telling, there
from tests.command import lintlight, write
from tests.sources import BAD

MISTAKE = BAD.format(comment="")
REPAIRED = MISTAKE.replace('uncased")', 'uncased").train()')


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`lintlight check --watch m.py` in a project; it is killed where a test does not end it."""
    write(tmp_path, "pyproject.toml", "")
    write(tmp_path, "m.py", MISTAKE)
    command = [sys.executable, "-m", "lintlight", "check", "--watch", "m.py", "--output-format", "concise", "--quiet"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as running:
        limit = threading.Timer(60, lambda: os.killpg(running.pid, signal.SIGKILL))
        limit.start()
        yield running
        limit.cancel()
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)


def one_check(running: subprocess.Popen[str]) -> list[str]:
    """The codes that the next check reports."""
    assert running.stdout is not None
    codes = []
    for line in running.stdout:
        if line == "lintlight: waiting for changes; Ctrl-C ends this\n":
            return codes
        codes.append(line.split()[2])
    raise AssertionError(f"ended after {codes}")


def test_a_change_is_followed_by_a_check_and_ctrl_c_ends_it(watching: subprocess.Popen[str], tmp_path: Path) -> None:
    assert one_check(watching) == ["LL101"]
    write(tmp_path, "m.py", REPAIRED)
    assert one_check(watching) == []
    write(tmp_path, "notes.md", "nothing is checked because of this")
    write(tmp_path, "m.py", MISTAKE)
    assert one_check(watching) == ["LL101"]
    write(tmp_path, "pyproject.toml", '[tool.lintlight]\nignore = ["LL101"]\n')
    assert one_check(watching) == []
    write(tmp_path, "pyproject.toml", "[tool.lintlight]\nignroe = []\n")
    assert one_check(watching) == ["`ignroe`"]  # said, and it goes on
    os.killpg(watching.pid, signal.SIGINT)
    assert watching.stdout is not None
    assert watching.stdout.read().strip() == ""
    assert watching.wait() == 130


def test_nobody_reads_any_more(tmp_path: Path) -> None:
    write(tmp_path, "m.py", MISTAKE)
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "lintlight", "check", "--watch"]
    done = subprocess.run(
        command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_what_does_not_exist_yet_is_waited_for(tmp_path: Path) -> None:
    assert there(tmp_path / "src" / "later" / "m.py") == tmp_path


def test_what_cannot_be_watched_is_said(tmp_path: Path) -> None:
    script = (
        "import watchfiles, sys\ndef fail(*roots, **options):\n    raise OSError('too many files')\n"
        "watchfiles.watch = fail\nsys.argv[1:] = ['check', '--watch']\nfrom lintlight.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, f"lintlight: {tmp_path} cannot be watched: too many files\n")


@pytest.mark.parametrize("arguments", [["-"], ["--add-ignore", "why"], ["--update-baseline", "--baseline", "b.json"]])
def test_what_cannot_be_watched(tmp_path: Path, arguments: list[str]) -> None:
    done = lintlight("check", "--watch", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("lintlight: `--watch` goes neither with stdin nor with")


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("src/m.py", True),
        ("nb.ipynb", True),
        ("configs/model.yaml", True),
        ("requirements.txt", True),
        ("uv.lock", True),
        (".gitignore", True),
        ("report.html", False),
        (".venv/lib/m.py", False),
        (".lintlight_cache/m.py", False),
    ],
)
def test_files_that_tell(tmp_path: Path, name: str, tells: bool) -> None:
    assert is_telling(Change.modified, str(tmp_path / name)) is tells


def test_without_watchfiles_it_says_how_to_get_them(tmp_path: Path) -> None:
    script = (
        "import importlib.util as util, sys\nfind = util.find_spec\n"
        "util.find_spec = lambda name: None if name in ('watchfiles', 'pygls') else find(name)\n"
        "sys.argv[1:] = {}\nfrom lintlight.cli import main\nmain()"
    )
    for arguments, module, extra in ((["check", "--watch"], "watchfiles", "watch"), (["server"], "pygls", "lsp")):
        done = subprocess.run(
            [sys.executable, "-c", script.format(arguments)], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        what = " ".join(arguments)
        assert done.returncode == 2
        assert done.stderr == f"lintlight: `{what}` needs {module}: `pip install 'lintlight[{extra}]'`\n"
