"""Names that `from package import *` gives: of libraries only those that cannot mean anything else."""

from pathlib import Path

import pytest

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


def test_the_projects_own_names_come_first(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("import torch\n\nclass LightningModule(torch.nn.Module):\n    pass\n")
    imports = "import torch\nfrom own import *\nfrom lightning import *\nfrom transformers import AutoModel"
    assert found(tmp_path, MODEL.format(imports=imports)) == []


def test_other_packages_may_give_any_name(tmp_path: Path) -> None:
    imports = "import torch\nfrom elsewhere import *\nfrom transformers import AutoModel"
    assert found(tmp_path, MODEL.format(imports=imports)) == []
