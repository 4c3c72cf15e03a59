"""What strangers' classes do that the probe has to go along with: one run over all of them."""

import sys
from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.bench.probe_findings import finding

FOLDER = Path(__file__).parent / "probe_cases" / "strangers"
CONFIRMED, REFUTED, NOT_PROBED = VerdictStatus.CONFIRMED, VerdictStatus.REFUTED, VerdictStatus.NOT_PROBED

EXPECTED = {
    ("models.py", "Protein"): (VerdictStatus.HARMLESS, Strength.DEFAULT_CONFIG),
    ("models.py", "ByKeyword"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "Linked"): (CONFIRMED, Strength.ASSUMED),
    ("models.py", "LoadedByTarget"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "TwoLoaders"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "Abstract"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "AbstractAlone"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "Detached"): (REFUTED, Strength.TOLERANT),
    ("models.py", "DetachedFromAWrongHead"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "KeepsEverything"): (CONFIRMED, Strength.ASSUMED),
    ("models.py", "KeepsWhatNobodyKnows"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "FromACommandLine"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "GivenAllOptions"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "ForItsLoader"): (CONFIRMED, Strength.ASSUMED),
    ("models.py", "NeedsAPackage"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "SchedulesByData"): (CONFIRMED, Strength.TOLERANT),
    ("models.py", "SchedulesTheHead"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "DropsNowhere"): (VerdictStatus.HARMLESS, Strength.DEFAULT_CONFIG),
    ("models.py", "DropsInAMethod"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "DropsInTheStep"): (NOT_PROBED, Strength.FLAGS_ONLY),
    ("models.py", "Stumbles"): (CONFIRMED, Strength.DEFAULT_CONFIG),
    ("models.py", "StumblesAlways"): (CONFIRMED, Strength.FLAGS_ONLY),
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """The verdicts by the name of the class."""
    settings = ProbeSettings(python=Path(sys.executable), root=FOLDER)
    found = probe([finding(FOLDER / file, name, "bert") for file, name in EXPECTED], settings)
    return {name: each.verdict for (_, name), each in zip(EXPECTED, found, strict=True) if each.verdict}


@pytest.mark.parametrize("key", EXPECTED, ids=lambda key: key[1])
def test_verdict(key: tuple[str, str], verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[key[1]]
    assert (verdict.status, verdict.strength) == EXPECTED[key], verdict.reason


def test_the_project_constructs_it_but_for_a_package(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["NeedsAPackage"]
    assert "; `start.py:5` constructs it, and raised ModuleNotFoundError" in verdict.reason
    assert verdict.hint.startswith("install `a_package_that_is_not_here` for ")


def test_an_heir_stands_for_an_abstract_class(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["Abstract"].reason.endswith(" (as its heir `Concrete`)")
    assert verdicts["AbstractAlone"].hint == "probe a class that derives from it"


def test_all_that_is_read_of_the_hyperparameters_is_asked_for_at_once(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["KeepsWhatNobodyKnows"].hint == "give --init zorp=VALUE --init blub=VALUE"


def test_only_the_option_that_is_required_is_asked_for(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["FromACommandLine"].hint == "give --init task=VALUE"
    assert verdicts["GivenAllOptions"].reason == "`GivenAllOptions` was built with made-up `args.data`"


def test_what_was_measured_is_the_same_again(verdicts: dict[str, Verdict]) -> None:
    [again] = probe([finding(FOLDER / "models.py", "ByKeyword", "bert")], ProbeSettings(python=Path(sys.executable)))
    assert again.verdict is not None
    assert "differs from train mode by" in again.verdict.reason
    assert again.verdict.evidence["effects"] == verdicts["ByKeyword"].evidence["effects"]


CALLBACKS = """
import lightning as L
import torch
from torch import nn

class Sampler(L.Callback):
    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pl_module.eval()

class Slim(L.Callback):
    def on_save_checkpoint(self, trainer, pl_module, checkpoint):
        checkpoint["state_dict"].pop("net.1.weight")

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Dropout(0.1), nn.Linear(4, 2))

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

L.Trainer(callbacks=[Sampler(), Slim()]).fit(Net())
"""


def test_what_a_callback_does_is_not_probed(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(CALLBACKS)
    report = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path)
    found = probe(report.findings, ProbeSettings(python=tmp_path / "is never started", root=tmp_path))
    assert [each.code for each in found] == ["LL102", "LL301"]
    for each in found:
        assert each.verdict is not None
        assert each.verdict.status is NOT_PROBED
        assert "it lies in a callback" in each.verdict.reason
        assert each.verdict.hint
