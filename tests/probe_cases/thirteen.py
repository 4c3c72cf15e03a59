"""Every place where a mode can be set, and what is then seen at a training step."""

import lightning as L
import torch
from torch import nn
from transformers import AutoModel

NAME = "bert-base-uncased"


class Left(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained(NAME)
        self.head = nn.Linear(768, 2)

    def loss(self, batch):
        states = self.bert(batch["input_ids"]).last_hidden_state[:, 0]
        return nn.functional.cross_entropy(self.head(states), batch["labels"])

    def training_step(self, batch, batch_idx):
        return self.loss(batch)

    def validation_step(self, batch, batch_idx):
        self.log("loss", self.loss(batch))

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-4)


class InConstructor(Left):
    def __init__(self):
        super().__init__()
        self.bert.train()


class OnFitStart(Left):
    def on_fit_start(self):
        self.bert.train()


class OnTrainStart(Left):
    def on_train_start(self):
        self.bert.train()


class OnTrainEpochStart(Left):
    def on_train_epoch_start(self):
        self.bert.train()


class OnTrainBatchStart(Left):
    def on_train_batch_start(self, batch, batch_idx):
        self.bert.train()


class OnValidationModelTrain(Left):
    def on_validation_model_train(self):
        self.trainer.model.train()


class OnValidationEpochEnd(Left):
    """Lightning puts the modes back that it found before validation."""

    def on_validation_epoch_end(self):
        self.bert.train()


class BuiltInSetup(Left):
    def __init__(self):
        L.LightningModule.__init__(self)
        self.head = nn.Linear(768, 2)

    def setup(self, stage):
        self.bert = AutoModel.from_pretrained(NAME)


class BuiltInConfigureModel(Left):
    def __init__(self):
        L.LightningModule.__init__(self)
        self.bert = None

    def configure_model(self):
        if self.bert is None:
            self.bert = AutoModel.from_pretrained(NAME)
            self.head = nn.Linear(768, 2)


class PartlyInEval(Left):
    def __init__(self):
        super().__init__()
        self.bert.embeddings.train()


class OverriddenTrain(Left):
    def __init__(self):
        super().__init__()
        self.train()

    def train(self, mode=True):
        super().train(mode)
        if hasattr(self, "bert"):
            self.bert.eval()
        return self


class FirstLineOfTheStep(Left):
    def training_step(self, batch, batch_idx):
        self.bert.train()
        return self.loss(batch)
