"""Parameters with two names: one that is left out of the checkpoint is loaded by its other name."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

MODEL = """
import lightning as L
import torch
from torch import nn

{before}

class Net(L.LightningModule):
    def __init__(self, tie=True):
        super().__init__()
        self.strict_loading = False
        self.emb = nn.Linear(4, 4)
        self.out = nn.Linear(4, 4, bias=False)
        {init}
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.out(self.emb(batch))).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

    def state_dict(self, *args, **kwargs):
        state = super().state_dict(*args, **kwargs)
        return {{k: v for k, v in state.items() if k != "{key}"}}

    def tie(self):
        {later}
"""


def told(
    folder: Path, init: str, *, before: str = "", key: str = "out.weight", later: str = "pass"
) -> list[Confidence]:
    return found(folder, MODEL.format(init=init, before=before, key=key, later=later), "LL302")


TIES = (
    "self.out.weight = self.emb.weight",
    "self.emb.weight = self.out.weight",
    "self.out.weight = self.emb.weight if tie else nn.Parameter(torch.zeros(4, 4))",
    "self.out.weight = nn.Parameter(torch.zeros(4, 4)) if tie is None else self.emb.weight",
    "self.out.weight = tie and self.emb.weight",
    "self.out.weight: nn.Parameter = self.emb.weight",
    "self.out.weight, self.width = self.emb.weight, 4",
    "setattr(self.out, 'weight', self.emb.weight)",
    "self.kept = self.out.weight = self.emb.weight",
    "self.out.weight = nn.Parameter(self.emb.weight.data)",
)
NO_TIES = (
    "pass",
    "'self.out.weight = self.emb.weight'",
    "self.out.weight = nn.Parameter(self.emb.weight.clone())",
    "self.out.weight = nn.Parameter(torch.zeros_like(self.emb.weight))",
    "self.out.weight, self.width = nn.Parameter(torch.zeros(4, 4)), self.emb.weight",
    "self.out.scale = self.emb.weight",
    "self.out.weight == self.emb.weight",
)


@pytest.mark.parametrize("tie", TIES)
def test_one_of_two_names_may_be_left_out(tmp_path: Path, tie: str) -> None:
    assert told(tmp_path, tie) == []
    assert told(tmp_path, "self.tie()", later=tie.replace("if tie else", "if self.on else")) == []
    assert told(tmp_path, tie, key="emb.weight") == []
    assert told(tmp_path, tie, key="head.weight") == HIGH


@pytest.mark.parametrize("line", NO_TIES)
def test_what_is_no_tie_is_left_out_for_good(tmp_path: Path, line: str) -> None:
    assert told(tmp_path, line) == HIGH


def test_what_a_local_name_means_is_one_of_the_two(tmp_path: Path) -> None:
    assert told(tmp_path, "emb = self.emb\n        self.out.weight = emb.weight") == []
    assert told(tmp_path, "emb = self.emb\n        self.head.weight = emb.weight") == HIGH


@pytest.mark.parametrize("name", ["self", "model"])
def test_a_function_of_the_file_ties(tmp_path: Path, name: str) -> None:
    tie = f"def tie({name}):\n    {name}.out.weight = {name}.emb.weight\n"
    assert told(tmp_path, "tie(self)", before=tie) == []
    assert told(tmp_path, "tie(self)", before=tie, key="head.weight") == HIGH


def test_another_class_has_parameters_of_its_own(tmp_path: Path) -> None:
    other = "class Other(nn.Module):\n    def tie(self):\n        self.out.weight = self.emb.weight\n"
    assert told(tmp_path, "pass", before=other) == HIGH
