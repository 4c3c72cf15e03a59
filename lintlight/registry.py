"""Packs of rules: a folder of files, each with one Rule; nothing imports a rule by name."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import inspect
import sys
import types
from functools import cache
from pathlib import Path

from lintlight.model import RuleInfo
from lintlight.rule import Rule

PACKAGE = "lintlight.rules"


class BrokenPack(Exception):
    """A rule file that defines no rule, or a code given twice; the message names the file."""


def built_in_folder() -> Path:
    """The folder of the built-in rules: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


@cache
def load_rules() -> tuple[Rule, ...]:
    """The built-in rules in the order of their codes."""
    return load_pack(built_in_folder(), PACKAGE)


def load_pack(folder: Path, package: str) -> tuple[Rule, ...]:
    """One instance of the rule in each file of `folder`, which is imported as `package`. Raises BrokenPack."""
    _register(package, folder)
    rules: dict[str, Rule] = {}
    for path in sorted(folder.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        rule = _rule_in(_import(path, f"{package}.{path.stem}"), path)
        if rule.code in rules:
            raise BrokenPack(f"{path}: {rule.code} is already the code of {rules[rule.code].name}")
        rules[rule.code] = rule
    return tuple(rules[code] for code in sorted(rules))


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
    spec.loader.exec_module(module)
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


def page_of(path: Path) -> str:
    """The page of a rule file without importing it."""
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
