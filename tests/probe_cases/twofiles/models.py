import pytorch_lightning as pl
import torch
from torch import nn

from .parts import Base, Encoder


class Wrapped(pl.LightningModule):
    def __init__(self, name: str = "distilbert-base-uncased"):
        super().__init__()
        self.embed = Encoder(name)
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        ids, labels = batch
        return nn.functional.cross_entropy(self.head(self.embed(ids)), labels)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), 1e-5)


class Derived(Base):
    def training_step(self, batch, batch_idx):
        ids, labels = batch["input_ids"], batch["label"]
        return nn.functional.cross_entropy(self.head(self.reader(ids).pooler_output), labels)
