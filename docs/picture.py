"""Draws the README's picture of the terminal: `python docs/picture.py PATH > docs/terminal.svg`."""

import io
import re
import sys
from pathlib import Path

from rich.console import Console

from lintlight.check import check, visible
from lintlight.command_probe import probe_report
from lintlight.model import Report
from lintlight.registry import load_rules
from lintlight.report.terminal import draw
from lintlight.settings import Settings
from lintlight.source.files import find_files

WIDTH = 118


def probed(path: Path) -> Report:
    """What `lintlight check --probe --isolated` finds."""
    root = Path.cwd()
    settings = Settings(root=root)
    found = find_files([path], root=root)
    report = check(found.files, settings, load_rules(), root=root, errors=found.errors)
    return visible(probe_report(report, settings, init=(), python=None), settings.min_confidence)


def picture(report: Report, command: str) -> str:
    """The terminal as SVG that fetches nothing."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(f"[bold green]$[/] {command}", highlight=False)
    draw(report, console)
    svg = console.export_svg(title="lintlight", unique_id="lintlight")
    without_fonts = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return without_fonts.replace("Fira Code, monospace", "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace")


if __name__ == "__main__":
    target = sys.argv[1]
    sys.stdout.write(picture(probed(Path(target)), f"lintlight check --probe {target}"))
