"""Parts that are copies of a constructor argument, adapters around one, or come with others from one call."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.sources import part
from tests.test_made_late import found

MEDIUM, LOW = [Confidence.MEDIUM], [Confidence.LOW]
IMPORTS = """import peft
from lavis.models import load_model_and_preprocess
from peft import LoraConfig, get_peft_model"""
OF_COPY = 'checkpoint["state_dict"] = self.average.state_dict()'
NAMED = """checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith("average.")}"""
FROZEN = """for name, p in self.named_parameters():
            if not p.requires_grad:
                del checkpoint["state_dict"][name]"""
KEPT = """kept = {name for name, p in self.named_parameters() if p.requires_grad}
        checkpoint["state_dict"] = {k: v for k, v in state.items() if k in kept}"""
BOTH = "self.net = given\n        self.average = "


def told(
    folder: Path, init: str, save: str, run: str = "self.net(batch)", over: str = "self.net.parameters()"
) -> list[Confidence]:
    return found(folder, part(init, save, run=run, over=over, imports=IMPORTS))


@pytest.mark.parametrize(("save", "expected"), [(OF_COPY, [Confidence.HIGH]), (NAMED, MEDIUM)])
@pytest.mark.parametrize(
    "copied",
    [
        "copy.deepcopy(self.net)",
        "copy.deepcopy(given)",
        "copy.deepcopy(given).requires_grad_(False)",
        "copy.deepcopy(self.net).eval()",
    ],
)
def test_a_copy_of_a_module_is_one(tmp_path: Path, copied: str, save: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, BOTH + copied, save) == expected


@pytest.mark.parametrize(("save", "expected"), [(OF_COPY, []), (NAMED, LOW)])
@pytest.mark.parametrize(
    "copied", ["copy.deepcopy(cfg)", "copy.deepcopy(given.config)", "copy.deepcopy(self.net.config)", "cfg"]
)
def test_a_copy_of_something_else_is_none(tmp_path: Path, copied: str, save: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, BOTH + copied, save) == expected


@pytest.mark.parametrize("save", [OF_COPY, NAMED])
def test_a_copy_of_what_is_no_module_is_none(tmp_path: Path, save: str) -> None:
    init = BOTH + "copy.deepcopy(self.net)"
    assert told(tmp_path, init, save, run="self.net.scale * batch", over="self.head.parameters()") == []


def test_what_is_copied_without_being_asked_for_weights(tmp_path: Path) -> None:
    init = BOTH + "copy.deepcopy(self.net)"
    assert told(tmp_path, init, NAMED, over="self.head.parameters()") == MEDIUM
    assert (
        told(tmp_path, init.replace("net", "thing"), NAMED, run="self.thing(batch)", over="self.head.parameters()")
        == LOW
    )


@pytest.mark.parametrize("save", [FROZEN, KEPT])
@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ("self.net = get_peft_model(given, LoraConfig(r=8))", MEDIUM),
        ("self.net = peft.get_peft_model(given, LoraConfig(r=8))", MEDIUM),
        ("self.net = peft.get_peft_model(elsewhere.build(cfg), cfg.lora)", MEDIUM),
        ("net = get_peft_model(given, LoraConfig(r=8))\n        self.net = net", MEDIUM),
        ("self.net = elsewhere.wrap(given, LoraConfig(r=8))", []),
        ("self.net = given", []),
        ("adapted = get_peft_model(given, LoraConfig(r=8))\n        self.net = given.base", []),
    ],
)
def test_adapters_around_an_argument(tmp_path: Path, init: str, save: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, init, save, over="[p for p in self.parameters() if p.requires_grad]") == expected


@pytest.mark.parametrize(
    ("init", "run", "expected"),
    [
        ("self.average, self.pre, _ = load_model_and_preprocess(name='x')", "self.average(batch)", MEDIUM),
        ("self.average, self.pre, _ = load_model_and_preprocess(name='x')", "self.average.generate(batch)", MEDIUM),
        ("self.pre, self.average = elsewhere.build(cfg)", "self.average(batch)", LOW),
        ("self.average, self.pre = elsewhere.build(cfg)\n        self.average.eval()", "batch", MEDIUM),
        ("self.average, self.pre = elsewhere.build(cfg)", "batch", []),
    ],
)
def test_one_of_several_that_a_call_gives(tmp_path: Path, init: str, run: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, init, NAMED, run=run, over="self.head.parameters()") == expected
