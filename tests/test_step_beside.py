"""An optimizer of something beside the model, stepped where Lightning does not count."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import confidences_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.net = nn.Linear(4, 1)
        self.probe = nn.Linear(4, 1)
        self.probe_opt = torch.optim.SGD(self.probe.parameters(), lr=0.1)

    def training_step(self, batch, batch_idx):
        self.manual_backward(self.net(batch).pow(2).mean())
        {step}

    def on_train_epoch_start(self):
        {beside}

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.parameters(), lr=0.1)
"""
COUNTED = "self.optimizers().step()"


@pytest.mark.parametrize(
    ("step", "beside", "sure"),
    [
        (COUNTED, "self.probe_opt.step()", Confidence.MEDIUM),
        (COUNTED, COUNTED, Confidence.HIGH),
        ("pass", "self.probe_opt.step()", Confidence.HIGH),
    ],
)
def test_a_step_of_a_probe_is_less_sure(tmp_path: Path, step: str, beside: str, sure: Confidence) -> None:
    assert confidences_of(tmp_path, MODEL.format(step=step, beside=beside), "LL201") == [sure]
