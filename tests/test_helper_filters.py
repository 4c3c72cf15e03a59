"""A method of another object that may leave every key as it is, or surely leaves some out."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_checkpoint import MODULE, found, shown

HELPER = """
class Slimmer:
    def __init__(self, names=()):
        self.names = names

    def skip(self, key):
        return False

    def slim(self, state):
        out = {{}}
        for k, v in state.items():
            if {test}:
                out[k] = v
            {otherwise}
        return out

class Heir(Slimmer):
    pass
"""
HOOK = """
    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = self.helper.slim(checkpoint["state_dict"])
"""


def saved(folder: Path, test: str, otherwise: str = "", helper: str = "Slimmer()") -> list[tuple[str, Confidence]]:
    text = HELPER.format(test=test, otherwise=otherwise) + MODULE.format(init=f"self.helper = {helper}") + HOOK
    return [(code, sure) for code, _, sure in shown(found(folder, text), folder)]


@pytest.mark.parametrize("helper", ["Slimmer()", "Heir()", "Slimmer(names=args.names)"])
@pytest.mark.parametrize(
    ("test", "otherwise"),
    [
        ("not k.startswith(tuple(self.names))", ""),
        ("not self.skip(k)", ""),
        ("k not in self.names", ""),
        ("k in self.names", "else:\n                out[k] = v.clone()"),
        ("not (k.startswith('vae.') and self.skip(k))", ""),
    ],
)
def test_a_helper_that_may_take_nothing_out_is_quiet(tmp_path: Path, test: str, otherwise: str, helper: str) -> None:
    assert saved(tmp_path, test, otherwise, helper) == []


@pytest.mark.parametrize("helper", ["Slimmer()", "Heir()"])
@pytest.mark.parametrize(
    "test",
    [
        "not k.startswith('vae.')",
        "k.startswith('head.')",
        "not (k.startswith('vae.') or self.skip(k))",
        "not k.startswith('vae.') and not self.skip(k)",
    ],
)
def test_a_helper_that_surely_takes_something_out(tmp_path: Path, test: str, helper: str) -> None:
    assert saved(tmp_path, test, helper=helper) == [("LL301", Confidence.HIGH)]
