"""What was written for older versions, or for a folder and a command line of its own: one run over all of it."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from lintlight.probe.worker import hydra
from lintlight.probe.worker.nearby import Nearby
from lintlight.probe.worker.older import lightning_one
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
    "ReadsInThreads": (MODELS, CONFIRMED, Strength.DEFAULT_CONFIG),
    "ListsItsFolder": (MODELS, CONFIRMED, Strength.DEFAULT_CONFIG),
    "FailsInAProperty": (MODELS, CONFIRMED, Strength.TOLERANT),
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


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, and the private folder beside it, in which we are."""
    for name in ("home", "project/data/deep", "project/scripts"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("project/data/a.txt", "project/data/deep/c.txt", "project/scripts/b.txt", "outside.txt"):
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path


def nearby_in(folders: Path, note: Callable[[str], None] = [].append) -> Nearby:
    home, project = (str(folders / name) for name in ("home", "project"))
    return Nearby(home, [project, str(folders / "project" / "scripts")], note)


@pytest.mark.parametrize(
    ("path", "opened", "brought"),
    [
        ("data/a.txt", False, {"data", "data/a.txt", "data/deep", "data/deep/c.txt"}),
        ("./data", False, {"data", "data/a.txt", "data/deep", "data/deep/c.txt"}),
        ("b.txt", True, {"b.txt"}),
        ("b.txt", False, set()),
        ("none.txt", True, set()),
        ("data/none.txt", True, set()),
        ("../outside.txt", True, set()),
        (".", False, set()),
    ],
)
def test_what_is_brought(path: str, opened: bool, brought: set[str], folders: Path) -> None:
    before = {str(each): each.stat().st_mtime_ns for each in (folders / "project").rglob("*")}
    assert nearby_in(folders).bring(path, opened) is bool(brought)
    assert {str(each.relative_to(folders / "home")) for each in Path().absolute().rglob("*")} == brought
    assert {str(each): each.stat().st_mtime_ns for each in (folders / "project").rglob("*")} == before


def test_what_the_code_removes_stays_away(folders: Path) -> None:
    nearby = nearby_in(folders)
    assert nearby.bring("data/a.txt", opened=True)
    Path("data/a.txt").unlink()
    assert not nearby.bring("data/a.txt", opened=True)


def test_nothing_is_copied_through_a_link_of_the_code(folders: Path) -> None:
    (folders / "theirs").mkdir()
    Path("data").symlink_to(folders / "theirs")
    assert not nearby_in(folders).bring("data/a.txt", opened=True)
    assert list((folders / "theirs").iterdir()) == []


def test_of_a_large_folder_only_what_is_asked_for_is_copied(folders: Path) -> None:
    listed: list[str] = []
    nearby = nearby_in(folders, listed.append)
    nearby.bytes_left = len("project/data/a.txt")
    assert nearby.bring("data/a.txt", opened=True)
    assert not nearby.bring("data/deep/c.txt", opened=True)
    assert [each.name for each in Path("data").iterdir()] == ["a.txt"]
    nearby.bytes_left = 1000
    assert nearby.bring("data/deep/c.txt", opened=True)  # and not the folder, which is not looked through again
    assert {each.name for each in Path("data").iterdir()} == {"a.txt", "deep"}
    nearby.note_listed(".")
    assert listed == []
    nearby.note_listed("data")
    assert listed == ["data"]


def test_a_file_of_ones_own_is_left_alone(folders: Path) -> None:
    Path("b.txt").write_text("own")
    assert not nearby_in(folders).bring("b.txt", opened=True)
    assert Path("b.txt").read_text() == "own"


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
