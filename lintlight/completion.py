"""What a shell completes beyond options and files: rules and formats."""

from __future__ import annotations

from click import Context, Parameter
from click.shell_completion import CompletionItem, get_completion_class


def script(shell: str) -> str:
    """What a shell has to read to complete the arguments of `lintlight`."""
    from lintlight.cli import cli

    complete = get_completion_class(shell)
    assert complete is not None
    return complete(cli, {}, "lintlight", "_LINTLIGHT_COMPLETE").source() + "\n"


def rules(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes and names of rules; behind a comma, of one more."""
    from lintlight.command_rules import known_rules
    from lintlight.config import ConfigError

    before, comma, begun = incomplete.rpartition(",")
    try:
        infos = known_rules()
    except ConfigError:
        return []  # a shell has no place to say why
    found = {info.code: info.name for info in infos} | {info.name: info.code for info in infos}
    return [
        CompletionItem(f"{before}{comma}{name}", help=told) for name, told in found.items() if name.startswith(begun)
    ]


def outputs(context: Context, parameter: Parameter, incomplete: str) -> list[CompletionItem]:
    """`FORMAT:` for `--output`."""
    from lintlight.report.formats import FORMATS

    return [CompletionItem(f"{name}:") for name in FORMATS if name.startswith(incomplete)]
