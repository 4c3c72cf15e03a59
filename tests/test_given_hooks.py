"""Hooks that are no methods: a class body or `__init__` puts a function in their place."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_checkpoint import found, shown

MODEL = """
import functools
import types
from elsewhere import given

def slim(module, checkpoint):
    for key in list(checkpoint["state_dict"]):
        if key.startswith("vae."):
            del checkpoint["state_dict"][key]  # dropped

def slim_alone(checkpoint):
    slim(None, checkpoint)

def note(module, checkpoint):
    checkpoint["version"] = 2

def restore(module, checkpoint):
    for key, value in module.vae.state_dict().items():
        checkpoint["state_dict"]["vae." + key] = value

class Parent(L.LightningModule):
    def on_save_checkpoint(self, checkpoint):
        slim(self, checkpoint)

class Helper:
    on_save_checkpoint = slim

class Model({bases}):
    def __init__(self):
        super().__init__()
        self.vae = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)
        {init}

    def training_step(self, batch, batch_idx):
        return self.head(self.vae(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), 0.1)

    def slim_itself(self, checkpoint):
        slim(self, checkpoint)

    {body}
"""
LIGHTNING = "L.LightningModule"
LOUD = {
    "function in the class body": (LIGHTNING, "pass", "on_save_checkpoint = slim"),
    "method in the class body": (LIGHTNING, "pass", "on_save_checkpoint = slim_itself"),
    "MethodType": (LIGHTNING, "self.on_save_checkpoint = types.MethodType(slim, self)", ""),
    "partial": (LIGHTNING, "self.on_save_checkpoint = functools.partial(slim, self)", ""),
    "descriptor": (LIGHTNING, "self.on_save_checkpoint = slim.__get__(self)", ""),
    "function on self": (LIGHTNING, "self.on_save_checkpoint = slim_alone", ""),
    "lambda on self": (LIGHTNING, "self.on_save_checkpoint = lambda checkpoint: slim(self, checkpoint)", ""),
    "method on self": (LIGHTNING, "self.on_save_checkpoint = self.slim_itself", ""),
    "inherited method": ("Parent", "pass", ""),
    "mixin in front": (f"Helper, {LIGHTNING}", "pass", ""),
    "loading that notes something": (
        LIGHTNING,
        "self.on_load_checkpoint = types.MethodType(note, self)",
        "on_save_checkpoint = slim",
    ),
}
QUIET = {
    "function that drops nothing": (LIGHTNING, "pass", "on_save_checkpoint = note"),
    "function of a library": ("Parent", "pass", "on_save_checkpoint = given"),
    "in the place of an inherited method": ("Parent", "self.on_save_checkpoint = types.MethodType(note, self)", ""),
    "only in some cases": (LIGHTNING, "if given(): self.on_save_checkpoint = types.MethodType(slim, self)", ""),
    "mixin behind": (f"{LIGHTNING}, Helper", "pass", ""),
    "put back by a function": (LIGHTNING, "pass", "on_save_checkpoint = slim\n    on_load_checkpoint = restore"),
    "put back by a bound function": (
        LIGHTNING,
        "self.on_load_checkpoint = types.MethodType(restore, self)",
        "on_save_checkpoint = slim",
    ),
    "loading that is not known": (LIGHTNING, "self.on_load_checkpoint = given", "on_save_checkpoint = slim"),
    "not strict": (LIGHTNING, "self.strict_loading = False", "on_save_checkpoint = slim"),
}


@pytest.mark.parametrize("case", LOUD)
def test_what_a_given_hook_leaves_out_is_missing(tmp_path: Path, case: str) -> None:
    bases, init, body = LOUD[case]
    findings = found(tmp_path, MODEL.format(bases=bases, init=init, body=body))
    line = 'del checkpoint["state_dict"][key]  # dropped'
    assert shown(findings, tmp_path) == [("LL301", line, Confidence.HIGH)]


@pytest.mark.parametrize("case", QUIET)
def test_a_hook_that_drops_nothing_or_is_not_known_is_quiet(tmp_path: Path, case: str) -> None:
    bases, init, body = QUIET[case]
    assert found(tmp_path, MODEL.format(bases=bases, init=init, body=body)) == []


@pytest.mark.parametrize(
    ("body", "count"), [("", 1), ("on_save_checkpoint = note", 1), ("on_save_checkpoint = given", 0)]
)
def test_every_key_is_saved_only_where_the_hook_is_known(tmp_path: Path, body: str, count: int) -> None:
    text = MODEL.format(bases=LIGHTNING, init="self.strict_loading = False", body=body)
    assert [each.code for each in found(tmp_path, text)] == ["LL304"] * count
