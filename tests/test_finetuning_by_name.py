"""`BaseFinetuning` callbacks that are told by name what to freeze."""

from pathlib import Path

import pytest

from tests.test_picked import HIGH, LOW, found

SCRIPT = """
import functools
import operator
import sys
import lightning as L
import torch
from lightning.pytorch.callbacks import BaseFinetuning
from torch import nn
from transformers import AutoModel

class Net(nn.Module):
    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder
        self.projection = nn.Linear(768, 2)

    def forward(self, x):
        return self.projection(self.encoder(x).last_hidden_state.mean(1))

class Experiment(L.LightningModule):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

class Freeze(BaseFinetuning):
    def __init__(self, names):
        super().__init__()
        self.names = names

    def freeze_before_training(self, pl_module):
        {work}

    def finetune_function(self, pl_module, epoch, optimizer):
        pass

def main():
    model = Experiment(Net(AutoModel.from_pretrained("bert-base-uncased")))
    L.Trainer(callbacks=[Freeze({names})]).fit(model)

main()
"""
EACH = "for name in self.names:\n            self.freeze({module})"
SUBMODULES = EACH.format(module="pl_module.get_submodule(name)")
ATTRIBUTES = EACH.format(module="getattr(pl_module.net, name)")
ALL_AT_ONCE = "self.freeze([pl_module.get_submodule(name) for name in self.names], train_bn=False)"
ONE = "self.freeze(getattr(pl_module.net, self.names))"


@pytest.mark.parametrize(
    ("work", "names", "expected"),
    [
        (SUBMODULES, '["net.encoder"]', []),
        (SUBMODULES, '("net.projection", "net.encoder")', []),
        (SUBMODULES, '["net"]', []),
        (SUBMODULES, '["net.projection"]', HIGH),
        (ALL_AT_ONCE, '["net.encoder"]', []),
        (ALL_AT_ONCE, '["net.projection"]', HIGH),
        (ATTRIBUTES, '["encoder"]', []),
        (ATTRIBUTES, '["projection"]', HIGH),
        (ONE, '"encoder"', []),
        (ONE, '"projection"', HIGH),
        ("self.freeze(self.flatten_modules(pl_module.net.encoder))", "()", []),
        ("self.freeze(self.flatten_modules(pl_module.net.projection))", "()", HIGH),
        ("for m in self.flatten_modules(pl_module.net.encoder):\n            self.freeze(m)", "()", []),
        ("for m in self.flatten_modules(pl_module.net.projection):\n            self.freeze(m)", "()", HIGH),
        (ONE.replace("pl_module.net", "pl_module"), '"net"', []),
        ("self.freeze(pl_module.net.encoder.embeddings)", "[]", HIGH),
        ("self.freeze(pl_module.net.encoder.encoder.layer[:6])", "[]", HIGH),
    ],
)
def test_known_names_freeze_what_they_name(tmp_path: Path, work: str, names: str, expected: list[object]) -> None:
    assert found(tmp_path, SCRIPT.format(work=work, names=names)) == expected


@pytest.mark.parametrize("names", ["sys.argv[1:]", "open('names.txt').read().split()"])
@pytest.mark.parametrize(
    "work",
    [
        SUBMODULES,
        ATTRIBUTES,
        ALL_AT_ONCE,
        EACH.format(module="functools.reduce(getattr, name.split('.'), pl_module)"),
        EACH.format(module="operator.attrgetter(name)(pl_module)"),
        "for name, module in pl_module.named_modules():\n"
        "            if name in self.names:\n"
        "                self.freeze(module)",
    ],
)
def test_unknown_names_may_freeze_anything(tmp_path: Path, work: str, names: str) -> None:
    assert found(tmp_path, SCRIPT.format(work=work, names=names)) == LOW


@pytest.mark.parametrize("work", [SUBMODULES.replace("freeze", "make_trainable"), "pass"])
def test_what_is_not_frozen_learns(tmp_path: Path, work: str) -> None:
    assert found(tmp_path, SCRIPT.format(work=work, names="sys.argv[1:]")) == HIGH


OWN = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = AutoModel.from_pretrained("bert-base-uncased")
        self.projection = nn.Linear(768, 2)

    def forward(self, x):
        return self.projection(self.encoder(x).last_hidden_state.mean(1))

class Experiment(L.LightningModule):
    def __init__(self, names):
        super().__init__()
        self.net = Net()
        for name in {names}:
            {work}

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize("owner", ["self", "self.net"])
@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("{}.get_submodule(name).requires_grad_(False)", LOW),
        ("{}.get_submodule(name).train()", LOW),
        ("getattr({}, name).requires_grad_(False)", LOW),
        ("print({}.get_submodule(name))", HIGH),
        ("{}.get_submodule(name).register_forward_hook(print)", HIGH),
        ("{}.get_submodule(name).requires_grad_(True)", HIGH),
    ],
)
def test_a_module_asked_for_by_any_name(tmp_path: Path, owner: str, work: str, expected: list[object]) -> None:
    assert found(tmp_path, OWN.format(names="names", work=work.format(owner))) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [('("net.encoder",)', []), ('("net.projection",)', HIGH), ('["net.projection", "net.encoder"]', [])],
)
def test_a_module_asked_for_by_its_name(tmp_path: Path, names: str, expected: list[object]) -> None:
    work = "self.get_submodule(name).requires_grad_(False)"
    assert found(tmp_path, OWN.format(names=names, work=work)) == expected
