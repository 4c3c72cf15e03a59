"""Classes with required arguments, each given in another way."""

from abc import abstractmethod

import lightning as L
import torch
from torch import nn
from transformers import BertConfig, BertModel

SMALL = BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=80)


class Trains(L.LightningModule):
    def training_step(self, batch, batch_idx):
        return self.bert(batch["input_ids"]).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


class Freezable(Trains):
    """`freeze` decides: right when it is True, wrong when it is False."""

    def __init__(self, freeze):
        super().__init__()
        self.bert = BertModel(SMALL).eval().requires_grad_(not freeze)
        self.head = nn.Linear(16, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch["input_ids"]).last_hidden_state).pow(2).mean()


class CalledHere(Freezable):
    pass


class CalledElsewhere(Freezable):
    pass


class CalledWithAParser(Freezable):
    pass


class CalledInTwoWays(Freezable):
    def __init__(self, freeze=True):
        super().__init__(freeze)


class CalledWithAVariable(Freezable):
    pass


class Harvested(Trains):
    def __init__(self, harvested_width):
        super().__init__()
        self.bert = BertModel(SMALL).eval()
        self.head = nn.Linear(16, harvested_width)


class Immaterial(Trains):
    def __init__(self, lr, num_labels: int):
        super().__init__()
        self.save_hyperparameters()
        self.bert = BertModel(SMALL).eval()
        self.head = nn.Linear(16, num_labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


class ByALearningRate(Trains):
    def __init__(self, lr):
        super().__init__()
        self.bert = BertModel(SMALL).eval()
        if lr == 0:
            self.bert.requires_grad_(False)


class Injected(Trains):
    def __init__(self, bert):
        super().__init__()
        self.bert = bert


class WithASettingsBag(Trains):
    def __init__(self, hparams):
        super().__init__()
        self.bert = BertModel(SMALL).eval()
        self.head = nn.Linear(hparams.hidden, hparams["classes"])


class Opaque(Trains):
    def __init__(self, zorp):
        super().__init__()
        self.bert = BertModel(zorp.config)


class OptimizerGiven(Trains):
    def __init__(self, optimizer, width: float, freeze):
        super().__init__()
        self.optimizer = optimizer
        self.bert = BertModel(SMALL).eval().requires_grad_(not freeze)
        self.head = nn.Linear(int(width), 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch["input_ids"]).last_hidden_state).pow(2).mean()

    def configure_optimizers(self):
        return self.optimizer(self.parameters())


def make():
    learns = False
    print("made here")
    return CalledHere(freeze=learns)


def make_frozen():
    return CalledWithAVariable(True)


def unknown(model):
    return CalledWithAVariable(model)


class Wide(Trains):
    def __init__(self, zorp, width):
        super().__init__()
        self.bert = BertModel(zorp).eval()
        self.head = nn.Linear(width, 2)


class Narrow(Wide):
    """Nobody but itself gives its parent the configuration."""

    def __init__(self, **kwargs):
        width = kwargs.pop("features")
        if "rate" in kwargs:
            width = int(width * kwargs["rate"])
        super().__init__(zorp=SMALL, width=width, **kwargs)


class NeedsAName(Trains):
    """Its own defaults are not enough."""

    def __init__(self, model_name=None, other=None):
        super().__init__()
        if model_name is None:
            raise ValueError("give a model_name")
        self.bert = BertModel(SMALL).eval()


class NeedsANameThatACallGives(NeedsAName):
    pass


class NeedsWhatNobodyGives(Trains):
    def __init__(self, other=None):
        super().__init__()
        raise ValueError("give other")


class Part(nn.Module):
    """Abstract, though torch lets it be instantiated."""

    @abstractmethod
    def width(self): ...


class Half(Part):
    """Abstract still."""


class Whole(Half):
    def __init__(self, size=16):
        super().__init__()
        self.size = size

    def width(self):
        return self.size


class WithAPart(Trains):
    def __init__(self, part: Part):
        super().__init__()
        self.bert = BertModel(SMALL).eval()
        self.head = nn.Linear(part.width(), 2)


class HalfConfigured(Trains):
    """Its configuration leaves three arguments out."""

    def __init__(self, size, scheduler, use_cache, num_labels, label_map):
        super().__init__()
        self.scheduler = scheduler
        self.bert = BertModel(SMALL).eval()
        self.head = nn.Linear(size, num_labels)
        self.names = label_map
        self.bert.config.use_cache = use_cache
