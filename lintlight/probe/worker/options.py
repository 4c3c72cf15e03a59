"""Parsers of command lines that ask for options: under the probe there is none, so what they ask for is made up."""

from __future__ import annotations

import argparse
import ast
import contextlib
from typing import Any, Container, Iterator, Optional

from . import bags, callsites, madeup

NUMBERS = (int, float)


@contextlib.contextmanager
def made_up(also_none: Container[str] = ()) -> Iterator[set[str]]:
    """Let parsers take required options as given; the names of those that were made up, as they are asked for.

    Those `also_none` that have no default, too, where their names say that they are paths or checkpoints.
    """
    invented: set[str] = set()
    real = argparse.ArgumentParser.parse_known_args

    def parse_known_args(self: Any, *arguments: Any, **options: Any) -> Any:
        for action in list(self._actions):
            if action.required and not isinstance(action, argparse._SubParsersAction):
                relax(action)
                invented.add(action.dest)
            elif action.dest in also_none and is_text_without_default(action):
                action.default = madeup.by_name(action.dest)
                invented.add(action.dest)
        for group in self._mutually_exclusive_groups:
            group.required = False
        return real(self, *arguments, **options)

    argparse.ArgumentParser.parse_known_args = parse_known_args  # type: ignore[method-assign]
    try:
        yield invented
    finally:
        argparse.ArgumentParser.parse_known_args = real  # type: ignore[method-assign]


def is_text_without_default(action: Any) -> bool:
    """Whether an option is a text that is None where nobody gives it, and whose name says what fits."""
    takes_one = action.option_strings and action.nargs is None and action.type in (None, str)
    return bool(takes_one and action.default is None and isinstance(madeup.by_name(action.dest), str))


def relax(action: Any) -> None:
    """Make an option one that need not be given, with a default that fits."""
    several = action.nargs not in (None, "?")
    action.required = False
    if not action.option_strings:
        action.nargs = "*" if several else "?"
    value = next(iter(action.choices)) if action.choices else madeup.by_name(action.dest)
    if action.type in NUMBERS and not isinstance(value, NUMBERS):
        value = 2
    action.default = [value] if several else value


def read_from(site: callsites.CallSite, name: str, names: list[str], invented: set[str], cls: Any) -> list[str]:
    """The options that were made up and that a class reads from an argument which is all of the options."""
    whole = isinstance(expression(site, name, names), (ast.Name, ast.Call))
    return [each for each in bags.read_from(cls, name, everywhere=True) if each in invented] if whole else []


def touched(site: callsites.CallSite, name: str, names: list[str], invented: set[str]) -> bool:
    """Whether an argument at a call rests on options that were made up, as far as its words tell."""
    node = expression(site, name, names)
    if node is None:  # handed on as `**vars(args)`
        return name in invented
    if reads_one_of(node, invented):
        return True
    own = callsites.names_in([node])
    lines = [line for line in callsites.needed(site) if callsites.stored(line) & own]
    return any(reads_one_of(line, invented) for line in lines)


def expression(site: callsites.CallSite, name: str, names: list[str]) -> Optional[ast.expr]:
    """What a call passes for a parameter; None where `*` or `**` hides it."""
    found = {keyword.arg: keyword.value for keyword in site.call.keywords if keyword.arg}
    if not any(isinstance(node, ast.Starred) for node in site.call.args):
        found.update(zip(names, site.call.args))
    return found.get(name)


def reads_one_of(node: ast.AST, names: set[str]) -> bool:
    """Whether an attribute or an entry of one of these names is read."""
    return any(
        (isinstance(inner, ast.Attribute) and inner.attr in names)
        or (isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value in names)
        for inner in ast.walk(node)
    )
