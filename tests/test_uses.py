"""A class that a project only runs with weights learnt elsewhere is told of with low confidence."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.settings import Settings

MODULE = """
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
LOADED = "from tagger import Tagger\n\nmodel = Tagger.load_from_checkpoint('best.ckpt')\n"
FILLED = """
import torch
from tagger import Tagger

class Filter:
    tagger: Tagger

    def __init__(self):
        self.tagger = Tagger().cuda()
        self.tagger.load_state_dict(torch.load("tagger.pt"))

    def only(self, tagger: Tagger) -> Tagger:
        return tagger
"""
EVALUATED = """
from tagger import Tagger

def predict(batch):
    tagger = Tagger()
    tagger.eval()
    return tagger(batch)
"""


def confidence(folder: Path, **files: str) -> Confidence:
    """Of the only finding in a project with these files beside the module's own."""
    for name, text in {"pyproject.toml": "", "tagger.py": MODULE, **files}.items():
        path = folder / (name if "." in name else f"{name}.py")
        path.write_text(text)
    report = check([folder / "tagger.py"], Settings(root=folder), load_rules(), root=folder)
    (found,) = report.findings
    return found.confidence


@pytest.mark.parametrize("use", [LOADED, FILLED, EVALUATED], ids=["checkpoint", "state_dict", "eval"])
def test_only_run(tmp_path: Path, use: str) -> None:
    assert confidence(tmp_path, use=use) is Confidence.LOW
    assert confidence(tmp_path, use=use, other=LOADED) is Confidence.LOW


@pytest.mark.parametrize(
    "other",
    [
        "x = 1\n",
        "from tagger import Tagger\nimport lightning\n\nlightning.Trainer().fit(Tagger())\n",
        "from tagger import Tagger\nfrom lightning.pytorch.cli import LightningCLI\n\nLightningCLI(Tagger)\n",
        "from tagger import Tagger\n\nMODELS = {'tagger': Tagger}\n",
        "from tagger import Tagger\n\ndef build():\n    return Tagger()\n",
        "from tagger import Tagger\n\ndef build(path):\n    return Tagger.load_from_checkpoint(path)\n",
        "from tagger import Tagger\n\ndef build(w):\n    x = Tagger()\n    x.load_state_dict(w)\n    return x\n",
        "from tagger import Tagger\n\ntagger = Tagger()\nmy_tagger.eval()\nself.tagger.eval()\n",
        "from tagger import Tagger\n\nclass Special(Tagger):\n    pass\n",
    ],
    ids=[
        "nobody names it",
        "fitted",
        "by the command line",
        "in a table",
        "made for somebody",
        "loaded for somebody",
        "filled for somebody",
        "another one in eval mode",
        "derived from",
    ],
)
def test_perhaps_trained(tmp_path: Path, other: str) -> None:
    assert confidence(tmp_path, other=other) is Confidence.HIGH
    if other != "x = 1\n":
        assert confidence(tmp_path, use=LOADED, other=other) is Confidence.HIGH


def test_named_by_a_configuration(tmp_path: Path) -> None:
    assert confidence(tmp_path, use=LOADED, **{"conf.yaml": "model:\n  _target_: tagger.Tagger\n"}) is Confidence.HIGH
