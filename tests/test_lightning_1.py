"""Projects that are written for Lightning 1, whatever their requirements say: what they have there is a note."""

from pathlib import Path

import pytest

from lintlight.model import Severity
from lintlight.semantics.walks.scripts import NO_LONGER_GIVEN, NO_LONGER_GIVEN_IN_AUTOMATIC
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


def with_hook(signature: str) -> str:
    """The module with one more hook."""
    return f"{MODEL}\n    def {signature}:\n        self.seen = True\n"


@pytest.mark.parametrize(
    ("signature", "severity"),
    [
        ("on_train_epoch_end(self, outputs)", Severity.INFO),
        ("on_train_batch_end(self, outputs, batch, batch_idx, dataloader_idx)", Severity.INFO),
        ("on_train_batch_end(self, outputs, batch, batch_idx, dataloader_idx=0)", Severity.ERROR),
        ("on_train_epoch_end(self, outputs=None)", Severity.ERROR),
        ("on_train_epoch_end(self, *outputs)", Severity.ERROR),
        ("on_validation_epoch_end(self, outputs)", Severity.ERROR),
        ("configure_gradient_clipping(self, optimizer, optimizer_idx, value, algorithm)", Severity.INFO),
        ("configure_gradient_clipping(self, optimizer, value, algorithm)", Severity.ERROR),
    ],
)
def test_a_hook_that_asks_for_what_lightning_2_does_not_give(
    tmp_path: Path, signature: str, severity: Severity
) -> None:
    assert severity_of(tmp_path, model=with_hook(signature)) is severity


def test_hooks_that_manual_optimization_may_never_call(tmp_path: Path) -> None:
    clips = "configure_gradient_clipping(self, optimizer, optimizer_idx, value, algorithm)"
    text = with_hook(clips).replace("super().__init__()", "super().__init__(); self.automatic_optimization = False")
    text = text.replace("return self.bert", "loss = self.bert").replace(
        ".mean()", ".mean(); self.manual_backward(loss); self.optimizers().step()"
    )
    assert severity_of(tmp_path, model=text) is Severity.ERROR


def test_what_hooks_may_not_ask_for_is_that_of_the_evidence() -> None:
    every = NO_LONGER_GIVEN | NO_LONGER_GIVEN_IN_AUTOMATIC
    lines = (Path(__file__).parent / "evidence" / "removed_hooks.out").read_text("utf-8").splitlines()
    refused = {line.partition("(")[0] for line in lines if ": TypeError: hook() missing" in line}
    assert refused == every.keys()
