"""Overrides of `load_state_dict` with several ways through them: which of them a checkpoint takes."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self, slim=False):
        super().__init__()
        self.slim = slim
        self.teacher = nn.Linear(4, 4).requires_grad_(False)
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.teacher(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = {saved}

    def load_state_dict(self, {parameters}):
        {body}
"""
WITHOUT_TEACHER = '{k: v for k, v in checkpoint["state_dict"].items() if not k.startswith("teacher.")}'
PLAIN = "state_dict, strict=True"
NONE = "state_dict, strict=None"
ON_UP = "return super().load_state_dict(state_dict, strict=strict)"
BY_HAND = "return self.head.load_state_dict({k[5:]: v for k, v in state_dict.items()}, strict=strict)"


def codes(folder: Path, parameters: str, *body: str, saved: str = WITHOUT_TEACHER) -> list[str]:
    lines = "\n        ".join(body)
    return codes_of(folder, MODEL.format(saved=saved, parameters=parameters, body=lines))


@pytest.mark.parametrize(
    "body",
    [
        (f'if "teacher.weight" not in state_dict: {BY_HAND}', ON_UP),
        (f'if getattr(self, "loaded", False): {BY_HAND}', f"else: {ON_UP}"),
        ("if self.slim: return None", ON_UP),
        (
            'if "teacher.weight" in state_dict: super().load_state_dict(state_dict, strict)',
            "else: self.fill(state_dict)",
        ),
        ('if "teacher.weight" in state_dict: super().load_state_dict(state_dict, strict)',),
        (
            'whole = "teacher.weight" in state_dict',
            f"{ON_UP} if whole else {BY_HAND.removeprefix('return ')}",
        ),
        ("for part in self.parts:", f"    if part in state_dict: {BY_HAND}", ON_UP),
    ],
)
def test_a_way_that_loads_by_itself(tmp_path: Path, body: tuple[str, ...]) -> None:
    assert codes(tmp_path, PLAIN, *body) == []


@pytest.mark.parametrize(
    "body",
    [
        (f"if self.slim: {ON_UP}", ON_UP),
        (f"if self.slim: {ON_UP}", f"else: {ON_UP}"),
        ('if self.slim: raise ValueError("slim")', ON_UP),
        ("with torch.no_grad():", f"    {ON_UP}"),
        ("found = super().load_state_dict(state_dict, strict=strict)", "if self.slim: return None", "return found"),
        ("if not state_dict: return None", ON_UP),
        ("if len(state_dict) == 0: strict = False", ON_UP),
    ],
)
def test_ways_that_all_load_strictly(tmp_path: Path, body: tuple[str, ...]) -> None:
    assert codes(tmp_path, PLAIN, *body) == ["LL301"]


@pytest.mark.parametrize(
    ("parameters", "body", "expected"),
    [
        (NONE, ("if strict is None: strict = False", ON_UP), ["LL301"]),
        (NONE, ("if strict is None: return super().load_state_dict(state_dict, strict=False)", ON_UP), ["LL301"]),
        (NONE, ("if strict is None: return self.fill(state_dict)", ON_UP), ["LL301"]),
        (NONE, ("strict = self.slim or None", "if strict is None: strict = False", ON_UP), []),
        (PLAIN, ("if self.slim: strict = False", ON_UP), []),
        (PLAIN, ("strict = False", ON_UP), []),
        (
            "*args, **kwargs",
            (
                'if "strict" not in kwargs: kwargs["strict"] = False',
                "return super().load_state_dict(*args, **kwargs)",
            ),
            ["LL301"],
        ),
        (
            "*args, **kwargs",
            ('if self.slim: kwargs["strict"] = False', "return super().load_state_dict(*args, **kwargs)"),
            [],
        ),
    ],
)
def test_lightning_always_says_how_strict(
    tmp_path: Path, parameters: str, body: tuple[str, ...], expected: list[str]
) -> None:
    assert codes(tmp_path, parameters, *body) == expected


@pytest.mark.parametrize("guard", ["if not state_dict: return None", "if len(state_dict) == 0: strict = False"])
@pytest.mark.parametrize("saved", ["{}", '{k: v for k, v in checkpoint["state_dict"].items() if self.is_kept(k)}'])
def test_what_may_be_empty_is_asked_for(tmp_path: Path, guard: str, saved: str) -> None:
    assert codes(tmp_path, PLAIN, guard, ON_UP, saved=saved) == []
    assert codes(tmp_path, PLAIN, "if self.slim: print()", ON_UP, saved="{}") == ["LL301"]


NOT_THE_HEAD = '{k: v for k, v in checkpoint["state_dict"].items() if not k.startswith("head.")}'
WHOLE = 'checkpoint["state_dict"]'
FALLS_BACK = (
    "try:",
    f"    {ON_UP}",
    "except RuntimeError:",
    '    print("loading what fits")',
    "    return super().load_state_dict(state_dict, strict=False)",
)


@pytest.mark.parametrize(("saved", "expected"), [(NOT_THE_HEAD, ["LL302"]), (WITHOUT_TEACHER, []), (WHOLE, [])])
def test_what_fits_is_loaded_where_all_of_it_fails(tmp_path: Path, saved: str, expected: list[str]) -> None:
    assert codes(tmp_path, PLAIN, *FALLS_BACK, saved=saved) == expected


def test_what_fails_is_raised_anew(tmp_path: Path) -> None:
    raised = (*FALLS_BACK[:3], '    raise RuntimeError("another model") from None')
    assert codes(tmp_path, PLAIN, *raised, saved=NOT_THE_HEAD) == []
