"""Layers that a test on their number freezes or puts into train mode, wherever that test stands."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_frozen_again import ALL_OFF, check
from tests.test_picked import HIGH

EMBEDDINGS_OFF = "self.bert.embeddings.requires_grad_(False)"
PARAMETERS = "for p in layer.parameters(): p.requires_grad_(i >= 8)"


def over(*body: str) -> str:
    return "\n            ".join(("for i, layer in enumerate(layers):", *body))


@pytest.mark.parametrize("rest", [ALL_OFF, EMBEDDINGS_OFF])
@pytest.mark.parametrize(
    "body",
    [
        ("layer.requires_grad_(i >= 8)", "layer.train({train})"),
        ("layer.train({train})", PARAMETERS),
        ("learn = i >= 8", "layer.requires_grad_(learn)", "layer.train({train})"),
        (
            "layer.train(mode={train})",
            "if i >= 8:",
            "    layer.requires_grad_(True)",
            "else:",
            "    layer.requires_grad_(False)",
        ),
    ],
)
def test_layers_that_learn_in_train_mode(tmp_path: Path, rest: str, body: tuple[str, ...]) -> None:
    def told(train: str) -> list[Confidence]:
        return check(tmp_path, rest, over(*(line.replace("{train}", train) for line in body)))

    assert all(each is Confidence.LOW for each in told("i >= 8"))
    assert all(each is Confidence.LOW for each in told("True"))
    assert told("not (i >= 8)") == HIGH
    assert told("False") == HIGH


@pytest.mark.parametrize("rest", [ALL_OFF, EMBEDDINGS_OFF, "pass"])
def test_layers_that_learn_in_eval_mode(tmp_path: Path, rest: str) -> None:
    assert check(tmp_path, rest, over("layer.requires_grad_(i >= 8)")) == HIGH
    assert check(tmp_path, rest, over("print(i)", "layer.requires_grad_(i >= 8)")) == HIGH


@pytest.mark.parametrize(
    ("rest", "work", "expected"),
    [
        (EMBEDDINGS_OFF, "if i < 8: layer.requires_grad_(False)", HIGH),
        (EMBEDDINGS_OFF, "layer.requires_grad_(False) if i < 8 else layer.train()", []),
        ("pass", "layer.requires_grad_(False) if i < 8 else layer.train()", HIGH),
        (EMBEDDINGS_OFF, "layer.requires_grad_(False) if i >= 8 else layer.eval()", HIGH),
    ],
)
def test_a_model_whose_layers_are_all_taken_care_of(
    tmp_path: Path, rest: str, work: str, expected: list[Confidence]
) -> None:
    assert check(tmp_path, rest, over(work)) == expected
