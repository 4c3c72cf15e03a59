"""Links in terminals: where they are known to work, and nowhere else."""

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from lintlight.model import Related
from lintlight.report.links import Links, links_of, target
from lintlight.report.terminal import draw
from tests.build import finding, report, span
from tests.command import write
from tests.sources import BAD

ROOT = Path("/project")
LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\([^\x1b]*(?:\x1b\[[^m]*m[^\x1b]*)*)\x1b\]8;;\x1b\\")


@pytest.mark.parametrize(
    ("environment", "links"),
    [
        ({}, Links.NONE),
        ({"TERM": "xterm-256color"}, Links.NONE),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4999"}, Links.NONE),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, Links.FILE),
        ({"TERM": "alacritty"}, Links.FILE),
        ({"WT_SESSION": "1"}, Links.FILE),
        ({"TERM": "screen-256color", "VTE_VERSION": "7200"}, Links.NONE),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, Links.LINE),
        ({"TERM": "xterm-kitty"}, Links.LINE),
        ({"TERM": "xterm", "FORCE_HYPERLINK": "1"}, Links.FILE),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, Links.NONE),
    ],
)
def test_terminals(environment: dict[str, str], links: Links) -> None:
    assert links_of(environment, is_terminal=True) is links
    assert links_of(environment, is_terminal=False) is Links.NONE


def test_targets() -> None:
    place = span(ROOT / os.fsdecode(b"a b\xe9\x1b.py"), 7)
    assert target(place, Links.NONE) == ""
    assert target(place, Links.FILE) == "file:///project/a%20b%E9%1B.py"
    assert target(place, Links.LINE) == "file:///project/a%20b%E9%1B.py#7"


def drawn(links: Links, width: int = 100) -> str:
    out = io.StringIO()
    other = Related("loaded here", span(ROOT / "src" / "enc.py", 3, 4, 5))
    found = finding(ROOT / "src" / "m.py", related=(other,))
    draw(report(ROOT, found), Console(file=out, force_terminal=True, width=width), links)
    return out.getvalue()


def test_places_are_linked_and_nothing_else_changes() -> None:
    text = drawn(Links.LINE)
    places = [(link, re.sub(r"\x1b\[[\d;]*m", "", shown)) for link, shown in LINK.findall(text)]
    assert places == [
        ("file:///project/src/m.py#2", "src/m.py:2:8"),
        ("file:///project/src/enc.py#3", "src/enc.py:3:4"),
    ]
    without = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\", "", text)
    assert re.sub(r"\x1b\[[\d;]*m", "", without) == re.sub(r"\x1b\[[\d;]*m", "", drawn(Links.NONE))
    assert "\x1b]8" not in drawn(Links.NONE)


def test_a_place_that_wraps_is_linked_on_every_row() -> None:
    links = [link for link, _ in LINK.findall(drawn(Links.FILE, width=8))]
    assert links.count("file:///project/src/m.py") > 1


def seen_in_a_terminal(folder: Path, **environment: str) -> str:
    """What the command writes to a real terminal."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "lintlight", "check"]
    settings = {**os.environ, "TERM": "xterm-256color", **environment}
    with subprocess.Popen(command, cwd=folder, stdout=follower, env=settings) as running:
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
        running.wait()
    os.close(leader)
    return text.decode()


def test_the_command_links_in_a_real_terminal_only(tmp_path: Path) -> None:
    path = write(tmp_path, "m.py", BAD.format(comment=""))
    shown = seen_in_a_terminal(tmp_path, TERM="xterm-kitty")
    assert f";{path.as_uri()}#8\x1b\\" in shown
    assert "\x1b]8" not in seen_in_a_terminal(tmp_path)
    assert "\x1b" not in seen_in_a_terminal(tmp_path, TERM="xterm-kitty", NO_COLOR="1")
    command = [sys.executable, "-m", "lintlight", "check"]
    piped = {**os.environ, "TERM": "xterm-kitty", "FORCE_COLOR": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=piped, capture_output=True, text=True, check=False)
    assert "\x1b[" in done.stdout
    assert "\x1b]8" not in done.stdout
