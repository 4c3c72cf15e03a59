"""What git tracks is checked, whatever an ignore file says; git itself says what is tracked."""

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lintlight.source.files import find_files
from lintlight.source.tracked import NotAnIndex, Tracked, names_in
from tests.command import lintlight, write
from tests.sources import TAGGER

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    own = ("user.name=a", "user.email=a@b.c", "protocol.file.allow=always")
    settings = [word for each in own for word in ("-c", each)]
    command = ["git", "-C", str(folder), *settings, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def tree(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def repository(root: Path, *tracked: str, ignored: str = "models/\n", options: tuple[str, ...] = ()) -> Path:
    """A repository that tracks some files, and ignores what else its patterns mean."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", *options)
    tree(root, *tracked)
    (root / ".gitignore").write_text(ignored)
    git(root, "add", "-f", ".gitignore", *tracked)
    return root


def found(root: Path, *paths: str) -> list[str]:
    files = find_files([root / path for path in paths or (".",)], root=root).files
    return [path.relative_to(root).as_posix() for path in files]


def listed(root: Path) -> list[bytes]:
    return sorted(os.fsencode(name) for name in git(root, "ls-files", "-z").split("\0") if name)


def index(root: Path) -> bytes:
    return (root / ".git" / "index").read_bytes()


def test_a_tracked_file_in_an_ignored_folder_is_checked(tmp_path: Path) -> None:
    repository(tmp_path, "train.py", "src/models/net.py", "src/models/deep/er/net.py")
    tree(tmp_path, "src/models/scratch.py", "src/models/deep/scratch.py", "models/scratch.py", "src/models/none/a.py")
    assert found(tmp_path) == ["src/models/deep/er/net.py", "src/models/net.py", "train.py"]
    assert found(tmp_path, "src") == ["src/models/deep/er/net.py", "src/models/net.py"]


def test_a_tracked_file_that_a_pattern_means_is_checked(tmp_path: Path) -> None:
    repository(tmp_path, "sub/gen_a.py", "sub/näh.py", "sub/gen_a.ipynb", ignored="gen_*\nn*.py\n")
    tree(tmp_path, "sub/gen_b.py", "gen_a.py", "sub/gen_a/b.py", "sub/none.py")
    assert found(tmp_path) == ["sub/gen_a.ipynb", "sub/gen_a.py", "sub/näh.py"]


def test_what_is_taken_out_of_the_index_is_ignored(tmp_path: Path) -> None:
    repository(tmp_path, "models/a.py", "models/b.py")
    git(tmp_path, "rm", "-q", "--cached", "models/a.py")
    assert found(tmp_path) == ["models/b.py"]
    git(tmp_path, "rm", "-q", "--cached", "models/b.py")
    assert found(tmp_path) == []
    git(tmp_path, "add", "-f", "-N", "models/a.py")
    assert found(tmp_path) == ["models/a.py"]


def test_folders_that_are_skipped_by_default_stay_so(tmp_path: Path) -> None:
    names = (".venv/a.py", "node_modules/a.py", "lib/site-packages/a.py", "build/a.py", "models/__pycache__/a.py")
    repository(tmp_path, *names, "models/a.py", ignored="models/\nbuild/\n.venv\n")
    assert found(tmp_path) == ["models/a.py"]


def test_what_the_settings_exclude_stays_so(tmp_path: Path) -> None:
    repository(tmp_path, "models/a.py", "models/b.py")
    excluded = find_files([tmp_path], root=tmp_path, exclude=["b.py"]).files
    assert [path.name for path in excluded] == ["a.py"]


def test_without_a_repository_the_patterns_decide(tmp_path: Path) -> None:
    repository(tmp_path, "models/a.py", "b.py")
    shutil.rmtree(tmp_path / ".git")
    assert found(tmp_path) == ["b.py"]


def test_a_worktree_has_an_index_of_its_own(tmp_path: Path) -> None:
    main = repository(tmp_path / "main", "models/a.py")
    git(main, "commit", "-qm", "a")
    git(main, "worktree", "add", "-q", "../other")
    other = tmp_path / "other"
    tree(other, "models/b.py")
    assert found(other) == ["models/a.py"]
    git(other, "add", "-f", "models/b.py")
    assert (found(other), found(main)) == (["models/a.py", "models/b.py"], ["models/a.py"])


@pytest.mark.parametrize("ignored", ["models/\n", "libs/\n", "/libs/part\n"])
def test_a_submodule_has_an_index_of_its_own(tmp_path: Path, ignored: str) -> None:
    part = repository(tmp_path / "part", "models/a.py", "b.py")
    git(part, "commit", "-qm", "a")
    whole = repository(tmp_path / "whole", "c.py", ignored=ignored)
    git(whole, "submodule", "--quiet", "add", "-f", str(part), "libs/part")
    tree(whole, "libs/part/models/scratch.py", "libs/models/scratch.py")
    assert (whole / "libs" / "part" / ".git").is_file()
    assert found(whole)[-2:] == ["libs/part/b.py", "libs/part/models/a.py"]
    assert "libs/part/models/scratch.py" not in found(whole)


def test_a_repository_inside_of_an_ignored_folder_is_another_one(tmp_path: Path) -> None:
    repository(tmp_path, "a.py")
    repository(tmp_path / "models" / "clone", "b.py", "models/c.py")
    assert found(tmp_path) == ["a.py"]
    assert found(tmp_path, "models/clone") == ["models/clone/b.py", "models/clone/models/c.py"]


@pytest.mark.parametrize("version", ["2", "3", "4"])
@pytest.mark.parametrize("kind", ["sha1", "sha256"])
@pytest.mark.parametrize("seed", range(3))
def test_the_names_are_those_that_git_lists(tmp_path: Path, version: str, kind: str, seed: int) -> None:
    chance = random.Random(seed)
    folders = ("a", "models", "ab", "ä", "with space", "x" * 150, "models/deep", ".")
    parts = [chance.choices(folders, k=chance.randrange(4)) for _ in range(60)]
    names = sorted({"/".join([*part, f"{chance.randrange(99)}.py"]) for part in parts})
    long = "/".join(["y" * 200] * 3 + ["y" * chance.randrange(1, 9) + ".py"])
    repository(tmp_path, *names, long, options=(f"--object-format={kind}",))
    if version == "3":  # git takes it only where an entry needs it
        git(tmp_path, "add", "-f", "-N", ".")
        tree(tmp_path, "later.py")
        git(tmp_path, "add", "-N", "later.py")
    else:
        git(tmp_path, "update-index", "--index-version", version)
    assert index(tmp_path)[7] == int(version)
    assert sorted(names_in(index(tmp_path))) == listed(tmp_path)
    assert len(listed(tmp_path)) > 50


@pytest.mark.parametrize("version", ["2", "4"])
def test_a_path_of_more_bytes_than_an_entry_can_tell(tmp_path: Path, version: str) -> None:
    repository(tmp_path, "z.py")
    blob = git(tmp_path, "hash-object", "-w", "z.py").strip()
    name = "/".join(["f" * 200] * 21 + ["a.py"])
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    git(tmp_path, "update-index", "--index-version", version)
    assert sorted(names_in(index(tmp_path))) == listed(tmp_path)


def test_the_paths_of_a_conflict_are_tracked(tmp_path: Path) -> None:
    repository(tmp_path, "models/a.py")
    git(tmp_path, "commit", "-qm", "a")
    git(tmp_path, "switch", "-q", "-c", "other")
    for branch in ("other", "-"):
        if branch == "-":
            git(tmp_path, "switch", "-q", "-")
        (tmp_path / "models" / "a.py").write_text(f"x = {branch!r}\n")
        git(tmp_path, "commit", "-qam", branch)
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "merge", "-q", "other")
    assert names_in(index(tmp_path)).count(b"models/a.py") == 3
    assert found(tmp_path) == ["models/a.py"]


def test_a_sparse_index_names_what_is_there(tmp_path: Path) -> None:
    repository(tmp_path, "models/here/a.py", "models/far/b.py", "models/far/c.py")
    git(tmp_path, "commit", "-qm", "a")
    git(tmp_path, "sparse-checkout", "set", "--cone", "--sparse-index", "models/here")
    assert b"models/far/" in names_in(index(tmp_path))
    assert found(tmp_path) == ["models/here/a.py"]


def test_of_a_split_index_only_the_patterns_are_known(tmp_path: Path) -> None:
    repository(tmp_path, "models/a.py", "b.py")
    git(tmp_path, "update-index", "--split-index")
    with pytest.raises(NotAnIndex):
        names_in(index(tmp_path))
    assert found(tmp_path) == ["b.py"]


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_a_damaged_index_tells_nothing(tmp_path: Path, kind: str) -> None:
    root = repository(
        tmp_path, "b.py", *(f"models/{number}.py" for number in range(9)), options=(f"--object-format={kind}",)
    )
    whole = index(root)
    for end in range(len(whole)):
        with pytest.raises(NotAnIndex):
            names_in(whole[:end])
    chance = random.Random(0)
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            assert len(names_in(bytes(data))) == 11
        except NotAnIndex:
            continue


ODD: dict[str, Callable[[Path], object]] = {
    "no index": lambda git: (git / "index").unlink(),
    "an empty one": lambda git: (git / "index").write_bytes(b""),
    "another version": lambda git: (git / "index").write_bytes(b"DIRC\0\0\0\5" + bytes(40)),
    "a folder": lambda git: ((git / "index").unlink(), (git / "index").mkdir()),
    "a pipe": lambda git: ((git / "index").unlink(), os.mkfifo(git / "index")),
    "a file that leads nowhere": lambda git: (shutil.rmtree(git), git.write_text("gitdir: nowhere\n")),
    "a file that says something else": lambda git: (shutil.rmtree(git), git.write_bytes(b"\xff\0\n")),
    "a pipe in its place": lambda git: (shutil.rmtree(git), os.mkfifo(git)),
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_where_there_is_no_index_to_read_the_patterns_decide(tmp_path: Path, change: Callable[[Path], object]) -> None:
    repository(tmp_path, "models/a.py", "b.py")
    change(tmp_path / ".git")
    assert found(tmp_path) == ["b.py"]


def test_an_index_is_read_only_where_something_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(tmp_path, "a.py", "sub/b.py", "sub/notes.txt", ignored="*.txt\nmodels/\n*.pyc\n")
    asked: list[str] = []
    holds = Tracked.holds
    monkeypatch.setattr(Tracked, "holds", lambda self, path: asked.append(path) or holds(self, path))
    assert found(tmp_path) == ["a.py", "sub/b.py"]
    assert asked == []
    tree(tmp_path, "sub/models/c.py")
    assert found(tmp_path) == ["a.py", "sub/b.py"]
    assert asked == [str(tmp_path / "sub" / "models")]


def test_the_next_run_knows_what_has_become_tracked(tmp_path: Path) -> None:
    repository(tmp_path, "a.py")
    write(tmp_path, "models/net.py", TAGGER)
    for arguments, codes in (
        ((), []),
        (("add", "-f", "models/net.py"), ["LL101"]),
        (("rm", "-q", "--cached", "models/net.py"), []),
    ):
        if arguments:
            git(tmp_path, *arguments)
        for _ in range(2):  # the second one is answered by what is kept of the first
            done = lintlight("check", "--output-format", "concise", "-q", cwd=tmp_path)
            assert [line.split()[2] for line in done.stdout.splitlines()] == codes
        assert ("net.py" in lintlight("check", "--show-files", cwd=tmp_path).stdout) is bool(codes)
