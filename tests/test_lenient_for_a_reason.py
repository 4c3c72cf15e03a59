"""Loading that is not strict for what no hook of the module shows: other hands that save, parts of one stage."""

from pathlib import Path

import pytest

from tests.checking import findings_of

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.strict_loading = False
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def setup(self, stage=None):
        {setup}

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)
"""
SCRIPT = """
import lightning as L
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.strategies import DeepSpeedStrategy
from model import Model
{above}

def main():
    L.Trainer({options}).fit(Model())
"""
FILTERED = '{k: v for k, v in checkpoint["state_dict"].items() if "encoder" not in k}'
WRITES = f"""
class Slim(ModelCheckpoint):
    def _save_checkpoint(self, trainer, filepath):
        checkpoint = trainer._checkpoint_connector.dump_checkpoint()
        checkpoint["state_dict"] = {FILTERED}
        trainer.strategy.save_checkpoint(checkpoint, filepath)
"""
FILTERS = f"""
class Slim(Callback):
    def on_save_checkpoint(self, trainer, pl_module, checkpoint):
        checkpoint["state_dict"] = {FILTERED}
"""
BUILDS = "self.build()\n\n    def build(self):\n        self.judge = nn.Linear(4, 4)"
NOTES = """
class Slim(Callback):
    def on_save_checkpoint(self, trainer, pl_module, checkpoint):
        checkpoint["rounds"] = trainer.current_epoch
"""


def codes(folder: Path, script: str = "", setup: str = "pass", **others: str) -> list[str]:
    files = {"model.py": MODEL.format(setup=setup), "train.py": script, **others}
    return [each.code for each in findings_of(folder, files, "model.py")]


def script(options: str, above: str = "") -> str:
    return SCRIPT.format(options=options, above=above)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (script("strategy=DeepSpeedStrategy(exclude_frozen_parameters=True)"), []),
        (script("strategy=DeepSpeedStrategy(stage=2)"), ["LL304"]),
        (script("callbacks=[Slim()]", WRITES), []),
        (script("callbacks=[Slim()]", FILTERS), []),
        (script("callbacks=chosen()", FILTERS + "\ndef chosen():\n    return registry['slim']()\n"), []),
        (script("callbacks=[Slim()]", NOTES), ["LL304"]),
        (script(""), ["LL304"]),
    ],
    ids=["frozen left out", "DeepSpeed", "written by hand", "filtered", "filtered, perhaps", "a note", "plain"],
)
def test_other_hands_that_save(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert codes(tmp_path, text) == expected


@pytest.mark.parametrize(("strategy", "expected"), [("DeepSpeedStrategy", []), ("DDPStrategy", ["LL304"])])
def test_a_strategy_of_the_yaml(tmp_path: Path, strategy: str, expected: list[str]) -> None:
    yaml = f"_target_: lightning.pytorch.strategies.{strategy}\nexclude_frozen_parameters: true\n"
    assert codes(tmp_path, script(""), **{"conf/strategy.yaml": yaml}) == expected


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        ('if stage == "test": self.judge = nn.Linear(4, 4)', []),
        ('if stage == "fit": self.judge = AutoModel.from_pretrained("bert-base-uncased").requires_grad_(False)', []),
        (f'if stage in ("fit", None): {BUILDS}', []),
        ('self.judge = nn.Linear(4, 4) if stage == "test" else None', []),
        ("self.judge = nn.Linear(4, 4)", ["LL304"]),
        (BUILDS, ["LL304"]),
        ('if stage == "fit": self.rounds = 3', ["LL304"]),
        ('if stage == "fit": print(self.head)', ["LL304"]),
    ],
)
def test_parts_of_one_stage(tmp_path: Path, setup: str, expected: list[str]) -> None:
    assert codes(tmp_path, script(""), setup) == expected
