"""Where eval mode is set, and how long it lasts: what decides whether it is left on."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings

GAN = """
import lightning as L
import torch
from torch import nn

class Gan(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 1), nn.Dropout(0.5))
        self.critic = nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.5))

    def training_step(self, batch, batch_idx):
        self.net.train()
        self.critic.eval()
        first = self.critic(self.net(batch)).mean()
        self.net.eval()
        {between}
        return first + self.critic(self.net(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        (GAN.format(between="self.critic.train()"), []),
        (GAN.replace("self.net.train()", "pass").format(between="self.critic.train()"), [16]),
    ],
    ids=["each step sets both modes", "one is never set back"],
)
def test_two_parts_that_take_turns(tmp_path: Path, code: str, rows: list[int]) -> None:
    """What a step does between its first forward and its end is for that step, if the next one sets it anew."""
    file = tmp_path / "gan.py"
    file.write_text(code)
    report = check([file], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [found.span.start.row for found in report.findings] == rows


LABELS = """
import lightning as L
import torch
from torch import nn

class Student(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 1), nn.Dropout(0.5))

    def training_step(self, batch, batch_idx):
        {first}
        with torch.no_grad():
            labels = self.net(batch)
        {then}
        return (self.net(batch) - labels).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""


@pytest.mark.parametrize(
    ("first", "then", "rows"),
    [
        ("self.net.eval()", "pass", [12]),
        ("self.net.eval()", "self.net.train()", []),
        ("pass", "self.net.eval()", []),
    ],
    ids=["meant for the labels", "undone", "meant for what learns"],
)
def test_what_eval_mode_was_meant_for(tmp_path: Path, first: str, then: str, rows: list[int]) -> None:
    """Where it is set right before what learns, the author wants it so."""
    file = tmp_path / "student.py"
    file.write_text(LABELS.format(first=first, then=then))
    report = check([file], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [found.span.start.row for found in report.findings] == rows


WRITER = """
import lightning as L
import torch
from transformers import AutoModelForSeq2SeqLM

class Writer(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = AutoModelForSeq2SeqLM.from_pretrained("google-t5/t5-small").train()
        self.head = torch.nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        if batch_idx % 100 == 0:
            self.model.eval()
            self.log("length", self.model.generate(batch["input_ids"]).shape[1])
        return {loss}

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""


@pytest.mark.parametrize(
    ("loss", "rows"), [("self.model(**batch).loss", [14]), ("self.head(batch['features']).mean()", [])]
)
def test_generating_in_the_middle_of_a_step_is_no_learning(tmp_path: Path, loss: str, rows: list[int]) -> None:
    """`generate` records no gradients, as transformers writes it."""
    file = tmp_path / "writer.py"
    file.write_text(WRITER.format(loss=loss))
    report = check([file], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [(found.code, found.span.start.row) for found in report.findings] == [("LL102", row) for row in rows]
    file.write_text(WRITER.format(loss=loss).replace(".train()", ""))
    report = check([file], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [found.code for found in report.findings] == ["LL101"] * bool(rows)
