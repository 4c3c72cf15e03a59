"""Parameters that a loop freezes by their size: how much of a model that is nobody knows."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_frozen_again import check
from tests.test_picked import HIGH, LOW

LOOP = "for name, p in self.bert.named_parameters():\n            if {test}:\n                {work}"
FREEZE = "p.requires_grad = False"


@pytest.mark.parametrize("test", ["p.ndim > 1", "p.dim() > 1", "len(p.shape) > 1", "p.numel() > 1000", "p.size(0) > 2"])
def test_what_is_frozen_by_its_size(tmp_path: Path, test: str) -> None:
    assert check(tmp_path, LOOP.format(test=test, work=FREEZE)) == LOW
    assert check(tmp_path, LOOP.format(test=test, work="nn.init.normal_(p)")) == HIGH
    assert check(tmp_path, LOOP.format(test=test, work=FREEZE).replace("named_parameters", "named_buffers")) == HIGH


@pytest.mark.parametrize(
    ("test", "expected"),
    [("'embeddings' in name", HIGH), ("name.startswith('embeddings')", HIGH), ("p.requires_grad", LOW)],
)
def test_what_is_frozen_by_its_name(tmp_path: Path, test: str, expected: list[Confidence]) -> None:
    assert check(tmp_path, LOOP.format(test=test, work=FREEZE)) == expected
