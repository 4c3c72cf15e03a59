"""Construct the LightningModule: which argument came from where."""

from __future__ import annotations

import inspect
from typing import Any

GIVEN, DEFAULT = "given", "default"


class MissingArguments(TypeError):
    """Required arguments that nobody gave."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("missing arguments: " + ", ".join(names))
        self.names = names


def arguments_for(cls: Any, given: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The keyword arguments to construct `cls` with, and the provenance of every parameter."""
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
    names = {parameter.name for parameter in parameters}
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    chosen: dict[str, Any] = {name: value for name, value in given.items() if name in names or takes_any}
    told = [entry(name, value, GIVEN) for name, value in chosen.items()]
    missing = []
    for parameter in parameters:
        if parameter.name in chosen or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.default is parameter.empty:
            missing.append(parameter.name)
        else:
            told.append(entry(parameter.name, parameter.default, DEFAULT))
    if missing:
        raise MissingArguments(missing)
    return chosen, told


def entry(name: str, value: Any, source: str) -> dict[str, str]:
    """One argument as evidence."""
    return {"name": name, "value": repr(value)[:80], "source": source}
