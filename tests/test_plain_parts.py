"""A part without dropout and batch norm that is taken out of a pretrained model loses nothing in eval mode."""

from pathlib import Path

import pytest

from lintlight.semantics.knowledge.plain_parts import PLAIN
from tests.checking import codes_of

TAKEN = """
import lightning as L
import torch
import transformers as T

class Model(L.LightningModule):
    def __init__(self, name):
        super().__init__()
        self.part = T.{part}

    def training_step(self, batch, batch_idx):
        return self.part(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
FROZEN_BELOW = """
import lightning as L
import torch
from transformers import BertForSequenceClassification

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = BertForSequenceClassification.from_pretrained("bert-base-uncased")
        self.net.requires_grad_(False)
        self.net.classifier.requires_grad_(True)

    def training_step(self, batch, batch_idx):
        return self.net(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    "part",
    [
        'Wav2Vec2Model.from_pretrained("facebook/wav2vec2-base-960h").feature_extractor',
        "WavLMForCTC.from_pretrained(name).wavlm.feature_extractor",
        'AutoModel.from_pretrained("facebook/hubert-base-ls960").feature_extractor',
        "BertModel.from_pretrained(name).pooler",
        "BertModel.from_pretrained(name).pooler.dense",
        'AutoModelForSequenceClassification.from_pretrained("bert-base-uncased").classifier',
        "RobertaForTokenClassification.from_pretrained(name).classifier",
    ],
)
def test_quiet(tmp_path: Path, part: str) -> None:
    assert codes_of(tmp_path, TAKEN.format(part=part)) == []


@pytest.mark.parametrize(
    "part",
    [
        "Wav2Vec2Model.from_pretrained(name).feature_projection",
        "BertModel.from_pretrained(name).encoder",
        "RobertaForSequenceClassification.from_pretrained(name).classifier",
        'AutoModelForSequenceClassification.from_pretrained("roberta-base").classifier',
        'AutoModelForSequenceClassification.from_pretrained("somebody/bert-base-like").classifier',
        "AutoModelForSequenceClassification.from_pretrained(name).classifier",
        "DebertaV2ForSequenceClassification.from_pretrained(name).pooler",
        "AutoModel.from_pretrained(name).pooler",
    ],
)
def test_loud(tmp_path: Path, part: str) -> None:
    assert codes_of(tmp_path, TAKEN.format(part=part)) == ["LL101"]


def test_the_dropout_in_front_of_a_head_is_not_in_it(tmp_path: Path) -> None:
    assert codes_of(tmp_path, FROZEN_BELOW) == ["LL101"]


def test_plain_parts_are_those_of_the_evidence() -> None:
    lines = (Path(__file__).parent / "evidence" / "plain_parts.out").read_text("utf-8").splitlines()[1:]
    seen: dict[str, set[str]] = {}
    for line in lines:
        path, found = line.split(": ")
        seen.setdefault(path.rpartition(".")[2], set()).add(f"{path.partition('.')[0]}: {found}")
    for part, classes in PLAIN.items():
        plain = {each for each in seen[part] if classes.fullmatch(each.partition(":")[0])}
        assert plain
        assert {each for each in plain if not each.endswith(": nothing")} == set()
