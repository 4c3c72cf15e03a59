"""A function that picks a class of models from a table, wherever the table stands and whatever it is called."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

TEXT = """
import lightning as L
import torch
from transformers import AutoTokenizer, BertModel, BertTokenizer, RobertaModel

{table}

class Net(L.LightningModule):
    def __init__(self, kind, path):
        super().__init__()
        cls = {picked}
        self.net = cls.from_pretrained(path){then}

    def training_step(self, batch, batch_idx):
        return self.net(**batch)[0].mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
OF_A_FILE = "{name} = {{'bert': BertModel, 'roberta': RobertaModel}}\n\ndef pick(kind):\n    {pick}\n"
OF_A_CLASS = (
    "class Factory:\n    table = {'bert': BertModel, 'roberta': RobertaModel}\n\n"
    "    @classmethod\n    def get(cls, kind):\n        return cls.table[kind]\n"
)
IN_A_CLASS = OF_A_CLASS.replace("cls.table[kind]", "Factory.table[kind]")
PICKED = {
    "by a name in small letters": (OF_A_FILE.format(name="models", pick="return models[kind]"), "pick(kind)"),
    "by a private one": (OF_A_FILE.format(name="_MODELS", pick="return _MODELS[kind]"), "pick(kind)"),
    "through a name": (OF_A_FILE.format(name="models", pick="made = models[kind]\n    return made"), "pick(kind)"),
    "from a class": (OF_A_CLASS, "Factory.get(kind)"),
    "from a class by its name": (IN_A_CLASS, "Factory.get(kind)"),
}


@pytest.mark.parametrize(("table", "picked"), PICKED.values(), ids=PICKED)
def test_a_model_that_a_function_picks(table: str, picked: str, tmp_path: Path) -> None:
    def confidences(table: str, then: str = "") -> list[Confidence]:
        return found(tmp_path, TEXT.format(table=table, picked=picked, then=then))

    assert confidences(table) == HIGH
    assert confidences(table, ".train()") == []
    tokenizers = table.replace("BertModel", "BertTokenizer").replace("RobertaModel", "AutoTokenizer")
    assert confidences(tokenizers) == LOW  # what the function gives is not known then
