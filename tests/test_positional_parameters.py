"""Parameters that are given by position only, `self` among them, are parameters like any other."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence, Severity
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.test_checkpoint import of_module, shown
from tests.test_scripts import MODULES, THROUGH_A_FACTORY, findings

SAVES = """
def state_dict(self, *args, **kwargs):
    return {k: v for k, v in super().state_dict(*args, **kwargs).items() if not k.startswith("vae.")}

"""
FILLED = 'checkpoint["state_dict"] = {**self.vae.state_dict(), **checkpoint["state_dict"]}'


@pytest.mark.parametrize("given", ["self, checkpoint", "self, checkpoint, /"])
@pytest.mark.parametrize(("line", "expected"), [(FILLED, []), ("print(checkpoint)", [("LL301", Confidence.HIGH)])])
def test_a_hook_that_puts_keys_back(
    tmp_path: Path, given: str, line: str, expected: list[tuple[str, Confidence]]
) -> None:
    methods = f"{SAVES}def on_load_checkpoint({given}):\n    {line}\n"
    told = shown(of_module(tmp_path, methods), tmp_path)
    assert [(code, confidence) for code, _, confidence in told] == expected


@pytest.mark.parametrize(("given", "expected"), [("self, model", 1), ("self, model, /", 1), ("self, model=None, /", 1)])
def test_a_module_that_keeps_what_it_is_given(tmp_path: Path, given: str, expected: int) -> None:
    modules = MODULES.replace("self, model", given).replace("model=model", "model")
    assert len(findings(tmp_path, THROUGH_A_FACTORY, modules)) == expected


STEPS = """
import pytorch_lightning as pl
import torch
from transformers import AutoModel

class Net(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def training_step({given}):
        return self.bert(batch).last_hidden_state.sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("self, batch, batch_idx, /", Severity.ERROR),
        ("self, batch, batch_idx, optimizer_idx", Severity.INFO),
        ("self, batch, batch_idx, optimizer_idx, /", Severity.INFO),
        ("self, batch, batch_idx, *, optimizer_idx=0", Severity.ERROR),
    ],
)
def test_a_parameter_that_lightning_refuses(tmp_path: Path, given: str, expected: Severity) -> None:
    """Lightning looks at what may be given by position."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "model.py").write_text(STEPS.format(given=given))
    report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.severity for finding in report.findings] == [expected]
