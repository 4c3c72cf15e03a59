"""Classes of the project that `from_pretrained` loads: what their constructor freezes is frozen."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

CHOSEN = """
import lightning as L
import torch
from huggingface_hub import PyTorchModelHubMixin
from torch import nn
from transformers import AutoModel

class Hub(nn.Module, PyTorchModelHubMixin):
    pass

class First(Hub):
    def __init__(self, name):
        super().__init__()
        self.model = AutoModel.from_pretrained(name)
        for p in self.parameters():
            p.requires_grad = False

    def forward(self, x):
        return self.model(x).last_hidden_state

class Second(Hub):
    def __init__(self, name):
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.rnn = nn.LSTM(8, 768)
        {freezes}

    def forward(self, x):
        return self.rnn(self.drop(x))[0]

class Net(L.LightningModule):
    def __init__(self, kind):
        super().__init__()
        if kind == "first":
            cls = First
        else:
            cls = Second
        self.encoder = {loaded}
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
FREEZES = "for p in self.parameters():\n            p.requires_grad = False"
ANY = 'cls.from_pretrained("me/encoder")'
SECOND = 'Second.from_pretrained("me/encoder")'


@pytest.mark.parametrize(
    ("freezes", "loaded", "expected"),
    [
        (FREEZES, ANY, []),
        (FREEZES, SECOND, []),
        ("self.requires_grad_(False)", SECOND, []),
        ("pass", "First.from_pretrained('me/encoder')", []),
        ("pass", f"{SECOND}.train()", []),
        ("pass", "Second('me/encoder')", []),
        ("pass", SECOND, HIGH),
        ("self.drop.requires_grad_(False)", SECOND, HIGH),
        ("pass", ANY, HIGH),
    ],
)
def test_a_class_that_freezes_itself(tmp_path: Path, freezes: str, loaded: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, CHOSEN.replace("{freezes}", freezes).replace("{loaded}", loaded)) == expected


HEADED = """
import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from transformers import BertForSequenceClassification, BertModel, BertPreTrainedModel

class Head(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(768, 2)

    def forward(self, x):
        return self.out(self.drop(x))

class Own(BertPreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.bert = BertModel(config)
        {frozen}.requires_grad_(False)
        self.head = {head}

    def forward(self, x):
        x = self.bert(x).last_hidden_state[:, 0]
        return self.head({given})

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = Own.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.model(batch).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.model.parameters(), lr=1e-5)
"""
LINEAR = "nn.Linear(768, 2)"
STACK = "nn.Sequential(nn.Linear(768, 768), nn.Tanh(), nn.LayerNorm(768), nn.Linear(768, 2))"


def of_headed(folder: Path, head: str, frozen: str, given: str) -> list[Confidence]:
    text = HEADED.replace("{head}", head).replace("{frozen}", frozen)
    return found(folder, text.replace("{given}", given))


@pytest.mark.parametrize("head", [LINEAR, STACK])
def test_layers_without_modes_on_a_frozen_model(tmp_path: Path, head: str) -> None:
    assert of_headed(tmp_path, head, "self.bert", "x") == []


@pytest.mark.parametrize(
    ("head", "frozen", "given"),
    [
        ("nn.Sequential(nn.Dropout(0.1), nn.Linear(768, 2))", "self.bert", "x"),
        ("nn.Sequential(nn.BatchNorm1d(768), nn.Linear(768, 2))", "self.bert", "x"),
        ("nn.TransformerEncoderLayer(768, 8)", "self.bert", "x"),
        ("Head()", "self.bert", "x"),
        ("build(config)", "self.bert", "x"),
        (LINEAR, "self.bert", "F.dropout(x, 0.1, self.training)"),
        (LINEAR, "self.bert.embeddings", "x"),
        (LINEAR, "nn.Linear(2, 2)", "x"),
    ],
)
def test_what_learns_on_a_frozen_model_may_have_modes(tmp_path: Path, head: str, frozen: str, given: str) -> None:
    assert of_headed(tmp_path, head, frozen, given) == HIGH


def test_a_base_of_the_library_may_bring_layers(tmp_path: Path) -> None:
    text = HEADED.replace("class Own(BertPreTrainedModel)", "class Own(BertForSequenceClassification)")
    text = text.replace("{head}", LINEAR).replace("{frozen}", "self.bert").replace("{given}", "x")
    assert found(tmp_path, text) == HIGH
