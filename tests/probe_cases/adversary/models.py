"""Classes about which a hasty probe would be wrong."""

import lightning as L
import torch
from torch import nn
from transformers import BertConfig, BertModel

SMALL = BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=80)


class Trains(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = BertModel(SMALL).eval()
        self.head = nn.Linear(16, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch["input_ids"]).last_hidden_state).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class DetachedButInTheOptimizer(Trains):
    """The part is in the optimizer, and no gradient ever reaches it."""

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch["input_ids"]).last_hidden_state.detach()).pow(2).mean()


class FrozenEmbeddingsInEval(Trains):
    """What is in eval mode is frozen; what learns is in train mode."""

    def __init__(self):
        super().__init__()
        self.bert.train()
        self.bert.embeddings.eval().requires_grad_(False)


class FrozenEmbeddingsRestInEval(Trains):
    def __init__(self):
        super().__init__()
        self.bert.embeddings.requires_grad_(False)


class SwitchedByTheScript(Trains):
    """`train.py` puts it into train mode before it fits."""


class SwitchedByACallback(Trains):
    """`train.py` fits it with a callback that puts it into train mode."""


class EvaluatedAfterwards(Trains):
    """`train.py` calls `eval()` only after the fit."""


class OptimizerNeedsTheData(Trains):
    """What learns is not known: `configure_optimizers` needs the datamodule."""

    def configure_optimizers(self):
        steps = len(self.trainer.datamodule.train_dataloader())
        return torch.optim.SGD(self.head.parameters(), lr=1 / steps)


class OptimizerNeedsTheDataForAll(Trains):
    def configure_optimizers(self):
        steps = len(self.trainer.datamodule.train_dataloader())
        return torch.optim.SGD(self.parameters(), lr=1 / steps)


class EvalFromTheSecondEpochOn(Trains):
    def __init__(self):
        super().__init__()
        self.bert.train()

    def on_train_epoch_start(self):
        if self.current_epoch > 0:
            self.bert.eval()
