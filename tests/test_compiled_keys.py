"""Checkpoints from which `_orig_mod` is taken out, which `torch.compile` puts into the keys of what it is given."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self, settings=None):
        super().__init__()
        self.head = nn.Linear(4, 1)
        {init}

    def training_step(self, batch, batch_idx):
        return self.head(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        {body}
"""
COMPILED = "self.head = torch.compile(self.head)"
AT_ONCE = 'self.head = torch.compile(nn.Linear(4, 1), mode="default")'
IN_ONE = 'for k in list(state): state[k.replace("_orig_mod.", "")] = state.pop(k)'
IN_TURN = """for k in list(state):
            if "_orig_mod." in k:
                value = state.pop(k)
                state[k.replace("_orig_mod.", "")] = value"""
UNDER_A_NAME = """for k in list(state.keys()):
            new = k.replace("_orig_mod.", "")
            state[new] = state.pop(k)"""
ONLY_THOSE = """for k in list(state):
            if "_orig_mod" in k:
                state[k.replace("_orig_mod.", "")] = state.pop(k)"""
NEW_DICT = 'checkpoint["state_dict"] = {k.replace("_orig_mod.", ""): v for k, v in state.items()}'
LEFT_OUT = 'checkpoint["state_dict"] = {k: v for k, v in state.items() if "_orig_mod" not in k}'
WAYS = [IN_ONE, IN_TURN, UNDER_A_NAME, ONLY_THOSE, NEW_DICT, LEFT_OUT]


def codes(folder: Path, init: str, body: str, more: str = "") -> list[str]:
    return codes_of(folder, MODEL.format(init=init, body=body) + more)


@pytest.mark.parametrize("body", WAYS)
@pytest.mark.parametrize("init", [COMPILED, AT_ONCE, f"if settings.fast: {COMPILED}"])
def test_what_is_compiled_misses_its_keys(tmp_path: Path, init: str, body: str) -> None:
    assert codes(tmp_path, init, body) == ["LL301"]


@pytest.mark.parametrize("body", WAYS)
@pytest.mark.parametrize(
    "init",
    [
        "pass",
        "self.head.compile()",
        "self.head.forward = torch.compile(self.head.forward)",
        "self.run = torch.compile(self.head.forward)",
        "self.loss = torch.compile(nn.functional.mse_loss)",
        "compiled = torch.compile(self.head)",
    ],
)
def test_what_is_not_compiled_has_no_such_keys(tmp_path: Path, init: str, body: str) -> None:
    assert codes(tmp_path, init, body) == []


@pytest.mark.parametrize(("hook", "expected"), [("setup(self, stage)", ["LL301"]), ("on_fit_start(self)", [])])
def test_a_checkpoint_is_loaded_before_the_fit_starts(tmp_path: Path, hook: str, expected: list[str]) -> None:
    assert codes(tmp_path, "pass", ONLY_THOSE, f"\n    def {hook}:\n        {COMPILED}\n") == expected


@pytest.mark.parametrize(
    "body",
    [
        'for k in list(state): print(k.replace("_orig_mod.", ""))',
        'for k in list(state):\n            if "_orig_mod." in k: state[k] = state.pop(k).cpu()',
        'exported = {k.replace("_orig_mod.", ""): v for k, v in state.items()}',
        'checkpoint["plain"] = {k: v for k, v in state.items() if "_orig_mod" not in k}',
    ],
)
def test_keys_that_are_kept(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, COMPILED, body) == []


def test_keys_that_get_their_names_back(tmp_path: Path) -> None:
    back = """
    def on_load_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        for k in list(state):
            state[k.replace("head.", "head._orig_mod.")] = state.pop(k)
"""
    assert codes(tmp_path, COMPILED, ONLY_THOSE, back) == []
