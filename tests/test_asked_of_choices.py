"""What a part is made of says that it is a module, also where it is wrapped, or one of two."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.sources import part
from tests.test_made_late import found

SAVE = 'checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith("thing.")}'


def told(folder: Path, made: str) -> list[Confidence]:
    return found(folder, part(f"self.thing = {made}", SAVE, run="batch"))


@pytest.mark.parametrize(
    "made",
    [
        "{}",
        "torch.compile({})",
        "nn.DataParallel({}).to('cuda')",
        "torch.compile({}, mode='default')",
        "given if given is not None else {}",
        "{} if cfg else given",
        "given or {}",
        "(given or {}).to('cuda')",
        "torch.compile(given or {})",
    ],
)
def test_one_that_is_set_to_eval_mode_is_a_module(tmp_path: Path, made: str) -> None:
    assert told(tmp_path, made.format("elsewhere.build(cfg).eval()")) == [Confidence.MEDIUM]
    assert told(tmp_path, made.format("elsewhere.get_peft_model(cfg)")) == [Confidence.MEDIUM]
    quiet = ([], [Confidence.LOW])
    assert told(tmp_path, made.format("elsewhere.build(cfg)")) in quiet
    assert told(tmp_path, made.format("elsewhere.build(cfg.eval())")) in quiet


@pytest.mark.parametrize(
    "made", ["given and {}", "elsewhere.wrap({})", "elsewhere.compile({})", "given if {} else cfg"]
)
def test_what_else_may_be_made_of_one(tmp_path: Path, made: str) -> None:
    assert told(tmp_path, made.format("elsewhere.build(cfg).eval()")) in ([], [Confidence.LOW])
