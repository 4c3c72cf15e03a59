"""What a hook puts into the checkpoint that it emptied, after the weights went through other code."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import confidences_of

MODEL = """
import copy
import lightning as L
import torch
from torch import nn
from elsewhere import convert, keys

KEY = "state_dict"

{code}

class Model(L.LightningModule):
    def __init__(self, converter=None):
        super().__init__()
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)
        self.converter = converter

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        kept = self.state_dict()
        {empty}
        checkpoint.update({filled})
"""
EMPTY = ("checkpoint.clear()", "for key in list(checkpoint):\n            checkpoint.pop(key)")


def confidences(folder: Path, filled: str, code: str = "", empty: str = EMPTY[0]) -> list[Confidence]:
    return confidences_of(folder, MODEL.format(code=code, filled=filled, empty=empty), "LL301")


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize("filled", ["convert(kept)", "self.converter(kept)", "convert(copy.deepcopy(kept))"])
def test_what_code_that_is_not_known_makes_of_weights_is_not_sure(tmp_path: Path, filled: str, empty: str) -> None:
    assert confidences(tmp_path, filled, empty=empty) == [Confidence.MEDIUM]


@pytest.mark.parametrize(
    "code",
    [
        "def foreign(w):\n    return convert(w)",
        "def foreign(w):\n    out = convert(w)\n    return out",
        "def inner(w):\n    return convert(w)\n\ndef foreign(w):\n    return inner(w)",
        "foreign = lambda w: convert(w)",
    ],
)
def test_a_function_that_gives_what_is_not_known_is_not_sure(tmp_path: Path, code: str) -> None:
    assert confidences(tmp_path, "foreign(kept)", code) == [Confidence.MEDIUM]


@pytest.mark.parametrize(
    ("filled", "code"),
    [
        ("kept", ""),
        ("short(kept)", "def cut(w):\n    return {k[:5]: v for k, v in w.items()}\n\ndef short(w):\n    return cut(w)"),
        ("copy.deepcopy(kept)", ""),
        ("short(kept)", "def short(w):\n    return {k[:5]: v for k, v in w.items()}"),
        (
            "short(kept)",
            "def short(w):\n    out = {}\n    for k, v in w.items():\n        out[k[:5]] = v\n    return out",
        ),
    ],
)
def test_weights_under_their_own_names_are_no_state_dict(tmp_path: Path, filled: str, code: str) -> None:
    assert confidences(tmp_path, filled, code) == [Confidence.HIGH]


@pytest.mark.parametrize("empty", EMPTY)
@pytest.mark.parametrize(
    "code",
    [
        "def wrap(w):\n    return {KEY: w}",
        "def wrap(w, key=KEY):\n    return {key: w, 'epoch': 0}",
        "def wrap(w):\n    return dict(state_dict=w)",
        "def wrap(w):\n    out = {}\n    out[KEY] = w\n    return out",
        "def wrap(w):\n    out = {}\n    out[keys.WEIGHTS] = w\n    return out",
        "def wrap(w, key=KEY):\n    out = {}\n    out[key] = w\n    return out",
        "key = KEY\n\ndef wrap(w):\n    out = {}\n    out[key] = w\n    return out",
        "def wrap(w):\n    out = {}\n    out.setdefault(KEY, w)\n    return out",
        "def wrap(w):\n    out = {}\n    out.__setitem__('state_dict', w)\n    return out",
        "def inner(w):\n    return {KEY: w}\n\ndef wrap(w):\n    return inner(w)",
        "def inner(w):\n    return wrap({KEY: w})\n\ndef wrap(w):\n    return inner(w) if KEY not in w else w",
    ],
)
def test_a_function_that_stores_under_a_fixed_key_may_make_a_state_dict(tmp_path: Path, code: str, empty: str) -> None:
    assert confidences(tmp_path, "wrap(kept)", code, empty) == []
