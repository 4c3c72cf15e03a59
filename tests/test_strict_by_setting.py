"""Loading that is lenient where a setting says so, and conditions on values that leave nothing out."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self, slim=False, strict=True):
        {first}
        super().__init__()
        self.save_hyperparameters()
        self.slim = slim
        self.teacher = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)
        {last}

    def training_step(self, batch, batch_idx):
        return self.head(self.teacher(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        {dropped}
"""
UNDER_THE_SETTING = """if self.slim:
            for key in list(checkpoint["state_dict"]):
                if key.startswith("teacher."):
                    del checkpoint["state_dict"][key]"""
FILTERED = 'checkpoint["state_dict"] = {{k: v for k, v in checkpoint["state_dict"].items() if {test}}}'


def codes(folder: Path, first: str, last: str, dropped: str) -> list[str]:
    return codes_of(folder, MODEL.format(first=first, last=last, dropped=dropped))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("pass", "if self.slim: self.strict_loading = False", []),
        ("pass", "if slim: self.strict_loading = False", []),
        ("pass", "if self.hparams.slim: self.strict_loading = False", []),
        ("pass", "self.strict_loading = not slim", []),
        ("pass", "self.strict_loading = False", []),
        ("self.strict_loading = False", "pass", ["LL303"]),
        ("pass", "pass", ["LL301"]),
        ("pass", "self.strict_loading = True", ["LL301"]),
        ("pass", "self.strict_loading = strict", ["LL301"]),
    ],
)
def test_keys_that_a_setting_drops(tmp_path: Path, first: str, last: str, expected: list[str]) -> None:
    assert codes(tmp_path, first, last, UNDER_THE_SETTING) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("isinstance(v, torch.Tensor)", []),
        ("torch.is_tensor(v)", []),
        ("v is not None", []),
        ("not isinstance(v, torch.Tensor)", ["LL301"]),
        ("v is None", ["LL301"]),
        ("isinstance(v, torch.Tensor) and not k.startswith('teacher.')", ["LL301"]),
    ],
)
def test_every_value_is_a_tensor(tmp_path: Path, test: str, expected: list[str]) -> None:
    assert codes(tmp_path, "pass", "pass", FILTERED.format(test=test)) == expected


REFILLED = (
    "kept = dict(checkpoint); checkpoint.clear()\n        checkpoint.update(kept)",
    "kept = dict(checkpoint); checkpoint.clear()\n        for key, value in kept.items(): checkpoint[key] = value",
    'checkpoint.clear()\n        checkpoint["state_dict"] = self.state_dict()',
    'checkpoint.clear()\n        checkpoint.update({"state_dict": self.state_dict()})',
    "checkpoint.clear()\n        checkpoint.update(self.everything())",
    'checkpoint.clear()\n        kept = {}; kept["state_dict"] = self.everything\n        checkpoint.update(kept)',
)


@pytest.mark.parametrize("dropped", REFILLED)
def test_a_checkpoint_that_is_filled_again(tmp_path: Path, dropped: str) -> None:
    assert codes(tmp_path, "pass", "pass", dropped) == []


EMPTIED = (
    "checkpoint.clear()",
    "if not self.slim: checkpoint.clear()",
    "checkpoint.clear()\n        checkpoint.update(self.head.state_dict())",
    "checkpoint.clear()\n        kept = {}\n        for name, p in self.head.state_dict().items():\n"
    "            if name in self.wanted: kept[name] = p\n        checkpoint.update(kept)",
    "checkpoint.clear()\n        checkpoint.update({n: p for n, p in self.named_parameters() if p.requires_grad})",
)


@pytest.mark.parametrize("dropped", EMPTIED)
def test_a_checkpoint_that_is_emptied(tmp_path: Path, dropped: str) -> None:
    assert codes(tmp_path, "pass", "pass", dropped) == ["LL301"]
    assert codes(tmp_path, "pass", "self.strict_loading = False", dropped) == ["LL301"]  # it fails all the same


STRIPPED = 'checkpoint["state_dict"] = {k.replace("_orig_mod.", ""): v for k, v in checkpoint["state_dict"].items()}'


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("self.head = torch.compile(self.head)", ["LL301"]),
        ("if slim: self.head = torch.compile(self.head, dynamic=True)", ["LL301"]),
        ("self.head.compile()", []),
        ("self.forward = torch.compile(self.forward)", []),
        ("self.net = torch.compile(self.head.forward)", []),
        ("pass", []),
    ],
)
def test_names_of_compiled_modules(tmp_path: Path, last: str, expected: list[str]) -> None:
    assert codes(tmp_path, "pass", last, STRIPPED) == expected


SD = 'sd = checkpoint["state_dict"]'


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [
        (f'{SD}; w = sd.pop("head.weight"); sd["head.weight"] = w.half()', []),
        (f'{SD}; w = sd["head.weight"]; del sd["head.weight"]; sd["head.weight"] = w * 2', []),
        (f'{SD}; w = sd.pop("head.weight"); sd["head.bias"] = w', ["LL301"]),
        (f'{SD}; w = sd.pop("head.weight"); sd["top.weight"] = w', ["LL301"]),
        (f'{SD}; sd["head.weight"] = 0; del sd["head.weight"]', ["LL301"]),
    ],
)
def test_a_key_that_is_put_back_under_its_name(tmp_path: Path, dropped: str, expected: list[str]) -> None:
    assert codes(tmp_path, "pass", "pass", dropped) == expected
