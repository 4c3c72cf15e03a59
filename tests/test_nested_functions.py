"""Functions inside of functions: what their parameters are by default is settled where they are defined."""

from pathlib import Path

import pytest

from tests.test_loops import sure
from tests.test_picked import HIGH, LOW


@pytest.mark.parametrize(
    "work",
    [
        "def go(m=self.{name}):\n    m.train()\ngo()",
        "def go(*, m=self.{name}):\n    m.train()\ngo()",
        "go = lambda m=self.{name}: m.train()\ngo()",
        "for go in [lambda m=m: m.train() for m in (self.{name}, self.head)]:\n    go()",
        "m = self.{name}\ndef go(m=m):\n    m.train()\nm = None\ngo()",
        "def go(m=self.head):\n    m.train()\ngo(self.{name})",
        "def go(m=self.head):\n    m.train()\ngo(m=self.{name})",
    ],
)
def test_a_default_of_a_nested_function(tmp_path: Path, work: str) -> None:
    assert sure(tmp_path, work.format(name="bert")) == []
    assert sure(tmp_path, work.format(name="head")) == HIGH


@pytest.mark.parametrize("work", ["def go(m=self.bert.train()):\n    pass", "go = lambda m=self.bert.train(): m"])
def test_a_default_takes_effect_without_a_call(tmp_path: Path, work: str) -> None:
    assert sure(tmp_path, work) == []
    assert sure(tmp_path, work.replace("train()", "train")) == HIGH


def test_a_default_that_others_may_replace(tmp_path: Path) -> None:
    work = "def go(net, trains=True):\n    if trains:\n        net.train()\n"
    assert sure(tmp_path, f"{work}go(self.bert)") == []
    assert sure(tmp_path, f"{work}go(self.bert, **self.find())") == LOW
