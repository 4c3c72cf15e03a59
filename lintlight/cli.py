"""The command line: options in, exit code out.

NOTE: whatever a command needs is imported inside it, so that `lintlight --version` starts as fast as Python does.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import click

from lintlight.console import PipeClosed, Unfailing
from lintlight.exit_codes import ExitCode
from lintlight.shell import GIVEN, CheckCommand, Group, write_version

PROBE_MODES = ("auto", "off", "require")
LISTS = ("select", "extend_select", "ignore", "exclude")
FORMATS = ("text", "concise", "json", "json-full", "jsonl", "github", "gitlab", "junit", "markdown", "sarif", "html")


def _rules(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    from lintlight import completion

    return list(completion.rules(context, parameter, incomplete))


def _outputs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    from lintlight import completion

    return list(completion.outputs(context, parameter, incomplete))


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=write_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Find the mistakes in Lightning and transformers training code that train without an error, and prove them."""


@cli.command(cls=CheckCommand, short_help="Check files and folders.")
@click.argument("paths", nargs=-1, type=click.Path(readable=False, path_type=Path))
@click.option(
    "--select",
    multiple=True,
    metavar="CODES",
    help="Run only these: codes, prefixes (LL1), names or ALL.",
    shell_complete=_rules,
)
@click.option("--extend-select", multiple=True, metavar="CODES", help="Run these as well.", shell_complete=_rules)
@click.option("--ignore", multiple=True, metavar="CODES", help="Leave these out.", shell_complete=_rules)
@click.option(
    "--min-confidence",
    type=click.Choice(["high", "medium", "low"]),
    help="Show findings that are at least this sure.  [default: medium]",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="PATTERNS",
    help="Leave these out, too; gitignore patterns.",
)
@click.option("--force-exclude", is_flag=True, help="Exclude files that are named on the command line, too.")
@click.option("--config", multiple=True, metavar="KEY=VALUE", help="Overrule a setting, whatever the files say.")
@click.option(
    "--rules",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Run the rules in this folder as well; their code runs.",
)
@click.option("--isolated", is_flag=True, help="Read no configuration file.")
@click.option("--show-settings", is_flag=True, help="Print the settings as JSON, and check nothing.")
@click.option("--show-files", is_flag=True, help="Print the files that would be checked, and check nothing.")
@click.option("--profile", is_flag=True, help="Say on stderr where the time went.")
@click.option("--output-format", type=click.Choice(FORMATS), help="How to report on stdout.  [default: text]")
@click.option(
    "--output",
    multiple=True,
    metavar="FORMAT:FILE",
    help="Report to a file as well; several may be given.",
    shell_complete=_outputs,
)
@click.option("--statistics", is_flag=True, help="Report only how often each rule was broken.")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="Forgive the findings in this file.")
@click.option("--update-baseline", is_flag=True, help="Write what is found now to the baseline.")
@click.option("--fix", is_flag=True, help="Make the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix or --diff: also those that change what is computed.")
@click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing; exit 1 if anything.")
@click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit 1 when something was fixed, even if nothing is left.")
@click.option("--add-ignore", metavar="REASON", help="Write a suppression with this reason for every finding.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings and failures, and no summary.")
@click.option(
    "--cache-dir",
    type=click.Path(readable=False, path_type=Path),
    envvar="LINTLIGHT_CACHE_DIR",
    show_envvar=True,
    metavar="DIR",
    help="Where to keep what was found.  [default: .lintlight_cache]",
)
@click.option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1), metavar="N", help="Processes to use at most.  [default: all cores]"
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 when there are findings; failures still exit 2.")
@click.option(
    "--stdin-filename",
    type=click.Path(readable=False, path_type=Path),
    metavar="FILE",
    help="The name of what `-` reads from stdin.",
)
@click.option("--watch", is_flag=True, help="Check again after every change, until Ctrl-C.")
@click.option("--probe", is_flag=True, help="Build and run the modules found, to prove or refute each finding.")
@click.option("--probe-mode", hidden=True)
@click.option("--init", multiple=True, metavar="NAME=VALUE", help="An argument for the modules' constructors.")
@click.option("--python", metavar="PATH", help="The interpreter of the project.")
def check(paths: tuple[Path, ...], **options: Any) -> int:
    """Check PATHS (default: this folder; `-` is stdin).

    --probe runs the code that it checks, with no network and limits on time and memory: probe only what you would
    run. --probe=require fails (exit code 2) when a finding could not be probed.

    Exit codes: 0 nothing found, 1 findings, 2 a bad option, a bad configuration or a file that could not be checked.
    """
    from lintlight.command import CheckOptions, run_check

    probe = options.pop("probe_mode") or ("auto" if options["probe"] else "off")
    if probe not in PROBE_MODES:
        raise click.UsageError(f"`--probe={probe}` is unknown: it is `--probe`, `--probe=require` or `--probe=off`")
    if options["update_baseline"] and options["baseline"] is None:
        raise click.UsageError("`--update-baseline` needs `--baseline FILE`")
    if options["add_ignore"] is not None and not _is_reason(options["add_ignore"]):
        raise click.UsageError("`--add-ignore` needs a reason: one line without `#`")
    _refuse_two_writers(options)
    if options["python"] is not None:
        _check_interpreter(options["python"])
    for name in ("init", "python"):
        if options[name] and probe == "off":
            raise click.UsageError(f"`--{name}` is for the probe: add `--probe`")
    if options["add_ignore"] is not None and Path("-") in paths:
        raise click.UsageError("`--add-ignore` cannot write what came from stdin")
    if options["stdin_filename"] is not None and Path("-") not in paths:
        raise click.UsageError("`--stdin-filename` needs `-` among the paths")
    if options["select"] and not _split(options["select"]):
        raise click.UsageError("`--select` names no rule; leave it out for the rules that are on by default")
    if options.pop("watch"):
        return _watch(paths, options)
    lists: dict[str, Any] = {name: _split(options.pop(name)) for name in LISTS}
    given = CheckOptions(paths=paths or (Path("."),), **lists, **{**options, "probe": probe})
    return run_check(given)


def _check_interpreter(python: str) -> None:
    import shutil

    if shutil.which(python) is None:
        raise click.UsageError(f"`--python {python}` is no program that can be started")


def _refuse_two_writers(options: dict[str, Any]) -> None:
    """Each of them takes the findings away, so that nothing would be left for another."""
    writers = [name for name in ("fix", "diff", "add_ignore", "update_baseline") if options[name] not in (None, False)]
    if len(writers) > 1 and writers != ["fix", "diff"]:
        first, second = (f"`--{name.replace('_', '-')}`" for name in writers[:2])
        raise click.UsageError(f"{first} and {second} do not go together; run one after the other")


def _watch(paths: tuple[Path, ...], options: dict[str, Any]) -> int:
    """Check again and again with the options that were given."""
    if Path("-") in paths or options["add_ignore"] is not None or options["update_baseline"]:
        raise click.UsageError("`--watch` goes neither with stdin nor with `--add-ignore` or `--update-baseline`")
    _needs("watchfiles", extra="watch", what="check --watch")
    from lintlight.command_watch import CannotWatch, run_watch

    try:
        return run_watch(paths or (Path("."),), click.get_current_context().meta[GIVEN])
    except CannotWatch as error:
        raise click.ClickException(str(error)) from error


_folders_of_rules = click.option(
    "--rules",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The rules in this folder as well; their code runs.",
)


@cli.command("probe", short_help="Build and train one module, and show its modes.")
@click.argument("target")
@click.option("--init", multiple=True, metavar="NAME=VALUE", help="An argument for the constructor.")
@click.option("--factory", metavar="PKG.MOD:FUNC", help="A function of the project that returns the module.")
@click.option("--config", type=click.Path(path_type=Path), help="A LightningCLI or Hydra YAML with the arguments.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="A checkpoint whose hyper-parameters to take.")
@click.option("--batch", metavar="PKG.MOD:FUNC", help="A function of the project that returns a batch.")
@click.option("--python", metavar="PATH", help="The interpreter of the project.")
@click.option("--weights", type=click.Choice(["stand-in", "real"]), help="`real` loads and downloads real weights.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), help="Where it trains.  [default: cpu]")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(target: str, output_format: str, **options: Any) -> int:
    """Build TARGET, train it for a step, and show its modules: mode, what learns, dropout.

    TARGET is `package.module:Class` or `path/file.py::Class`. This runs the code, as `check --probe` does.
    Exit codes: 0 shown, 2 it could not be built or trained.
    """
    from lintlight.command_show import run_show

    return run_show(target, output_format, options)


@cli.command(short_help="Delete the cache.")
@click.option("--cache-dir", type=click.Path(path_type=Path), envvar="LINTLIGHT_CACHE_DIR", metavar="DIR")
def clean(cache_dir: Path | None) -> None:
    """Delete the cache of this project, or the one that --cache-dir names."""
    from lintlight.command_clean import run_clean

    run_clean(cache_dir)


@cli.command()
@click.argument("rule", shell_complete=_rules)
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@_folders_of_rules
def explain(rule: str, markdown: bool, folders: tuple[Path, ...]) -> None:
    """Explain a RULE, named by its code or name."""
    from lintlight.command_rules import run_explain

    run_explain(rule, folders=folders, markdown=markdown)


@cli.command()
@click.option("--output-format", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@_folders_of_rules
def rules(output_format: str, folders: tuple[Path, ...]) -> None:
    """List the rules."""
    from lintlight.command_rules import run_rules

    run_rules(output_format, folders)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print what a SHELL needs to complete commands.

    bash: put `eval "$(lintlight completion bash)"` into ~/.bashrc. zsh: the same with `zsh`, into ~/.zshrc.
    fish: `lintlight completion fish > ~/.config/fish/completions/lintlight.fish`.
    """
    from lintlight.completion import script
    from lintlight.console import emit

    emit(script(shell))


@cli.command()
@click.option("--stdio", is_flag=True, hidden=True)
def server(stdio: bool) -> None:
    """Show findings in an editor as one types.

    Speaks the Language Server Protocol on stdin and stdout; docs/editors.md says how to set an editor up.
    """
    _needs("pygls", extra="lsp", what="server")
    from lintlight.server.app import serve

    serve()


def _needs(module: str, *, extra: str, what: str) -> None:
    """Say how to install what only some users need."""
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise click.ClickException(f"`{what}` needs {module}: `pip install 'lintlight[{extra}]'`")


def main() -> None:
    """Run the command line; no traceback for what a user did, a whole one for what we did."""
    _open_what_is_closed()
    gc.disable()  # a command is over before looking for cycles could pay; what lives longer turns it on again
    try:
        code = cli.main(prog_name="lintlight", standalone_mode=False)
        gc.freeze()  # Python looks for cycles once more when it ends: in all that a large run has learned
        sys.exit(code if isinstance(code, int) else ExitCode.OK)
    except click.ClickException as error:
        click.echo(f"lintlight: {error.format_message()}", err=True)
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"Try `{error.ctx.command_path} --help`.", err=True)
        sys.exit(ExitCode.FAILED)
    except (KeyboardInterrupt, click.exceptions.Abort):
        os._exit(
            ExitCode.INTERRUPTED
        )  # NOTE: `sys.exit` would wait for the threads that read what killed processes wrote
    except Exception as error:  # noqa: BLE001 -- the outermost fence: exit code 1 is for findings only
        sys.exit(_failed(error))


def _failed(error: Exception) -> int:
    """Say what went wrong, as far as it is our fault; the exit code."""
    from lintlight.config import ConfigError

    if isinstance(error, ConfigError):
        click.echo(f"lintlight: {error}", err=True)
        return ExitCode.FAILED
    if isinstance(error, PipeClosed):
        # Python flushes stdout once more at exit; let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.reason:
            click.echo(f"lintlight: stdout cannot be written: {error.reason}", err=True)
        return ExitCode.FAILED if error.reason else ExitCode.PIPE_CLOSED
    if isinstance(error, FileNotFoundError) and _has_no_folder():
        click.echo("lintlight: the current folder does not exist any more; change to another one", err=True)
        return ExitCode.FAILED
    import traceback

    traceback.print_exception(error)
    click.echo("lintlight: this is a bug in lintlight; please report it with the lines above.", err=True)
    return ExitCode.FAILED


def _has_no_folder() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def _open_what_is_closed() -> None:
    """A stream that was closed before we began is None; what is written to it goes nowhere, as it would in C."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 -- until the end of the process
    sys.stderr = Unfailing(sys.stderr)


def _is_reason(text: str) -> bool:
    return bool(text.strip()) and text.isprintable() and "#" not in text


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    """`--select LL1,LL2 --select LL301` as one tuple."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
