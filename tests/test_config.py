"""Configuration files: the nearest one wins, and whatever is wrong in it is named with its line."""

from pathlib import Path

import pytest

from lintlight.cli import cli
from lintlight.config import ConfigError, line_of, load_settings, overruled
from lintlight.model import Confidence
from lintlight.settings import DEVICES, WEIGHTS, Settings


def settings_of(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "pyproject.toml").write_text(text)
    return load_settings(tmp_path)


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(tmp_path) == Settings(root=tmp_path)


def test_every_setting(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path,
        """
[tool.lintlight]
select = ["LL1"]
ignore = ["LL103"]
extend-select = ["LL003"]
exclude = ["docs"]
extend-exclude = ["old"]
force-exclude = true
lightning = "2.1"
transformers = "5"
lightning-bases = ["ourlib.Base"]
min-confidence = "low"

[tool.lintlight.per-file-ignores]
"tests/*" = ["LL101"]

[tool.lintlight.probe]
python = ".venv/bin/python"
timeout = 30
init = {size = 3}

[tool.lintlight.probe."pkg.mod:Class"]
init = {name = "bert-base-uncased"}
""",
    )
    assert settings == Settings(
        root=tmp_path,
        source=tmp_path / "pyproject.toml",
        select=("LL1",),
        ignore=("LL103",),
        extend_select=("LL003",),
        exclude=("docs",),
        extend_exclude=("old",),
        force_exclude=True,
        per_file_ignores=(("tests/*", ("LL101",)),),
        lightning="2.1",
        transformers="5",
        lightning_bases=("ourlib.Base",),
        min_confidence=Confidence.LOW,
        probe={
            "python": ".venv/bin/python",
            "timeout": 30.0,
            "init": {"size": 3},
            "pkg.mod:Class": {"init": {"name": "bert-base-uncased"}},
        },
    )


def test_the_nearest_file_that_speaks_of_lintlight_wins(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.lintlight]\nselect = ["LL1"]\n')
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert load_settings(inner).root == tmp_path
    (tmp_path / "a" / "lintlight.toml").write_text('select = ["LL2"]\n')
    assert load_settings(inner).select == ("LL2",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('\n[tool.lintlight]\nselct = ["LL1"]\n', "3: `selct` is not a setting; did you mean `select`?"),
        ("[tool.lintlight]\nsomething = 1\n", "2: `something` is not a setting"),
        ('[tool.lintlight]\nselect = "LL1"\n', '2: `select` must be a list of strings, for instance `["LL101"]`'),
        ("[tool.lintlight]\nlightning = 2.2\n", '2: `lightning` must be a version, for instance `"2.1"`'),
        (
            '[tool.lintlight]\nmin-confidence = "sure"\n',
            "2: `min-confidence` must be one of `high`, `medium`, `low`",
        ),
        ("[tool.lintlight.probe]\ntimeout = 0\n", "2: `probe.timeout` must be a number above 0"),
        ("[tool.lintlight.probe]\ntimeout = nan\n", "2: `probe.timeout` must be a number above 0"),
        ("[tool.lintlight.probe]\ntimeout = inf\n", "2: `probe.timeout` must be a number above 0"),
        ('[tool.lintlight]\nlightning = "2.1rc"\n', '2: `lightning` must be a version, for instance `"2.1"`'),
        (f'[tool.lintlight]\nlightning = "{"9" * 5000}"\n', '2: `lightning` must be a version, for instance `"2.1"`'),
        ("\ufeff[tool.lintlight]\nsomething = 1\n", "2: `something` is not a setting"),
        (
            "[tool.lintlight.probe]\n\npyton = 'x'\n",
            "3: `probe.pyton` is not a setting; did you mean `python`?",
        ),
        (
            '[tool.lintlight.probe."a.b:C"]\ninti = {}\n',
            "2: `probe.a.b:C.inti` is not a setting; did you mean `init`?",
        ),
        ("[tool.lintlight]\nprobe = { nope = 1 }\n", "2: `probe.nope` is not a setting"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(tmp_path, text)
    assert str(caught.value) == f"{tmp_path / 'pyproject.toml'}:{problem}"


@pytest.mark.parametrize("version", ["2.1.0", "2.1.0rc1", "2.1.0.dev20231001", "2.1.0.post0", "2.1.0+cu118"])
def test_of_a_version_the_release_counts(tmp_path: Path, version: str) -> None:
    assert settings_of(tmp_path, f'\ufeff[tool.lintlight]\nlightning = "{version}"\n').lightning == "2.1.0"


def test_broken_toml_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pyproject\.toml is not valid TOML: .*line 1"):
        settings_of(tmp_path, "[tool.lintlight\n")


def test_toml_that_is_nested_too_deeply_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pyproject\.toml is not valid TOML: it is nested too deeply"):
        settings_of(tmp_path, f"[tool.lintlight]\nselect = {'[' * 3000}{']' * 3000}\n")


def test_line_of_quoted_and_missing_keys() -> None:
    text = '[tool]\nx = 1\n["tool"."a.b"]\n"k k" = 2\n'
    assert line_of(("tool", "a.b", "k k"), text) == 4
    assert line_of(("tool", "a.b", "missing"), text) == 3
    assert line_of(("nowhere",), text) == 1


def test_extending_another_file(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.lintlight]\nselect = ["LL1"]\nextend-select = ["LL201"]\nlightning = "2.1"\n'
    )
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "lintlight.toml").write_text('extend = "../pyproject.toml"\nselect = ["LL3"]\nextend-select = ["LL202"]\n')
    settings = load_settings(inner)
    assert settings.root == inner
    assert (settings.select, settings.extend_select, settings.lightning) == (("LL3",), ("LL201", "LL202"), "2.1")


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("../../outside.toml", "leads out of the project"),
        ("none.toml", "names `none.toml`, which is no file"),
        ("lintlight.toml", "extends itself"),
        ("a\\u0000b", "is no path"),
    ],
)
def test_extending_what_cannot_be(tmp_path: Path, value: str, problem: str) -> None:
    inner = tmp_path / "inner"
    (inner / ".git").mkdir(parents=True)
    (tmp_path / "outside.toml").touch()
    (inner / "lintlight.toml").write_text(f'extend = "{value}"\n')
    with pytest.raises(ConfigError, match=problem):
        load_settings(inner)


def test_the_required_version(tmp_path: Path) -> None:
    settings_of(tmp_path, '[tool.lintlight]\nrequired-version = ">=0.1"\n')
    with pytest.raises(ConfigError, match=r"toml:2: `required-version` asks for lintlight >=99, and this is 0\.1\.0$"):
        settings_of(tmp_path, '[tool.lintlight]\nrequired-version = ">=99"\nnewer-setting = 1\n')
    with pytest.raises(ConfigError, match="must be conditions on a version"):
        settings_of(tmp_path, '[tool.lintlight]\nrequired-version = "new"\n')


def test_settings_of_the_command_line(tmp_path: Path) -> None:
    settings = overruled(Settings(root=tmp_path), ['ignore=["LL1"]', "min-confidence=low", 'lightning = "2.1"'])
    assert (settings.ignore, settings.min_confidence, settings.lightning) == (("LL1",), Confidence.LOW, "2.1")
    for pair, problem in (
        ("ignroe=1", "`--config`: `ignroe` is not a setting; did you mean `ignore`?"),
        ("ignore", "`--config ignore` is not `KEY=VALUE`"),
        ("force-exclude=maybe", "`--config`: `force-exclude` must be `true` or `false`"),
        ('extend="other.toml"', "`--config`: `extend` is for configuration files"),
        ('probe.weights="reel"', "`--config`: `probe.weights` must be one of `stand-in`, `real`"),
    ):
        with pytest.raises(ConfigError) as caught:
            overruled(Settings(root=tmp_path), [pair])
        assert str(caught.value) == problem


def test_a_table_of_the_command_line_is_put_over_the_one_of_the_file(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "[tool.lintlight.probe]\ninit = { size = 3, name = 't5' }\ntimeout = 9\n")
    probe = overruled(settings, ["probe.init.size=4", 'probe.device="cuda"']).probe
    assert probe == {"init": {"size": 4, "name": "t5"}, "timeout": 9.0, "device": "cuda"}


def test_choices_are_those_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"toml:2: `probe.device` must be one of `auto`, `cpu`, `cuda`, `mps`$"):
        settings_of(tmp_path, '[tool.lintlight.probe]\ndevice = "gpu"\n')
    options = {option.name: option.type for option in cli.commands["probe"].params}
    assert (options["weights"].choices, options["device"].choices) == (WEIGHTS, DEVICES)  # type: ignore[attr-defined]
