"""The order in which the things that a value may be are gone through: the same in every run, whatever the hash seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lintlight.semantics.values import (
    Atom,
    Bound,
    ClassValue,
    Const,
    Function,
    ModuleValue,
    Optimizer,
    ParameterName,
    Params,
    Partial,
    Ref,
    RestOfName,
    Seq,
    Several,
    SomeFile,
    Super,
    Surroundings,
    Trainer,
    Value,
)


def ordered(value: Value) -> list[Atom]:
    """The atoms in an order that is the same in every run."""
    return sorted(value, key=_rank) if len(value) > 1 else list(value)


def _rank(atom: Atom) -> tuple[object, ...]:
    """What sorts an atom among others: no two that differ in what comes of them are alike."""
    told = _RANKS.get(type(atom))
    return type(atom).__name__, *(told(atom) if told is not None else (str(atom),))


def _ranks(value: Value) -> str:
    return repr([_rank(each) for each in ordered(value)])


_RANKS: dict[type, Callable[[Any], tuple[object, ...]]] = {
    ModuleValue: lambda atom: (str(atom.module.path),),
    SomeFile: lambda atom: tuple(str(module.path) for module in atom.modules),
    ClassValue: lambda atom: (str(atom.cls.module.path), atom.cls.node.lineno, atom.cls.name, atom.guessed),
    Function: lambda atom: (
        *(str(atom.module.path), atom.node.lineno, atom.node.col_offset, atom.plain),
        _around(atom.around),
    ),
    Const: lambda atom: (atom.assumed, repr(atom.value)),
    ParameterName: lambda atom: (atom.front, sorted(atom.beside)),
    RestOfName: lambda atom: (sorted(atom.beside),),
    Bound: lambda atom: (atom.thing, atom.name),
    Ref: lambda atom: (atom.thing, atom.each),
    Super: lambda atom: (atom.thing, atom.after.name),
    Params: lambda atom: (atom.thing, str(replace(atom, where=frozenset())), sorted(atom.where)),
    Partial: lambda atom: (
        *(_rank(atom.of), atom.config or 0, repr([_ranks(value) for value in atom.positional])),
        repr([(name, _ranks(value)) for name, value in atom.keywords]),
    ),
    Seq: lambda atom: (len(atom.items), repr([_ranks(item) for item in atom.items])),
    Several: lambda atom: (_ranks(atom.item),),
    # The one that Lightning does not see comes first.
    Optimizer: lambda atom: ((False, None, True).index(atom.wrapped), atom.late, str(atom.made), _over(atom.over)),
    Trainer: lambda atom: (atom.module or 0, _ranks(atom.callbacks)),
}
"""Of each kind of atom what tells one from another; the others are few words, which tell it themselves."""


def _around(names: Surroundings | None) -> str:
    """Which things the names around a nested function mean: all that tells one round of a loop from another."""
    if names is None:
        return ""
    known = {**names.names, **{f"{name}=": value for name, value in names.defaults.items()}}
    things = {name: sorted(atom.thing for atom in value if isinstance(atom, Ref)) for name, value in known.items()}
    return repr(sorted((name, numbers) for name, numbers in things.items() if numbers))


def _over(params: frozenset[Params] | None) -> str:
    return "" if params is None else _ranks(frozenset(params))
