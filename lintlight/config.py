"""`[tool.lintlight]` in pyproject.toml, or lintlight.toml, to Settings; an unknown key is an error with its line."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from lintlight import __version__
from lintlight.model import Confidence
from lintlight.naming import nearest
from lintlight.packs import installed_packs
from lintlight.settings import DEVICES, WEIGHTS, Settings
from lintlight.versions import is_specifier, version_matches

_VERSION = r"(\d{1,9}(?:\.\d{1,9})*)(?:\.?(?:a|b|rc|post|dev)\d{1,9})*(?:\+[\w.]+)?"


class ConfigError(Exception):
    """A configuration that cannot be used; the message is one sentence with the place."""


def load_settings(start: Path) -> Settings:
    """The settings for a file or folder: the nearest configuration upwards from it, else the defaults."""
    return Configurations().settings(start)


class Configurations:
    """The settings of many folders, each configuration read once: for one run, in which none changes."""

    def __init__(self) -> None:
        self._nearest: dict[Path, Path | None] = {}
        self._settings: dict[Path | None, Settings] = {}

    def settings(self, start: Path) -> Settings:
        """As `load_settings`."""
        found = self._found(start)
        if found not in self._settings:
            self._settings[found] = Settings(root=Path.cwd()) if found is None else _loaded(found, ())
        return self._settings[found]

    def _found(self, start: Path) -> Path | None:
        """The nearest file upwards that speaks of lintlight."""
        asked: list[Path] = []
        found = None
        for folder in (start, *start.parents):
            found = self._nearest[folder] if folder in self._nearest else _configuration_in(folder)
            asked.append(folder)
            if found is not None or folder in self._nearest:
                break
        self._nearest |= dict.fromkeys(asked, found)
        return found


def _configuration_in(folder: Path) -> Path | None:
    for name in ("lintlight.toml", "pyproject.toml"):
        path = folder / name
        if os.path.isfile(path) and _table(path) is not None:
            return path
    return None


def overruled(settings: Settings, pairs: Sequence[str]) -> Settings:
    """The settings with each `key=value` of the command line put in; a value is TOML, or else a string."""
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"`--config {pair}` is not `KEY=VALUE`")
        try:
            table = tomllib.loads(pair)
        except (tomllib.TOMLDecodeError, RecursionError):
            table = {key.strip(): value.strip()}
        reader = _Reader(settings.source or settings.root, command_line=True)
        if "extend" in table:
            raise reader.error(("extend",), "is for configuration files")
        values = reader.values(table)
        if "probe" in values:
            values["probe"] = _put_over(settings.probe, values["probe"])
        settings = replace(settings, **values)
    return settings


def _put_over(table: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A table with what another says put in, and so on inside of it."""
    inner = {
        key: _put_over(table[key], value)
        for key, value in other.items()
        if isinstance(value, dict) and isinstance(table.get(key), dict)
    }
    return {**table, **other, **inner}


def _loaded(path: Path, extending: tuple[Path, ...]) -> Settings:
    """The settings in a file, put over those of the file that it extends."""
    if path in extending:
        raise ConfigError(f"{path} extends itself")
    table = _table(path)
    if table is None:
        raise ConfigError(f"{path} has no table `tool.lintlight`")
    reader = _Reader(path)
    values = reader.values(table)
    base = Settings(root=path.parent)
    if "extend" in table:
        base = _loaded(reader.extended(table["extend"]), (*extending, path))
        for name in ("extend_select", "extend_exclude"):
            values[name] = (*getattr(base, name), *values.get(name, ()))
    return replace(base, root=path.parent, source=path, **values)


def _table(path: Path) -> dict[str, Any] | None:
    """The part of the file that is lintlight's; None when a pyproject.toml says nothing of it."""
    try:
        document = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path} is not valid TOML: it is nested too deeply") from error
    if path.name == "lintlight.toml":
        return document
    tool = document.get("tool", {})
    table = tool.get("lintlight") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: `tool.lintlight` must be a table")
    return table


class _Reader:
    """Reads one file's table; every error names the file and the line."""

    def __init__(self, path: Path, *, command_line: bool = False) -> None:
        self.path = path
        self.command_line = command_line
        self.prefix = ("tool", "lintlight") if path.name == "pyproject.toml" else ()

    def values(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of Settings that the table sets."""
        if "required-version" in table:
            self.required(table["required-version"], ("required-version",))
        self.check_keys(table, tuple(_READERS), ())
        read = {key.replace("-", "_"): _READERS[key](self, value, (key,)) for key, value in table.items()}
        return {name: value for name, value in read.items() if name not in _ABOUT_THE_FILE}

    def extended(self, value: str) -> Path:
        """The file that this one extends. NOTE: a configuration must not lead out of its project."""
        top = next((folder for folder in self.path.parents if os.path.exists(folder / ".git")), self.path.parent)
        if "\0" in value:
            raise self.error(("extend",), "is no path")
        path = (self.path.parent / value).resolve()
        if not path.is_relative_to(top.resolve()):
            raise self.error(("extend",), f"leads out of the project `{top}`")
        if not path.is_file():
            raise self.error(("extend",), f"names `{value}`, which is no file")
        return path

    def required(self, value: Any, keys: tuple[str, ...]) -> str:
        """Checked at once, so that an old lintlight says so before it trips over settings it does not know."""
        if not isinstance(value, str) or not is_specifier(value):
            raise self.error(keys, 'must be conditions on a version, for instance `">=0.1,<1"`')
        if not version_matches(__version__, value):
            raise self.error(keys, f"asks for lintlight {value}, and this is {__version__}")
        return value

    def strings(self, value: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            example = {"exclude": "third_party", "packs": "acme", "lightning-bases": "ourlib.Base"}
            name = keys[-1].removeprefix("extend-")
            raise self.error(keys, f'must be a list of strings, for instance `["{example.get(name, "LL101")}"]`')
        return tuple(value)

    def string(self, value: Any, keys: tuple[str, ...]) -> str:
        if not isinstance(value, str):
            raise self.error(keys, "must be a string")
        return value

    def packs(self, value: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
        """NOTE: names only. What is checked must not choose code of its own that then runs."""
        names = self.strings(value, keys)
        known = installed_packs(self.path if self.path.is_dir() else self.path.parent) if names else {}
        for name in names:
            if re.search(r"[/\\~]|^\.|\.py$", name):
                hint = "is a path: only installed packs are named here, a folder is given with `--rules FOLDER`"
                raise self.error(keys, f"names `{name}`, which {hint}")
            if name not in known:
                hint = nearest(name, tuple(known)) or "; install the package that brings it"
                raise self.error(keys, f"names `{name}`, which is no installed pack of rules{hint}")
        return names

    def flag(self, value: Any, keys: tuple[str, ...]) -> bool:
        if not isinstance(value, bool):
            raise self.error(keys, "must be `true` or `false`")
        return value

    def number(self, value: Any, keys: tuple[str, ...]) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise self.error(keys, "must be a number above 0")
        return float(value)

    def table(self, value: Any, keys: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.error(keys, "must be a table")
        return value

    def version(self, value: Any, keys: tuple[str, ...]) -> str:
        """Its release: what comes before it, or is built of it, behaves like it."""
        match = re.fullmatch(_VERSION, value) if isinstance(value, str) else None
        if match is None:
            raise self.error(keys, 'must be a version, for instance `"2.1"`')
        return match[1]

    def one_of(self, value: Any, keys: tuple[str, ...], known: Sequence[str]) -> str:
        if value not in known:
            raise self.error(keys, f"must be one of {', '.join(f'`{name}`' for name in known)}")
        return str(value)

    def confidence(self, value: Any, keys: tuple[str, ...]) -> Confidence:
        return Confidence(self.one_of(value, keys, [confidence.value for confidence in Confidence]))

    def weights(self, value: Any, keys: tuple[str, ...]) -> str:
        return self.one_of(value, keys, WEIGHTS)

    def device(self, value: Any, keys: tuple[str, ...]) -> str:
        return self.one_of(value, keys, DEVICES)

    def per_file(self, value: Any, keys: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
        table = self.table(value, keys)
        return tuple((pattern, self.strings(codes, (*keys, pattern))) for pattern, codes in table.items())

    def probe(self, value: Any, keys: tuple[str, ...]) -> dict[str, Any]:
        """The probe's own keys, and one table per class, whose key holds a colon: `"pkg.mod:Class"`."""
        table = self.table(value, keys)
        own = {key: item for key, item in table.items() if ":" not in key}
        self.check_keys(own, tuple(_PROBE), keys)
        values = {key: _PROBE[key](self, item, (*keys, key)) for key, item in own.items()}
        for key in table.keys() - own.keys():
            per_class = self.table(table[key], (*keys, key))
            self.check_keys(per_class, ("init",), (*keys, key))
            self.table(per_class.get("init", {}), (*keys, key, "init"))
            values[key] = per_class
        return values

    def check_keys(self, table: Mapping[str, Any], known: tuple[str, ...], keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                raise self.error((*keys, key), f"is not a setting{nearest(key, known)}")

    def error(self, keys: tuple[str, ...], problem: str) -> ConfigError:
        if self.command_line:
            return ConfigError(f"`--config`: `{'.'.join(keys)}` {problem}")
        row = line_of((*self.prefix, *keys), self.path.read_text("utf-8-sig", errors="replace"))
        return ConfigError(f"{self.path}:{row}: `{'.'.join(keys)}` {problem}")


_READERS: dict[str, Callable[[_Reader, Any, tuple[str, ...]], Any]] = {
    "select": _Reader.strings,
    "ignore": _Reader.strings,
    "extend-select": _Reader.strings,
    "exclude": _Reader.strings,
    "extend-exclude": _Reader.strings,
    "force-exclude": _Reader.flag,
    "per-file-ignores": _Reader.per_file,
    "lightning": _Reader.version,
    "transformers": _Reader.version,
    "lightning-bases": _Reader.strings,
    "min-confidence": _Reader.confidence,
    "packs": _Reader.packs,
    "probe": _Reader.probe,
    "extend": _Reader.string,
    "required-version": _Reader.required,
}
_ABOUT_THE_FILE = frozenset({"extend", "required_version"})
_PROBE: dict[str, Callable[[_Reader, Any, tuple[str, ...]], Any]] = {
    "python": _Reader.string,
    "init": _Reader.table,
    "arch": _Reader.table,
    "config-dirs": _Reader.strings,
    "batch": _Reader.string,
    "factory": _Reader.string,
    "config": _Reader.string,
    "checkpoint": _Reader.string,
    "weights": _Reader.weights,
    "device": _Reader.device,
    "timeout": _Reader.number,
    "memory": _Reader.number,
}
assert {key.replace("-", "_") for key in _READERS} - _ABOUT_THE_FILE <= {field.name for field in fields(Settings)}


def line_of(keys: tuple[str, ...], text: str) -> int:
    """The line, from 1, on which a key of a TOML document stands, or its nearest table; 1 when neither is found."""
    table: tuple[str, ...] = ()
    best, depth = 1, 0
    for row, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = _dotted(stripped.strip("[] "))
            here = table
        else:
            here = (*table, *_dotted(stripped.partition("=")[0].strip())) if "=" in stripped else ()
        if here and here == keys[: len(here)] and len(here) > depth:
            best, depth = row, len(here)
    return best


def _dotted(name: str) -> tuple[str, ...]:
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([A-Za-z0-9_-]+)', name)
    return tuple(double or single or bare for double, single, bare in parts)
