"""Keys that a base class leaves out, where the project builds only classes that derive from it."""

from pathlib import Path

import pytest

from tests.checking import findings_of

BASE = """
import lightning as L
import torch
from torch import nn

class Net(L.LightningModule):
    def __init__(self, slim=True):
        super().__init__()
        self.slim = slim
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith("encoder.")}
"""
LENIENT = """
class Lenient(Net):
    def __init__(self):
        super().__init__()
        self.strict_loading = False
"""
STRICT = """
class Strict(Net):
    pass
"""
BY_SETTING = """
class BySetting(Net):
    def __init__(self, cfg):
        super().__init__()
        self.strict_loading = cfg.strict
"""
COPES = """
class Copes(Net):
    def load_state_dict(self, state_dict, strict=True):
        return super().load_state_dict(state_dict, strict=False)
"""
MIDDLE = """
class Middle(Net):
    pass

class Last(Middle):
    strict_loading = False
"""
FIT = "\ndef main():\n    L.Trainer().fit({built})\n"
IMPORTS = "import lightning as L\nfrom net import Net\n"


def codes(folder: Path, **files: str) -> list[str]:
    return [each.code for each in findings_of(folder, {f"{name}.py": text for name, text in files.items()})]


@pytest.mark.parametrize(
    ("heirs", "built"),
    [
        (LENIENT, "Lenient()"),
        (BY_SETTING, "BySetting(cfg)"),
        (COPES, "Copes()"),
        (MIDDLE, "Last()"),
        (LENIENT + COPES, "Lenient() if small else Copes()"),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_a_base_that_is_never_built_is_as_lenient_as_its_heirs(
    tmp_path: Path, heirs: str, built: str, apart: bool
) -> None:
    script = heirs + FIT.format(built=built)
    assert codes(tmp_path, **({"net": BASE, "train": IMPORTS + script} if apart else {"net": BASE + script})) == []


@pytest.mark.parametrize(
    ("heirs", "built"),
    [
        (LENIENT, "Net()"),
        (LENIENT, "{'net': Net, 'lenient': Lenient}[name]()"),
        (LENIENT, "Net.load_from_checkpoint(path)"),
        (STRICT, "Strict()"),
        (LENIENT + STRICT, "Lenient() if small else Strict()"),
        (LENIENT, "model"),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_a_class_that_may_be_built_strict_fails_to_load(tmp_path: Path, heirs: str, built: str, apart: bool) -> None:
    script = heirs + FIT.format(built=built)
    files = {"net": BASE, "train": IMPORTS + script} if apart else {"net": BASE + script}
    assert set(codes(tmp_path, **files)) == {"LL301"}


def test_what_a_notebook_builds_is_not_known(tmp_path: Path) -> None:
    (tmp_path / "try.ipynb").write_text('{"cells": [{"cell_type": "code", "source": ["from net import Net"]}]}')
    assert codes(tmp_path, net=BASE + LENIENT + FIT.format(built="Lenient()")) == ["LL301"]
