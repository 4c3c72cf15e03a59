"""`kwargs.get("freeze", False)` is as good as a parameter with that default."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

MODEL = """
import argparse
import lightning as L
import torch
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, config=None, **kwargs):
        super().__init__()
        {first}
        self.kwargs = kwargs
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        if {test}:
            self.bert.requires_grad_(False)

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).pooler_output.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.kwargs.get("lr", 1e-5))
"""
MEDIUM = [Confidence.MEDIUM]
GET = 'self.kwargs.get("freeze", False)'


def of_model(folder: Path, test: str, first: str = "pass", script: str = "") -> list[Confidence]:
    return found(folder, MODEL.replace("{test}", test).replace("{first}", first) + script)


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (GET, MEDIUM),
        ('kwargs.get("freeze", False)', MEDIUM),
        ('kwargs.pop("freeze", None)', MEDIUM),
        ('kwargs.get("how", "nothing") == "all"', MEDIUM),
        ('not kwargs.get("train", True)', MEDIUM),
        ('kwargs.get("freeze", True)', LOW),
        ('not kwargs.get("train", False)', LOW),
        ('kwargs.get("freeze")', LOW),
        ('kwargs["freeze"]', LOW),
        ("kwargs.get(config, False)", LOW),
        ('config.get("freeze", False)', LOW),
        ("False", HIGH),
    ],
)
def test_a_keyword_that_nobody_gives(tmp_path: Path, test: str, expected: list[Confidence]) -> None:
    assert of_model(tmp_path, test) == expected


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("kwargs.update(lr=1)", MEDIUM),
        ("kwargs.update(config)", LOW),
        ("kwargs = {**kwargs, **config}", LOW),
        ("kwargs['freeze'] = True", []),
    ],
)
def test_keywords_that_the_constructor_changes(tmp_path: Path, first: str, expected: list[Confidence]) -> None:
    assert of_model(tmp_path, GET, first) == expected


SCRIPT = """
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument({option})
    args = parser.parse_args()
    L.Trainer().fit(Model({given}))
"""


@pytest.mark.parametrize(
    ("option", "given", "expected"),
    [
        ('"--freeze", action="store_true"', "**vars(args)", MEDIUM),
        ('"--freeze", action="store_false"', "**vars(args)", LOW),
        ('"--freeze", default=1', "**args.__dict__", LOW),
        ('"--other"', "**vars(args)", MEDIUM),
        ('"--other"', "freeze=True", []),
        ('"--other"', "freeze=False", HIGH),
    ],
)
def test_keywords_that_a_script_gives(tmp_path: Path, option: str, given: str, expected: list[Confidence]) -> None:
    script = SCRIPT.replace("{option}", option).replace("{given}", given)
    assert of_model(tmp_path, GET, script=script) == expected


@pytest.mark.parametrize(
    ("default", "expected"),
    [("self.kwargs['still']", LOW), ("not self.kwargs.get('train', True)", MEDIUM), ("False", HIGH)],
)
def test_a_value_that_no_branch_asks_for(tmp_path: Path, default: str, expected: list[Confidence]) -> None:
    text = MODEL.replace("{first}", "pass").replace(
        "if {test}:\n            self.bert.requires_grad_(False)", f"self.bert.requires_grad_(not ({default}))"
    )
    assert found(tmp_path, text) == expected


def test_a_keyword_that_decides_nothing_leaves_a_parameters_default_as_sure(tmp_path: Path) -> None:
    text = MODEL.replace("{first}", "rate = kwargs.get('rate', 0.1)").replace("{test}", "config")
    assert found(tmp_path, text) == HIGH
