"""Classes that take settings in bags, by the names of checkpoints, or from whoever calls the function around."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import lightning as L
import torch
from torch import nn
from transformers import AutoModel, BertConfig, BertModel

if TYPE_CHECKING:
    from sizes import Sizes

SMALL = BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, vocab_size=80)


def bert(freeze):
    return BertModel(SMALL).eval().requires_grad_(not freeze)


class Trains(L.LightningModule):
    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch["input_ids"]).last_hidden_state).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def build(self, width=2, freeze=False):
        self.bert = bert(freeze)
        self.head = nn.Linear(16, width)


class FromItsFile(Trains):
    def __init__(self, config):
        super().__init__()
        self.build(**config["arch"]["args"])
        self.weight = config["loss"]["weight"]
        self.clip = config["clip"] if "clip" in config else 1.0


class FromOptions(Trains):
    def __init__(self, args):
        super().__init__()
        self.settings = dict(vars(args))
        self.build(args.option_width)
        total = args.num_batches * args.max_epochs
        self.done = torch.zeros(total)


class NobodyKnows(Trains):
    def __init__(self, args):
        super().__init__()
        self.build(2, args.keep.frozen == "yes")


class AsksForASetting(Trains):
    def __init__(self, args):
        super().__init__()
        self.build(args.option_width, bool(args.get("frozen", False)))


class LooksForASetting(Trains):
    def __init__(self, args):
        super().__init__()
        self.build(args.option_width, "frozen" in args)


class CalledByAFunction(Trains):
    def __init__(self, freeze):
        super().__init__()
        self.build(2, freeze)


class ComposedByHydra(CalledByAFunction):
    pass


class ForTypesOnly(Trains):
    def __init__(self, sizes: Sizes):
        super().__init__()
        self.build(sizes.num_classes)


class NamesItsCheckpoint(Trains):
    def __init__(self, name_of_it_path):
        super().__init__()
        self.path = name_of_it_path
        self.build()
        self.bert = BertModel.from_pretrained(name_of_it_path, **SMALL_SIZES)


class AnyArchitecture(Trains):
    def __init__(self, model_name):
        super().__init__()
        self.build()
        self.bert = AutoModel.from_pretrained(model_name)


class NeedsAnOption(Trains):
    def __init__(self, width: int, log_dir=None):
        super().__init__()
        self.build(width)
        self.log_file = os.path.join(log_dir, "log")


class FiltersAll(Trains):
    """Downloads a part, and saves no weight at all: resuming fails, whatever was not downloaded here."""

    def __init__(self):
        super().__init__()
        self.build()
        backbone = nn.Linear(3, 3)
        backbone.load_state_dict(torch.hub.load_state_dict_from_url("https://example.invalid/backbone-1.pth"))
        self.backbone = backbone

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = {}


class Downloads(Trains):
    def __init__(self):
        super().__init__()
        self.build()
        backbone = nn.Linear(3, 3)
        backbone.load_state_dict(torch.hub.load_state_dict_from_url("https://example.invalid/backbone-1.pth"))
        self.backbone = backbone
        weights = torch.hub.load_state_dict_from_url("https://example.invalid/backbone-1.pth")["model"]
        weights.pop("head.weight")
        backbone.load_state_dict({name.replace("module.", ""): value for name, value in weights.items()})


SMALL_SIZES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
