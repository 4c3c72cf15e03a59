import lightning.pytorch as pl
import torch
from transformers import BertConfig, BertModel
from yaml.ours import HEADS

from packed import WIDTH


class BesideANamesake(pl.LightningModule):
    """Its package holds a module of the package's name, and a folder of the project is called like a library."""

    def __init__(self):
        super().__init__()
        config = BertConfig(hidden_size=WIDTH, num_attention_heads=HEADS, num_hidden_layers=1, intermediate_size=16)
        self.encoder = BertModel(config).eval()

    def training_step(self, batch, batch_idx):
        return self.encoder(**batch).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
