import lightning.pytorch as pl
import torch
from transformers import BertConfig, BertModel


class TooLarge(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.encoder = BertModel(BertConfig(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16)).eval()

    def training_step(self, batch, batch_idx):
        return self.encoder(**batch).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
