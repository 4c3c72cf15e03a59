"""A program that takes what makes a module from one file, and what fits it from another."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of

NET = """
from torch import nn
from transformers import AutoModel

class Net(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)

    def forward(self, x):
        return self.bert(x).last_hidden_state.mean()
"""
TASK = """
import lightning as L
import torch

class Task(L.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def training_step(self, batch, batch_idx):
        return self.model(batch)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
FACTORY = "from net import Net\nfrom task import Task\n\ndef make(config):\n    return Task(Net(config['name']))\n"
FUNCTION = """
import lightning as L

def start(config, module):
    {before}
    L.Trainer(max_epochs=config["epochs"]).fit(module)
"""
RUNNER = """
import lightning as L

class Runner:
    def __init__(self, module):
        self.module = module

    def start(self):
        module = self.module
        {before}
        L.Trainer().fit(module)
"""
MAIN = "import sys\n{imports}\n\ndef main():\n    config = dict(name=sys.argv[1], epochs=2)\n    {work}\n\nmain()\n"
BOTH = "from build import make\nfrom running import "
HIGH = [("LL101", "task.py", Confidence.HIGH)]


def found_in(folder: Path, running: str, imports: str, work: str) -> list[tuple[str, str, Confidence]]:
    """Code, file and confidence of what is found in a project of five files."""
    main = MAIN.format(imports=imports, work=work)
    files = {"net.py": NET, "task.py": TASK, "build.py": FACTORY, "running.py": running, "main.py": main}
    return [(each.code, each.span.path.name, each.confidence) for each in findings_of(folder, files)]


@pytest.mark.parametrize(
    ("running", "imports", "work"),
    [
        (FUNCTION, f"{BOTH}start", "start(config, make(config))"),
        (FUNCTION, f"{BOTH}start", "module = make(config)\n    start(config, module=module)"),
        (RUNNER, f"{BOTH}Runner", "Runner(make(config)).start()"),
    ],
)
@pytest.mark.parametrize(
    ("before", "expected"), [("pass", HIGH), ("module.train()", []), ("module.model.bert.requires_grad_(False)", [])]
)
def test_one_makes_it_and_another_fits_it(
    tmp_path: Path, running: str, imports: str, work: str, before: str, expected: list[tuple[str, str, Confidence]]
) -> None:
    assert found_in(tmp_path, running.format(before=before), imports, work) == expected


@pytest.mark.parametrize(
    ("imports", "work"),
    [
        ("from build import make", "print(make(config))"),
        ("from running import start", "start(config, None)"),
        (f"{BOTH}start", "make(config)\n    start(config, None)"),
    ],
)
def test_nothing_that_is_made_is_fitted(tmp_path: Path, imports: str, work: str) -> None:
    assert found_in(tmp_path, FUNCTION.format(before="pass"), imports, work) == []
