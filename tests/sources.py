"""Source texts that several test modules ask about."""

import json
from typing import Any

BAD = """\
import lightning as L
from transformers import AutoModel


class Classifier(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased"){comment}

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
GOOD = "x = 1\n"
BASE = """\
import lightning as L
import torch
from transformers import AutoModel


class Base(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
CHILD = """\
from base import Base


class Child(Base):
    def training_step(self, batch, batch_idx):
        return self.bert(**batch).last_hidden_state.mean()
"""
TAGGER = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Tagger(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")
        self.head = nn.Linear(16, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).pooler_output).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
LOADS_TAGGER = "from tagger import Tagger\n\nmodel = Tagger.load_from_checkpoint('best.ckpt')\n"
USES_ALL = "return self.proj(self.head(out.pooler_output)).sum()"


def net(init: str = "pass", step: str = USES_ALL, optimizers: str = "params = self.parameters()") -> str:
    """A module with a pretrained part and two layers, and statements of its own in each of three places."""
    return f"""
import itertools
import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from transformers import AutoModel

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(768, 2)
        self.proj = nn.Linear(2, 2)
        {init}

    def training_step(self, batch, batch_idx):
        out = self.bert(batch)
        {step}

    def configure_optimizers(self):
        {optimizers}
        return torch.optim.AdamW(params)
"""


def notebook(*cells: str | tuple[str, str], **metadata: Any) -> bytes:
    """A notebook of code cells; a pair is another type of cell and its text."""
    made = [("code", cell) if isinstance(cell, str) else cell for cell in cells]
    document = {
        "nbformat": 4,
        "metadata": metadata,
        "cells": [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in made],
    }
    return json.dumps(document).encode()


PART = """
{imports}
import copy
import elsewhere
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self, {arguments}):
        super().__init__()
        {init}
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head({run}).sum()

    def configure_optimizers(self):
        return torch.optim.SGD({over}, 0.1)

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        {save}
"""


def part(
    init: str,
    save: str,
    *,
    run: str,
    arguments: str = "given, cfg=None",
    over: str = "self.head.parameters()",
    imports: str = "",
) -> str:
    """A module that is given a part, or has one made, and what it saves of it."""
    return PART.format(init=init, save=save, run=run, arguments=arguments, over=over, imports=imports)
