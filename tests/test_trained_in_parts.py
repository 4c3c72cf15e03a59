"""Models that are put into train mode part by part, and what is left of them in eval mode."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_frozen_again import check
from tests.test_picked import HIGH


@pytest.mark.parametrize(
    ("parts", "does", "expected"),
    [
        (("embeddings", "encoder"), "train()", []),  # the pooler drops nothing
        (("embeddings", "encoder", "pooler"), "train()", []),
        (("encoder", "pooler"), "train()", HIGH),
        (("embeddings",), "train()", HIGH),
        (("embeddings", "encoder"), "eval()", HIGH),
        (("embeddings", "encoder"), "requires_grad_(False)", []),
        (("embeddings", "encoder"), "requires_grad_(True)", HIGH),
    ],
)
def test_what_is_left_in_eval_mode(
    tmp_path: Path, parts: tuple[str, ...], does: str, expected: list[Confidence]
) -> None:
    assert check(tmp_path, *(f"self.bert.{part}.{does}" for part in parts)) == expected
    assert check(tmp_path, f"for name in {parts}: getattr(self.bert, name).{does}") == expected


def test_one_part_frozen_and_the_other_in_train_mode(tmp_path: Path) -> None:
    assert check(tmp_path, "self.bert.embeddings.requires_grad_(False)", "self.bert.encoder.train()") == []
    assert check(tmp_path, "self.bert.embeddings.requires_grad_(False)", "self.bert.pooler.train()") == HIGH
