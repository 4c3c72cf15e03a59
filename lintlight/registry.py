"""Packs of rules: a folder of files, each with one Rule; nothing imports a rule by name."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import inspect
import re
import sys
import types
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from lintlight.config import ConfigError
from lintlight.model import RuleInfo
from lintlight.packs import Pack, folder_pack, installed_pack, is_pack
from lintlight.rule import Rule
from lintlight.settings import Settings
from lintlight.versions import is_specifier

PACKAGE = "lintlight.rules"


class BrokenPack(Exception):
    """A rule file that defines no rule, or a code or name given twice; the message names the file."""


def built_in_folder() -> Path:
    """The folder of the built-in rules: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


@cache
def load_rules() -> tuple[Rule, ...]:
    """The built-in rules in the order of their codes."""
    return load_pack(built_in_folder(), PACKAGE)


def rules_for(settings: Settings, folders: Sequence[Path] = ()) -> tuple[Rule, ...]:
    """The built-in rules, those of the packs in the settings, and those in the folders. Raises ConfigError."""
    if not settings.packs and not folders:
        return load_rules()
    packs = [installed_pack(name, settings.root) for name in dict.fromkeys(settings.packs)]
    if None in packs:
        raise ConfigError(f"the pack `{settings.packs[packs.index(None)]}` has no folder of rules")
    try:
        return with_packs([*(pack for pack in packs if pack is not None), *map(folder_pack, folders)])
    except BrokenPack as error:
        raise ConfigError(str(error)) from error


def with_packs(packs: Iterable[Pack]) -> tuple[Rule, ...]:
    """The built-in rules and those of packs in the order of their codes. Raises BrokenPack."""
    rules = {rule.code: rule for rule in load_rules()}
    for pack in dict.fromkeys(packs):
        own = load_pack(pack.folder, pack.package)
        if not own:
            raise BrokenPack(f"{pack.folder}: a folder of rules, and there is no rule in it")
        for rule in own:
            _refuse_twice(rule, rules.values(), Path(inspect.getfile(type(rule))))
        rules |= {rule.code: rule for rule in own}
    return tuple(rules[code] for code in sorted(rules))


def packs_of(rules: Iterable[Rule]) -> tuple[Pack, ...]:
    """The packs that rules come from, the built-in one left out: with these another process loads the same."""
    packages = dict.fromkeys(type(rule).__module__.rpartition(".")[0] for rule in rules)
    return tuple(Pack(Path(sys.modules[name].__path__[0]), name) for name in packages if is_pack(name))


def load_pack(folder: Path, package: str) -> tuple[Rule, ...]:
    """One instance of the rule in each file of `folder`, which is imported as `package`. Raises BrokenPack."""
    _register(package, folder)
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        rule = _rule_in(_import(path, f"{package}.{path.stem}"), path)
        _refuse_twice(rule, rules.values(), path)
        rules[rule.code] = rule
    return tuple(rules[code] for code in sorted(rules))


def _refuse_twice(rule: Rule, others: Iterable[Rule], path: Path) -> None:
    for other in others:
        if other.code == rule.code:
            raise BrokenPack(f"{path}: {rule.code} is already the code of {other.name}")
        if other.name == rule.name:
            raise BrokenPack(f"{path}: {rule.name} is already the name of {other.code}")


def _register(package: str, folder: Path) -> None:
    """Make the folder importable as a package without an `__init__.py` in it."""
    if package not in sys.modules:
        module = types.ModuleType(package)
        # NOTE: without `__path__` the import system takes it for a plain module and refuses what is below it.
        module.__path__ = [str(folder)]
        module.__spec__ = importlib.machinery.ModuleSpec(package, None, is_package=True)
        sys.modules[package] = module


def _import(path: Path, name: str) -> types.ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BrokenPack(f"{path}: cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # what a pack runs is not ours: any failure is told with its file
        del sys.modules[name]
        raise BrokenPack(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    return module


def _rule_in(module: types.ModuleType, path: Path) -> Rule:
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise BrokenPack(f"{path}: a rule file defines one subclass of Rule, this one defines {len(classes)}")
    (cls,) = classes
    if not re.fullmatch(r"[A-Z]+\d+", getattr(cls, "code", "")) or not hasattr(cls, "since"):
        raise BrokenPack(f"{path}: a rule has a `code` such as `ABC101`, and says `since` when it is there")
    if cls.lightning and not is_specifier(cls.lightning):
        raise BrokenPack(f"{path}: `lightning` is a condition such as `>=2.2` or `>=1.8,<2`, not {cls.lightning!r}")
    cls.name = path.stem.replace("_", "-")
    cls.info = _info(cls, inspect.getdoc(module) or "")
    return cls()


def _info(cls: type[Rule], page: str) -> RuleInfo:
    return RuleInfo(
        code=cls.code,
        name=cls.name,
        summary=page.partition("\n")[0].rstrip("."),
        page=page,
        severity=cls.severity,
        since=cls.since,
        default=cls.default,
        lightning=cls.lightning,
    )
