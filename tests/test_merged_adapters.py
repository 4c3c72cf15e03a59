"""Checkpoints of a model whose adapters are merged into it when it is saved: a new one has adapters, and other keys."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import confidences_of

MODEL = """
import copy
import lightning as L
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import AutoModel

class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, batch):
        return self.inner(batch)

    def merge_and_unload(self):
        return self

class Saves(L.Callback):
    def on_save_checkpoint(self, trainer, module, checkpoint):
        {callback}

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = {net}

    def on_save_checkpoint(self, checkpoint):
        module = self
        {hook}

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.parameters(), lr=0.1)

L.Trainer(callbacks=[Saves()]).fit(Model(), ckpt_path="last")
"""
ADAPTED = 'get_peft_model(AutoModel.from_pretrained("x").train(), LoraConfig())'
MERGED = "state = module.net.merge_and_unload().state_dict()\n        "
NAMED = 'checkpoint["state_dict"] = {"net." + k: v for k, v in state.items()}'


@pytest.mark.parametrize("place", ["callback", "hook"])
@pytest.mark.parametrize(
    ("net", "body", "is_told"),
    [
        (ADAPTED, MERGED + NAMED, True),
        (ADAPTED, f'{MERGED}checkpoint["state_dict"] = state', True),
        (ADAPTED, f'{MERGED}checkpoint["merged"] = state', False),
        (ADAPTED, f"state = module.net.state_dict()\n        {NAMED}", False),
        (ADAPTED, MERGED.replace(".net.", ".net.base_model.") + 'torch.save(state, "merged.pt")', False),
        (ADAPTED, "module.net.merge_and_unload()", False),
        ("Own()", MERGED + NAMED, False),
    ],
    ids=["named", "unnamed", "aside", "not merged", "exported", "only merged", "a method of its own"],
)
def test_a_merged_model_in_a_checkpoint(tmp_path: Path, net: str, body: str, place: str, is_told: bool) -> None:
    written = {"callback": "pass", "hook": "pass", place: body}
    found = confidences_of(tmp_path, MODEL.format(net=net, **written), "LL301")
    assert any(each is not Confidence.LOW for each in found) is is_told
