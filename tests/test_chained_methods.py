"""Methods that give back the module they are called on: the fixer's list, the interpreter's, and torch."""

import pytest

from lintlight.concrete import RETURN_THE_SAME
from lintlight.semantics.knowledge.catalog import RETURNS_ITSELF

FOLLOWED = {"requires_grad_", "apply"}
"""The interpreter knows more of these than what they give back."""
GOES_BEFORE = set("type xpu to_empty compile bettertransformer to_bettertransformer reverse_bettertransformer".split())
"""A fix is as right in front of these; `compile` must not be passed."""


@pytest.mark.parametrize("name", sorted(RETURN_THE_SAME))
def test_a_fix_passes_what_gives_back_the_module(name: str) -> None:
    import torch

    module = torch.nn.Module()
    arguments = {"to": ["cpu"], "apply": [lambda part: None]}.get(name, [])
    assert getattr(module, name)(*arguments) is module


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_compiled_module_is_not_given_back() -> None:
    import torch

    assert torch.nn.Module().compile() is None
    assert "compile" not in RETURN_THE_SAME


def test_the_lists_differ_where_they_are_meant_to() -> None:
    assert RETURN_THE_SAME - RETURNS_ITSELF == FOLLOWED
    assert RETURNS_ITSELF <= RETURN_THE_SAME | GOES_BEFORE
    assert not RETURN_THE_SAME & GOES_BEFORE
