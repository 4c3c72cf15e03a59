"""Keys that a method of another object leaves out, which is no module."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_checkpoint import MODULE, found, shown

HELPERS = """
class Base:
    def slim(self, state):
        return {k: v for k, v in state.items() if not k.startswith("vae.")}  # dropped

class Static:
    @staticmethod
    def slim(state):
        return {k: v for k, v in state.items() if not k.startswith("vae.")}  # dropped

class Slimmer(Base):
    def prune(self, checkpoint):
        checkpoint["state_dict"] = self.slim(checkpoint["state_dict"])

    @staticmethod
    def copied(state):
        return {k: v for k, v in state.items()}

    def look(self, checkpoint):
        print(len(checkpoint["state_dict"]))

class Keeper:
    def slim(self, state):
        return dict(state)
"""
HOOK = """
    def on_save_checkpoint(self, checkpoint):
        {line}
"""
SLIMMED = 'checkpoint["state_dict"] = self.helper.slim(checkpoint["state_dict"])'
DROPPED = 'return {k: v for k, v in state.items() if not k.startswith("vae.")}  # dropped'


def saved(folder: Path, helper: str, line: str) -> list[tuple[str, str, Confidence]]:
    text = HELPERS + MODULE.format(init=f"self.helper = {helper}") + HOOK.format(line=line)
    return shown(found(folder, text), folder)


@pytest.mark.parametrize(
    ("helper", "line"),
    [
        ("Slimmer()", SLIMMED),
        ("Base()", SLIMMED),
        ("Static()", SLIMMED),
        ("Slimmer()", "self.helper.prune(checkpoint)"),
    ],
)
def test_a_method_of_a_helper_is_followed(tmp_path: Path, helper: str, line: str) -> None:
    assert saved(tmp_path, helper, line) == [("LL301", DROPPED, Confidence.HIGH)]


@pytest.mark.parametrize(
    ("helper", "line"),
    [
        ("Keeper()", SLIMMED),
        ("Slimmer()", "self.helper.look(checkpoint)"),
        ("Slimmer()", 'checkpoint["state_dict"] = self.helper.copied(checkpoint["state_dict"])'),
        ("Slimmer()", 'checkpoint["slim"] = self.helper.slim(checkpoint["state_dict"])'),
        ("Slimmer() if args else Keeper()", SLIMMED),
        ("args.helper", SLIMMED),
        ("{'helper': Slimmer()}", SLIMMED.replace(".slim", "['helper'].slim")),
    ],
)
def test_a_helper_that_drops_nothing_or_is_not_known_is_quiet(tmp_path: Path, helper: str, line: str) -> None:
    assert saved(tmp_path, helper, line) == []
