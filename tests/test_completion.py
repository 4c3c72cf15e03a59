"""Completion in a real bash, with the script that users put into their ~/.bashrc."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import lintlight, write

STARTED = f'#!/bin/sh\nexec "{sys.executable}" -m lintlight "$@"\n'
SHELL = """
PATH="$PWD:$PATH"
eval "$(lintlight completion bash)"
complete -p lintlight | grep -q _lintlight_completion || exit 3
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_lintlight_completion lintlight
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(folder: Path, words: str) -> list[str]:
    """What bash offers for the last of the words."""
    write(folder, "lintlight", STARTED).chmod(0o755)
    done = subprocess.run(
        ["bash", "--norc", "-c", SHELL.format(words=words)], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("lintlight ch", ["check"]),
        ("lintlight check --output-f", ["--output-format"]),
        ("lintlight check --output-format js", ["json", "json-full", "jsonl"]),
        ("lintlight check --output sar", ["sarif:"]),
        ("lintlight check --select LL10", ["LL101", "LL102", "LL103", "LL104"]),
        ("lintlight check --select LL101,eval", ["LL101,eval-left-on"]),
        ("lintlight explain pretrained", ["pretrained-left-in-eval"]),
        ("lintlight completion z", ["zsh"]),
    ],
)
def test_bash_offers(tmp_path: Path, words: str, offered: list[str]) -> None:
    assert completed(tmp_path, words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(tmp_path: Path, shell: str) -> None:
    done = lintlight("completion", shell, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_LINTLIGHT_COMPLETE={shell}_complete" in done.stdout


def test_another_shell_is_refused(tmp_path: Path) -> None:
    done = lintlight("completion", "tcsh", cwd=tmp_path)
    assert done.returncode == 2
    assert "'bash', 'zsh', 'fish'" in done.stderr
