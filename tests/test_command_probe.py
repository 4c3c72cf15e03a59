"""Settings and options become the probe's settings."""

from pathlib import Path
from typing import Any

import pytest

from lintlight import command_probe
from lintlight.command_probe import init_values, probe_report, probe_settings
from lintlight.config import ConfigError
from lintlight.model import Finding, Suppression, VerdictStatus
from lintlight.probe.settings import ProbeSettings
from lintlight.settings import Settings
from tests.build import finding, report, verdict

ROOT = Path("/project")


def test_defaults() -> None:
    assert probe_settings(Settings(root=ROOT, source=ROOT / "lintlight.toml")) == ProbeSettings(root=ROOT)


def test_without_a_configuration_the_root_is_that_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.joinpath("setup.py").touch()
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert probe_settings(Settings(root=below)).root == tmp_path
    monkeypatch.chdir(tmp_path.parent)
    assert probe_settings(Settings(root=tmp_path.parent), here=below / "model.py").root == tmp_path


def test_the_command_line_wins_over_the_file() -> None:
    table = {
        "python": ".venv/bin/python",
        "init": {"size": 3, "name": "t5"},
        "arch": {"ours/x": "bert"},
        "config-dirs": ("configs",),
        "timeout": 30.0,
        "memory": 500.0,
        "pkg.mod:Class": {"init": {"size": 4}},
    }
    settings = Settings(root=ROOT, source=ROOT / "lintlight.toml", probe=table)
    assert probe_settings(settings, init=["name=bert"], python="python3") == ProbeSettings(
        python=Path("python3"),
        init={"size": 3, "name": "bert"},
        init_by_class={"pkg.mod:Class": {"size": 4}},
        arch={"ours/x": "bert"},
        root=ROOT,
        config_dirs=(ROOT / "configs",),
        timeout_s=30.0,
        memory_mb=500.0,
    )
    assert probe_settings(settings).python == ROOT / ".venv/bin/python"


@pytest.mark.parametrize(
    ("pair", "value"),
    [
        ("a=1", 1),
        ("a=0.5", 0.5),
        ("a=true", True),
        ("a=[1]", [1]),
        ("a=bert", "bert"),
        ('a="1"', "1"),
        ("a=x=y", "x=y"),
    ],
)
def test_init_values(pair: str, value: Any) -> None:
    assert init_values([pair]) == {"a": value}


@pytest.mark.parametrize("pair", ["a", "=1", "a b=1"])
def test_a_bad_init_is_named(pair: str) -> None:
    with pytest.raises(ConfigError) as caught:
        init_values([pair])
    assert str(caught.value) == f"`--init {pair}` is not `name=value`"


def test_suppressed_findings_are_not_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = finding(ROOT / "a.py", suppressed=Suppression("# noqa: LL101", "", 2))
    loud = finding(ROOT / "a.py")
    judged = finding(ROOT / "a.py", verdict=verdict(VerdictStatus.CONFIRMED))

    def probe(findings: list[Finding], settings: ProbeSettings, progress: object) -> list[Finding]:
        assert findings == [loud, loud]
        return [judged, judged]

    monkeypatch.setattr(command_probe, "probe", probe)
    done = probe_report(report(ROOT, loud, silent, loud), Settings(root=ROOT), init=(), python=None)
    assert done.findings == (judged, silent, judged)
