"""What was written for older versions, or for a folder and a command line of its own: one run over all of it."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from lintlight.probe.worker import hydra, lightning_one
from lintlight.probe.worker.nearby import Nearby
from tests.bench.probe_findings import finding

FOLDER = Path(__file__).parent / "probe_cases" / "older"
CONFIRMED, NOT_PROBED = VerdictStatus.CONFIRMED, VerdictStatus.NOT_PROBED
MODELS, NET = "models.py", "inner/parts/net.py"

EXPECTED = {
    "StepsWithAnIndex": (MODELS, CONFIRMED, Strength.DEFAULT_CONFIG),
    "HandsOnAll": (MODELS, CONFIRMED, Strength.DEFAULT_CONFIG),
    "NamesTiedKeysInAList": (MODELS, CONFIRMED, Strength.DEFAULT_CONFIG),
    "StepsWithMore": (MODELS, NOT_PROBED, Strength.FLAGS_ONLY),
    "SetByAScript": (MODELS, CONFIRMED, Strength.ASSUMED),
    "ChosenByAScript": (MODELS, NOT_PROBED, Strength.FLAGS_ONLY),
    "TellsOfEveryStep": (MODELS, CONFIRMED, Strength.DEFAULT_CONFIG),
    "KeepsATuple": (MODELS, CONFIRMED, Strength.ASSUMED),
    "JoinsAPath": (MODELS, NOT_PROBED, Strength.FLAGS_ONLY),
    "LoadsFromAPath": (MODELS, CONFIRMED, Strength.ASSUMED),
    "ReadsItsLabels": (MODELS, CONFIRMED, Strength.DEFAULT_CONFIG),
    "GivenItsPart": (NET, CONFIRMED, Strength.DEFAULT_CONFIG),
    "BuildsItsPart": (NET, CONFIRMED, Strength.ASSUMED),
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """The verdicts by the name of the class."""
    settings = ProbeSettings(python=Path(sys.executable), root=FOLDER)
    found = probe([finding(FOLDER / file, name, "bert") for name, (file, *_) in EXPECTED.items()], settings)
    return {name: each.verdict for name, each in zip(EXPECTED, found, strict=True) if each.verdict}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    assert (verdict.status, verdict.strength) == EXPECTED[name][1:], verdict.reason


def test_numbers_that_a_script_sets_are_told(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["SetByAScript"].reason.endswith(" (`self.learning_rate`, `self.lr_factor` assumed)")


def test_an_option_without_default_is_made_up_and_told(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["JoinsAPath"].reason == "`JoinsAPath` was built with made-up `args.log_dir`"


def test_the_file_of_the_project_is_as_it_was(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["ReadsItsLabels"].status is CONFIRMED
    assert (FOLDER / "data" / "labels.json").read_text() == '["a", "b"]\n'


@pytest.mark.parametrize(
    ("path", "brought"),
    [
        ("data/a.txt", True),
        ("b.txt", True),
        ("data", False),
        ("none.txt", False),
        ("../outside.txt", False),
        ("large.bin", False),
    ],
)
def test_what_is_brought(path: str, brought: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    for folder in (home, project / "data", project / "scripts"):
        folder.mkdir(parents=True)
    for name in ("project/data/a.txt", "project/scripts/b.txt", "outside.txt", "project/large.bin"):
        (tmp_path / name).write_text("text")
    monkeypatch.chdir(home)
    monkeypatch.setattr("lintlight.probe.worker.nearby.MOST_BYTES", 4 if path != "large.bin" else 3)
    nearby = Nearby(str(home), [str(project), str(project / "scripts")])
    assert nearby.bring(path) is brought
    assert Path(path).is_file() is (brought or path == "../outside.txt")
    assert not nearby.bring(path)  # it is there, or it cannot be


def test_a_file_of_ones_own_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "a.txt").write_text("theirs")
    (tmp_path / "home" / "a.txt").write_text("own")
    monkeypatch.chdir(tmp_path / "home")
    assert not Nearby(str(tmp_path / "home"), [str(tmp_path)]).bring("a.txt")
    assert Path("a.txt").read_text() == "own"


def test_hydra_is_told_where_the_program_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hydra is not installed here; the parts of it that are used are those of 1.3."""
    configuration = SimpleNamespace(cfg=None)
    core: Any = ModuleType("hydra.core.hydra_config")
    core.HydraConfig = SimpleNamespace(instance=lambda: configuration)
    omegaconf: Any = ModuleType("omegaconf")
    omegaconf.OmegaConf = SimpleNamespace(create=lambda data: data)
    monkeypatch.setitem(sys.modules, "omegaconf", omegaconf)
    hydra.begin("project")
    assert configuration.cfg is None
    monkeypatch.setitem(sys.modules, "hydra.core.hydra_config", core)
    hydra.begin("project")
    assert configuration.cfg["hydra"]["runtime"]["cwd"] == "project"


def test_only_what_lightning_two_no_longer_gives_is_filled_in() -> None:
    def now(self: Any, epoch: int, closure: Any = None) -> None:
        """As Lightning has it."""

    def old(epoch: int, optimizer_idx: int, closure: Any) -> tuple[int, int, Any]:
        return epoch, optimizer_idx, closure

    def more(epoch: int, mine: int, closure: Any) -> None:
        """Nobody knows what it needs."""

    filled = lightning_one.as_written(now, old)
    assert filled is not None
    assert filled(3, closure=4) == filled(3, 4) == (3, 0, 4)
    assert lightning_one.as_written(now, more) is None
    assert lightning_one.as_written(now, lambda epoch, closure=None: None) is None
