"""Commands whose help and version are written as everything is: to the end, or with an exit code that says why not."""

from __future__ import annotations

from typing import Any

import click

from lintlight import __version__
from lintlight.console import emit

GIVEN = "lintlight.given"


class Command(click.Command):
    """A command with such a help."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`."""
        return _written(super().get_help_option(ctx))


class CheckCommand(Command):
    """`--probe` may stand alone before a path, so its optional value is only taken after `=`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `--probe=MODE` as the hidden option that takes a value; keep what was given for `--watch`."""
        ctx.meta[GIVEN] = [arg for arg in args if arg != "--watch"]
        return super().parse_args(ctx, [_value_after_equals(arg) for arg in args])


class Group(click.Group):
    """A group with such a help, of such commands."""

    command_class = Command

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`."""
        return _written(super().get_help_option(ctx))


def _value_after_equals(argument: str) -> str:
    return argument.replace("--probe=", "--probe-mode=", 1) if argument.startswith("--probe=") else argument


def _written(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.callback = _write_help
    return option


def _write_help(context: click.Context, parameter: click.Parameter, asked: Any) -> None:
    if asked and not context.resilient_parsing:
        emit(context.get_help() + "\n")
        context.exit()


def write_version(context: click.Context, parameter: click.Parameter, asked: Any) -> None:
    """What `--version` does."""
    if asked and not context.resilient_parsing:
        emit(f"lintlight {__version__}\n")
        context.exit()
