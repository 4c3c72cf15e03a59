"""A module that scripts only ever load leniently, and what else in the project may load it strictly."""

from pathlib import Path

import pytest

from tests.checking import NAME, findings_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.teacher = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.teacher(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith("teacher.")}
"""
SCRIPT = 'from model import Model\nmodel = Model.load_from_checkpoint("last.ckpt", strict=False)\n'


@pytest.mark.parametrize(
    "other",
    [
        "steps = 1",
        "# give ckpt_path to go on",
        "steps = 1  # give ckpt_path to go on",
        '"""Give ckpt_path to go on."""',
        'def run():\n    """Ends with trainer.test(model)."""\n    return 1',
        "class Runner:\n    '''Calls\n    trainer.validate(model).'''",
        "load_state_dict = None",
        "trainer.test",
    ],
)
def test_what_is_only_told_of_loads_nothing(tmp_path: Path, other: str) -> None:
    files = {NAME: MODEL, "run.py": SCRIPT, "other.py": other + "\n"}
    assert findings_of(tmp_path, files) == []


@pytest.mark.parametrize(
    "other",
    [
        'trainer.fit(model, ckpt_path="last")',
        'parser.add_argument("--ckpt_path")',
        "trainer.test(model)",
        'def run(ckpt_path):\n    """Trains."""\n    trainer.fit(model, **{"ckpt_path": ckpt_path})',
        'f"{ckpt_path}"',
        "from lightning.pytorch.cli import LightningCLI",
        'model.load_state_dict(torch.load("a"))',
    ],
)
def test_code_may_load_strictly(tmp_path: Path, other: str) -> None:
    files = {NAME: MODEL, "run.py": SCRIPT, "other.py": other + "\n"}
    assert [each.code for each in findings_of(tmp_path, files, NAME)] == ["LL301"]
