"""The state dict of a part saved in place of the module's: its keys lack the part's name, whatever the part is."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import confidences_of

MODEL = """
import copy
import lightning as L
import timm, torch, torchmetrics, torchvision
from hydra.utils import instantiate
from models import build_model, Average
from torch import nn

KINDS = {{"a": build_model}}

class Model(L.LightningModule):
    def __init__(self, given, cfg, typed: nn.Module, optimizer=None):
        super().__init__()
        {init}

    def training_step(self, batch, batch_idx):
        return {run}.mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""
SAVES = """
    def on_save_checkpoint(self, checkpoint):
        {body}
"""
OF_PART = 'checkpoint["state_dict"] = self.net.state_dict()'
IN_FRONT = 'checkpoint["state_dict"] = {{{key}: v for k, v in self.net.state_dict().items()}}'
FROM_STATE_DICT = """
    def state_dict(self, *args, **kwargs):
        return {returned}
"""
MEDIUM = [Confidence.MEDIUM]


def told(folder: Path, init: str, methods: str, run: str = "self.net(batch)") -> list[Confidence]:
    return confidences_of(folder, MODEL.format(init=init, run=run) + methods, "LL301")


@pytest.mark.parametrize(
    "init",
    [
        "self.net = given",
        "self.net = typed",
        "self.net = given.to(torch.float32)",
        "self.net = instantiate(cfg.net)",
        'self.net = timm.create_model("resnet18", num_classes=4)',
        "self.net = torchvision.models.resnet18()",
        "self.net = build_model(cfg)",
        "self.net = KINDS[cfg.name](cfg)",
        "self.net = given; self.average = copy.deepcopy(given)",
        "self.save_hyperparameters(ignore=['given']); self.net = given",
    ],
)
def test_a_part_that_other_code_makes(tmp_path: Path, init: str) -> None:
    assert told(tmp_path, init, SAVES.format(body=OF_PART)) == MEDIUM


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        (SAVES.format(body=OF_PART), MEDIUM),
        (SAVES.format(body='state = self.net.state_dict()\n        checkpoint["state_dict"] = state'), MEDIUM),
        (SAVES.format(body='checkpoint.update({"state_dict": self.net.state_dict()})'), MEDIUM),
        (SAVES.format(body='checkpoint["state_dict"] = self.net.body.state_dict()'), MEDIUM),
        (FROM_STATE_DICT.format(returned="self.net.state_dict()"), MEDIUM),
        (FROM_STATE_DICT.format(returned="self.net.state_dict(*args, prefix='net.')"), []),
        (FROM_STATE_DICT.format(returned="super().state_dict(*args, **kwargs)"), []),
        (FROM_STATE_DICT.format(returned="{f'net.{k}': v for k, v in self.net.state_dict().items()}"), []),
        (SAVES.format(body='checkpoint["state_dict"] = self.state_dict()'), []),
        (SAVES.format(body='checkpoint["net"] = self.net.state_dict()'), []),
        (SAVES.format(body='torch.save(self.net.state_dict(), "net.pt")'), []),
        (SAVES.format(body='checkpoint["state_dict"] = {"net." + k: v for k, v in self.net.state_dict().items()}'), []),
        (SAVES.format(body=IN_FRONT.format(key="self.front + k")), []),
        (SAVES.format(body=IN_FRONT.format(key='f"{self.hparams.front}.{k}"')), []),
        (SAVES.format(body=IN_FRONT.format(key='"other." + k')), MEDIUM),
        (SAVES.format(body='checkpoint["state_dict"] = self.trainer.model.state_dict()'), []),
        (SAVES.format(body='checkpoint["state_dict"] = self.trainer.strategy.lightning_module_state_dict()'), []),
    ],
)
def test_ways_to_save_it(tmp_path: Path, methods: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, "self.net = given", methods) == expected


BACK = """
    def on_load_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {f"net.{k}": v for k, v in state.items()}
"""
INTO_PART = """
    def load_state_dict(self, state_dict, strict=True):
        return self.net.load_state_dict(state_dict, strict)
"""
IN_VAIN = """
    def on_load_checkpoint(self, checkpoint):
        self.net.load_state_dict(checkpoint["state_dict"])
"""


@pytest.mark.parametrize(
    ("init", "more", "expected"),
    [
        ("self.net = given; self.strict_loading = False", "", []),
        ("self.net = given", BACK, []),
        ("self.net = given", INTO_PART, []),
        ("self.net = given; self.strict_loading = True", "", MEDIUM),
        ("self.net = given", IN_VAIN, MEDIUM),
    ],
)
def test_loading_it(tmp_path: Path, init: str, more: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, init, SAVES.format(body=OF_PART) + more) == expected


@pytest.mark.parametrize(
    ("init", "part", "run"),
    [
        ("self.net = given; self.tracker = instantiate(cfg.tracker)", "tracker", "self.net(batch)"),
        ("self.net = given; self.metric = instantiate(cfg.metric)", "metric", "self.metric(self.net(batch))"),
        ("self.net = given; self.metric = torchmetrics.Accuracy()", "metric", "self.metric(self.net(batch))"),
        ("self.net = given; self.scheduler = instantiate(cfg.scheduler)", "scheduler", "self.net(batch)"),
        ("self.net = given; self.optimizer = optimizer", "optimizer", "self.net(batch)"),
        ("self.net = given; self.average = cfg.average(self)", "average", "self.average(batch)"),
        ("self.net = given; self.whole = self", "whole", "self.whole(batch)"),
        ("object.__setattr__(self, 'net', given)", "net", "self.net(batch)"),
    ],
)
def test_what_is_no_part_of_it(tmp_path: Path, init: str, part: str, run: str) -> None:
    body = f'checkpoint["state_dict"] = self.{part}.state_dict()'
    assert told(tmp_path, init, SAVES.format(body=body), run) == []


@pytest.mark.parametrize("key", ["tracker", "metric_state", "optimizer_states"])
def test_another_key_of_the_checkpoint(tmp_path: Path, key: str) -> None:
    body = f'checkpoint["{key}"] = self.net.state_dict()'
    assert told(tmp_path, "self.net = given", SAVES.format(body=body)) == []
