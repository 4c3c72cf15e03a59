"""`--fix`, `--unsafe-fixes`, `--diff` as users start them, and how files are written."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lintlight.model import SourceText
from lintlight.rewrite import NotWritten, write
from lintlight.source.files import decode_source, read_source
from tests.command import PRINTS_ITS_MODULES, lintlight
from tests.command import write as put
from tests.sources import BAD

SAFE = "x = 1  # lintlight: ignore[LL101] -- frozen\r\ny = 2\r\n"
SUFFIX = 'from_pretrained("bert-base-uncased")'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    put(tmp_path, "pyproject.toml", "")
    put(tmp_path, "m.py", BAD.format(comment=""))
    (tmp_path / "safe.py").write_bytes(SAFE.encode())
    return tmp_path


def test_only_safe_fixes_by_default(project: Path) -> None:
    done = lintlight("check", "--fix", cwd=project)
    assert done.returncode == 1
    assert (project / "safe.py").read_bytes() == b"x = 1\r\ny = 2\r\n"
    assert (project / "m.py").read_text() == BAD.format(comment="")
    assert done.stdout.splitlines()[-3:] == [
        "Found 1 error in 1 file (2 checked).",
        "Fixed 1 finding.",
        "[*] 1 fixable with `--fix --unsafe-fixes`.",
    ]


def test_unsafe_fixes(project: Path) -> None:
    done = lintlight("check", "--fix", "--unsafe-fixes", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing found in 2 files.\nFixed 2 findings.\n", "")
    assert (project / "m.py").read_text() == BAD.format(comment="").replace(SUFFIX, SUFFIX + ".train()")
    again = lintlight("check", "--fix", "--unsafe-fixes", "--exit-non-zero-on-fix", cwd=project)
    assert (again.returncode, again.stdout) == (0, "Nothing found in 2 files.\n")


def test_unsafe_fixes_alone_changes_nothing(project: Path) -> None:
    done = lintlight("check", "--unsafe-fixes", cwd=project)
    assert done.returncode == 1
    assert (project / "m.py").read_text() == BAD.format(comment="")
    assert done.stdout.splitlines()[-1] == "[*] 1 fixable with `--fix` (1 more with `--fix --unsafe-fixes`)."


def test_exit_code_when_something_was_fixed(project: Path) -> None:
    (project / "m.py").unlink()
    shutil.copy(project / "safe.py", project / "other.py")
    assert lintlight("check", "--fix", "--exit-non-zero-on-fix", "safe.py", cwd=project).returncode == 1
    assert lintlight("check", "--fix", "other.py", cwd=project).returncode == 0


def test_diff_writes_nothing_and_can_be_applied(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.glob("*.py")}
    done = lintlight("check", "--diff", "--unsafe-fixes", cwd=project)
    assert (done.returncode, done.stderr) == (1, "lintlight: would fix 2 findings in 2 files\n")
    assert {path: path.read_bytes() for path in project.glob("*.py")} == before
    assert done.stdout.startswith("--- m.py\n+++ m.py\n@@ -5,7 +5,7 @@\n")
    raw = subprocess.run(
        [sys.executable, "-m", "lintlight", "check", "--diff", "--unsafe-fixes"],
        cwd=project,
        capture_output=True,
        check=False,
    ).stdout
    lintlight("check", "--fix", "--unsafe-fixes", cwd=project)
    assert patched(before, raw, project) == {path: path.read_bytes() for path in project.glob("*.py")}
    for path, data in before.items():
        path.write_bytes(data)
    assert lintlight("check", "--fix", "--diff", "--exit-zero", cwd=project).returncode == 0


def patched(files: dict[Path, bytes], diff: bytes, root: Path) -> dict[Path, bytes]:
    """The files after a unified diff, whose context must fit."""
    result = dict(files)
    for part in diff.split(b"--- ")[1:]:
        name, _, hunk = part.partition(b"\n+++ ")
        lines = [line for line in hunk.split(b"\n")[2:] if not line.startswith(b"@@")]
        old = b"\n".join(line[1:] for line in lines if line[:1] in (b" ", b"-"))
        new = b"\n".join(line[1:] for line in lines if line[:1] in (b" ", b"+"))
        path = root / name.decode()
        assert result[path].count(old) == 1
        result[path] = result[path].replace(old, new)
    return result


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
@pytest.mark.parametrize("name", ["a b.py", "a'\"\\.py", "tab\t.py", "é.py", "line\nfeed.py", "new\u2028.py"])
def test_git_applies_a_diff(project: Path, name: str) -> None:
    text = "# coding: latin-1\n" + BAD.format(comment="  # é").replace("import lightning", "é = 'é'\nimport lightning")
    (project / name).write_bytes(text.encode("latin-1"))
    command = [sys.executable, "-m", "lintlight", "check", "--diff", "--unsafe-fixes", name]
    diff = subprocess.run(command, cwd=project, capture_output=True, check=False).stdout
    applied = subprocess.run(["git", "apply", "-p0"], cwd=project, input=diff, capture_output=True, check=False)
    assert (applied.returncode, applied.stderr) == (0, b"")
    assert (project / name).read_bytes() == text.replace(SUFFIX, SUFFIX + ".train()").encode("latin-1")


def test_diff_of_nothing(project: Path) -> None:
    (project / "safe.py").unlink()
    done = lintlight("check", "--diff", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_suppressed_findings_are_not_fixed(project: Path) -> None:
    text = BAD.format(comment="  # lintlight: ignore[LL101] -- dropout is off on purpose")
    put(project, "m.py", text)
    assert lintlight("check", "--fix", "--unsafe-fixes", "m.py", cwd=project).returncode == 0
    assert (project / "m.py").read_text() == text


def test_known_findings_are_not_fixed(project: Path) -> None:
    lintlight("check", "--baseline", "known.json", "--update-baseline", cwd=project)
    done = lintlight("check", "--baseline", "known.json", "--fix", "--unsafe-fixes", cwd=project)
    assert done.returncode == 0
    assert (project / "m.py").read_text() == BAD.format(comment="")


def test_stdin_can_only_be_shown(project: Path) -> None:
    done = lintlight("check", "--fix", "-", cwd=project)
    assert done.returncode == 2
    assert "use `--diff`" in done.stderr


def test_a_link_out_of_the_project_is_refused(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = put(tmp_path_factory.mktemp("elsewhere"), "real.py", BAD.format(comment=""))
    (project / "m.py").unlink()
    (project / "m.py").symlink_to(outside)
    done = lintlight("check", "--fix", "--unsafe-fixes", cwd=project)
    assert done.returncode == 2
    assert f"m.py: is a link to {outside}, outside its project; fix it there" in done.stderr
    assert outside.read_text() == BAD.format(comment="")
    assert (project / "m.py").is_symlink()
    assert "Fixed 1 finding." in done.stdout
    assert " LL101 " in done.stdout


def test_a_link_inside_the_project_stays_a_link(project: Path) -> None:
    (project / "m.py").rename(project / "real.txt")
    (project / "m.py").symlink_to("real.txt")
    assert lintlight("check", "--fix", "--unsafe-fixes", cwd=project).returncode == 0
    assert (project / "m.py").is_symlink()
    assert (project / "real.txt").read_text().count(".train()") == 1


def texts(path: Path, after: bytes) -> tuple[SourceText, SourceText]:
    return read_source(path), decode_source(path, after)


def test_permissions_stay_and_nothing_else_is_left(project: Path) -> None:
    file = project / "safe.py"
    file.chmod(0o754)
    write(*texts(file, b"x = 3\n"))
    assert (file.read_bytes(), stat.S_IMODE(file.stat().st_mode)) == (b"x = 3\n", 0o754)
    assert sorted(path.name for path in project.iterdir()) == ["m.py", "pyproject.toml", "safe.py"]


def test_another_name_of_a_file_that_is_fixed_already_is_fixed(project: Path) -> None:
    os.link(project / "m.py", project / "same.py")
    done = lintlight("check", "--fix", "--unsafe-fixes", cwd=project)
    assert (done.returncode, done.stderr) == (0, "")
    assert (project / "same.py").read_text().count(".train()") == 1


def test_other_names_of_a_file_stay_its_names(project: Path) -> None:
    os.link(project / "safe.py", project / "same.py")
    write(*texts(project / "safe.py", b"x = 3\n"))
    assert (project / "same.py").read_bytes() == b"x = 3\n"
    assert (project / "same.py").samefile(project / "safe.py")
    assert sorted(path.name for path in project.iterdir()) == ["m.py", "pyproject.toml", "safe.py", "same.py"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(project: Path) -> None:
    file = project / "safe.py"
    os.chown(file, 1234, 2345)
    write(*texts(file, b"x = 3\n"))
    assert (file.read_bytes(), file.stat().st_uid, file.stat().st_gid) == (b"x = 3\n", 1234, 2345)


def test_a_file_that_cannot_be_given_away_is_written_itself(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lintlight.rewrite._is_given", lambda *_: False)
    file = project / "safe.py"
    before = file.stat().st_ino
    write(*texts(file, b"x = 3\n"))
    assert (file.read_bytes(), file.stat().st_ino) == (b"x = 3\n", before)
    assert sorted(path.name for path in project.iterdir()) == ["m.py", "pyproject.toml", "safe.py"]


def test_a_failed_write_into_a_file_puts_the_old_text_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.write_bytes

    def fail(path: Path, data: bytes) -> int:
        whole(path, data[:3])
        if data.startswith(b"x = 3"):
            raise OSError(28, "No space left on device")
        return whole(path, data)

    file = project / "safe.py"
    os.link(file, project / "same.py")
    changed = texts(file, b"x = 3\n")
    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(NotWritten, match="cannot be written: No space left on device"):
        write(*changed)
    assert file.read_bytes() == SAFE.encode()
    assert sorted(path.name for path in project.iterdir()) == ["m.py", "pyproject.toml", "safe.py", "same.py"]


def test_a_file_with_the_longest_name_is_fixed(project: Path) -> None:
    file = (project / "safe.py").rename(project / f"{'é' * 126}.py")
    write(*texts(file, b"x = 3\n"))
    assert file.read_bytes() == b"x = 3\n"


def test_a_file_that_changed_meanwhile_is_left_alone(project: Path) -> None:
    before, after = texts(project / "safe.py", b"x = 3\n")
    (project / "safe.py").write_bytes(b"x = 4\n")
    with pytest.raises(NotWritten, match="changed by somebody else"):
        write(before, after)
    assert (project / "safe.py").read_bytes() == b"x = 4\n"


def test_a_failed_write_leaves_the_old_file_and_no_other(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(NotWritten, match="cannot be written: No space left on device"):
        write(*texts(project / "safe.py", b"x = 3\n"))
    assert (project / "safe.py").read_bytes() == SAFE.encode()
    assert sorted(path.name for path in project.iterdir()) == ["m.py", "pyproject.toml", "safe.py"]


def test_a_read_only_file_is_left_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(NotWritten, match="is read-only"):
        write(*texts(project / "safe.py", b"x = 3\n"))


def test_a_plain_check_never_loads_libcst(project: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", PRINTS_ITS_MODULES.format(["check", str(project)])],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "[*] 1 fixable" in run.stdout
    assert "libcst" not in run.stdout.split()


@pytest.mark.parametrize(
    ("wanted", "count"), [(("--fix",), 2), (("--fix", "--unsafe-fixes"), 3), (("--diff", "--unsafe-fixes"), 3)]
)
def test_the_cache_changes_nothing_of_what_is_fixed(
    project: Path, tmp_path_factory: pytest.TempPathFactory, wanted: tuple[str, ...], count: int
) -> None:
    put(project, "heir.py", 'from m import Net\n\n\nclass Heir(Net):  # noqa: LL104 -- nothing\n    NAME = "heir"\n')
    results = []
    for number, before in enumerate((("--no-cache",), (), ("check first",))):
        copy = tmp_path_factory.mktemp(f"copy{number}") / "project"
        shutil.copytree(project, copy)
        if before == ("check first",):
            lintlight("check", cwd=copy)
        kept = {path: path.read_bytes() for path in (copy / ".lintlight_cache").rglob("*.json")}
        done = lintlight("check", *wanted, *(before if before == ("--no-cache",) else ()), cwd=copy)
        files = {path.name: path.read_bytes() for path in copy.glob("*.py")}
        results.append((done.returncode, done.stdout, done.stderr, files))
        assert all(path.read_bytes() == data for path, data in kept.items())
    assert results[0] == results[1] == results[2]
    assert f"{count} findings" in results[0][1] + results[0][2]
