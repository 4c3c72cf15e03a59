"""What users have in their folders and shells: no odd file ends a run, none is lost, and nothing hangs."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import FileError
from lintlight.semantics.resolve.index import facts_of
from lintlight.source.files import UnreadableSource, decode_source, find_files
from tests.command import lintlight, write
from tests.sources import BAD


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    write(tmp_path, "m.py", BAD.format(comment=""))
    return tmp_path


@pytest.mark.parametrize("codec", ["rot13", "hex", "base64", "punycode", "undefined", "nonsense"])
def test_what_is_no_encoding_of_a_text_is_told_of(codec: str) -> None:
    with pytest.raises(UnreadableSource, match="save it as UTF-8"):
        decode_source(Path("a.py"), f"# coding: {codec}\n\u00e9 = 1\n".encode())


@pytest.mark.parametrize(
    "more", [{"metadata": None}, {"metadata": []}, {"metadata": {"kernelspec": "python", "language_info": []}}, {}]
)
def test_a_notebook_says_what_language_it_is_in_or_is_python(more: dict[str, Any]) -> None:
    cells = [{"cell_type": "code", "source": ["x = 1\n"]}]
    assert decode_source(Path("a.ipynb"), json.dumps({"cells": cells, **more}).encode()).text == "x = 1\n"


@pytest.mark.parametrize("data", ["[" * 100_000, '{"cells": {}}', '{"cells": null}', "[]"])
def test_what_is_no_notebook_is_told_of(data: str) -> None:
    with pytest.raises(UnreadableSource, match="is no notebook"):
        decode_source(Path("a.ipynb"), data.encode())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_beside_a_file_is_never_opened(bad: Path) -> None:
    os.mkfifo(bad / "pipe.py")
    os.mkfifo(bad / "requirements.txt")
    os.mkfifo(bad / "conf.yaml")
    (bad / "zero.py").symlink_to("/dev/zero")
    done = lintlight("check", "m.py", "--no-cache", cwd=bad)
    assert (done.returncode, done.stderr) == (1, "")
    whole = lintlight("check", cwd=bad)
    assert (whole.returncode, whole.stderr) == (2, "lintlight: zero.py: is neither a file nor a folder\n")
    assert "m.py:8:21 error LL101" in whole.stdout


def test_a_folder_that_cannot_be_read_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(folder: Path) -> Any:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    [error] = find_files([tmp_path], root=tmp_path).errors
    reason = "cannot be read: Permission denied; exclude it, or let it be read"
    assert error == FileError(tmp_path / "closed", reason)


@pytest.mark.parametrize(
    ("code", "name", "bases"),
    [
        ("class Klassé(Module):\n", "Klassé", {"Module"}),
        ("class \uff4d(\uff2dodule):\n", "m", {"Module"}),  # Python reads them as ASCII
        ("class A[T: list[int]](Module):\n", "A", {"Module"}),
        ("class \\\n  A(Module):\n", "A", {"Module"}),
        ("class A(make('x'), Module):\n", "A", {"Module"}),
        ("class A(make(f(x)), Module, key=g(h(i()))):\n", "A", {"Module"}),
        ("from x import Module as Größe\nclass A(Größe):\n", "A", {"Größe", "Module"}),
    ],
)
def test_classes_are_seen_however_they_are_written(code: str, name: str, bases: set[str]) -> None:
    [(found, beside)] = facts_of(code.encode()).classes
    assert (found, bases - {*beside}) == (name, set())


def test_a_name_in_another_script_is_checked(tmp_path: Path) -> None:
    write(tmp_path, "m.py", BAD.format(comment="").replace("Classifier", "Größe"))
    assert "m.py:8:21 error LL101" in lintlight("check", cwd=tmp_path).stdout


def test_a_syntax_error_is_told_whatever_is_selected(tmp_path: Path) -> None:
    write(tmp_path, "m.py", "def f(:\n")
    done = lintlight("check", "--select", "LL101", "--output-format", "concise", cwd=tmp_path)
    assert (done.returncode, done.stdout.split(" ")[:3]) == (1, ["m.py:1:7", "error", "LL001"])
    assert lintlight("check", "--select", "LL101", "--ignore", "LL001", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--diff", "--add-ignore", "why"),
        ("--fix", "--add-ignore", "why"),
        ("--fix", "--update-baseline", "--baseline", "k.json"),
        ("-", "--add-ignore", "why"),
        ("--stdin-filename", "m.py"),
    ],
)
def test_options_that_would_be_dropped_are_refused(bad: Path, arguments: tuple[str, ...]) -> None:
    before = (bad / "m.py").read_bytes()
    done = lintlight("check", *arguments, cwd=bad)
    assert done.returncode == 2
    assert done.stderr.startswith("lintlight: `--")
    assert ((bad / "m.py").read_bytes(), (bad / "k.json").exists()) == (before, False)


@pytest.mark.parametrize(
    "long",
    [
        "if a == 0: pass\n" + "".join(f"elif a == {each}: pass\n" for each in range(1, 1000)),
        "x = " + "1 if a else " * 1000 + "0\n",
    ],
    ids=["branches", "choices"],
)
def test_long_chains_are_followed(tmp_path: Path, long: str) -> None:
    first = "    def __init__(self):\n        super().__init__()\n"
    assert first in BAD
    write(tmp_path, "m.py", BAD.format(comment="").replace(first, first + textwrap.indent(long, " " * 8)))
    done = lintlight("check", "--output-format", "concise", cwd=tmp_path)
    assert (done.returncode, done.stderr, "error LL101" in done.stdout) == (1, "", True)


SHELL = f'"{sys.executable}" -m lintlight check'


@pytest.mark.skipif(os.name != "posix", reason="asks a POSIX shell")
@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (f"{SHELL} >&-", 1, ""),
        (f"{SHELL} - <&-", 2, "lintlight: `-` means stdin, which is closed\n"),
        (f"{SHELL} >/dev/full", 2, "lintlight: stdout cannot be written: No space left on device\n"),
        (
            f"mkdir gone && cd gone && rmdir ../gone && {SHELL}",
            2,
            "lintlight: the current folder does not exist any more",
        ),
    ],
)
def test_streams_and_folders_that_are_gone(bad: Path, command: str, code: int, told: str) -> None:
    if "/dev/full" in command and not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    done = subprocess.run(["sh", "-c", command], cwd=bad, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr[: len(told) or None]) == (code, told)


def test_an_unknown_code_in_a_configuration_is_told_with_its_line(bad: Path) -> None:
    write(bad, "lintlight.toml", 'select = ["LL1"]\nignore = ["LL2",\n  "NOPE"]\n')
    done = lintlight("check", cwd=bad)
    assert (done.returncode, done.stderr) == (
        2,
        f"lintlight: {bad / 'lintlight.toml'}:3: `NOPE` in `ignore` is no rule; `lintlight rules` lists them\n",
    )


def test_nothing_is_suppressed_in_a_file_that_cannot_be_written(bad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bad / "m.py").chmod(0o444)
    monkeypatch.setattr(os, "access", lambda *_: False)
    from click.testing import CliRunner

    from lintlight.cli import cli

    monkeypatch.chdir(bad)
    done = CliRunner().invoke(cli, ["check", "--no-cache", "--add-ignore", "why"], standalone_mode=False)
    assert (done.return_value, done.stdout) == (2, "Suppressed 0 findings.\n")
    assert done.stderr == "lintlight: m.py: is read-only\n"


def test_a_python_that_is_not_there_is_a_bad_option(bad: Path) -> None:
    done = lintlight("check", "--probe", "--python", "nowhere/python", cwd=bad)
    assert done.returncode == 2
    assert done.stderr.startswith("lintlight: `--python nowhere/python` is no program that can be started\n")
