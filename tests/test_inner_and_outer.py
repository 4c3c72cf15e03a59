"""A model of the project's own that loads another one, and is loaded itself."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.settings import Settings

MODEL = """
import lightning as L
import torch
import transformers


class Wrapped(transformers.PreTrainedModel):
    def __init__(self, config):
        super().__init__(config)
        self.inner = transformers.AutoModel.from_pretrained("google-bert/bert-base-uncased")
        self.head = torch.nn.Linear(768, 64)

    def forward(self, **batch):
        return self.head(self.inner(**batch).last_hidden_state)


class Model(L.LightningModule):
    def __init__(self, config, name):
        super().__init__()
        self.net = {net}
        {more}

    def training_step(self, batch, batch_idx):
        return self.net(**batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
LATER = 'self.net.inner = transformers.AutoModel.from_pretrained("google-bert/bert-base-uncased")'


@pytest.mark.parametrize(
    ("net", "more", "rows"),
    [
        ("Wrapped.from_pretrained(name)", "pass", [20]),  # whatever the inner one's mode was
        ("Wrapped(config)", "pass", [10]),
        ("Wrapped.from_pretrained(name)", LATER, [20, 21]),
        ("Wrapped.from_pretrained(name).train()", "pass", []),
    ],
)
def test_the_last_load_decides(tmp_path: Path, net: str, more: str, rows: list[int]) -> None:
    path = tmp_path / "model.py"
    path.write_text(MODEL.format(net=net, more=more))
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.span.start.row for finding in findings if finding.code == "LL101"] == rows
