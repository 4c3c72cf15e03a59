"""What is walked past, beside what git itself says of the same random trees."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from lintlight.source.files import find_files
from lintlight.source.ignore import Ignore

PATTERNS = (
    *("*", "!*/", "!*.py", "build", "build/", "/src", "src/*", "!src/", "!/src/", "**/gen", "gen_*.py", "!keep/"),
    *("keep", "a/**", "!a/b.py", "*.py", "/*", "!/a/", "s/t", "**/*", "!**/", "foo/*", "[ab].py", "!b.py", "t/"),
    *("# note", "", "!s", "!", "build\\"),
)
FOLDERS = ("a", "b", "src", "build", "gen", "keep", "s", "t", "foo")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("seed", range(40))
def test_the_files_are_those_that_git_does_not_ignore(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for _ in range(12):
        folder = tmp_path.joinpath(*chance.choices(FOLDERS, k=chance.randrange(4)))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / chance.choice(["a.py", "b.py", "gen_a.py", "keep.py"])).write_text("x = 1\n")
    folders = [tmp_path, *(path for path in sorted(tmp_path.rglob("*")) if path.is_dir() and ".git" not in path.parts)]
    for folder in folders:
        if folder == tmp_path or chance.random() < 0.2:
            lines = chance.choices(PATTERNS, k=chance.randrange(1, 5))
            (folder / ".gitignore").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8-sig")
    listed = ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard", "*.py"]
    theirs = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    ours = find_files([tmp_path], root=tmp_path, exclude=()).files
    assert [path.relative_to(tmp_path).as_posix() for path in ours] == sorted(theirs, key=lambda name: Path(name).parts)


def test_the_root_of_all_folders_hides_nothing() -> None:
    ignore = Ignore.of(Path("/"), ("build",))
    assert not ignore.hides(Path("/"))
    assert not ignore.hides_folder("/src")
    assert ignore.hides_folder("/src/build/deep")
