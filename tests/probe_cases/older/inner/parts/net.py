"""Scripts of this project are run in the folder `inner`, so that this file is `parts.net` to its configurations."""

import importlib

import lightning as L
import torch
from transformers import BertModel


class Part(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.line = torch.nn.Linear(2, width)


class GivenItsPart(L.LightningModule):
    def __init__(self, part):
        super().__init__()
        self.bert, self.line = BertModel.from_pretrained("bert-base-uncased"), part.line

    def training_step(self, batch, batch_idx):
        return self.bert(batch["input_ids"]).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class BuildsItsPart(GivenItsPart):
    """It is given the configuration of its part, and constructs that by itself."""

    def __init__(self, part):
        module, _, name = part["_target_"].rpartition(".")
        super().__init__(getattr(importlib.import_module(module), name)(part.width))
