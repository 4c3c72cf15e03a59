"""A checkpoint that `on_load_checkpoint` hands to other code, which may put keys back whatever it is called."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
import logging
import lightning as L
import torch
from torch import nn
{top}
log = logging.getLogger(__name__)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.encoder(x))
{part}
class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        for key in list(checkpoint["state_dict"]):
            if key.startswith("net.encoder."):
                del checkpoint["state_dict"][key]
{method}
    def on_load_checkpoint(self, checkpoint):
        {hook}
"""
STATE = "checkpoint['state_dict']"
FILLS = "for k, v in module.state_dict().items(): c['state_dict'].setdefault(k, v)"


def codes(folder: Path, hook: str, top: str = "", method: str = "", part: str = "") -> list[str]:
    return codes_of(folder, MODEL.format(top=top, hook=hook, method=f"\n    {method}\n", part=f"\n    {part}\n"))


LIBRARY = (
    f"print(len({STATE}))",
    f"log.info({STATE}.keys())",
    f"self.net.head.load_state_dict({STATE}, strict=False)",
    f"self.extra = sorted({STATE}); super().on_load_checkpoint(checkpoint)",
)


@pytest.mark.parametrize("hook", LIBRARY)
def test_code_of_libraries_is_known_by_its_name(tmp_path: Path, hook: str) -> None:
    assert codes(tmp_path, hook) == ["LL301"]


@pytest.mark.parametrize("name", ["load_state_dict", "len", "print", "info"])
def test_a_function_of_the_project_is_not(tmp_path: Path, name: str) -> None:
    assert codes(tmp_path, f"{name}(checkpoint, self)", top=f"def {name}(c, module):\n    {FILLS}") == []
    assert codes(tmp_path, f"self.{name}2(checkpoint)", method=f"def {name}2(self, c): pass") == []


@pytest.mark.parametrize(
    ("hook", "method"),
    [
        ("self.print(checkpoint)", "def print(self, c): c['state_dict'].update(self.state_dict())"),
        ("self.print(checkpoint)", "print = fill"),
        ("print = fill; print(checkpoint)", "pass"),
        ("(lambda print: print(checkpoint))(fill)", "pass"),
        ("self.note(len(checkpoint)); fill(ckpt=checkpoint)", "pass"),
        (f"fill(self, state={STATE})", "pass"),
    ],
)
def test_a_name_that_is_given_to_something_else(tmp_path: Path, hook: str, method: str) -> None:
    assert codes(tmp_path, hook, top="from elsewhere import fill", method=method) == []


FILLING = """
def filling(hook):
    def run(self, c):
        c["state_dict"].update(self.state_dict())
        return hook(self, c)
    return run
"""


@pytest.mark.parametrize(
    ("mark", "expected"),
    [("@filling", []), ("@filling()", []), ("@torch.no_grad()", ["LL301"]), ("@rank_zero_only", ["LL301"])],
)
def test_a_decorator_of_the_project_may_put_keys_back(tmp_path: Path, mark: str, expected: list[str]) -> None:
    top = f"from lightning.pytorch.utilities import rank_zero_only\n{FILLING}"
    assert codes(tmp_path, "print(len(checkpoint))", top=top, method=mark) == expected
