"""`save_hyperparameters()` in a base class keeps the arguments of the heirs, too, as Lightning collects them."""

import textwrap
from pathlib import Path

import pytest

from lintlight.model import Confidence, Severity
from tests.checking import findings_of

MODEL = """
import lightning as L
import torch
from transformers import AutoModel

class Base(L.LightningModule):
    def __init__(self, width=3):
        super().__init__()
        {saves}

    def keep(self):
        self.save_hyperparameters()

class Model(Base):
    def __init__(self, name={name!r}, freeze=False, **options):
{init}
        self.net = AutoModel.from_pretrained(self.hparams.name)
        if self.hparams.freeze:
            self.net.requires_grad_(False)

    def training_step(self, batch, batch_idx):
        return self.net(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-5)
"""
SURE, GUESSED, NOTE = (
    (Severity.ERROR, Confidence.HIGH),
    (Severity.ERROR, Confidence.LOW),
    (Severity.INFO, Confidence.HIGH),
)


def told(folder: Path, text: str) -> tuple[Severity, Confidence]:
    """How the only finding is told."""
    (found,) = findings_of(folder, {"model.py": text}, "model.py")
    return found.severity, found.confidence


def model(init: str = "super().__init__()", saves: str = "self.save_hyperparameters()", name: str = "bert") -> str:
    return MODEL.format(init=textwrap.indent(init, " " * 8), saves=saves, name=name)


@pytest.mark.parametrize("saves", ["self.save_hyperparameters()", "self.keep()"])
def test_a_base_class_keeps_the_arguments_of_its_heir(tmp_path: Path, saves: str) -> None:
    assert told(tmp_path, model(saves=saves)) == SURE
    assert told(tmp_path, model(saves=saves, name="facebook/dinov2-base")) == NOTE


def test_a_class_in_between_is_no_end(tmp_path: Path) -> None:
    text = model().replace(
        "class Model(Base)",
        "class Middle(Base):\n    def __init__(self, depth=2):\n        super().__init__()\n\nclass Model(Middle)",
    )
    assert told(tmp_path, text) == SURE


@pytest.mark.parametrize(
    "init",
    [
        "name = LARGE[name]\nsuper().__init__()",  # kept as it is then, whatever that may be
        "Base.__init__(self)",  # without `super` Lightning does not know the function for a constructor
    ],
)
def test_what_is_not_known_to_be_kept(tmp_path: Path, init: str) -> None:
    assert told(tmp_path, model(init, name="facebook/dinov2-base"))[0] is Severity.ERROR


def test_what_a_base_class_does_not_save_is_not_known(tmp_path: Path) -> None:
    assert told(tmp_path, model(saves="pass")) == GUESSED


def test_an_heir_has_the_last_word(tmp_path: Path) -> None:
    text = model().replace("width=3", 'width=3, name="bert"').replace("name='bert'", "name='facebook/dinov2-base'")
    assert told(tmp_path, text) == NOTE


def test_what_options_hold_is_kept_as_well(tmp_path: Path) -> None:
    text = model().replace("freeze=False, ", "")
    script = "import lightning as L\nfrom model import Model\nL.Trainer().fit(Model(freeze={}))\n"
    files = {"model.py": text, "train.py": script.format(True)}
    assert findings_of(tmp_path / "on", files, "model.py") == []
    files["train.py"] = script.format(False)
    (found,) = findings_of(tmp_path / "off", files, "model.py")
    assert found.confidence is Confidence.HIGH
