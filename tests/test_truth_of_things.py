"""What is true, and what is not None."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_loops import MODEL, sure
from tests.test_picked import HIGH, LOW, found

SIZED = """
class Bag(nn.Module):
    def {name}(self):
        return anything()

class Model("""


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        ("nn.ModuleList()", LOW),
        ("nn.ModuleDict()", LOW),
        ("nn.Sequential()", LOW),
        ("nn.ModuleList([self.head])", HIGH),
        ("nn.Linear(2, 2)", HIGH),
        ("nn.Identity()", HIGH),
        ("Bag()", LOW),
        ("[]", LOW),
        ("[self.head]", HIGH),
    ],
)
def test_what_holds_nothing_may_be_false(tmp_path: Path, thing: str, expected: list[Confidence]) -> None:
    text = MODEL.replace("\nclass Model(", SIZED.format(name="__len__"))
    assert (
        found(tmp_path, text.format(work=f"        x = {thing}\n        if not x:\n            self.bert.train()"))
        == expected
    )
    assert found(tmp_path, text.format(work=f"        x = {thing}\n        if x:\n            self.bert.train()")) == (
        [] if expected == HIGH else LOW
    )


def test_a_class_without_a_length_is_true(tmp_path: Path) -> None:
    text = MODEL.replace("\nclass Model(", SIZED.format(name="__iter__"))
    assert found(tmp_path, text.format(work="        if Bag():\n            self.bert.train()")) == []
    assert found(tmp_path, text.format(work="        if not Bag():\n            self.bert.train()")) == HIGH


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        ("torch.version.hip", LOW),
        ("nn.functional.relu", LOW),
        ("self.bert(1).loss", LOW),
        ("self.head(1)", LOW),
        ("self.find()", LOW),
        ("nn.LayerNorm", HIGH),
        ("self.head", HIGH),
        ("Model", HIGH),
        ("self.find", HIGH),
        ("self.head.parameters()", HIGH),
        ("'text'", HIGH),
        ("(1, 2)", HIGH),
    ],
)
def test_what_may_be_none(tmp_path: Path, thing: str, expected: list[Confidence]) -> None:
    assert sure(tmp_path, f"if {thing} is None:\n    self.bert.train()") == expected
    otherwise = [] if expected == HIGH else LOW
    assert sure(tmp_path, f"if {thing} is not None:\n    self.bert.train()") == otherwise
