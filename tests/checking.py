"""Files of a project, written down, and what is found in them."""

from collections.abc import Mapping
from pathlib import Path

from lintlight.check import check
from lintlight.model import Confidence, Finding
from lintlight.registry import load_rules
from lintlight.settings import Settings

NAME = "model.py"


def findings_of(folder: Path, files: Mapping[str, str], *asked: str) -> list[Finding]:
    """The findings of any confidence in the files that are asked for; without any in all Python files among them."""
    for name, text in {"pyproject.toml": "", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    paths = sorted(folder / name for name in asked or files if name.endswith(".py"))
    report = check(paths, Settings(root=folder), load_rules(), root=folder)
    assert report.errors == ()
    return list(report.findings)


def codes_of(folder: Path, text: str) -> list[str]:
    """The codes of what is found in one file."""
    return [each.code for each in findings_of(folder, {NAME: text})]


def confidences_of(folder: Path, text: str, code: str = "LL101") -> list[Confidence]:
    """How sure each finding of a rule is in one file."""
    return [each.confidence for each in findings_of(folder, {NAME: text}) if each.code == code]
