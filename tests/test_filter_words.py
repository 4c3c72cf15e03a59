"""Filters for words that nothing in the project is called by, where some part may be anything."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import NAME, findings_of

MODEL = """
import lightning as L
import torch
from transformers import AutoModel
from elsewhere import build

class Prior(L.LightningModule):
    def __init__(self, config):
        super().__init__()
        self.net = {net}
        self.head = torch.nn.Linear(4, 4)
        {more}

    def state_dict(self, *args, **kwargs):
        {state}

    def training_step(self, batch, batch_idx):
        return self.head(self.net(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.parameters(), lr=1e-2)
"""
PASSED = "return {{k: v for k, v in super().state_dict(*args, **kwargs).items() if {}}}"
DROPS = PASSED.format('"inception_model" not in k and "lpips_vgg" not in k')
LOW, MEDIUM, HIGH = Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH


def told(
    folder: Path, state: str = DROPS, net: str = "build(config)", more: str = "pass", other: str = ""
) -> list[Confidence]:
    text = MODEL.format(state=state, net=net, more=more)
    found = findings_of(folder, {NAME: text, "other.py": other}, NAME)
    return [each.confidence for each in found if each.code == "LL301"]


@pytest.mark.parametrize(
    "condition",
    ['"lpips_vgg" not in k', 'not k.startswith("net.lpips_vgg")', 'not ("lpips_vgg" in k or "inception" in k)'],
)
def test_nothing_is_called_so(tmp_path: Path, condition: str) -> None:
    assert told(tmp_path, PASSED.format(condition)) == [LOW]


@pytest.mark.parametrize(
    "other",
    [
        "class Net:\n    def __init__(self):\n        self.lpips_vgg = make()",
        "net = dict(lpips_vgg=make())",
        'net.add_module("lpips_vgg", make())',
        "net.lpips_vgg_small.eval()",
    ],
)
def test_something_of_the_project_is_called_so(tmp_path: Path, other: str) -> None:
    assert told(tmp_path, other=other) == [MEDIUM]


def test_another_filter_calls_nothing_so(tmp_path: Path) -> None:
    other = 'def small(state):\n    return {k: v for k, v in state.items() if "lpips_vgg" not in k}'
    assert told(tmp_path, other=other) == [LOW]


def test_a_part_of_the_module_is_called_so(tmp_path: Path) -> None:
    assert told(tmp_path, more="self.lpips_vgg = torch.nn.Linear(4, 4)") == [HIGH]


def test_a_library_calls_its_parts_as_it_likes(tmp_path: Path) -> None:
    net = 'AutoModel.from_pretrained("bert-base-uncased")'
    assert told(tmp_path, PASSED.format('"pooler" not in k'), net) == [MEDIUM]


@pytest.mark.parametrize("condition", ['"lpips_vgg" in k', '"lpips_vgg" not in k and config.keeps(k)'])
def test_more_than_the_words_decides(tmp_path: Path, condition: str) -> None:
    assert LOW not in told(tmp_path, PASSED.format(condition))
