"""What the members of a library's module are."""

from pathlib import Path

import pytest

from tests.test_picked import HIGH, found

SIZED = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, name="t5-small"):
        super().__init__()
        self.t5 = AutoModel.from_pretrained(name)
        self.head = nn.Sequential(nn.LayerNorm(self.t5.{member}), nn.Linear(8, 2))

    def training_step(self, batch, batch_idx):
        with torch.no_grad():
            h = self.t5(batch).last_hidden_state
        return self.head(h).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
RUNS_A_PART = SIZED.replace("nn.LayerNorm(self.t5.{member})", "self.t5.{member}")


@pytest.mark.parametrize("member", ["model_dim", "n_embd", "d_model", "num_labels", "config.d_model", "embed_dim"])
def test_a_number_of_a_model_is_no_part_of_it(tmp_path: Path, member: str) -> None:
    assert found(tmp_path, SIZED.format(member=member)) == []


@pytest.mark.parametrize("member", ["encoder", "pooler", "num_speakers_proj", "drop_path", "max_pool"])
def test_a_part_of_a_model_is_trained_where_it_runs(tmp_path: Path, member: str) -> None:
    assert found(tmp_path, RUNS_A_PART.format(member=member)) == HIGH


IN_AN_UNKNOWN_BASE = """
from elsewhere import Base
import lightning as L
from transformers import AutoModel

class Model(Base, L.LightningModule):
    def __init__(self):
        super().__init__()
        self.{name} = AutoModel.from_pretrained("bert-base-uncased")
"""


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("bert", 1),
        ("transformer", 1),
        ("text_transformer", 1),
        ("transform", 0),
        ("tokenizer", 0),
        ("image_transforms", 0),
    ],
)
def test_a_name_tells_what_is_no_model(tmp_path: Path, name: str, count: int) -> None:
    assert len(found(tmp_path, IN_AN_UNKNOWN_BASE.format(name=name))) == count
