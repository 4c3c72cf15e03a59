"""A model that a file loads at its top level, and what is done to it there before a class takes it."""

from pathlib import Path

import pytest

from lintlight.model import Severity
from tests.checking import findings_of

IMPORTS = "import lightning as L\nimport torch\nfrom transformers import AutoModel\n\n"
LOADED = 'net = AutoModel.from_pretrained("bert-base-uncased")\n'
MODULE = """

class Lit(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.model = net

    def training_step(self, batch, batch_idx):
        return self.model(**batch).pooler_output.sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


def codes(root: Path, **files: str) -> list[str]:
    project = {"pyproject.toml": "[project]\nname = 'p'\ndependencies = ['lightning>=2.4']\n"}
    findings = findings_of(root, {**project, **{f"{name}.py": text for name, text in files.items()}})
    return [found.code for found in findings if found.severity is not Severity.INFO]


@pytest.mark.parametrize(
    ("lines", "is_told"),
    [
        ("", True),
        ("other = 3", True),
        ("net = net.to('cuda')", True),
        ("if torch.cuda.is_available():\n    net = net.cuda()", True),
        ("net = torch.compile(net)", True),
        ("net.resize_token_embeddings(4)", True),
        ("net.train()", False),
        ("net = net.to('cuda')\nnet.train()", False),
        ("net.eval()", False),
        ("for p in net.parameters():\n    p.requires_grad = False", False),
        ("def freeze(module):\n    module.requires_grad_(False)\n\nfreeze(net)", False),
        ("net = AutoModel.from_config('x')", False),
    ],
)
@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_what_is_done_to_it(tmp_path: Path, lines: str, is_told: bool, is_elsewhere: bool) -> None:
    loading = f"{IMPORTS}{LOADED}{lines}\n"
    files = (
        {"net": loading, "m": f"{IMPORTS}from net import net\n{MODULE}"} if is_elsewhere else {"m": loading + MODULE}
    )
    assert codes(tmp_path, **files) == ["LL101"] * is_told


def test_what_it_is_called_later_is_something_else(tmp_path: Path) -> None:
    """The class has taken the model by then; which of the two it means is not known."""
    assert codes(tmp_path, m=IMPORTS + LOADED + MODULE + "\n\nnet = Lit()\n") == []
