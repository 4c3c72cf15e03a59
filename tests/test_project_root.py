"""Which folder is taken for a file's project."""

from pathlib import Path

import pytest

from lintlight.probe.worker import userimport
from lintlight.semantics.resolve.project import Project
from lintlight.semantics.values import ClassValue, External
from lintlight.source import roots
from lintlight.source.roots import project_root


def laid_out(root: Path, *files: str) -> Path:
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def test_a_project_file_counts_more_than_what_lies_beside_one(tmp_path: Path) -> None:
    root = laid_out(tmp_path, "pyproject.toml", "src/README.md", "src/model.py")
    assert project_root(root / "src/model.py") == root


@pytest.mark.parametrize("mark", [*roots.AT_THE_TOP, *roots.BESIDE_A_ROOT])
def test_a_copy_without_git_is_one_project(tmp_path: Path, mark: str) -> None:
    root = laid_out(tmp_path / "copy", mark, "lit/deep/model.py", "encoders/bert.py")
    assert project_root(root / "lit/deep/model.py") == root
    assert userimport.project_of(str(root / "lit/deep/model.py")) == str(root)


def test_a_readme_inside_a_package_marks_no_project(tmp_path: Path) -> None:
    root = laid_out(tmp_path, "pkg/__init__.py", "pkg/lit/__init__.py", "pkg/lit/README.md", "pkg/lit/model.py")
    assert project_root(root / "pkg/lit/model.py") == root / "pkg"


def test_what_lies_in_a_home_folder_marks_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    root = laid_out(tmp_path, ".gitignore", "tries/model.py")
    assert project_root(root / "tries/model.py") == root / "tries"
    assert userimport.project_of(str(root / "tries/model.py")) == str(root / "tries")


def test_the_probe_knows_the_same_marks() -> None:
    assert userimport.ROOT_MARKS == roots.ROOT_MARKS
    assert userimport.AT_THE_TOP == roots.AT_THE_TOP
    assert userimport.BESIDE_A_ROOT == roots.BESIDE_A_ROOT


def test_a_licence_counts_more_than_a_readme_farther_inside(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "copy", "LICENSE", "models/README.md", "models/requirements.txt", "models/lit.py")
    assert project_root(root / "models/lit.py") == root
    assert userimport.project_of(str(root / "models/lit.py")) == str(root)


def test_absolute_imports_are_found_where_the_root_is_a_package(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "copy", ".gitignore", "__init__.py", "lit/__init__.py", "encoders/__init__.py")
    (root / "encoders/bert.py").write_text("class Bert: ...\n")
    (root / "lit/model.py").write_text("from encoders.bert import Bert\n")
    project = Project(root)
    (found,) = project.module(root / "lit/model.py").lookup("Bert")
    assert isinstance(found, ClassValue) and found.cls.module.path == root / "encoders/bert.py"


def test_scripts_may_be_run_from_any_package_above(tmp_path: Path) -> None:
    """What such a folder calls like a module of Python's own is not found before that."""
    files = ("__init__.py", "lit/__init__.py", "nets/__init__.py", "nets/bert.py", "logging.py")
    root = laid_out(tmp_path / "copy", "requirements.txt", *(f"code/{file}" for file in files))
    (root / "code/nets/bert.py").write_text("class Bert: ...\n")
    (root / "code/logging.py").write_text("class Logger: ...\n")
    (root / "code/lit/model.py").write_text("from nets.bert import Bert\n")
    (root / "code/lit/other.py").write_text("from logging import Logger\n")
    project = Project(root)
    (found,) = project.module(root / "code/lit/model.py").lookup("Bert")
    assert isinstance(found, ClassValue) and found.cls.module.path == root / "code/nets/bert.py"
    (found,) = project.module(root / "code/lit/other.py").lookup("Logger")
    assert isinstance(found, External)


@pytest.mark.parametrize(
    ("files", "code", "found_in"),
    [
        (["__init__.py"], "", External),
        (["__init__.py"], "import logging\nimport torch\nfrom pkg.heads import Head\n", External),
        (["__init__.py"], "from heads import Head\n", ClassValue),
        ([], "", ClassValue),
    ],
    ids=["a package", "imports its package", "run as a script", "a folder of scripts"],
)
def test_a_part_of_a_package_that_is_called_like_a_library(
    tmp_path: Path, files: list[str], code: str, found_in: type
) -> None:
    """Only where scripts are run from does a folder `lightning` stand before the library."""
    root = laid_out(tmp_path / "pkg", "lightning/__init__.py", "task.py", "heads.py", "logging.py", *files)
    (root / "lightning/__init__.py").write_text("class LightningModule: ...\n")
    (root / "task.py").write_text(f"{code}from lightning import LightningModule\n")
    (found,) = Project(root).module(root / "task.py").lookup("LightningModule")
    assert isinstance(found, found_in)


@pytest.mark.parametrize(
    ("code", "found_in"),
    [
        ("from lightning import LightningModule\n", External),
        ("from heads import Head\nfrom lightning import LightningModule\n", ClassValue),
        ("from .lightning import LightningModule\n", ClassValue),
        ("from . import lightning\n\nLightningModule = lightning.LightningModule\n", ClassValue),
    ],
    ids=["imported", "run as a script", "relatively", "relatively as a whole"],
)
def test_a_file_that_is_called_like_a_library(tmp_path: Path, code: str, found_in: type) -> None:
    root = laid_out(tmp_path / "copy", ".gitignore", "train.py", "models/lightning.py", "models/heads.py")
    (root / "models/lightning.py").write_text("class LightningModule: ...\n")
    (root / "models/task.py").write_text(code)
    (found,) = Project(root).module(root / "models/task.py").lookup("LightningModule")
    assert isinstance(found, found_in)


def test_a_bare_package_finds_itself_by_its_own_name(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "pkg", "base.py", "task.py")
    (root / "base.py").write_text("class Base: ...\n")
    (root / "task.py").write_text("from pkg.base import Base\nfrom other.base import Base as Unknown\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "base.py").write_text("class Base: ...\n")
    module = Project(root).module(root / "task.py")
    (found,) = module.lookup("Base")
    assert isinstance(found, ClassValue) and found.cls.module.path == root / "base.py"
    assert not any(isinstance(atom, ClassValue) for atom in module.lookup("Unknown"))


def test_where_nothing_marks_a_project_all_that_is_asked_for_is_one(tmp_path: Path) -> None:
    root = laid_out(tmp_path / "tries", "app/__init__.py", "app/lit.py", "train.py")
    files = [root / "app/lit.py", root / "train.py"]
    assert roots.shared_folder(files) == root
    assert project_root(files[0], roots.shared_folder(files)) == root
    assert project_root(files[0], roots.shared_folder(files[:1])) == project_root(files[0]) == root / "app"
    assert project_root(root / "train.py", root / "app") == root


def test_a_home_folder_is_no_project_of_what_lies_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert roots.shared_folder([tmp_path / "a/x.py", tmp_path / "b/y.py"]) is None
    assert roots.shared_folder([Path("/a/x.py"), Path("/b/y.py")]) is None
