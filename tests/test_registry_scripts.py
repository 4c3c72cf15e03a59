"""A script that takes the class which it fits out of a table that decorators fill."""

from pathlib import Path

import pytest

from tests.checking import findings_of

BY_FUNCTION = """
MODELS = {}


def register_model(name):
    def add(cls):
        MODELS[name] = cls
        return cls
    return add
"""
TASK = """
import lightning as L
import torch
from transformers import AutoModel
from models.tables import register_model

@register_model("default")
class Task(L.LightningModule):
    def __init__(self, name):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)

    def training_step(self, batch, batch_idx):
        return self.bert(**batch)[0].mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
SCRIPT = """
import lightning as L
from models import MODELS

def main(config):
    {made}
    {then}
    L.Trainer(max_epochs=1).fit(model, None)
"""
WAYS = {
    "called at once": 'model = MODELS[config["model"]](config["name"])',
    "through a name": 'made = MODELS[config["model"]]\n    model = made(config["name"])',
    "by one key": 'model = MODELS["default"](config["name"])',
}


def found(folder: Path, made: str, then: str, script: str = SCRIPT, table: str = BY_FUNCTION) -> list[str]:
    files = {
        "models/__init__.py": "from .tables import MODELS\nfrom . import task\n",
        "models/tables.py": table,
        "models/task.py": TASK,
        "run.py": script.replace("{made}", made).replace("{then}", then),
    }
    return [each.code for each in findings_of(folder, files) if each.confidence.value != "low"]


@pytest.mark.parametrize("made", WAYS.values(), ids=WAYS)
def test_what_the_script_trains(tmp_path: Path, made: str) -> None:
    assert found(tmp_path, made, "model.train()") == []


@pytest.mark.parametrize("made", WAYS.values(), ids=WAYS)
def test_what_the_script_only_fits(tmp_path: Path, made: str) -> None:
    assert found(tmp_path, made, "pass") == ["LL101"]


@pytest.mark.parametrize("empty", ["dict()", "collections.OrderedDict()", "collections.UserDict()"])
@pytest.mark.parametrize(("then", "expected"), [("model.train()", []), ("pass", ["LL101"])])
def test_a_table_that_a_call_makes(tmp_path: Path, empty: str, then: str, expected: list[str]) -> None:
    table = "import collections\n" + BY_FUNCTION.replace("MODELS = {}", f"MODELS = {empty}")
    assert found(tmp_path, WAYS["called at once"], then, table=table) == expected


BY_NAME = """
import sys
import lightning as L
from models import task

{indent}model = getattr(task, sys.argv[1])("bert-base-uncased")
{indent}{then}
{indent}L.Trainer(max_epochs=1).fit(model)
"""


@pytest.mark.parametrize("indent", ["", "if __name__ == '__main__':\n    ", "def main():\n    "])
@pytest.mark.parametrize(
    ("then", "expected"),
    [("model.train()", []), ("model.bert.train()", []), ("pass", ["LL101"]), ("model.half()", ["LL101"])],
)
def test_a_script_that_takes_a_class_by_a_name(tmp_path: Path, indent: str, then: str, expected: list[str]) -> None:
    start, _, more = indent.rpartition("\n")
    script = BY_NAME.replace("{indent}model", f"{start}\n{more}model").replace("{indent}", more).replace("{then}", then)
    assert found(tmp_path, "model = None", "pass", script) == expected


def test_a_table_of_the_same_name_elsewhere(tmp_path: Path) -> None:
    other = tmp_path / "writer" / "models"
    other.mkdir(parents=True)
    other.joinpath("__init__.py").write_text("")
    other.joinpath("tables.py").write_text(BY_FUNCTION)
    summary = TASK.replace("models.tables", ".tables").replace("class Task", "class Summary")
    other.joinpath("summary.py").write_text(summary.replace("from_pretrained(name)", "from_pretrained(name).train()"))
    assert found(tmp_path, WAYS["called at once"], "model.train()") == []
