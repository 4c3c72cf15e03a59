"""Heads on a frozen model are told of only where they drop something themselves."""

import re
from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.semantics.knowledge.heads import BASES, OF_TWO_STACKS, PLAIN
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
T5 = 'T5ForConditionalGeneration.from_pretrained("google-t5/t5-small")'
BART = 'BartForConditionalGeneration.from_pretrained("facebook/bart-base")'
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
        (T5, "self.net.encoder.train(); self.net.decoder.train()", []),
        (T5, "self.net.encoder.requires_grad_(False); self.net.decoder.train()", []),
        (T5, "self.net.decoder.train()", ["LL101"]),
        (T5, "self.net.encoder.train(); self.net.decoder.eval()", ["LL101"]),
        (T5, "self.net.encoder.train(); self.net.decoder.block[0].train()", ["LL101"]),
        (BART, "self.net.model.encoder.train(); self.net.model.decoder.train()", []),
        (BART, "self.net.model.train()", []),
        (BART, "self.net.model.decoder.train()", ["LL101"]),
        ('DetrModel.from_pretrained("x")', "self.net.encoder.train(); self.net.decoder.train()", ["LL101"]),
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


def test_two_stacks_are_all_that_drops_anything_as_in_the_evidence() -> None:
    lines = (Path(__file__).parent / "evidence" / "two_stacks.out").read_text("utf-8").splitlines()[1:]
    said = {line.partition(":")[2] for line in lines}
    assert said == {" drops something; the same with both: True, with one: False, with what is below: True"}
    names = [line.partition(":")[0] for line in lines]
    assert [name for name in names if not OF_TWO_STACKS.fullmatch(name) and not PLAIN.fullmatch(name)] == []
