"""Settings as users meet them: the nearest file for each file, the command line, and comments written for them."""

import json
from pathlib import Path

from tests.command import lintlight, write
from tests.sources import BAD

LINE = '        self.bert = AutoModel.from_pretrained("bert-base-uncased")'


def codes(*arguments: str | Path, cwd: Path) -> list[tuple[str, str]]:
    done = lintlight("check", "--output-format", "json", *arguments, cwd=cwd)
    assert done.stderr == ""
    return [(found["filename"], found["code"]) for found in json.loads(done.stdout)]


def test_each_file_has_the_nearest_configuration(tmp_path: Path) -> None:
    for name in ("m.py", "quiet/m.py", "quiet/deep/m.py", "loud/m.py", "loud/old/m.py"):
        write(tmp_path, name, BAD.format(comment=""))
    write(tmp_path, "pyproject.toml", '[tool.lintlight]\nselect = ["LL101"]\n')
    write(tmp_path, "quiet/lintlight.toml", 'select = ["LL2"]\n')
    write(tmp_path, "loud/lintlight.toml", 'extend = "../pyproject.toml"\nexclude = ["old"]\n')
    (tmp_path / ".git").mkdir()
    assert codes(cwd=tmp_path) == [("loud/m.py", "LL101"), ("m.py", "LL101")]
    assert codes("quiet/m.py", "m.py", cwd=tmp_path) == [("m.py", "LL101")]
    assert codes("loud/old/m.py", "quiet", cwd=tmp_path) == [("loud/old/m.py", "LL101")]
    assert codes("loud/old/m.py", "quiet", "--force-exclude", cwd=tmp_path) == []
    assert len(codes("--isolated", cwd=tmp_path)) == 5
    shown = lintlight("check", "--show-files", cwd=tmp_path)
    assert (shown.returncode, sorted(shown.stdout.splitlines())) == (
        0,
        ["loud/m.py", "m.py", "quiet/deep/m.py", "quiet/m.py"],
    )


def test_an_excluded_folder_that_is_asked_for_by_name_is_checked(tmp_path: Path) -> None:
    for name in ("build/m.py", "build/sub/m.py", "build/build/m.py", "src/m.py"):
        write(tmp_path, name, "x = 1\n")
    for configuration in ("", '[tool.lintlight]\nexclude = ["build/"]\n'):
        write(tmp_path, "pyproject.toml", configuration)

        def shown(*arguments: str) -> list[str]:
            return sorted(lintlight("check", "--show-files", *arguments, cwd=tmp_path).stdout.splitlines())

        assert shown() == shown("--force-exclude", "build", ".") == ["src/m.py"]
        assert shown("build") == ["build/m.py", "build/sub/m.py"]
        assert shown("build/sub", "src") == ["build/sub/m.py", "src/m.py"]
        assert shown("build", "build/build") == ["build/build/m.py", "build/m.py", "build/sub/m.py"]


def test_patterns_stay_relative_to_the_configuration_below_an_excluded_folder(tmp_path: Path) -> None:
    for name in ("vendor/tests/a.py", "vendor/gen/b.py", "vendor/c.py", "tests/d.py"):
        write(tmp_path, name, "x = 1\n")
    write(tmp_path, "pyproject.toml", '[tool.lintlight]\nexclude = ["vendor", "/tests", "vendor/gen/"]\n')
    shown = lintlight("check", "--show-files", "vendor", cwd=tmp_path).stdout.splitlines()
    assert sorted(shown) == ["vendor/c.py", "vendor/tests/a.py"]


def test_the_least_confidence_is_that_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, "a/m.py", BAD.format(comment=""))
    write(tmp_path, "a/lintlight.toml", 'lightning = "1.9"\n')
    write(tmp_path, "b/m.py", BAD.format(comment=""))
    done = lintlight("check", "--output-format", "json", cwd=tmp_path)
    severities = {found["filename"]: found["severity"] for found in json.loads(done.stdout)}
    assert severities["b/m.py"] == "error"
    assert severities.get("a/m.py", "info") == "info"


def test_a_setting_of_the_command_line_wins(tmp_path: Path) -> None:
    write(tmp_path, "m.py", BAD.format(comment=""))
    write(tmp_path, "pyproject.toml", '[tool.lintlight]\nignore = ["LL101"]\n')
    assert codes("--config", "ignore=[]", cwd=tmp_path) == [("m.py", "LL101")]
    done = lintlight("check", "--config", "ignroe=[]", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        2,
        "lintlight: `--config`: `ignroe` is not a setting; did you mean `ignore`?\n",
    )
    shown = json.loads(lintlight("check", "--show-settings", "--select", "LL1", cwd=tmp_path).stdout)
    assert (shown["source"], shown["ignore"], shown["select"]) == (
        str(tmp_path / "pyproject.toml"),
        ["LL101"],
        ["LL1"],
    )


def test_quiet(tmp_path: Path) -> None:
    done = lintlight("check", "-q", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    write(tmp_path, "a.py")
    assert lintlight("check", "--quiet", cwd=tmp_path).stdout == ""
    write(tmp_path, "m.py", BAD.format(comment=""))
    loud = lintlight("check", "--output-format", "concise", cwd=tmp_path).stdout.splitlines()
    quiet = lintlight("check", "--output-format", "concise", "-q", cwd=tmp_path)
    assert (quiet.returncode, quiet.stdout.splitlines()) == (1, loud[:1])


def test_comments_are_written_for_what_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, "m.py", BAD.format(comment="  # big"))
    done = lintlight("check", "--add-ignore", " known for long ", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Suppressed 1 finding.\n")
    comment = "  # big  # lintlight: ignore[LL101] -- known for long"
    assert path.read_text() == BAD.format(comment=comment)
    assert lintlight("check", "--extend-select", "ALL", cwd=tmp_path).returncode == 0


def test_comments_go_where_the_line_ends(tmp_path: Path) -> None:
    several = BAD.format(comment="").replace(LINE, LINE.replace("(", "(\n            ").replace('")', '"\n        )'))
    path = tmp_path / "m.py"
    path.write_bytes(several.replace("\n", "\r\n").encode())
    assert lintlight("check", "--add-ignore", "why", cwd=tmp_path).returncode == 0
    assert b"        )  # lintlight: ignore[LL101] -- why\r\n" in path.read_bytes()
    assert lintlight("check", cwd=tmp_path).returncode == 0
    path.write_text(BAD.format(comment="").replace("self.bert = ", "self.bert = \\\n            "))
    assert lintlight("check", "--add-ignore", "why", cwd=tmp_path).returncode == 0
    assert lintlight("check", cwd=tmp_path).returncode == 0


def test_no_comment_goes_into_a_string(tmp_path: Path) -> None:
    text = BAD.format(comment=".to('''\n''')")
    path = write(tmp_path, "m.py", text)
    done = lintlight("check", "--add-ignore", "why", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "lintlight: m.py:8:21: LL101 cannot be suppressed by a comment here\n")
    assert path.read_text() == text


def test_a_notebook_is_left_as_it_is(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": BAD.format(comment="")}]
    path = write(tmp_path, "m.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    before = path.read_bytes()
    done = lintlight("check", "--add-ignore", "why", cwd=tmp_path)
    said = "lintlight: m.ipynb:cell 1:8:21: LL101 is in a notebook; write its comment by hand\n"
    assert (done.returncode, done.stderr, path.read_bytes()) == (1, said, before)


def test_a_syntax_error_cannot_be_suppressed(tmp_path: Path) -> None:
    path = write(tmp_path, "m.py", "def f(:\n")
    done = lintlight("check", "--add-ignore", "why", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "lintlight: m.py:1:7: LL001 cannot be suppressed by a comment here\n")
    assert lintlight("check", "--add-ignore", "why", "--exit-zero", cwd=tmp_path).returncode == 0
    assert path.read_text() == "def f(:\n"
    for reason in ("", "a # b", "a\nb"):
        assert lintlight("check", "--add-ignore", reason, cwd=tmp_path).returncode == 2
