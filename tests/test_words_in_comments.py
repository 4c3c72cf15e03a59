"""What comments and docstrings tell of is not done."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence, Severity
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.test_key_conditions import LOST, UNWRAPPED, told

COMPILED = "self.head = torch.compile(self.head)"


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        (COMPILED, LOST),
        ("self.head = torch.compile(self.head, mode='default')", LOST),
        (f"# {COMPILED}", []),
        (f'"""{COMPILED}"""', []),
        (f"pass  # {COMPILED}", []),
        ("pass", []),
        ("self.run = torch.compile(self.head.forward)", []),
        ("self.head.forward = torch.compile(self.head.forward)", []),
    ],
)
def test_only_code_compiles(tmp_path: Path, init: str, expected: list[tuple[str, Confidence]]) -> None:
    assert told(tmp_path, UNWRAPPED, init) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("print(list(self.net.parameters()))", [("LL301", Confidence.MEDIUM)]),
        ("# print(list(self.net.parameters()))", []),
        ('"""print(list(self.net.parameters()))"""', []),
    ],
)
def test_only_code_tells_that_something_is_a_module(
    tmp_path: Path, line: str, expected: list[tuple[str, Confidence]]
) -> None:
    dropped = 'state = {k: v for k, v in state.items() if not k.startswith("net.")}'
    assert told(tmp_path, dropped, f"self.net = build(args)\n        {line}") == expected


MODULE = '''
"""{module}"""
import pytorch_lightning as pl
import torch
from transformers import AutoModel

class Net(pl.LightningModule):
    """{docstring}"""

    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def training_step(self, batch, i):
        return self.bert(batch).last_hidden_state.sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

def run():
    {run}
'''
SCRIPT = """
import pytorch_lightning as pl
from model import Net

pl.Trainer(gpus=1).fit(Net())
"""
NOTHING = {"module": "", "docstring": "", "run": "pass"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, Severity.INFO),
        ({"module": "Then trainer.fit(net)."}, Severity.INFO),
        ({"docstring": "Then trainer.fit(net)."}, Severity.INFO),
        ({"run": "pass  # then trainer.fit(net)"}, Severity.INFO),
        ({"run": "pl.Trainer().fit(Net())"}, Severity.ERROR),
    ],
)
def test_only_code_fits(tmp_path: Path, written: dict[str, str], expected: Severity) -> None:
    """A Trainer that is refused keeps a class from training today, unless its own file trains it."""
    for name, text in {
        "pyproject.toml": "",
        "model.py": MODULE.format(**NOTHING | written),
        "train.py": SCRIPT,
    }.items():
        (tmp_path / name).write_text(text)
    report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.severity for finding in report.findings] == [expected]
