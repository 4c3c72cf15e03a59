"""A key of the configuration for which many classes may be built."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from lintlight.semantics.values import MOST_ATOMS
from tests.checking import findings_of
from tests.command import told_in_every_run
from tests.test_picked import LOW

ENCODER = """
class Encoder{number}(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.net = {net}

    def forward(self, x):
        return self.net(x)
"""
TASK = """
import hydra
import lightning as L
import torch

class Task(L.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        self.encoder = hydra.utils.instantiate(cfg.encoder)

    def training_step(self, batch, batch_idx):
        return self.encoder(batch)[0].sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    L.Trainer().fit(Task(cfg.model))
"""
BERT, LINEAR = "AutoModel.from_pretrained(name)", "nn.Linear(8, 8)"
FROZEN = f"{BERT}.requires_grad_(False)"
MEDIUM = [Confidence.MEDIUM]


def of_choices(root: Path, nets: list[str], default: str) -> list[Confidence]:
    encoders = (ENCODER.format(number=number, net=net) for number, net in enumerate(nets))
    files = {
        "encoders.py": "\n".join(["from torch import nn\nfrom transformers import AutoModel", *encoders]),
        "task.py": TASK,
        "conf/config.yaml": f"defaults:\n  - model: {default}\n",
    }
    for number in range(len(nets)):
        told = f"encoder:\n  _target_: encoders.Encoder{number}\n  name: roberta-base\n"
        files[f"conf/model/m{number}.yaml"] = told
    return [finding.confidence for finding in findings_of(root, files, "task.py")]


@pytest.mark.parametrize("count", [9, MOST_ATOMS])
@pytest.mark.parametrize(("net", "expected"), [(BERT, MEDIUM), (FROZEN, []), (LINEAR, [])])
def test_each_of_several_counts(tmp_path: Path, count: int, net: str, expected: list[Confidence]) -> None:
    assert of_choices(tmp_path, [net] * count, "none_of_them") == expected


def test_one_of_several_may_be_all_right(tmp_path: Path) -> None:
    assert of_choices(tmp_path, [BERT] * 8 + [FROZEN], "none_of_them") == LOW


@pytest.mark.parametrize(
    ("default", "expected"), [("m0", MEDIUM), ("m1", []), ("m2", []), ("none_of_them", []), ("???", [])]
)
def test_of_many_the_one_counts_that_the_defaults_name(
    tmp_path: Path, default: str, expected: list[Confidence]
) -> None:
    assert of_choices(tmp_path, [BERT, FROZEN, LINEAR] * MOST_ATOMS, default) == expected


WHOLE = """
import hydra
import lightning as L
import torch

class Task(L.LightningModule):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def training_step(self, batch, batch_idx):
        return self.net(batch)[0].sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    L.Trainer().fit(hydra.utils.instantiate(cfg.model))
"""


def test_the_same_one_of_several_is_told_in_every_run(tmp_path: Path) -> None:
    (tmp_path / "conf" / "model").mkdir(parents=True)
    (tmp_path / "task.py").write_text(WHOLE)
    encoders = [ENCODER.format(number=n, net=BERT).replace("self.net", f"self.part{n}") for n in range(4)]
    (tmp_path / "encoders.py").write_text(
        "\n".join(["from torch import nn\nfrom transformers import AutoModel", *encoders])
    )
    (tmp_path / "conf" / "config.yaml").write_text("defaults:\n  - model: ???\n")
    for n in range(4):
        told = f"_target_: task.Task\nnet:\n  _target_: encoders.Encoder{n}\n  name: roberta-base\n"
        (tmp_path / "conf" / "model" / f"m{n}.yaml").write_text(told)
    assert "LL101" in told_in_every_run(tmp_path)
