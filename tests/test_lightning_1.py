"""Projects that are written for Lightning 1, whatever their requirements say: what they have there is a note."""

from pathlib import Path

import pytest

from lintlight.model import Severity
from tests.checking import findings_of

MODEL = """
import lightning as L
import torch
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).pooler_output.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
OLD = """
import lightning as L
from model import Model

L.Trainer(gpus=1).fit(Model())
"""


def severity_of(folder: Path, **files: str) -> Severity:
    """Of the only finding in a project with these files, the module's own among them."""
    (found,) = findings_of(folder, {f"{name}.py": text for name, text in files.items()}, "model.py")
    return found.severity


@pytest.mark.parametrize(
    ("other", "severity"),
    [
        ("from sklearn.svm import SVC\nSVC().fit(Model().features, labels)\n", Severity.INFO),
        ("from sklearn.svm import SVC\ndef run(trainer):\n    trainer.fit(Model())\n", Severity.ERROR),
        ("def run(runner):\n    runner.fit(Model())\n", Severity.ERROR),
        ("import lightning as L\nL.Trainer(devices=1).fit(Model())\n", Severity.ERROR),
    ],
    ids=["of scikit-learn", "a Trainer that it is given", "maybe one", "one of Lightning 2"],
)
def test_another_file_that_fits(tmp_path: Path, other: str, severity: Severity) -> None:
    files = {"train": OLD, "other": f"from model import Model\n{other}"}
    assert severity_of(tmp_path, model=MODEL, **files) is severity


def test_a_file_that_fits_something_else_beside_its_class(tmp_path: Path) -> None:
    below = "\ndef separate(x):\n    {}.fit(x)\n"
    sklearn = "from sklearn.svm import SVC\n" + MODEL + below.format("SVC()")
    assert severity_of(tmp_path / "svc", model=sklearn, train=OLD) is Severity.INFO
    unknown = MODEL + below.format("make()")
    assert severity_of(tmp_path / "any", model=unknown, train=OLD) is Severity.ERROR
