"""A branch in which the only training stands is walked, whatever the default of the option that asks for it."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

MODULE = """
import lightning as L
import torch
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, args, tokenizer):
        super().__init__()
        self.args, self.tokenizer = args, tokenizer
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).pooler_output.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
TOP = """
import argparse
import lightning as L
from model import Model

def fit_it(model):
    L.Trainer().fit(model)

parser = argparse.ArgumentParser()
parser.add_argument("--train", action="store_true")
args = parser.parse_args()
"""
IN_MAIN = TOP + '\nif __name__ == "__main__":\n'
BUILDS = "model = Model(args, None)"
FITS = "L.Trainer().fit(model)"


def found(folder: Path, script: str) -> list[Confidence]:
    """How sure each LL101 is."""
    findings = findings_of(folder, {"model.py": MODULE, "train.py": script}, "model.py")
    return [finding.confidence for finding in findings if finding.code == "LL101"]


def branch(test: str, *lines: str, orelse: str = "") -> str:
    """An `if` statement."""
    body = "".join(f"        {line}\n" for line in lines)
    return f"    if {test}:\n{body}" + (f"    else:\n        {orelse}\n" if orelse else "")


@pytest.mark.parametrize("fits", [FITS, "fit_it(model)"])
@pytest.mark.parametrize(
    ("before", "test"),
    [
        (IN_MAIN, "args.train"),
        (TOP + "if True:\n", "args.train"),
        (TOP + "def main():\n", "args.train"),
        (TOP + "def main(train=False):\n", "train"),
    ],
)
@pytest.mark.parametrize(("switch", "expected"), [("model.train()", []), ("model.cuda()", [Confidence.HIGH])])
def test_what_trains_if_the_option_is_given(
    tmp_path: Path, before: str, test: str, fits: str, switch: str, expected: list[Confidence]
) -> None:
    script = before + branch(test, BUILDS, switch, fits, orelse="L.Trainer().test(Model(args, None))")
    assert found(tmp_path, script) == expected


@pytest.mark.parametrize(("switch", "expected"), [("model.train()", []), ("model.cuda()", [Confidence.HIGH])])
def test_what_trains_unless_the_option_is_given(tmp_path: Path, switch: str, expected: list[Confidence]) -> None:
    script = IN_MAIN + branch("not args.train", BUILDS, switch, FITS, orelse="L.Trainer().test(Model(args, None))")
    assert found(tmp_path, script) == expected


@pytest.mark.parametrize(
    ("other", "default", "expected"),
    [
        ("model.train()", "pass", [Confidence.HIGH]),
        ("pass", "model.train()", [Confidence.HIGH]),
        ("model.train()", "model.train()", []),
    ],
)
def test_where_both_ways_train(tmp_path: Path, other: str, default: str, expected: list[Confidence]) -> None:
    script = IN_MAIN + f"    {BUILDS}\n" + branch("args.train", other, FITS, orelse=f"{default}; {FITS}")
    assert found(tmp_path, script) == expected
