"""Modules as they were written for older versions, and those that rest on more than their own code."""

import json
import os
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import lightning as L
import torch
import torchmetrics
from torch.optim.lr_scheduler import LRScheduler, StepLR
from transformers import BertModel
from transformers.modeling_utils import PretrainedConfig


class OwnBert(BertModel):
    _tied_weights_keys = ["encoder.layer.0.attention.self.query.weight"]


class Base(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = BertModel.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.bert(batch["input_ids"]).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class StepsWithAnIndex(Base):
    def optimizer_step(
        self, epoch, batch_idx, optimizer, optimizer_idx, optimizer_closure, on_tpu, using_native_amp, using_lbfgs
    ):
        assert (optimizer_idx, on_tpu) == (0, False)
        optimizer.step(closure=optimizer_closure)

    def on_train_epoch_end(self, outputs):
        self.last = len(outputs)


class HandsOnAll(Base):
    def optimizer_step(
        self, epoch, batch_idx, optimizer, optimizer_idx, optimizer_closure, on_tpu, using_native_amp, using_lbfgs
    ):
        super().optimizer_step(
            epoch, batch_idx, optimizer, optimizer_idx, optimizer_closure, on_tpu, using_native_amp, using_lbfgs
        )


class StepsWithMore(Base):
    def optimizer_step(self, epoch, batch_idx, optimizer, optimizer_closure, something_else):
        optimizer.step(closure=optimizer_closure)


class SetByAScript(Base):
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.learning_rate * self.lr_factor)


class ChosenByAScript(Base):
    def configure_optimizers(self):
        parameters = self.bert.parameters() if self.tunes_all else self.bert.pooler.parameters()
        return torch.optim.SGD(parameters, lr=0.1)


class Tells(LRScheduler):
    def __init__(self, optimizer, verbose=False):
        super().__init__(optimizer, -1, verbose)

    def get_lr(self):
        return self.base_lrs


class TellsOfEveryStep(Base):
    def __init__(self):
        super().__init__()
        self.score = torchmetrics.MeanMetric(compute_on_step=False)

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        return [optimizer], [StepLR(optimizer, 2, verbose=True), Tells(optimizer)]


class NamesTiedKeysInAList(Base):
    def __init__(self):
        super().__init__()
        self.bert = OwnBert.from_pretrained("bert-base-uncased")


class KeepsATuple(Base):
    def __init__(self, args):
        super().__init__()
        args = namedtuple("Arguments", list(args.keys()))(**args)
        self.rate, self.told = args.lr, str(args.__dict__ if isinstance(args, Base) else args)


class JoinsAPath(Base):
    def __init__(self, args):
        super().__init__()
        self.log_file = os.path.join(args.log_dir, "log.txt")
        assert isinstance(BertModel.config_class(), PretrainedConfig)


class LoadsFromAPath(L.LightningModule):
    def __init__(self, args):
        super().__init__()
        self.bert = BertModel.from_pretrained(args.bert_dir)

    training_step, configure_optimizers = Base.training_step, Base.configure_optimizers


class ReadsInThreads(Base):
    def __init__(self):
        super().__init__()
        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(lambda _: open("data/labels.json").read(), range(20))) == {'["a", "b"]\n'}


class ListsItsFolder(Base):
    def __init__(self):
        super().__init__()
        assert os.path.isdir("data")
        assert sorted(os.listdir("data")) == ["labels.json", "rates.json"]


class FailsInAProperty(Base):
    @property
    def max_steps(self):
        return self.trainer.datamodule.steps

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        return [optimizer], [StepLR(optimizer, self.max_steps)]


class ReadsItsLabels(Base):
    """From a file of the project, whose copy it changes."""

    def __init__(self):
        super().__init__()
        assert os.path.isfile("data/labels.json")
        assert not os.path.exists("data/none.json")
        with open("data/labels.json") as file:
            self.head = torch.nn.Linear(768, len(json.load(file)))
        with open("data/labels.json", "w") as file:
            file.write("[]")
