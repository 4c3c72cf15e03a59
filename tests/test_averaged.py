"""An average of a module's weights is a module of its own, and no optimizer."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_key_conditions import LOST, told
from tests.test_picked import HIGH, found

AVERAGED = "self.ema = torch.optim.swa_utils.AveragedModel(self.{part})"


@pytest.mark.parametrize(("prefix", "expected"), [("ema.", LOST), ("averages.", [("LL301", Confidence.LOW)])])
def test_its_keys_are_in_the_checkpoint(tmp_path: Path, prefix: str, expected: list[tuple[str, Confidence]]) -> None:
    made = "self.net = nn.Linear(4, 4)\n        " + AVERAGED.format(part="net")
    assert (
        told(tmp_path, f'state = {{k: v for k, v in state.items() if not k.startswith("{prefix}")}}', made) == expected
    )


MODEL = """
import copy
import lightning as L
import torch
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased"){left}
        {averaged}
        {done}

    def training_step(self, batch, batch_idx):
        return self.bert(batch).last_hidden_state.sum()

    def on_train_batch_end(self, *args):
        self.ema.update_parameters(self.bert)

    def configure_optimizers(self):
        return torch.optim.AdamW({over})
"""


@pytest.mark.parametrize("averaged", [AVERAGED.format(part="bert"), "self.ema = copy.deepcopy(self.bert)"])
@pytest.mark.parametrize("over", ["self.bert.parameters()", "self.parameters()"])
@pytest.mark.parametrize(
    ("left", "done", "expected"),
    [
        ("", "self.ema.eval()", HIGH),
        ("", "self.ema.train()", HIGH),
        ("", "self.ema.requires_grad_(False)", HIGH),
        ("", "self.bert.train()", []),
        (".train()", "self.ema.eval()", []),
        (".train()", "self.ema.eval().requires_grad_(False)", []),
    ],
)
def test_what_is_done_to_it_is_done_to_a_copy(
    tmp_path: Path, averaged: str, over: str, left: str, done: str, expected: list[Confidence]
) -> None:
    assert found(tmp_path, MODEL.format(averaged=averaged, over=over, left=left, done=done)) == expected
