"""A table of models that code changes: what stands in it afterwards is no longer what its text says."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of
from tests.test_picked import HIGH, LOW, found

TEXT = """
import lightning as L
import torch
from torch import nn
from transformers import BertModel, RobertaModel

class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.1)

    @classmethod
    def from_pretrained(cls, name):
        return cls()

    def forward(self, ids):
        return self.drop(ids)

{table} = {{"bert": BertModel, "roberta": {other}}}

def get(kind):
    return {table}[kind]

{change}

class Net(L.LightningModule):
    def __init__(self, kind="bert"):
        super().__init__()
        self.bert = {picked}.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.bert(batch["ids"])[0].mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


def told(
    folder: Path, change: str, table: str = "MODELS", picked: str = "", other: str = "RobertaModel"
) -> list[Confidence]:
    picked = picked or f"{table}[kind]"
    return found(folder, TEXT.format(change=change.replace("MODELS", table), table=table, picked=picked, other=other))


@pytest.mark.parametrize("table", ["MODELS", "_MODELS", "models"])
@pytest.mark.parametrize("picked", ["get(kind)", ""])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ('MODELS["bert"] = Own', []),
        ('MODELS["bert"] = RobertaModel', HIGH),
        ('MODELS.update({"bert": Own})', []),
        ('MODELS.pop("bert")\nMODELS.setdefault("bert", Own)', []),
        ('MODELS["other"] = Own', HIGH),
        ('print(MODELS["bert"], MODELS.get("bert"))', HIGH),
        ('def other(MODEL):\n    MODEL["bert"] = Own', HIGH),
        ("class Keeper:\n    def keep(self):\n        self.MODELS['bert'] = Own", HIGH),
    ],
)
def test_what_a_file_puts_into_it_at_once(
    tmp_path: Path, table: str, picked: str, change: str, expected: list[Confidence]
) -> None:
    assert told(tmp_path, change, table, picked) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ('def use():\n    MODELS["bert"] = Own', LOW),
        ("def register(kind, cls):\n    MODELS[kind] = cls", LOW),
        ("def register(kind, cls):\n    MODELS.update({kind: cls})", LOW),
        ("def register(kind, cls):\n    MODELS.setdefault(kind, cls)", LOW),
        ("def forget(kind):\n    del MODELS[kind]", LOW),
        ('if torch.cuda.is_available():\n    MODELS["bert"] = Own', LOW),
        ('MODELS |= {"bert": Own}', LOW),
        ('def use():\n    MODELS["other"] = Own', HIGH),
        ('def forget():\n    MODELS.pop("roberta")', HIGH),
    ],
)
def test_what_other_code_may_put_into_it(tmp_path: Path, change: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, change) == expected


TABLE = "from transformers import BertModel, RobertaModel\n\n_MODELS = {'bert': BertModel, 'roberta': RobertaModel}\n\n"
GETS = "def get(kind):\n    return _MODELS[kind]\n"


@pytest.mark.parametrize(
    ("lines", "is_told"),
    [
        ("import models\n\nmodels._MODELS['bert'] = Own", False),
        ("from models import _MODELS\n\n_MODELS['bert'] = Own", False),
        ("from models import _MODELS\n\nprint(_MODELS['bert'])", True),
        ("import models\n\nmodels._MODELS['roberta'] = Own", True),
        ("_MODELS = {}\n_MODELS['bert'] = Own", True),
    ],
)
def test_what_another_file_puts_into_it(tmp_path: Path, lines: str, is_told: bool) -> None:
    net = TEXT.format(
        table="unused", change=f"from models import get as pick\n{lines}", picked="pick(kind)", other="Own"
    )
    project = {"pyproject.toml": "[project]\nname = 'p'\n", "models.py": TABLE + GETS, "net.py": net}
    findings = [each for each in findings_of(tmp_path, project) if each.code == "LL101"]
    assert [each.confidence for each in findings] == (HIGH if is_told else LOW)
