"""Commands whose help and version are written as everything is: to the end, or with an exit code that says why not."""

from __future__ import annotations

from typing import Any

import click

from lintlight import __version__
from lintlight.console import emit
from lintlight.exit_codes import ExitCode

GIVEN = "lintlight.given"
SECTIONS = {
    "Rules": ("select", "extend_select", "ignore", "min_confidence", "rules"),
    "Files": ("exclude", "force_exclude", "stdin_filename"),
    "Settings": ("config", "isolated", "show_settings", "show_files"),
    "Report": ("output_format", "output", "statistics", "quiet", "exit_zero", "profile"),
    "Baseline": ("baseline", "update_baseline"),
    "Fixes": ("fix", "unsafe_fixes", "diff", "exit_non_zero_on_fix", "add_ignore"),
    "Probe": ("probe", "init", "python"),
    "Run": ("cache_dir", "no_cache", "jobs", "watch"),
}
"""The options of `check` as its help groups them."""


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

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options under headings."""
        options = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]
        left = {option.name: option.get_help_record(ctx) for option in options}
        sections = {heading: [left.pop(name) for name in names] for heading, names in SECTIONS.items()}
        for heading, records in {**sections, "Other": list(left.values())}.items():
            with formatter.section(heading):
                formatter.write_dl([record for record in records if record is not None])


class Group(click.Group):
    """A group with such a help, of such commands."""

    command_class = Command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help where nothing is asked for; nothing was done, either."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(ExitCode.FAILED)
        return super().parse_args(ctx, args)

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
