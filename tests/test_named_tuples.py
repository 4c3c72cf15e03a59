"""A NamedTuple is a tuple, too."""

from pathlib import Path

import pytest

from tests.test_loops import MODEL
from tests.test_picked import HIGH, found

PAIR = """
from dataclasses import dataclass
from typing import NamedTuple

class Pair(NamedTuple):
    first: nn.Module
    second: nn.Module = None

class Model("""


@pytest.mark.parametrize("pair", ["Pair(self.{name}, self.head)", "Pair(second=self.head, first=self.{name})"])
@pytest.mark.parametrize(
    "work",
    [
        "a, b = {pair}\n        a.train()",
        "for m in {pair}: m.train()",
        "{pair}[0].train()",
        "{pair}[-2].train()",
        "{pair}.first.train()",
        "for m in [*{pair}]: m.train()",
        "(lambda a, b: a.train())(*{pair})",
    ],
)
def test_the_fields_of_a_named_tuple_in_their_order(tmp_path: Path, pair: str, work: str) -> None:
    text = MODEL.replace("\nclass Model(", PAIR)
    for name, expected in (("bert", []), ("head", HIGH)):
        line = work.format(pair=pair.format(name=name))
        assert found(tmp_path, text.format(work=f"        {line}")) == expected


@pytest.mark.parametrize("work", ["a, b = Pair(self.bert)\n        b.train()", "Pair(self.bert)[1].train()"])
def test_a_field_that_is_not_given(tmp_path: Path, work: str) -> None:
    assert found(tmp_path, MODEL.replace("\nclass Model(", PAIR).format(work=f"        {work}")) == HIGH


def test_what_is_no_tuple_has_no_order(tmp_path: Path) -> None:
    text = MODEL.replace("\nclass Model(", PAIR.replace("class Pair(NamedTuple)", "@dataclass\nclass Pair"))
    assert found(tmp_path, text.format(work="        Pair(self.bert).first.train()")) == []
    assert found(tmp_path, text.format(work="        for m in Pair(self.bert): m.train()")) == HIGH
