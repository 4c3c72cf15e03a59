"""Constructor arguments of which only what the class does with them says that they are modules, and frozen."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.sources import part
from tests.test_made_late import found

MEDIUM = [Confidence.MEDIUM]
NAMED = """checkpoint["state_dict"] = {k: v for k, v in state.items() if "teacher" not in k}"""
FROZEN = """for name, p in self.named_parameters():
            if not p.requires_grad:
                del checkpoint["state_dict"][name]"""
KEPT = """kept = {name for name, p in self.named_parameters() if p.requires_grad}
        checkpoint["state_dict"] = {k: v for k, v in state.items() if k in kept}"""
BY_LOOP = "for p in teacher.parameters():\n            p.requires_grad = False\n        self.teacher = teacher"


def told(folder: Path, init: str, save: str, run: str = "self.teacher(batch)", given: str = "") -> list[Confidence]:
    return found(folder, part(init, save, run=run, arguments=f"teacher{given}, cfg=None"))


@pytest.mark.parametrize("save", [NAMED, FROZEN, KEPT])
@pytest.mark.parametrize(
    "init",
    [
        "self.teacher = teacher.requires_grad_(False)",
        "self.teacher = teacher.eval().requires_grad_(False)",
        "self.teacher = teacher.requires_grad_(requires_grad=False).eval()",
        "self.teacher = teacher.to('cpu').requires_grad_(False)",
        "self.teacher: nn.Module = teacher.requires_grad_(False)",
        "self.teacher = elsewhere.build(cfg).requires_grad_(False)",
        "teacher.requires_grad_(False)\n        self.teacher = teacher",
        "teacher.eval().requires_grad_(False)\n        self.teacher = teacher",
        BY_LOOP,
        "self.teacher = teacher\n        self.teacher.requires_grad_(False)",
    ],
)
def test_a_frozen_argument_is_as_sure_however_it_is_spelt(tmp_path: Path, init: str, save: str) -> None:
    assert told(tmp_path, init, save) == MEDIUM


@pytest.mark.parametrize("save", [FROZEN, KEPT])
@pytest.mark.parametrize(
    "init",
    [
        "self.teacher = teacher",
        "self.teacher = teacher.requires_grad_(True)",
        "self.teacher = teacher.requires_grad_()",
        "self.teacher = elsewhere.build(teacher.requires_grad_(False))",
        "self.teacher = teacher\n        cfg.requires_grad_(False)",
    ],
)
def test_what_nobody_freezes_is_not_left_out(tmp_path: Path, init: str, save: str) -> None:
    assert told(tmp_path, init, save) == []


@pytest.mark.parametrize("save", [NAMED, FROZEN, KEPT])
@pytest.mark.parametrize("init", ["self.teacher = teacher.requires_grad_(False)", "self.teacher = teacher.detach()"])
def test_a_tensor_has_no_keys(tmp_path: Path, init: str, save: str) -> None:
    assert told(tmp_path, init, save, run="batch * self.teacher") == []


@pytest.mark.parametrize(
    ("given", "expected"), [(": nn.Module", MEDIUM), (": nn.Module | None", MEDIUM), (": torch.Tensor", [])]
)
@pytest.mark.parametrize("save", [NAMED, FROZEN])
def test_what_is_annotated_as_a_module_need_not_be_run(
    tmp_path: Path, given: str, expected: list[Confidence], save: str
) -> None:
    init = "self.teacher = teacher.requires_grad_(False)"
    assert told(tmp_path, init, save, run="batch", given=given) == expected


@pytest.mark.parametrize("save", [FROZEN, KEPT])
@pytest.mark.parametrize(
    ("init", "run", "expected"),
    [
        ("self.teacher = teacher\n        self.teacher.encoder.requires_grad_(False)", "self.teacher(batch)", MEDIUM),
        (
            "self.teacher = elsewhere.build(cfg)\n"
            "        for p in self.teacher.a.b.parameters():\n            p.requires_grad = False",
            "self.teacher(batch)",
            MEDIUM,
        ),
        ("self.teacher = teacher\n        self.teacher.encoder.requires_grad_(True)", "self.teacher(batch)", []),
        ("self.teacher = teacher\n        self.teacher.unet.requires_grad_(False)", "self.teacher.sample(batch)", []),
        ("self.pipe = teacher\n        self.pipe.unet.requires_grad_(False)", "self.pipe(batch)", []),
    ],
)
def test_a_part_of_an_argument_is_frozen(
    tmp_path: Path, init: str, run: str, save: str, expected: list[Confidence]
) -> None:
    assert told(tmp_path, init, save, run=run) == expected
