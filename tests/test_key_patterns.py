"""Filters of checkpoints that ask a regular expression, or a file name's pattern."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

MODEL = """
import fnmatch
import re
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

SKIP = re.compile({pattern})

class Model(L.LightningModule):
    OUT = re.compile({pattern})

    def __init__(self):
        super().__init__()
        self.teacher = {teacher}
        self.net = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.net(self.teacher(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {{key: value for key, value in state.items() if {kept}}}
"""
LAYER = "nn.Linear(4, 4).requires_grad_(False)"
WHOLE = 'AutoModel.from_pretrained("bert-base-uncased").requires_grad_(False)'
HIGH, MEDIUM = [Confidence.HIGH], [Confidence.MEDIUM]


def told(folder: Path, kept: str, pattern: str = '"x"', teacher: str = LAYER) -> list[Confidence]:
    text = MODEL.format(kept=kept, pattern=pattern, teacher=teacher)
    found = findings_of(folder, {"model.py": text})
    return [each.confidence for each in found if each.code == "LL301"]


@pytest.mark.parametrize("teacher", [LAYER, WHOLE])
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r'r"^(teacher|ema)\."', HIGH),
        (r'r"teacher\."', HIGH),
        (r'r"^(?:ema|lm)\."', []),
        (r'r"lm\.(.*)"', []),
    ],
)
def test_keys_that_match(tmp_path: Path, pattern: str, expected: list[Confidence], teacher: str) -> None:
    asked = told(tmp_path, 'not key.startswith("lm.")', teacher=teacher)  # nobody knows all keys of a whole model
    expected = expected or (asked if "(.*)" not in pattern or teacher == LAYER else MEDIUM)
    assert told(tmp_path, "not self.OUT.match(key)", pattern, teacher) == expected
    assert told(tmp_path, f"not re.match({pattern}, key)", teacher=teacher) == expected
    assert told(tmp_path, "not SKIP.match(key)", pattern, teacher) == expected
    assert told(tmp_path, "SKIP.match(key) is None", pattern, teacher) == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ('not re.search("teacher|ema", key)', HIGH),
        ('not re.search("ema|lm", key)', []),
        ('re.search("net|teacher", key)', []),
        ('not re.search("bias$", key)', HIGH),
        ('not re.search("scale$", key)', []),
        (r'not re.fullmatch(r"teacher\.weight", key)', HIGH),
        ('not re.fullmatch("teacher", key)', []),
        ('not fnmatch.fnmatch(key, "teacher.*")', HIGH),
        ('not fnmatch.fnmatch(key, "ema.*")', []),
        ('not fnmatch.fnmatch(key, "*.bias")', HIGH),
        ('not fnmatch.fnmatch(key, "*.scale")', []),
        ('not re.match("(", key)', MEDIUM),  # a mistake of another kind
        (r'not re.match(r"(\w+)+\.gone", key)', MEDIUM),  # it may take as long as it likes to find that out
    ],
)
def test_keys_of_layers_are_known_one_by_one(tmp_path: Path, kept: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, kept) == expected


@pytest.mark.parametrize(
    ("kept", "expected"),
    [('not re.search("encoder", key)', MEDIUM), ('not re.search("teacher", key)', HIGH)],
)
def test_of_the_keys_of_a_whole_model_only_the_beginning_is_known(
    tmp_path: Path, kept: str, expected: list[Confidence]
) -> None:
    assert told(tmp_path, kept, teacher=WHOLE) == expected
