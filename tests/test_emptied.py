"""Checkpoints that a hook empties, and what it puts into them afterwards."""

from pathlib import Path

import pytest

from tests.checking import NAME, codes_of, findings_of

MODEL = """
import copy
import lightning as L
import torch
from torch import nn
from elsewhere import convert

def wrap(state):
    return {{"state_dict": state}}

def halved(state):
    return {{name: value.half() for name, value in state.items()}}

class Model(L.LightningModule):
    def __init__(self, converter=None):
        super().__init__()
        self.encoder = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)
        self.converter = converter

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def wrapped(self, state):
        return {{"state_dict": state}}

    def on_save_checkpoint(self, checkpoint):
{body}
"""
KEPT = "checkpoint.clear()\nkept = self.head.state_dict()\n"


def codes(folder: Path, body: str) -> list[str]:
    return codes_of(folder, MODEL.format(body="\n".join(" " * 8 + line for line in body.splitlines())))


@pytest.mark.parametrize(
    "body",
    [
        "if self.converter is not None:\n    kept = self.converter(kept, alpha=4)\ncheckpoint.update(kept)",
        "kept = self.converter(kept) if self.converter else kept\ncheckpoint.update(kept)",
        "checkpoint.update(convert(kept))",
        "checkpoint.update(halved(kept))",
        "checkpoint.update(copy.deepcopy(kept))",
        "sent = convert(kept)\nkept = convert(sent)\ncheckpoint.update(kept)",
    ],
)
def test_weights_that_go_through_a_call_are_no_state_dict(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, KEPT + body) == ["LL301"]


@pytest.mark.parametrize(
    "body",
    [
        "checkpoint.update(wrap(kept))",
        "checkpoint.update(self.wrapped(kept))",
        "kept = self.wrapped(kept)\ncheckpoint.update(kept)",
        "checkpoint.update(convert(state_dict=kept))",
        "checkpoint.update(convert(self.trainer))",
        "kept = self.converter(self.trainer)\ncheckpoint.update(kept)",
        "kept = self.converter(kept) if self.converter else self.trainer.everything\ncheckpoint.update(kept)",
    ],
)
def test_what_a_call_gives_may_hold_a_state_dict(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, KEPT + body) == []


@pytest.mark.parametrize(
    "body",
    [
        'checkpoint["ema_state_dict"] = {}',
        'checkpoint.update(kept)\ncheckpoint["epoch"] = 3',
        "for name, value in kept.items():\n    checkpoint[name] = value",
        'for name in kept:\n    checkpoint["head." + name] = kept[name]',
        "for name, p in self.named_parameters():\n    if p.requires_grad:\n        checkpoint[name] = p",
    ],
)
def test_keys_of_their_own_are_no_state_dict(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, KEPT + body) == ["LL301"]


@pytest.mark.parametrize(
    "body",
    [
        'checkpoint["epoch"] = 3\ncheckpoint["state_dict"] = self.state_dict()',
        "checkpoint[self.trainer.key] = kept",
        "for name, value in self.trainer.everything():\n    checkpoint[name] = value",
        "for name, value in kept.items():\n    checkpoint[name] = value\n"
        "for name, value in self.trainer.everything():\n    checkpoint[name] = value",
        "for name in kept:\n    checkpoint[self.trainer.key] = kept",
    ],
)
def test_a_key_that_may_be_the_state_dict(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, KEPT + body) == []


LOOPS = (
    "for key in [key for key in checkpoint]:\n    checkpoint.pop(key)",
    "for key in list(checkpoint.keys()):\n    del checkpoint[key]",
    "for key in tuple(checkpoint):\n    checkpoint.pop(key)",
)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_loop_that_takes_every_key_out(tmp_path: Path, loop: str) -> None:
    assert codes(tmp_path, loop) == ["LL301"]
    assert codes(tmp_path, f'{loop}\ncheckpoint["head"] = self.head.state_dict()') == ["LL301"]
    assert codes(tmp_path, f'{loop}\ncheckpoint["state_dict"] = self.state_dict()') == []
    assert codes(tmp_path, f"kept = dict(checkpoint)\n{loop}\ncheckpoint.update(kept)") == []


@pytest.mark.parametrize(
    "body",
    [
        "for key in [key for key in checkpoint if key not in self.wanted]:\n    checkpoint.pop(key)",
        "for key in list(checkpoint):\n    if key not in self.wanted:\n        checkpoint.pop(key)",
        "for key in list(checkpoint):\n    if key in self.wanted:\n        continue\n    checkpoint.pop(key)",
        "for key in list(checkpoint['callbacks']):\n    checkpoint.pop(key, None)",
        "kept = {}\nfor key in list(checkpoint):\n    kept[key] = checkpoint[key]\n    del checkpoint[key]\n"
        "checkpoint.update(kept)",
    ],
)
def test_a_loop_that_may_leave_or_keep_the_state_dict(tmp_path: Path, body: str) -> None:
    assert codes(tmp_path, body) == []


NO_WEIGHTS = "the state dict is taken out of the checkpoint when that is saved: resuming fails with a `KeyError`"
LENIENT = ("def __init__(self, converter=None):\n        super().__init__()", "self.strict_loading = False")


def told(folder: Path, body: str, *, lenient: bool = False) -> list[tuple[str, str]]:
    """The codes with what the messages say first."""
    text = MODEL.format(body="\n".join(" " * 8 + line for line in body.splitlines()))
    if lenient:
        text = text.replace(LENIENT[0], "\n        ".join(LENIENT))
    return [(each.code, each.message.partition(";")[0]) for each in findings_of(folder, {NAME: text})]


@pytest.mark.parametrize(
    "body",
    [
        "checkpoint.clear()",
        LOOPS[0],
        f"{KEPT}checkpoint.update(kept)",
        'del checkpoint["state_dict"]',
        'checkpoint.pop("state_dict")',
    ],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_without_a_state_dict_no_setting_helps(tmp_path: Path, body: str, lenient: bool) -> None:
    assert told(tmp_path, body, lenient=lenient) == [("LL301", NO_WEIGHTS)]


EMPTY = 'checkpoint["state_dict"].clear()'
KEYS_ARE_MISSED = (
    "keys are dropped when the checkpoint is saved, but loading it is strict: "
    'resuming fails with "Missing key(s) in state_dict"'
)


@pytest.mark.parametrize(
    "body", [EMPTY, 'checkpoint["state_dict"] = {}', 'del checkpoint["state_dict"]\ncheckpoint["state_dict"] = {}']
)
def test_an_empty_state_dict_is_one(tmp_path: Path, body: str) -> None:
    assert told(tmp_path, body) == [("LL301", KEYS_ARE_MISSED)]
    assert [code for code, _ in told(tmp_path, body, lenient=True)] == ["LL302"]
