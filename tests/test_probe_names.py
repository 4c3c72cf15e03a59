"""A module may be called like a folder around it: it is imported as what the project's own imports say."""

import sys
from pathlib import Path

import pytest

from lintlight.model import VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from lintlight.probe.worker import userimport
from tests.bench.probe_findings import finding

MODEL = """
import lightning
import torch
import transformers

from {layers} import Head


class Classifier(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = transformers.BertModel.from_pretrained("bert-base-uncased")
        self.head = Head()

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch["input_ids"]).pooler_output).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-3)
"""
HEAD = "import torch\n\n\nclass Head(torch.nn.Linear):\n    def __init__(self):\n        super().__init__(768, 2)\n"


@pytest.mark.parametrize(
    ("model", "layers"),
    [
        ("model/model.py", "model.layers"),
        ("flower/models/flower.py", "flower.models.layers"),
        ("flower/models/flower/lit.py", "flower.models.layers"),
    ],
)
def test_a_module_called_like_a_folder_around_it(tmp_path: Path, model: str, layers: str) -> None:
    (tmp_path / "requirements.txt").touch()
    path = tmp_path / model
    path.parent.mkdir(parents=True)
    path.write_text(MODEL.format(layers=layers))
    if path.name == "lit.py":
        (path.parent / "__init__.py").touch()
    (tmp_path / (layers.replace(".", "/") + ".py")).write_text(HEAD)
    settings = ProbeSettings(python=Path(sys.executable), root=tmp_path)
    [found] = probe([finding(path, "Classifier", "bert")], settings)
    assert found.verdict is not None
    assert found.verdict.status is VerdictStatus.CONFIRMED, found.verdict.reason


@pytest.mark.parametrize(
    ("files", "imports"),
    [
        (("model/model.py",), "layers.head"),
        (("model/model.py",), "model"),
        (("flower/models/lit.py",), "flower.models.layers"),
        (("flower/flower/__init__.py", "flower/flower/model.py", "flower/flower/head.py"), "flower.head"),
        (("pkg/model/__init__.py", "pkg/model/model.py", "pkg/model/head/__init__.py"), "model.head"),
    ],
)
def test_any_other_module_keeps_its_name(tmp_path: Path, files: tuple[str, ...], imports: str) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    path = next(tmp_path / file for file in files if not file.endswith("__init__.py"))
    path.write_text(f"from {imports} import Head\n")
    assert userimport.by_absolute_imports(userimport.tree_of(str(path)), str(path), str(tmp_path)) is None
