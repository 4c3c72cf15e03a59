"""Heads on a frozen model are told of only where they drop something themselves."""

import re
from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.semantics.knowledge.heads import BASES, PLAIN
from lintlight.settings import Settings

CODE = """
import lightning as L
import torch
import transformers


class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = transformers.{loaded}
        {frozen}

    def training_step(self, batch, batch_idx):
        return self.net(**batch)[0].sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1.0)
"""
GPT2 = 'AutoModelForSequenceClassification.from_pretrained("openai-community/gpt2")'
BERT = 'AutoModelForSequenceClassification.from_pretrained("google-bert/bert-base-uncased")'
LIKE_GPT = 'AutoModelForSequenceClassification.from_pretrained("x/chatgpt-detector-roberta")'
SPEECH = 'Wav2Vec2ForSequenceClassification.from_pretrained("facebook/wav2vec2-base")'


@pytest.mark.parametrize(
    ("loaded", "frozen", "codes"),
    [
        (SPEECH, "self.net.freeze_base_model()", []),
        (SPEECH, "self.net.wav2vec2.requires_grad_(False)", []),
        (SPEECH, "self.net.freeze_feature_encoder()", ["LL101"]),
        (GPT2, "self.net.transformer.requires_grad_(False)", []),
        (GPT2, "self.net.score.requires_grad_(False)", ["LL101"]),
        (BERT, "self.net.bert.requires_grad_(False)", ["LL101"]),
        (BERT, "self.net.base_model.requires_grad_(False)", ["LL101"]),
        (BERT, "self.net.base_model.requires_grad_(False); self.net.classifier.train()", []),
        (BERT, "self.net.bert.embeddings.requires_grad_(False); self.net.classifier.train()", ["LL101"]),
        (BERT, "self.net.bert.requires_grad_(False); self.net.classifier = torch.nn.Linear(768, 2)", ["LL101"]),
        (BERT, "self.net.bert.requires_grad_(False); self.net.bert.pooler.requires_grad_(True)", ["LL101"]),
        (GPT2, "self.net.base_model.requires_grad_(False); self.net.transformer.h[11].requires_grad_(True)", ["LL101"]),
        (SPEECH, "self.net.freeze_base_model(); self.net.wav2vec2.encoder.requires_grad_(True)", ["LL101"]),
        (
            GPT2.replace("openai-community/gpt2", "x/chatgpt-detector-roberta"),
            "self.net.roberta.requires_grad_(False)",
            ["LL101"],
        ),
        ('AutoModelForImageClassification.from_pretrained("x")', "self.net.base_model.requires_grad_(False)", []),
        ('AutoModel.from_pretrained("x")', "self.net.base_model.requires_grad_(False)", []),
        (
            'AutoModel.from_pretrained("google-bert/bert-base-uncased", add_pooling_layer=False)',
            "[part.requires_grad_(False) for part in (self.net.embeddings, self.net.encoder)]",
            [],
        ),
        ('AutoModel.from_pretrained("x")', "self.net.embeddings.requires_grad_(False)", ["LL101"]),
        ('AutoModel.from_pretrained("x")', "self.net.encoder.requires_grad_(False)", ["LL101"]),
    ],
)
def test_a_head_on_a_frozen_model(tmp_path: Path, loaded: str, frozen: str, codes: list[str]) -> None:
    path = tmp_path / "model.py"
    path.write_text(CODE.replace("{loaded}", loaded).replace("{frozen}", frozen))
    found = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in found] == codes


def test_plain_heads_drop_nothing_as_in_the_evidence() -> None:
    lines = (Path(__file__).parent / "evidence" / "heads.out").read_text("utf-8").splitlines()[1:]
    seen = [re.fullmatch(r"(\w+): on `(\w+)`, (.+)", line) for line in lines]
    plain = [each for each in seen if each is not None and PLAIN.fullmatch(each[1])]
    assert len(plain) > 60
    assert {each[0] for each in plain if each[3] != "nothing" or each[2] not in BASES} == set()
