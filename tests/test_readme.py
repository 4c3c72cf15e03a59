"""The README says what is so: its table, its commands, its picture."""

import re
from pathlib import Path
from xml.etree import ElementTree

from docs.rule_pages import outdated
from docs.rules_table import with_table

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_the_table_of_rules_is_current() -> None:
    assert with_table(README) == README, "run: python docs/rules_table.py"


def test_the_pages_of_the_rules_are_current() -> None:
    assert outdated() == [], "run: python docs/rule_pages.py"


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_there_are_two_commands_of_one_line_for_a_fresh_clone() -> None:
    commands = [line for line in README.splitlines() if line.startswith("python3 -m venv ")]
    assert [command.rsplit(" && ", 1)[1] for command in commands] == [
        ".venv/bin/lintlight check --probe fixtures/showcase",
        ".venv/bin/python -m pytest -q",
    ]
    assert all("-c constraints.txt" in command for command in commands)


def test_the_picture_fetches_nothing() -> None:
    svg = (ROOT / "docs" / "terminal.svg").read_text("utf-8")
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert "https://" not in re.sub(r"<!--.*?-->", "", svg)
    assert "confirmed" in svg
