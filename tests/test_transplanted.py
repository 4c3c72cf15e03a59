"""Parts of a loaded model that are put into one that was built from a configuration, and so is in train mode."""

from pathlib import Path

import pytest

from tests.test_picked import HIGH, found

MODEL = """
import copy
import lightning as L
import torch
from torch import nn
from transformers import AutoConfig, AutoModel, BertConfig, BertModel, LlamaModel
from transformers.models.bert import modeling_bert

class Model(L.LightningModule):
    def __init__(self, cfg, name="bert-base-uncased"):
        super().__init__()
        self.bert = {whole}
        pre = {donor}
        {work}
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head({step}).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.{over}.parameters())
"""
WHOLE, DONOR = "BertModel(cfg)", "BertModel.from_pretrained(name)"
STEP = "self.bert(batch).pooler_output"
ENCODER = "self.bert.encoder = pre.encoder"


def written(*work: str, whole: str = WHOLE, donor: str = DONOR, step: str = STEP, over: str = "bert") -> str:
    lines = "\n        ".join(work)
    return MODEL.format(whole=whole, donor=donor, work=lines, step=step, over=over)


@pytest.mark.parametrize(
    "text",
    [
        written(ENCODER),
        written(ENCODER, "self.bert.embeddings = pre.embeddings"),
        written(ENCODER, "del pre"),
        written("self.bert.embeddings = pre.embeddings"),
        written("self.bert.encoder.layer = pre.encoder.layer"),
        written("for i in range(6):", "    self.bert.encoder.layer[i] = pre.encoder.layer[i]"),
        written("self.bert.encoder.layer = nn.ModuleList([pre.encoder.layer[i] for i in (0, 2, 4)])"),
        written("self.bert.encoder = copy.deepcopy(pre.encoder)"),
        written("setattr(self.bert, 'encoder', pre.encoder)"),
        written(ENCODER, whole="AutoModel.from_config(cfg)", donor="AutoModel.from_pretrained(name)"),
        written(ENCODER, whole="BertModel(BertConfig(num_hidden_layers=6))"),
        written(
            "self.bert.layer = pre.encoder.layer",
            whole="modeling_bert.BertEncoder(cfg)",
            step="self.bert(batch).last_hidden_state",
        ),
    ],
)
def test_a_part_keeps_the_mode_that_it_had(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == HIGH


@pytest.mark.parametrize(
    "text",
    [
        written("pass"),
        written("self.bert.load_state_dict(pre.state_dict())"),
        written("self.bert.encoder.load_state_dict(pre.encoder.state_dict())"),
        written(ENCODER, "self.bert.train()"),
        written(ENCODER, "self.bert.encoder.train()"),
        written(ENCODER, "self.train()"),
        written("pre.train()", ENCODER),
        written(ENCODER, donor="BertModel.from_pretrained(name).train()"),
        written("self.bert.encoder = pre.encoder.train()"),
        written(ENCODER, "self.bert.requires_grad_(False)", over="head"),
        written(ENCODER, "for p in self.bert.encoder.parameters():", "    p.requires_grad = False"),
        written("pre.requires_grad_(False)", ENCODER),
        written(ENCODER, donor="BertModel(cfg)"),
        written(ENCODER, over="head"),
        written(ENCODER, step="batch"),
        written("self.bert.embeddings.word_embeddings = pre.embeddings.word_embeddings"),
        written("self.bert.set_input_embeddings(pre.get_input_embeddings())"),
        written("self.bert.encoder.layer[0].attention.self.query = pre.encoder.layer[0].attention.self.query"),
        written("self.bert.pooler.dense = pre.pooler.dense"),
        written("self.bert.config = pre.config"),
        written("self.bert.embeddings.LayerNorm = pre.embeddings.LayerNorm"),
        written("self.bert.encoder.config = pre.encoder.config"),
        written("self.bert.num_layers = len(pre.encoder.layer)"),
        written("self.depth = pre.encoder.depth", "self.bert.depth = pre.encoder.depth"),
    ],
)
def test_nothing_in_eval_mode_is_put_in(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []
