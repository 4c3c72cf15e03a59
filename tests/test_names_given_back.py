"""A part that is saved under other names than the module's, which loading puts right."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        {first}
        self.model = nn.Linear(4, 4)
        {more}

    def training_step(self, batch, batch_idx):
        return self.model(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.model.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = {saved}

    {load}
"""
HOOK = "def on_load_checkpoint(self, checkpoint):\n        "
OVERRIDE = "def load_state_dict(self, state_dict, strict=True):\n        "
COMPREHENSION = HOOK + 'checkpoint["state_dict"] = {f"model.{k}": v for k, v in checkpoint["state_dict"].items()}'
PUT_RIGHT = (
    COMPREHENSION,
    COMPREHENSION.replace('f"model.{k}"', '"model." + k'),
    HOOK
    + "new = {}\n        for k, v in checkpoint['state_dict'].items():\n            new['model.' + k] = v\n"
    + "        checkpoint['state_dict'] = new",
    HOOK + "sd = checkpoint['state_dict']\n        for k in list(sd.keys()):\n            sd['model.' + k] = sd.pop(k)",
    OVERRIDE + "return super().load_state_dict({f'model.{k}': v for k, v in state_dict.items()}, strict=strict)",
)
FILTERED = "{k: v for k, v in checkpoint['state_dict'].items() if k in self.state_dict()}"
LEFT_AS_IT_IS = (
    "",
    HOOK + "checkpoint['state_dict'] = " + FILTERED,
    HOOK + "checkpoint['state_dict'].pop('old.weight', None)",
    COMPREHENSION.replace("model.{k}", "net.{k}"),
    COMPREHENSION.replace('f"model.{k}"', 'k.removeprefix("module.")'),
    HOOK + "print(checkpoint['state_dict'])",
    OVERRIDE + "return super().load_state_dict(state_dict, strict=strict)",
)


def codes(folder: Path, load: str, *, first: str = "pass", more: str = "pass", saved: str = "") -> list[str]:
    saved = saved or "self.model.state_dict()"
    return codes_of(folder, MODEL.format(first=first, more=more, saved=saved, load=load))


@pytest.mark.parametrize("load", PUT_RIGHT)
def test_a_prefix_that_is_put_back(tmp_path: Path, load: str) -> None:
    assert codes(tmp_path, load) == []


@pytest.mark.parametrize("load", PUT_RIGHT)
def test_a_prefix_that_is_put_back_where_loading_is_lenient(tmp_path: Path, load: str) -> None:
    assert "LL302" not in codes(tmp_path, load, first="self.strict_loading = False")


@pytest.mark.parametrize("load", LEFT_AS_IT_IS)
def test_a_prefix_that_stays_away(tmp_path: Path, load: str) -> None:
    assert codes(tmp_path, load) == ["LL301"]


@pytest.mark.parametrize("load", PUT_RIGHT)
def test_another_part_that_is_not_saved(tmp_path: Path, load: str) -> None:
    assert codes(tmp_path, load, more="self.teacher = nn.Linear(4, 4)") == ["LL301"]


def test_two_parts_that_get_the_name_of_one(tmp_path: Path) -> None:
    saved = "{**self.model.state_dict(), **self.teacher.state_dict()}"
    assert codes(tmp_path, COMPREHENSION, more="self.teacher = nn.Linear(4, 4)", saved=saved) == ["LL301"]
