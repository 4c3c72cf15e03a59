"""Frozen dataclasses to JSON data and back, by their type hints: what a cache can keep."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Data = TypeVar("Data")


def packed(value: Any) -> Any:
    """JSON data for a dataclass, and for what it may hold; fields that have their default are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        given = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        defaults = _defaults(type(value))
        return {name: packed(item) for name, item in given.items() if not (name in defaults and item == defaults[name])}
    if isinstance(value, tuple | list):
        return [packed(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    return value.hex() if isinstance(value, bytes) else value


def unpacked(cls: type[Data], data: Any) -> Data:
    """The dataclass that `packed` made `data` of. Raises TypeError, KeyError and ValueError for anything else."""
    kind: Any = cls
    made: Data = _reader(kind)(data)
    return made


@cache
def _defaults(cls: type) -> Mapping[str, Any]:
    return {field.name: field.default for field in dataclasses.fields(cls) if field.default is not dataclasses.MISSING}


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        (kind,) = [each for each in inner if each is not types.NoneType]
        read = _reader(kind)
        return lambda data: None if data is None else read(data)
    if origin is tuple:
        if inner[1:] == (...,):
            each = _reader(inner[0])
            return lambda data: tuple(each(item) for item in data)
        readers = [_reader(kind) for kind in inner]
        return lambda data: tuple(read(item) for read, item in zip(readers, data, strict=True))
    if dataclasses.is_dataclass(hint):
        return _of_dataclass(hint)
    if hint is bytes:
        return bytes.fromhex
    if isinstance(hint, type) and issubclass(hint, Enum | Path):
        return hint
    return lambda data: data


def _of_dataclass(cls: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(cls)
    # NOTE: looked up when called, because a dataclass may hold its own kind.
    return lambda data: cls(**{name: _reader(hints[name])(item) for name, item in data.items()})
