"""Which rules run: codes, prefixes, names, versions and files."""

from pathlib import Path

import pytest

from lintlight.config import ConfigError
from lintlight.selection import FileIgnores, is_past, selected_codes
from lintlight.settings import Settings
from lintlight.versions import version_matches
from tests.build import INFOS


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, {"LL101", "LL103", "LL201"}),
        ({"select": ("LL1",)}, {"LL101", "LL103"}),
        ({"select": ("LL101",), "extend_select": ("suppression-without-reason",)}, {"LL101", "LL003"}),
        ({"select": ("ALL",), "ignore": ("LL1",)}, {"LL201", "LL003"}),
        ({"ignore": ("train-override-ignored",)}, {"LL101", "LL201"}),
        ({"lightning": "2.1"}, {"LL101", "LL103", "LL201"}),
        ({"lightning": "2.2"}, {"LL101", "LL103", "LL201"}),
    ],
)
def test_selected_codes(changes: dict[str, tuple[str, ...]], codes: set[str]) -> None:
    assert selected_codes(INFOS, Settings(root=Path.cwd(), **changes)) == codes  # type: ignore[arg-type]


@pytest.mark.parametrize(("version", "past"), [("", False), ("1.7", False), ("1.9", False), ("2.1", True)])
def test_what_is_about_older_versions_is_off(version: str, past: bool) -> None:
    assert is_past(version, ">=1.8,<2") is past


@pytest.mark.parametrize(
    ("selector", "problem"),
    [
        ("LL1O1", "`LL1O1` in `ignore` is no rule; did you mean `LL101`?"),
        ("pretrained-in-eval", "`pretrained-in-eval` in `ignore` is no rule; did you mean `pretrained-left-in-eval`?"),
        ("E501", "`E501` in `ignore` is no rule; `lintlight rules` lists them"),
    ],
)
def test_an_unknown_selector_is_an_error(selector: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        selected_codes(INFOS, Settings(root=Path.cwd(), ignore=(selector,)))
    assert str(caught.value) == problem


def test_per_file_ignores(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, per_file_ignores=(("tests/", ("LL1",)), ("*_old.py", ("LL201",))))
    ignores = FileIgnores(INFOS, settings)
    assert ignores.ignored_in(tmp_path / "tests" / "sub" / "a.py") == {"LL101", "LL103"}
    assert ignores.ignored_in(tmp_path / "tests" / "a_old.py") == {"LL101", "LL103", "LL201"}
    assert ignores.ignored_in(tmp_path / "a.py") == frozenset()


@pytest.mark.parametrize(
    ("version", "specifier", "matches"),
    [
        ("2.2", ">=2.2", True),
        ("2.1.9", ">=2.2", False),
        ("2.10", ">=2.2", True),
        ("2", "==2.0", True),
        ("1.9.5", ">=1.8,<2", True),
        ("2.0", ">=1.8,<2", False),
        ("", ">=2.2", True),
        ("2.1", "", True),
    ],
)
def test_version_matches(version: str, specifier: str, matches: bool) -> None:
    assert version_matches(version, specifier) is matches
