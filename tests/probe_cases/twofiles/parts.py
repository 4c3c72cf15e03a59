import pytorch_lightning as pl
import torch
from torch import nn
from transformers import AutoModel


class Encoder(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.backbone = AutoModel.from_pretrained(name)

    def forward(self, ids):
        return self.backbone(ids).last_hidden_state.mean(1)


class Base(pl.LightningModule):
    def __init__(self, name="roberta-base"):
        super().__init__()
        self.reader = AutoModel.from_pretrained(name)
        self.head = nn.Linear(self.reader.config.hidden_size, 3)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), 1e-5)
