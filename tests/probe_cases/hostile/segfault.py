"""A crash in compiled code."""

import ctypes
import os

import lightning as L
import torch
from transformers import BertConfig, BertModel

assert os.environ.get("LINTLIGHT_PROBE") == "1", "only for the probe"

SMALL = BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=80)


class Tagger(L.LightningModule):
    def __init__(self):
        super().__init__()
        ctypes.string_at(0)
        self.bert = BertModel(SMALL).eval()

    def training_step(self, batch, batch_idx):
        return self.bert(batch["input_ids"]).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
