"""What scripts and configurations hand on: models to helpers that fit them, parts of models, groups of settings."""

from pathlib import Path

import pytest

from tests.checking import findings_of

IN_LIT = ["lit.py"]
LIT = """
import pytorch_lightning as pl
import torch

class Lit(pl.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def training_step(self, batch, batch_idx):
        return self.model(batch).mean()

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters())
"""
NET = """
from torch import nn
from transformers import AutoModel

class Net(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.encoder = AutoModel.from_pretrained(name)

    def forward(self, batch):
        return self.encoder(**batch)[0]
"""
HELPERS = {
    "fit": """
import pytorch_lightning as pl

def fit(model):
    pl.Trainer().fit(model)
""",
    "Runner": """
import pytorch_lightning as pl

class Runner:
    def __init__(self, model):
        self.model = model

    def go(self):
        pl.Trainer().fit(self.model)
""",
}
SCRIPT = """
from helper import {helper}
from lit import Lit
from net import Net

net = Net("bert-base-uncased")
{name} = Lit({given})
{call}
"""


def found(folder: Path, files: dict[str, str]) -> list[str]:
    """The file of each LL101."""
    findings = findings_of(folder, files)
    return [str(f.span.path.relative_to(folder)) for f in findings if f.code == "LL101"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("net", IN_LIT), ("net.train()", []), ("net.requires_grad_(False)", [])],
)
@pytest.mark.parametrize("name", ["model", "wrapped"])
@pytest.mark.parametrize(("helper", "call"), [("fit", "fit({})"), ("Runner", "Runner({}).go()")])
def test_a_helper_whose_parameter_is_called_like_the_scripts_variable(
    tmp_path: Path, helper: str, call: str, name: str, given: str, expected: list[str]
) -> None:
    script = SCRIPT.format(helper=helper, name=name, given=given, call=call.format(name))
    files = {"lit.py": LIT, "net.py": NET, "helper.py": HELPERS[helper], "run.py": script}
    assert found(tmp_path, files) == expected


OF_PARTS = """
from torch import nn

class Scorer(nn.Module):
    def __init__(self, part, head=None):
        super().__init__()
        self.part = part
        self.head = head

    def forward(self, batch):
        return self.part(batch)[0]
"""
GIVES_A_PART = """
import pytorch_lightning as pl
from lit import Lit
from scorer import Scorer
from torch import nn
from transformers import BertModel

def main():
    bert = BertModel.from_pretrained("bert-base-uncased")
    {before}
    scorer = Scorer({given})
    pl.Trainer().fit(Lit(scorer))

main()
"""


@pytest.mark.parametrize(
    ("given", "before", "expected"),
    [
        ("part=bert.encoder", "pass", IN_LIT),
        ("part=bert.encoder.layer[0]", "pass", IN_LIT),
        ("encoder", "encoder = bert.encoder", IN_LIT),
        ("nn.ModuleList([bert.encoder])[0]", "pass", IN_LIT),
        ("bert", "pass", IN_LIT),
        ("part=bert.encoder", "bert.train()", []),
        ("part=bert.encoder", "bert.encoder.train()", []),
        ("part=bert.encoder", "bert.requires_grad_(False)", []),
        ("part=bert.encoder.eval()", "pass", []),
        ("part=bert.pooler.dense.weight", "pass", []),
        ("part=nn.Linear(bert.config.hidden_size, 2)", "pass", []),
        ("part=nn.Linear(8, 2), head=bert.pooler", "pass", []),  # it never runs
    ],
)
def test_a_part_of_a_model_that_is_given_to_a_module_of_the_project(
    tmp_path: Path, given: str, before: str, expected: list[str]
) -> None:
    files = {"lit.py": LIT, "scorer.py": OF_PARTS, "run.py": GIVES_A_PART.format(given=given, before=before)}
    assert found(tmp_path, files) == expected


OF_A_GROUP = """
import pytorch_lightning as pl
import torch

class Lit(pl.LightningModule):
    def __init__(self, network):
        super().__init__()
        self.net = {taken}

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters())
"""
BY_HYDRA = """
import hydra
import pytorch_lightning as pl

@hydra.main(version_base=None, config_path="configs", config_name="train")
def main(cfg):
    pl.Trainer().fit(hydra.utils.instantiate(cfg.module))

main()
"""
GROUPED = """
_target_: lit.Lit
network:
  model:
    _target_: {made}
    {name}
"""


@pytest.mark.parametrize("taken", ["network.model", 'network["model"]'])
@pytest.mark.parametrize(
    ("made", "name", "expected"),
    [
        ("net.Net", "name: some/bert", IN_LIT),
        ("torch.nn.Linear", "in_features: 8", []),
        ("net.Thawed", "name: some/bert", []),
    ],
)
def test_a_group_of_settings_out_of_which_the_constructor_takes_a_model(
    tmp_path: Path, taken: str, made: str, name: str, expected: list[str]
) -> None:
    thawed = (
        "\nclass Thawed(Net):\n    def __init__(self, name):\n        super().__init__(name)\n        self.train()\n"
    )
    files = {
        "lit.py": OF_A_GROUP.format(taken=taken),
        "net.py": NET + thawed,
        "train.py": BY_HYDRA,
        "configs/train.yaml": "defaults:\n  - module: lit\n",
        "configs/module/lit.yaml": GROUPED.format(made=made, name=name),
    }
    assert found(tmp_path, files) == expected


PICKED = """
import pytorch_lightning as pl
import torch
from transformers import AutoModel

def pick(parts, name):
    return parts[name]

class Lit(pl.LightningModule):
    def __init__(self):
        super().__init__()
        bert = AutoModel.from_pretrained("bert-base-uncased")
        self.net = pick({given})

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters())
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('{"model": bert, "other": None}, "model"', IN_LIT),
        ("[bert, None], 0", IN_LIT),
        ('{"model": bert.train(), "other": None}, "model"', []),
        ("[bert.train(), None], 0", []),
        ('{"model": bert, "other": torch.nn.Linear(8, 8)}, "other"', []),
    ],
)
def test_a_function_that_is_given_a_model_in_a_row(tmp_path: Path, given: str, expected: list[str]) -> None:
    assert found(tmp_path, {"lit.py": PICKED.format(given=given)}) == expected
