"""Which files are found, and what is said of those that cannot be read."""

import os
from pathlib import Path

import pytest

from lintlight.source.files import UnreadableSource, decode_source, find_files, read_source


def tree(root: Path, *names: str, **contents: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(contents.get(name, ""))


def found(root: Path, *paths: str, **options: object) -> list[str]:
    files = find_files([root / path for path in paths or (".",)], root=root, **options).files  # type: ignore[arg-type]
    return [path.relative_to(root).as_posix() for path in files]


def test_python_files_in_order(tmp_path: Path) -> None:
    tree(tmp_path, "b.py", "a/z.py", "a/b.py", "a/notes.txt", "a/stub.pyi")
    assert found(tmp_path) == ["a/b.py", "a/z.py", "b.py"]


def test_a_file_named_twice_is_checked_once(tmp_path: Path) -> None:
    tree(tmp_path, "a.py")
    assert found(tmp_path, ".", "a.py", "./a.py") == ["a.py"]


def test_gitignore_is_respected_at_every_depth(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "out/b.py", "sub/gen_c.py", "sub/gen_keep.py", "sub/d.py", "sub/out/e.py")
    (tmp_path / ".gitignore").write_text("/out\ngen_*.py\n")
    (tmp_path / "sub" / ".gitignore").write_text("!gen_keep.py\n")
    assert found(tmp_path) == ["a.py", "sub/d.py", "sub/gen_keep.py", "sub/out/e.py"]


def test_gitignore_above_the_asked_folder_is_respected_inside_a_repository(tmp_path: Path) -> None:
    tree(tmp_path, "sub/a.py", "sub/b.py", ".git/HEAD", ".git/info/exclude")
    (tmp_path / ".gitignore").write_text("b.py\n")
    assert found(tmp_path, "sub") == ["sub/a.py"]


def test_explicit_file_is_checked_although_ignored(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "build/b.py")
    (tmp_path / ".gitignore").write_text("a.py\n")
    assert found(tmp_path, "a.py", "build/b.py") == ["a.py", "build/b.py"]
    assert found(tmp_path, "a.py", "build/b.py", force_exclude=True) == ["a.py"]


def test_explicit_folder_is_walked_although_ignored(tmp_path: Path) -> None:
    tree(tmp_path, ".venv/lib/package/a.py", ".venv/lib/package/build/b.py", ".git/HEAD")
    (tmp_path / ".gitignore").write_text(".venv\n")
    assert found(tmp_path) == []
    assert found(tmp_path, ".venv/lib/package") == [".venv/lib/package/a.py"]


def test_exclude_is_relative_to_the_root(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "docs/b.py", "src/docs/c.py")
    assert found(tmp_path, exclude=["/docs"]) == ["a.py", "src/docs/c.py"]


def test_missing_path_and_broken_link_are_errors(tmp_path: Path) -> None:
    tree(tmp_path, "a.py")
    (tmp_path / "b.py").symlink_to("nowhere.py")
    (tmp_path / ".#a.py").symlink_to("user@host.1234")
    result = find_files([tmp_path, tmp_path / "none.py"], root=tmp_path)
    assert [path.name for path in result.files] == ["a.py"]
    assert [(error.path.name, error.message) for error in result.errors] == [
        ("b.py", "is a broken link to nowhere.py; remove it, or exclude it"),
        ("none.py", "does not exist"),
    ]


def test_a_pipe_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    result = find_files([tmp_path / "pipe.py"], root=tmp_path)
    assert [error.message for error in result.errors] == ["is neither a file nor a folder"]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    tree(tmp_path, "a/b.py")
    (tmp_path / "a" / "again").symlink_to(tmp_path / "a")
    assert found(tmp_path) == ["a/b.py"]


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        ("é = 1\r\n".encode(), "é = 1\r\n", "utf-8"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", "utf-8-sig"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n", "iso-8859-1"),
    ],
)
def test_decoding(tmp_path: Path, data: bytes, text: str, encoding: str) -> None:
    (tmp_path / "a.py").write_bytes(data)
    source = read_source(tmp_path / "a.py")
    assert (source.text, source.encoding, source.data) == (text, encoding, data)
    assert source.text.encode(source.encoding) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            b"x = '\xe9'\n",
            "cannot be decoded: byte 0xe9 in line 1 is not valid utf-8; save it as UTF-8, "
            "or name its encoding in the first line, for instance `# -*- coding: latin-1 -*-`",
        ),
        (
            b"1\n2\n3\nx = '\xe9'\n",
            "cannot be decoded: byte 0xe9 in line 4 is not valid utf-8; save it as UTF-8, "
            "or name its encoding in the first line, for instance `# -*- coding: latin-1 -*-`",
        ),
        (b"# coding: klingon\n", "cannot be decoded: unknown encoding: klingon; save it as UTF-8"),
        ("x = 1\n".encode("utf-16"), "is UTF-16, which Python does not read; save it as UTF-8"),
    ],
)
def test_undecodable(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableSource) as caught:
        decode_source(Path("a.py"), data)
    assert caught.value.reason == reason


def test_a_file_is_checked_once_however_many_links_lead_to_it(tmp_path: Path) -> None:
    tree(tmp_path, "src/real.py")
    real = tmp_path / "src" / "real.py"
    (tmp_path / "also.py").symlink_to("src/real.py")
    (tmp_path / "linked").symlink_to("src")
    for paths in ([tmp_path], [tmp_path / "also.py", real], [tmp_path / "linked", tmp_path / "src"]):
        assert find_files(paths, root=tmp_path).files == (real,)
    assert find_files([tmp_path / "also.py"], root=tmp_path).files == (tmp_path / "also.py",)
    assert find_files([tmp_path / "linked"], root=tmp_path).files == (tmp_path / "linked" / "real.py",)
    (tmp_path / "last.py").symlink_to("src/real.py")
    assert find_files([tmp_path / "last.py", tmp_path / "also.py"], root=tmp_path).files == (tmp_path / "also.py",)
