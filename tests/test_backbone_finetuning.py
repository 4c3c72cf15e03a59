"""Lightning's own `BackboneFinetuning` freezes a backbone, and lets it learn from an epoch on, in eval mode."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import confidences_of

CODE = """
import lightning as L
import torch
from lightning.pytorch.callbacks import BackboneFinetuning
from torch import nn
from transformers import AutoModel


class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.{name} = AutoModel.from_pretrained("google-bert/bert-base-uncased"){mode}
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.{name}(batch).last_hidden_state[:, 0]).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW({over})


callback = BackboneFinetuning({at})
L.Trainer({trainer}).fit(Net())
"""
HEAD = "self.head.parameters()"
WITH = "callbacks=[callback]"


def told(
    folder: Path, at: str = "2", over: str = HEAD, trainer: str = WITH, mode: str = "", name: str = "backbone"
) -> list[Confidence]:
    return confidences_of(folder, CODE.format(at=at, over=over, trainer=trainer, mode=mode, name=name))


@pytest.mark.parametrize("at", ["2", "", "0", "unfreeze_backbone_at_epoch=3, verbose=True"])
@pytest.mark.parametrize(
    "over",
    [HEAD, "self.parameters()", "filter(lambda p: p.requires_grad, self.parameters())"],
)
def test_the_backbone_learns_in_eval_mode_from_an_epoch_on(tmp_path: Path, at: str, over: str) -> None:
    (sure,) = told(tmp_path, at, over)
    assert sure is not Confidence.LOW


def test_train_mode_is_kept(tmp_path: Path) -> None:
    assert told(tmp_path, mode=".train()") == []


def test_without_the_callback_the_head_alone_learns(tmp_path: Path) -> None:
    assert told(tmp_path, trainer="") == []


def test_a_part_of_another_name_is_let_be(tmp_path: Path) -> None:
    assert told(tmp_path, name="bert") == []


@pytest.mark.parametrize(("at", "epochs", "count"), [("5", 3, 0), ("", 10, 0), ("5", 6, 1), ("5", -1, 1)])
def test_training_may_end_before_it_learns(tmp_path: Path, at: str, epochs: int, count: int) -> None:
    for over in (HEAD, "self.parameters()"):
        assert len(told(tmp_path, at, over, f"{WITH}, max_epochs={epochs}")) == count
