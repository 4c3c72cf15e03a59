"""Names that `from package import *` gives: of libraries only those that cannot mean anything else."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, found

MODEL = """
{imports}

class Model(LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
LIGHTNING = ("from pytorch_lightning import *", "from lightning.pytorch import *", "from lightning import *")


@pytest.mark.parametrize("lightning", LIGHTNING)
@pytest.mark.parametrize("transformers", ["from transformers import AutoModel", "from transformers import *"])
def test_the_names_of_lightning_and_transformers(tmp_path: Path, lightning: str, transformers: str) -> None:
    assert found(tmp_path, MODEL.format(imports=f"import torch\n{lightning}\n{transformers}")) == HIGH


OWN = "import torch\n\nclass LightningModule(torch.nn.Module):\n    pass\n"


@pytest.mark.parametrize(
    ("stars", "expected"),
    [
        (("own", "lightning"), HIGH),
        (("lightning", "own"), []),  # the last one counts
        (("lightning", "elsewhere"), []),  # it may give any name
        (("elsewhere", "lightning"), HIGH),
        (("elsewhere",), []),
    ],
)
def test_the_last_star_counts(tmp_path: Path, stars: tuple[str, ...], expected: list[Confidence]) -> None:
    (tmp_path / "own.py").write_text(OWN)
    lines = ["import torch", "from transformers import AutoModel", *(f"from {name} import *" for name in stars)]
    assert found(tmp_path, MODEL.format(imports="\n".join(lines))) == expected
