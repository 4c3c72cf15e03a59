"""Loops that have no round, have many, or an `else`; the cases of a `match`."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

MODEL = """
from collections import defaultdict, deque
import lightning as L
import torch
from torch import nn
from transformers import AutoModel
from elsewhere import anything

class Model(L.LightningModule):
    def __init__(self, n, kind="x"):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(768, 2)
{work}

    def find(self):
        return anything()

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
HEADS = ", ".join(["self.head"] * 16)
NAMES = ", ".join(['"head"'] * 16)


def sure(folder: Path, work: str) -> list[Confidence]:
    """How sure each LL101 is, where that is done when the model is built."""
    lines = "\n".join(f"        {line}" for line in work.splitlines())
    return found(folder, MODEL.format(work=lines))


@pytest.mark.parametrize(
    "loop",
    [
        "while not torch.cuda.is_available():\n    raise RuntimeError",
        "for x in self.find():\n    raise RuntimeError(x)",
        "for x in [y for y in self.find() if y]:\n    raise RuntimeError",
        "while n:\n    if n > 3:\n        continue\n    raise RuntimeError",
        "for x in self.find():\n    for y in x:\n        pass\n    else:\n        break",
    ],
)
def test_what_stands_behind_a_loop_is_reached(tmp_path: Path, loop: str) -> None:
    assert sure(tmp_path, loop) == HIGH
    assert sure(tmp_path, f"{loop}\nself.bert.train()") == []


@pytest.mark.parametrize(
    "loop",
    [
        "while True:\n    return",
        "for x in (1, 2):\n    if x == 2:\n        return",
    ],
)
def test_what_stands_behind_a_loop_without_an_end_is_not_reached(tmp_path: Path, loop: str) -> None:
    assert sure(tmp_path, f"{loop}\nself.bert.train()") == HIGH


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("while n:\n    n -= 1\nelse:\n    self.bert.train()", []),
        ("while n:\n    n -= 1\nelse:\n    self.head.train()", HIGH),
        ("while n:\n    return\nelse:\n    self.bert.train()", LOW),
        ("while n:\n    if self.find():\n        break\nelse:\n    self.bert.train()", LOW),
        ("for x in self.find():\n    raise RuntimeError\nelse:\n    self.bert.train()", []),
        ("for x in self.find():\n    raise RuntimeError\nelse:\n    self.head.train()", HIGH),
    ],
)
def test_the_else_of_a_loop(tmp_path: Path, loop: str, expected: list[Confidence]) -> None:
    assert sure(tmp_path, loop) == expected


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        (f"for m in ({HEADS}, self.bert):\n    m.train()", []),
        (f"for m in ({HEADS}, self.head):\n    m.train()", HIGH),
        (f"for name in ({NAMES}, 'bert'):\n    getattr(self, name).requires_grad_(False)", []),
        (f"for name in ({NAMES}, 'head'):\n    getattr(self, name).requires_grad_(False)", HIGH),
        (f"done = [m.train() for m in ({HEADS}, self.bert)]", []),
        (f"done = [m.train() for m in ({HEADS}, self.head)]", HIGH),
    ],
)
def test_rounds_after_the_sixteenth(tmp_path: Path, loop: str, expected: list[Confidence]) -> None:
    assert sure(tmp_path, loop) == expected


TRAINS = "\nself.bert.train()"
FAILS = ":\n        raise ValueError"
OR_FAILS = f"\n    case _{FAILS}"


@pytest.mark.parametrize(
    ("cases", "expected"),
    [
        (f'    case "x"{FAILS}\n    case other if other > 3{FAILS}', []),
        (f'    case "x"{FAILS}\n    case other{FAILS}', HIGH),
        (f"    case _ if n == 2{FAILS}", []),
        (f"    case _{FAILS}", HIGH),
    ],
)
def test_what_stands_behind_a_match(tmp_path: Path, cases: str, expected: list[Confidence]) -> None:
    assert sure(tmp_path, f"match kind:\n{cases}{TRAINS}") == expected


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ("match [self.bert]:\n    case [net]:\n        net.train()" + OR_FAILS, []),
        ("match [self.head]:\n    case [net]:\n        net.train()" + OR_FAILS, HIGH),
        ("match self.bert:\n    case net:\n        net.train()", []),
        ("match self.head:\n    case net:\n        net.train()", HIGH),
        ("match (1, self.bert):\n    case (_, (net as m)):\n        m.train()" + OR_FAILS, []),
    ],
)
def test_a_case_binds_the_names_in_its_pattern(tmp_path: Path, match: str, expected: list[Confidence]) -> None:
    assert sure(tmp_path, match) == expected


@pytest.mark.parametrize("pattern", ["[*m]", '{"net": m}', '{"net": 1, **m}', "dict(net=m)", "[m] | (1, m)"])
def test_a_name_in_a_pattern_is_no_longer_what_it_was(tmp_path: Path, pattern: str) -> None:
    match = (
        f"m = self.bert\nmatch self.find():\n    case {pattern}:\n        pass\n    case _:\n        return\nm.train()"
    )
    assert sure(tmp_path, match) == HIGH
    assert sure(tmp_path, match.replace("= self.bert", "= self.head").replace("m.train", "self.bert.train")) == LOW


@pytest.mark.parametrize(("guard", "expected"), [("False", HIGH), ("self.bert is None", HIGH), ("n > 3", LOW)])
def test_a_case_that_is_never_taken(tmp_path: Path, guard: str, expected: list[Confidence]) -> None:
    assert sure(tmp_path, f"match kind:\n    case _ if {guard}:\n        self.bert.train()") == expected
