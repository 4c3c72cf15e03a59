"""Model classes of the project as they were written for older versions of transformers."""

from __future__ import annotations

import functools
from typing import Any

import transformers


class TiedKeys:
    """The tied weights of a model whose constructor does not call `post_init()`."""

    def __get__(self, model: Any, owner: Any) -> Any:
        return {} if model is None else model.get_expanded_tied_weights_keys(all_submodels=True)


def install() -> None:
    """Let them be built, in this process only."""
    model_class = transformers.PreTrainedModel
    if not hasattr(model_class, "get_expanded_tied_weights_keys"):
        return
    real = model_class.get_expanded_tied_weights_keys

    @functools.wraps(real)
    def expanded(model: Any, *arguments: Any, **options: Any) -> Any:
        for owner in {type(part) for part in model.modules()}:
            # A list names what is tied, and not to what: that stays apart here, and the keys are the same.
            if isinstance(getattr(owner, "_tied_weights_keys", None), list):
                owner._tied_weights_keys = None
        return real(model, *arguments, **options)

    model_class.get_expanded_tied_weights_keys = expanded
    model_class.all_tied_weights_keys = TiedKeys()
