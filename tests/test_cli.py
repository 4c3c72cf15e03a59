"""The command, started as users start it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lintlight.cli import cli
from tests.command import PRINTS_ITS_MODULES, lintlight, write
from tests.sources import BAD, GOOD


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    write(tmp_path, "m.py", BAD.format(comment=""))
    return tmp_path


def test_finds_the_mistake_in_this_folder(bad: Path) -> None:
    done = lintlight("check", cwd=bad)
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].startswith("m.py:8:21 error LL101 `self.bert` is trained in eval mode")
    assert done.stdout.splitlines()[-2:] == ["Found 1 error in 1 file.", "[*] 1 fixable with `--fix --unsafe-fixes`."]
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


def test_clean(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    done = lintlight("check", tmp_path, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing found in 1 file.\n", "")


def test_exit_zero_forgives_findings_but_no_failure(bad: Path) -> None:
    assert lintlight("check", "--exit-zero", cwd=bad).returncode == 0
    assert lintlight("check", "--exit-zero", "m.py", "none.py", cwd=bad).returncode == 2


def test_missing_path(bad: Path) -> None:
    done = lintlight("check", "none.py", "m.py", "--output-format", "json", cwd=bad)
    assert done.returncode == 2
    assert done.stderr == "lintlight: none.py: does not exist\n"
    assert [found["code"] for found in json.loads(done.stdout)] == ["LL101"]


def test_an_unreadable_file_that_is_named_stops_nothing(
    bad: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(bad)
    unreadable = write(bad, "closed.py")
    may, opened = os.access, open
    monkeypatch.setattr(os, "access", lambda path, mode: path != "closed.py" and may(path, mode))

    def refused(path: Any, *arguments: Any, **named: Any) -> Any:
        if path == unreadable:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **named)

    monkeypatch.setattr("builtins.open", refused)
    assert cli.main(["check", "closed.py", "m.py"], standalone_mode=False) == 2
    said = capsys.readouterr()
    assert said.err == "lintlight: closed.py: cannot be read: Permission denied\n"
    assert said.out.startswith("m.py:8:21 error LL101 ")


def test_a_folder_without_python(tmp_path: Path) -> None:
    done = lintlight("check", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "lintlight: no Python files found under the given paths\n")


def test_every_odd_file_gets_its_message_and_the_run_goes_on(bad: Path) -> None:
    write(bad, "empty.py", "")
    write(bad, "nest.py", "[" * 5000 + "]" * 5000)
    write(bad, "syntax.py", "def f(:\n")
    (bad / "latin.py").write_bytes(b"x = '\xe9'\n")
    (bad / "null.py").write_bytes(b"x = '\0'\n")
    (bad / "link.py").symlink_to("nowhere.py")
    done = lintlight("check", "--output-format", "concise", cwd=bad)
    assert done.returncode == 2
    assert [line.split()[:3] for line in done.stdout.splitlines()[:4]] == [
        ["m.py:8:21", "error", "LL101"],
        ["nest.py:1:201", "error", "LL001"],
        ["null.py:1:1", "error", "LL001"],
        ["syntax.py:1:7", "error", "LL001"],
    ]
    assert done.stderr.splitlines() == [
        "lintlight: link.py: is a broken link to nowhere.py; remove it, or exclude it",
        "lintlight: latin.py: cannot be decoded: byte 0xe9 in line 1 is not valid utf-8; save it as UTF-8, "
        "or name its encoding in the first line, for instance `# -*- coding: latin-1 -*-`",
    ]


def test_syntax_error_alone_is_a_finding(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "def f(:\n")
    assert lintlight("check", cwd=tmp_path).returncode == 1


@pytest.mark.parametrize("comment", ["  # noqa: LL101", "  # lintlight: ignore[LL101] -- frozen elsewhere"])
def test_suppressed(tmp_path: Path, comment: str) -> None:
    write(tmp_path, "m.py", BAD.format(comment=comment))
    done = lintlight("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (
        0,
        "Nothing found in 1 file.\n1 finding is suppressed by comments.\n",
    )


def test_select_and_ignore(bad: Path) -> None:
    assert lintlight("check", "--ignore", "LL1,LL2", cwd=bad).returncode == 0
    assert lintlight("check", "--select", "LL201", cwd=bad).returncode == 0
    assert lintlight("check", "--select", "pretrained-left-in-eval", cwd=bad).returncode == 1
    done = lintlight("check", "--select", "LL1O1", cwd=bad)
    assert (done.returncode, done.stderr) == (2, "lintlight: `LL1O1` in `select` is no rule; did you mean `LL101`?\n")


def test_an_empty_selection_is_not_the_default(bad: Path) -> None:
    done = lintlight("check", "--select", "", cwd=bad)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        "lintlight: `--select` names no rule; leave it out for the rules that are on by default",
    )
    write(bad, "pyproject.toml", "[tool.lintlight]\nselect = []\n")
    write(bad, "syntax.py", "def f(:\n")
    done = lintlight("check", "--output-format", "concise", "-q", cwd=bad)
    assert [line.split()[2] for line in done.stdout.splitlines()] == ["LL001"]


def test_configuration_and_isolated(bad: Path) -> None:
    write(bad, "pyproject.toml", '[tool.lintlight]\nignore = ["LL101"]\n')
    assert lintlight("check", cwd=bad).returncode == 0
    assert lintlight("check", "--isolated", cwd=bad).returncode == 1
    write(bad, "pyproject.toml", '[tool.lintlight]\nexclude = ["m.py"]\n')
    assert lintlight("check", ".", cwd=bad).returncode == 0
    assert lintlight("check", "m.py", cwd=bad).returncode == 1
    assert lintlight("check", "m.py", "--force-exclude", cwd=bad).returncode == 0
    path = write(bad, "pyproject.toml", "[tool.lintlight]\nignroe = []\n")
    done = lintlight("check", cwd=bad)
    assert (done.returncode, done.stderr) == (
        2,
        f"lintlight: {path}:2: `ignroe` is not a setting; did you mean `ignore`?\n",
    )


def test_a_file_alone_and_its_folder_give_the_same(bad: Path) -> None:
    write(bad, "pyproject.toml", '[tool.lintlight]\nselect = ["LL1"]\n')
    alone, together = (lintlight("check", path, "--output-format", "json", cwd=bad).stdout for path in ("m.py", "."))
    assert json.loads(alone) == json.loads(together) != []


def test_stdin_stands_for_a_file(bad: Path) -> None:
    done = lintlight("check", "-", cwd=bad, stdin=BAD.format(comment=""))
    assert (done.returncode, done.stdout.partition(" ")[0]) == (1, "stdin.py:8:21")
    repaired = BAD.format(comment="").replace('uncased")', 'uncased").train()')
    assert lintlight("check", "-", "--stdin-filename", "m.py", cwd=bad, stdin=repaired).returncode == 0
    assert lintlight("check", "m.py", cwd=bad).returncode == 1


def test_stdin_stands_for_no_folder(bad: Path) -> None:
    done = lintlight("check", "-", "--stdin-filename", ".", cwd=bad, stdin=GOOD)
    assert (done.returncode, done.stderr) == (2, "lintlight: `--stdin-filename .` is a folder; name a file\n")


def test_stdin_sees_the_project_around_its_name(bad: Path) -> None:
    write(bad, "pkg/__init__.py", "")
    write(bad, "pkg/m.py", BAD.format(comment=""))
    child = "from .m import Classifier\nclass Child(Classifier):\n    def on_fit_start(self):\n        self.train()\n"
    assert lintlight("check", "-", "--stdin-filename", "pkg/child.py", cwd=bad, stdin=child).returncode == 0
    write(bad, "pyproject.toml", '[tool.lintlight]\nignore = ["LL1"]\n')
    done = lintlight("check", "-", "--stdin-filename", "pkg/n.py", cwd=bad, stdin=BAD.format(comment=""))
    assert done.returncode == 0


def test_formats(bad: Path) -> None:
    assert json.loads(lintlight("check", "--output-format", "json", cwd=bad).stdout)[0]["filename"] == "m.py"
    assert lintlight("check", "--output-format", "github", cwd=bad).stdout.startswith("::error title=lintlight (LL101)")


def test_colour_when_forced_but_not_when_refused(bad: Path) -> None:
    assert "\x1b[" in lintlight("check", cwd=bad, environment={"FORCE_COLOR": "1"}).stdout
    assert "\x1b[" not in lintlight("check", cwd=bad, environment={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout


def test_bad_usage(tmp_path: Path) -> None:
    done = lintlight("check", "--selct", "LL1", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("lintlight: No such option")
    done = lintlight("check", "--probe=maybe", cwd=tmp_path)
    assert done.returncode == 2
    assert "`--probe=maybe` is unknown" in done.stderr


def test_probe_before_a_path_does_not_swallow_it(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    done = lintlight("check", "--probe", "a.py", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Nothing found in 1 file.\n")


def test_explain_and_rules(tmp_path: Path) -> None:
    done = lintlight("explain", "LL101", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("LL101 pretrained-left-in-eval\nerror, on by default, since 0.1.0")
    assert "# expect" not in done.stdout
    assert lintlight("explain", "pretrained-left-in-eval", cwd=tmp_path).stdout == done.stdout
    unknown = lintlight("explain", "LL1O1", cwd=tmp_path)
    assert (unknown.returncode, unknown.stderr) == (2, "lintlight: `LL1O1` is no rule; did you mean `LL101`?\n")
    assert "LL101  pretrained-left-in-eval" in lintlight("rules", cwd=tmp_path).stdout
    assert "LL101" in [
        rule["code"] for rule in json.loads(lintlight("rules", "--output-format", "json", cwd=tmp_path).stdout)
    ]


def test_check_imports_no_torch(bad: Path) -> None:
    script = PRINTS_ITS_MODULES.format(["check", "."])
    done = subprocess.run([sys.executable, "-c", script], cwd=bad, capture_output=True, text=True, check=False)
    modules = set(done.stdout.splitlines()[-1].split())
    assert "lintlight.check" in modules
    assert not modules & {"torch", "lightning", "pytorch_lightning", "transformers", "numpy", "rich", "lintlight.probe"}
    assert not modules & {"pygls", "lsprotocol", "watchfiles", "asyncio"}


def test_version_imports_neither_libcst_nor_rich(tmp_path: Path) -> None:
    script = PRINTS_ITS_MODULES.format(["--version"])
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    version, modules = done.stdout.splitlines()
    assert version == "lintlight 0.1.0"
    assert not set(modules.split()) & {"libcst", "rich", "pathspec", "yaml", "tomllib", "lintlight.model"}


WRITING = [
    *(["check"], ["explain", "LL101"], ["rules"]),
    *(["--version"], ["--help"], ["check", "-h"], ["completion", "bash"]),
]


@pytest.mark.parametrize("colour", [{}, {"FORCE_COLOR": "1"}])
@pytest.mark.parametrize("arguments", WRITING)
def test_a_closed_pipe_ends_quietly(bad: Path, arguments: list[str], colour: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "lintlight", *arguments],
        cwd=bad,
        env={**os.environ, **colour},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
@pytest.mark.parametrize("arguments", [*WRITING, ["check", "--add-ignore", "why"]])
def test_a_full_disk_is_said(bad: Path, arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lintlight", *arguments],
            cwd=bad,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (
        2,
        "lintlight: stdout cannot be written: No space left on device\n",
    )


def test_ctrl_c_ends_quietly(tmp_path: Path) -> None:
    script = (
        "import lintlight.command as c, time\n"
        "def wait(options):\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "c.run_check = wait\nimport sys; sys.argv[1:] = ['check']\nfrom lintlight.cli import main\nmain()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err.strip()) == (130, "", "")


def test_our_own_failure_is_named_as_ours(tmp_path: Path) -> None:
    script = (
        "import lintlight.command as c\ndef fail(options):\n    raise RuntimeError('oh')\n"
        "c.run_check = fail\nimport sys; sys.argv[1:] = ['check']\nfrom lintlight.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2:] == [
        "RuntimeError: oh",
        "lintlight: this is a bug in lintlight; please report it with the lines above.",
    ]


def test_nothing_asked_shows_the_help_and_says_that_nothing_was_done(tmp_path: Path) -> None:
    done = lintlight(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == lintlight("--help", cwd=tmp_path).stdout


def test_every_option_of_check_has_a_heading(tmp_path: Path) -> None:
    _, others = lintlight("check", "--help", cwd=tmp_path).stdout.split("\nOther:\n")
    assert [line.split()[:2] for line in others.splitlines() if line] == [["-h,", "--help"]]


@pytest.mark.parametrize("option", [("--init", "x=1"), ("--python", "python3")])
def test_options_of_the_probe_need_it(tmp_path: Path, option: tuple[str, str]) -> None:
    done = lintlight("check", *option, cwd=tmp_path)
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        2,
        f"lintlight: `{option[0]}` is for the probe: add `--probe`",
    )


@pytest.mark.parametrize(
    ("arguments", "code"), [("check none.py", 2), ("check --bogus", 2), ("check a.py --profile", 0)]
)
def test_messages_that_nobody_can_read_change_no_exit_code(tmp_path: Path, arguments: str, code: int) -> None:
    write(tmp_path, "a.py")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lintlight", *arguments.split()], cwd=tmp_path, stdout=subprocess.PIPE, stderr=full
        )
    assert done.returncode == code


def test_an_ignore_file_that_is_a_pipe_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    os.mkfifo(tmp_path / ".gitignore")
    assert lintlight("check", "--no-cache", cwd=tmp_path).stdout == "Nothing found in 1 file.\n"


@pytest.mark.parametrize("name", ["json", "junit", "html", "github", "gitlab", "markdown", "sarif"])
def test_reports_for_programs_are_utf_8_in_any_terminal(bad: Path, name: str) -> None:
    (bad / "m.py").rename(bad / "é.py")
    command = [sys.executable, "-m", "lintlight", "check", "--no-cache", "--output-format", name]
    told = {
        encoding: subprocess.run(
            command, cwd=bad, env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True, check=False
        ).stdout
        for encoding in ("utf-8", "latin-1", "ascii")
    }
    assert len(set(told.values())) == 1
    assert "LL101" in told["ascii"].decode("utf-8")
