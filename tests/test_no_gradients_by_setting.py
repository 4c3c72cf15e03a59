"""A part that runs without gradients where a setting says so of which nothing is known."""

from pathlib import Path

import pytest

from tests.test_picked import HIGH, LOW, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Encoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.bert = AutoModel.from_pretrained(config["name"])
        self.freeze = config["freeze"]
        self.config = config
        self.steps = 0

    def forward(self, ids, step=0, again=None):
        self.steps += 1
        {work}
        return h

class Model(L.LightningModule):
    def __init__(self, config):
        super().__init__()
        self.encoder = Encoder(config)
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch[0], batch_idx, batch[1])).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
WITH, WITHOUT = "h = self.bert(ids)[0]", "with torch.no_grad(): h = self.bert(ids)[0]"
FROZEN_IF = "if {test}:\n            {first}\n        else:\n            {second}"

MATCH = """match self.freeze:
            case {case}:
                {first}
            case _:
                {second}"""


def either(test: str, first: str = WITHOUT, second: str = WITH) -> str:
    return FROZEN_IF.format(test=test, first=first, second=second)


@pytest.mark.parametrize(
    "work",
    [
        either("self.freeze"),
        either("not self.freeze", WITH, WITHOUT),
        either('self.config["freeze"]'),
        either("self.freeze", "h = self.bert(ids)[0].detach()"),
        either("self.freeze", "with torch.inference_mode(): h = self.bert(ids)[0]"),
        either("self.config.training.freeze"),
        either('self.config["train"]["freeze"]'),
        either('self.config.get("freeze", False)'),
        either('not getattr(self.config, "freeze", False)', WITH, WITHOUT),
        either("bool(self.freeze)"),
        f"if self.freeze:\n            {WITHOUT}\n            return h\n        {WITH}",
        f"if not self.freeze:\n            return self.bert(ids)[0]\n        {WITHOUT}",
        either("self.freeze or not self.training"),
        either("self.training and not self.freeze", WITH, WITHOUT),
        f"freeze = self.freeze\n        {either('freeze')}",
        f"tune = self.config.get('tune')\n        {either('not tune')}",
        "h = self.bert(ids)[0].detach() if self.freeze else self.bert(ids)[0]",
        "h = self.bert(ids)[0]\n        h = h.detach() if self.freeze else h",
        "h = self.bert(ids)[0]\n        h = h if self.config.tune else h.detach()",
        "h = self.bert(ids)[0]\n        if self.freeze:\n            h = h.detach().clone()",
        f"out = self.bert(ids)[0]\n        {either('self.freeze', 'h = out.data', 'h = out')}",
        MATCH.format(case="True", first=WITHOUT, second=WITH),
        MATCH.format(case="False", first=WITH, second=WITHOUT),
        MATCH.format(case="'frozen'", first=WITHOUT, second=WITH),
    ],
)
def test_what_a_setting_may_keep_from_learning(tmp_path: Path, work: str) -> None:
    assert found(tmp_path, MODEL.format(work=work)) == LOW


@pytest.mark.parametrize(
    "work",
    [
        either("self.training", WITH, WITHOUT),
        either("not self.training"),
        either("step % 10 == 0"),
        either("self.steps > 100", WITH, WITHOUT),
        either("again is None"),
        either('self.config["stage"] == "test"'),
        either("self.config.evaluate"),
        either('self.config.get("stage") == "test"'),
        either("self.config.model.training"),
        either("self.config.get(step)"),
        either('getattr(self, "current_epoch", 0)'),
        either('self.seen.get("freeze")'),
        either("self.trainer.training"),
        either("self.freeze", f"{WITHOUT}\n            {WITH}"),
        f"{either('self.freeze')}\n        h = h + self.bert(ids)[0]",
        either("self.config.long", *[f"{WITHOUT}\n            h = h + self.bert(ids)[0]"] * 2),
        f"if self.freeze:\n            {WITHOUT}\n        {WITH}",
        "h = self.bert(ids)[0]\n        if self.freeze:\n            self.norm = h.detach().norm()",
        "h = out = self.bert(ids)[0]\n        if self.freeze:\n            h = h.detach()\n        h = h + out",
        "out = h = self.bert(ids)[0]\n        if self.config.log:\n            out = out.detach()",
        "h = self.bert(ids)[0]\n        if step % 2:\n            h = h.detach()",
        "h = self.bert(ids)[0]\n        if self.freeze:\n            h = h.detach()\n        h = h + self.bert(ids)[0]",
        "h = self.bert(ids)[0]\n        h = h.detach() if step > 5 else h",
        f"freeze = step > 5\n        {either('freeze')}",
        f"freeze = self.freeze\n        freeze = freeze or step > 5\n        {either('freeze')}",
        MATCH.format(case="5", first=WITHOUT, second=WITH).replace("self.freeze", "step"),
        MATCH.format(case="True if ids.ndim", first=WITHOUT, second=WITH),
    ],
)
def test_what_learns_whatever_a_setting_says(tmp_path: Path, work: str) -> None:
    assert found(tmp_path, MODEL.format(work=work)) == HIGH


def test_what_a_setting_never_lets_learn(tmp_path: Path) -> None:
    assert found(tmp_path, MODEL.format(work=either("self.freeze", second=WITHOUT))) == []
