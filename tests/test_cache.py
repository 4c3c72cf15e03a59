"""What is kept between runs is believed only while everything it rests on is as it was."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lintlight import codec
from lintlight.analysis import Analysis
from lintlight.analysis_result import Analysed
from lintlight.cache import Cache, is_ours
from lintlight.check import check, check_kept
from lintlight.command_clean import run_clean
from lintlight.config import ConfigError
from lintlight.kept import sealed
from lintlight.model import Finding, Report
from lintlight.profile import UNFINISHED
from lintlight.registry import built_in_folder, load_rules
from lintlight.semantics.resolve.blocks import digest_blocks, touched
from lintlight.settings import Settings
from lintlight.source.comments import without_comments
from lintlight.source.files import find_files
from lintlight.source.outline import outline
from tests.build import finding, source, timeline
from tests.sources import BAD, BASE, CHILD, notebook

SCRIPT = """\
import lightning as L
from child import Child

model = Child()
L.Trainer().fit(model)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'p'\n")
    (root / "base.py").write_text(BASE)
    (root / "child.py").write_text(CHILD)
    (root / "train.py").write_text(SCRIPT)
    (root / "other.py").write_text("x = 1\n")
    (root / "conf.yaml").write_text("a: 1\n")
    return root


def cache_of(project: Path, **settings: object) -> Cache:
    folder = project.parent / "cache"
    return Cache(folder, Settings(root=project, **settings), built_in_folder())  # type: ignore[arg-type]


def run(project: Path) -> Report:
    files = find_files([project], root=project).files
    return check(files, Settings(root=project), load_rules(), root=project, cache=cache_of(project))


def kept(project: Path) -> Report | None:
    files = find_files([project], root=project).files
    return check_kept(files, Settings(root=project), cache_of(project), root=project)


def test_an_unchanged_project_is_not_analysed_again(project: Path) -> None:
    assert kept(project) is None
    first = run(project)
    assert [found.code for found in first.findings] == ["LL101"]
    assert kept(project) == first


def add(name: str, text: str) -> Callable[[Path], None]:
    return lambda root: (root / name).write_text(text) and None


CHANGES: dict[str, Callable[[Path], None]] = {
    "the base class in another file": add("base.py", BASE.replace('uncased")', 'uncased").train()')),
    "a script that switches the model": add("train.py", SCRIPT.replace("Child()\n", "Child()\nmodel.train()\n")),
    "a new subclass": add("more.py", "from child import Child\n\n\nclass More(Child):\n    pass\n"),
    "a YAML file": add("conf.yaml", "_target_: child.Child\n"),
    "a new YAML file": add("new.yaml", "a: 1\n"),
    "the requirements": add("pyproject.toml", "[project]\nname = 'p'\ndependencies = ['lightning<2.0']\n"),
    "an environment": add("gpu.yaml", "dependencies:\n- lightning=2.1\n"),
    "a version in the README": add("README.md", "`pip install lightning==2.1`\n"),
    "a module that was looked for and not found": add("transformers.py", "class AutoModel:\n    pass\n"),
    "a file that is gone": lambda root: (root / "train.py").unlink(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_an_answer_rests_on_undoes_it(project: Path, change: Callable[[Path], None]) -> None:
    run(project)
    change(project)
    assert kept(project) is None
    files = find_files([project], root=project).files
    anew = check(files, Settings(root=project), load_rules(), root=project)
    assert run(project) == anew
    assert kept(project) == anew


def test_other_words_in_the_readme_change_nothing(project: Path) -> None:
    (project / "README.md").write_text("`pip install lightning==2.1`\n")
    first = run(project)
    (project / "README.md").write_text("`pip install lightning==2.1` is enough.\n")
    assert kept(project) == first


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose classes are analysed."""
    names: list[str] = []
    whole = Analysis.check

    def counting(self: Analysis, path: Path) -> Analysed:
        names.append(path.name)
        return whole(self, path)

    monkeypatch.setattr(Analysis, "check", counting)
    return names


def with_more(project: Path) -> None:
    """A module that rests on a file of its own, and a table that decorators fill from anywhere."""
    (project / "heads.py").write_text("from torch import nn\n\n\ndef head():\n    return nn.Linear(4, 2)\n")
    (project / "alone.py").write_text(
        "import lightning as L\nimport torch\nfrom heads import head\nfrom table import TABLE\n\n\n"
        "class Alone(L.LightningModule):\n    def __init__(self, name):\n        super().__init__()\n"
        "        self.head = head()\n        self.part = TABLE[name]()\n\n"
        "    def training_step(self, batch, batch_idx):\n        return self.part(self.head(batch)).mean()\n\n"
        "    def configure_optimizers(self):\n        return torch.optim.AdamW(self.parameters())\n"
    )
    (project / "table.py").write_text(
        "TABLE = {}\n\n\ndef entry(cls):\n    TABLE[cls.__name__] = cls\n    return cls\n"
    )


PARTS = """\
from table import entry
from torch import nn
from transformers import AutoModel


{mark}
class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")

    def forward(self, x):
        return self.bert(inputs_embeds=x).last_hidden_state
"""


def test_only_what_rests_on_a_changed_file_is_analysed_again(project: Path, analysed: list[str]) -> None:
    with_more(project)
    run(project)
    assert set(analysed) == {"base.py", "child.py", "alone.py"}
    for changed, rest_on_it in {
        "base.py": {"base.py", "child.py"},  # a finding about the one lies in the other
        "child.py": {"child.py"},
        "train.py": {"child.py"},  # it says what the class is built for
        "other.py": set(),
    }.items():
        analysed.clear()
        (project / changed).write_text((project / changed).read_text() + "CHANGED = True\n")
        run(project)
        assert set(analysed) == rest_on_it, changed
        assert kept(project) is not None


HEADS = """\
from torch import nn
import logging

logger = logging.getLogger()
SIZES = {"small": 2}


def size(name):
    return SIZES[name]


def head():
    return nn.Linear(4, size("small"))


def tail():
    logger.info("made")
    return nn.Linear(2, 2)
"""


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ("nn.Linear(4,", "nn.Linear(8,", True),
        ('"small": 2', '"small": 3', True),  # what head needs needs it
        ("from torch import nn", "from others import nn", True),
        ("def head", "def neck", True),
        ("def head", "from others import *\n\n\ndef head", True),
        ("def head", "def head(:", True),
        ("nn.Linear(2, 2)", "nn.Linear(2, 3)", False),
        ("import logging", "import logging\nimport os", False),
        ("logger = ", "log = logger = ", False),
        ("\n\ndef tail", "\n\nclass _Late:\n    pass\n\n\ndef tail", False),
        ("\n\ndef size", "\n\ndef Linear():\n    return None\n\n\ndef size", True),  # a word of head's
    ],
)
def test_a_change_counts_for_those_who_use_it(
    project: Path, analysed: list[str], old: str, new: str, counts: bool
) -> None:
    with_more(project)
    (project / "heads.py").write_text(HEADS)
    run(project)
    analysed.clear()
    assert HEADS.count(old) == 1
    (project / "heads.py").write_text(HEADS.replace(old, new))
    again = run(project)
    assert analysed == (["alone.py"] if counts else [])
    assert kept(project) is not None
    files = find_files([project], root=project).files
    assert again == check(files, Settings(root=project), load_rules(), root=project)


def test_steps_are_remembered_beyond_a_change_that_does_not_count(project: Path, analysed: list[str]) -> None:
    with_more(project)
    (project / "heads.py").write_text("from sizes import SIZE\n" + HEADS.replace('size("small")', "SIZE"))
    (project / "sizes.py").write_text("SIZE = 3\n")
    run(project)
    for text in ("LATER = 1\n", "AFTER = 1\n"):
        analysed.clear()
        with (project / "heads.py").open("a") as file:
            file.write(text)
        run(project)
        assert analysed == []
    (project / "sizes.py").write_text("SIZE = 4\n")
    run(project)
    assert analysed == ["alone.py"]


def test_nothing_rests_on_a_comment(project: Path, analysed: list[str]) -> None:
    with_more(project)
    before = run(project)
    analysed.clear()
    for path in project.glob("*.py"):
        path.write_text("".join(line + "    # said of it\n" for line in path.read_text().splitlines(keepends=True)))
    with_comments = run(project)
    assert set(analysed) == {"base.py", "child.py", "alone.py"}  # the lines have moved
    analysed.clear()
    for path in project.glob("*.py"):
        text = path.read_text()
        path.write_text(text.replace("# said of it", "# load_from_checkpoint, class Other(Base), .fit(") + "\n# end\n")
    assert run(project).findings == with_comments.findings
    assert analysed == []
    assert len(before.findings) == len(with_comments.findings)


@pytest.mark.parametrize(
    "code",
    ['x = "\\\n#"; return 1', 'x = "\\\r\n#"; return 1', 'x = """\n# """; return 1', "print(f'''\n  # {g(1)}\n''')"],
)
def test_code_behind_what_only_looks_like_a_comment_counts(code: str) -> None:
    one, other = (f"def f():\n    {each}\n    pass\n".encode() for each in (code, code.replace("1", "2")))
    assert without_comments(one) != without_comments(other)


def test_a_name_in_other_letters_is_the_same_name() -> None:
    """Python reads the wide letter as the plain one."""
    code = "def make():\n    return 1\n\n\ndef build():\n    return \uff4dake()\n"
    before, after = (source(Path("a.py"), each) for each in (code, code.replace("1", "2")))
    changed = touched(digest_blocks(outline(before), before), after)
    assert changed is not None
    assert changed.names == {"make", "build"}


def test_a_file_that_is_found_by_a_word_only_now(project: Path, analysed: list[str]) -> None:
    with_more(project)
    (project / "parts.py").write_text(PARTS.format(mark="# nothing"))
    first = run(project)
    assert "parts.py" not in {found.span.path.name for found in first.findings}
    analysed.clear()
    (project / "parts.py").write_text(PARTS.format(mark="@entry"))
    again = run(project)
    assert set(analysed) == {"alone.py", "parts.py"}
    assert {found.span.path.name for found in again.findings} == {"alone.py", "base.py"}
    analysed.clear()
    files = find_files([project], root=project).files
    assert again == check(files, Settings(root=project), load_rules(), root=project)


def test_what_is_kept_survives_runs_on_other_files(project: Path, analysed: list[str]) -> None:
    def run_on(*names: str) -> Report:
        files = [project / name for name in names]
        return check(files, Settings(root=project), load_rules(), root=project, cache=cache_of(project))

    with_more(project)
    run_on("base.py", "child.py")
    run_on("alone.py", "heads.py")
    analysed.clear()
    assert [found.code for found in run(project).findings] == ["LL101"]
    assert analysed == []
    (project / "heads.py").write_text("from torch import nn\n\n\ndef head():\n    return nn.Linear(4, 4)\n")
    run_on("base.py")  # not the one that rests on what has changed
    assert analysed == []
    run(project)
    assert analysed == ["alone.py"]


def test_a_project_that_begins_further_up(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    run(project)
    assert kept(project) is not None
    (project.parent / ".git").mkdir()
    assert kept(project) is None


def test_a_file_beside_one_project_and_below_another(tmp_path: Path) -> None:
    """A package whose project file lies inside it is imported from the folder above, and so are its neighbours."""
    package, inner = tmp_path / "package", tmp_path / "package" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "setup.py").touch()
    for folder in (package, inner):
        (folder / "__init__.py").touch()
    (inner / "pyproject.toml").touch()
    (inner / "child.py").write_text(CHILD.replace("from base", "from package.base"))
    (package / "base.py").write_text(BASE)

    def classes(*names: str) -> list[str] | None:
        """Those that a run on these files remembers of the neighbour; None where it says nothing of them."""
        cache = Cache(tmp_path / "cache", Settings(root=tmp_path), built_in_folder())
        check([package / n for n in names], Settings(root=tmp_path), load_rules(), root=tmp_path, cache=cache)
        again = Cache(tmp_path / "cache", Settings(root=tmp_path), built_in_folder())
        assert package / "base.py" in again.kept.codes()
        known = again.kept.remembered(package / "base.py")
        return None if known is None else [name for name, _ in known[1].classes]

    (package / "other.py").write_text(CHILD.replace("from base", "from .base"))
    assert classes("inner/child.py") is None
    assert classes("inner/child.py", "other.py") == ["Base"]


def test_the_first_class_of_a_project(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "model.py").write_text("x = 1\n")
    assert run(root).findings == ()
    (root / "model.py").write_text(BASE + "\n    def training_step(self, batch, _):\n        return self.bert(batch)\n")
    assert [found.code for found in run(root).findings] == ["LL101"]


def test_bytes_count_and_not_times(project: Path) -> None:
    run(project)
    stat = (project / "base.py").stat()
    changed = BASE.replace("bert-base-uncased", "bert-base-unknown")
    assert len(changed) == len(BASE)
    (project / "base.py").write_text(changed.replace("self.bert =", "self.bart ="))
    os.utime(project / "base.py", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert kept(project) is None
    assert [found.attribute for found in run(project).findings] == ["bart"]
    os.utime(project / "base.py")
    assert kept(project) is not None


def test_other_settings_are_another_cache(project: Path) -> None:
    run(project)
    assert cache_of(project).rules
    assert not cache_of(project, lightning="2.1").rules
    assert not cache_of(project, select=("LL2",)).rules


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"rules": 1}', '{"scanned": {"a": 1}}', "\0", "9" * 9000])
def test_a_damaged_cache_is_no_cache(project: Path, content: str) -> None:
    first = run(project)
    cache_of(project).file.write_bytes(sealed(content.encode()))
    assert kept(project) is None
    assert run(project) == first
    assert kept(project) == first


def test_a_cache_with_another_digit_is_no_cache(project: Path) -> None:
    first = run(project)
    file = cache_of(project).file
    row = f'"row":{first.findings[0].span.start.row}'.encode()
    assert row in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(row, b'"row":3'))
    assert kept(project) is None
    assert run(project) == first


@pytest.mark.parametrize("part", ["leads", "blocks", "searches", "analysed"])
@pytest.mark.parametrize("nonsense", [["x"], [[0, 5]], [[0, [1, 2, 3]]], [[0, {"a": 1}]], [[None]], 7])
def test_a_damaged_part_is_no_cache(project: Path, part: str, nonsense: object) -> None:
    first = run(project)
    file = cache_of(project).file
    data = json.loads(file.read_bytes().partition(b"\n")[2])
    data["answers"][0][part] = nonsense
    file.write_bytes(sealed(json.dumps(data).encode()))
    (project / "other.py").write_text("x = 2\n")
    assert run(project) == first
    assert kept(project) == first


def test_a_foreign_row_is_read_anew(project: Path) -> None:
    first = run(project)
    file = cache_of(project).file
    data = json.loads(file.read_bytes().partition(b"\n")[2])
    data["scanned"] = {path: [row[0], {"nonsense": 1}] for path, row in data["scanned"].items()}
    file.write_bytes(sealed(json.dumps(data).encode()))
    assert kept(project) is None
    assert run(project) == first
    assert kept(project) == first


def test_a_cache_that_cannot_be_written_is_no_failure(project: Path) -> None:
    (project.parent / "cache").write_text("a file where the folder should be")
    assert [found.code for found in run(project).findings] == ["LL101"]


def test_what_cannot_be_written_to_the_end_is_removed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    assert [found.code for found in run(project).findings] == ["LL101"]
    assert list(cache_of(project).file.parent.iterdir()) == []


def test_a_crash_is_not_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr("lintlight.analysis.lightning_classes", crash)
    assert "odd" in run(project).errors[0].message
    assert kept(project) is None


@pytest.mark.parametrize("one", [finding(Path("/a.py")), finding(Path("/b.py"), code="LL202")], ids=["LL101", "LL202"])
def test_a_finding_comes_back_whole(one: Finding) -> None:
    assert codec.unpacked(Finding, json.loads(json.dumps(codec.packed(one)))) == one


def test_a_timeline_comes_back_whole() -> None:
    line = timeline()
    assert codec.unpacked(type(line), json.loads(json.dumps(codec.packed(line)))) == line


def lintlight(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lintlight", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def test_the_folder_is_marked_and_cleaned(project: Path) -> None:
    assert lintlight(project, "check", "-q").returncode == 1
    folder = project / ".lintlight_cache"
    assert is_ours(folder)
    assert (folder / ".gitignore").read_text().endswith("*\n")
    assert lintlight(project, "clean").returncode == 0
    assert not folder.exists()
    assert lintlight(project, "check", "-q", "--no-cache").returncode == 1
    assert not folder.exists()


def test_clean_finds_the_cache_from_a_folder_inside(project: Path) -> None:
    (project / "lintlight.toml").touch()
    (project / "src").mkdir(exist_ok=True)
    assert lintlight(project, "check", "-q").returncode == 1
    done = lintlight(project / "src", "clean")
    assert (done.returncode, done.stderr) == (0, "lintlight: deleted `../.lintlight_cache`\n")
    assert not (project / ".lintlight_cache").exists()


def test_clean_deletes_nothing_else(project: Path) -> None:
    refused = lintlight(project, "clean", "--cache-dir", ".")
    assert refused.returncode == 2
    assert "is no cache of lintlight" in refused.stderr
    assert (project / "base.py").exists()


def test_a_folder_with_other_things_in_it_stays_somebody_elses(project: Path) -> None:
    """Marks would keep the project out of git, of backups, and of lintlight itself."""
    (project / "1.0.0").mkdir()
    (project / "2.0.0").mkdir()
    (project / "2.0.0" / "notes.txt").touch()
    before = sorted(project.iterdir())
    assert lintlight(project, "check", "-q", "--cache-dir", ".").returncode == 1
    [made] = set(project.iterdir()) - set(before)
    assert [path.suffix for path in made.iterdir()] == [".json"]
    assert lintlight(project, "check", "-q", "--no-cache").returncode == 1
    done = lintlight(project, "clean", "--cache-dir", ".")
    assert (done.returncode, done.stderr) == (0, "lintlight: deleted the cache in `.`, and nothing else in it\n")
    assert sorted(project.iterdir()) == before


def test_clean_leaves_what_others_put_into_a_cache(project: Path) -> None:
    assert lintlight(project, "check", "-q").returncode == 1
    folder = project / ".lintlight_cache"
    (folder / "notes.txt").touch()
    assert lintlight(project, "clean").returncode == 0
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_clean_says_what_it_cannot_delete(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lintlight(project, "check", "-q").returncode == 1
    (project / "link").symlink_to(".lintlight_cache")
    done = lintlight(project, "clean", "--cache-dir", "link")
    said = f"lintlight: `link` is a link to `{project / '.lintlight_cache'}`; name the folder itself to delete it\n"
    assert (done.returncode, done.stderr) == (2, said)

    def fail(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", fail)
    with pytest.raises(ConfigError, match=r"cannot be deleted: Permission denied"):
        run_clean(project / ".lintlight_cache")
    assert is_ours(project / ".lintlight_cache")


def imported(project: Path, *arguments: str) -> set[str]:
    """The modules that a command imports."""
    code = (
        "import sys\nfrom lintlight.cli import main\nsys.argv = ['lintlight', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint(*sys.modules, sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=project, capture_output=True, text=True)
    return set(done.stderr.splitlines())


def test_profile_says_where_the_time_went(project: Path) -> None:
    plain, profiled = lintlight(project, "check", "--no-cache"), lintlight(project, "check", "--no-cache", "--profile")
    assert (profiled.stdout, profiled.returncode) == (plain.stdout, 1)
    titles = [line for line in profiled.stderr.splitlines() if line.startswith("Seconds")]
    assert titles == ["Seconds by stage", "Seconds by rule", "Seconds by file"]
    named = {line.split(maxsplit=1)[1] for line in profiled.stderr.splitlines() if line[:1] == " "}
    assert {"all", "analyse them", "LL101", "child.py"} <= named
    assert plain.stderr == ""
    assert lintlight(project, "check", "-q").returncode == 1
    kept = lintlight(project, "check", "--profile").stderr
    assert "look into the cache" in kept
    assert "analyse them" not in kept


def test_profile_names_what_was_not_followed_to_the_end(tmp_path: Path) -> None:
    steps = "".join(f"        self.value_{n} = torch.zeros({n})\n" for n in range(4000))
    init = "        super().__init__()\n"
    short = BAD.format(comment="")
    (tmp_path / "short.py").write_text(short)
    (tmp_path / "long.py").write_text(short.replace(init, init + steps))
    said = lintlight(tmp_path, "check", "--no-cache", "--profile").stderr
    assert said.endswith(f"{UNFINISHED}\n  long.py: Classifier\n")


def test_no_more_is_imported_than_is_needed(project: Path) -> None:
    heavy = {"libcst", "rich", "yaml", "torch", "lightning", "transformers", "multiprocessing", "lintlight.analysis"}
    assert not imported(project, "--version") & (heavy | {"json", "pathspec", "lintlight.model"})
    cold = imported(project, "check")
    assert "lintlight.analysis" in cold
    assert not cold & {"libcst", "rich", "torch", "lightning", "transformers"}
    assert not imported(project, "check") & heavy


UNREADABLE_WITH: dict[str, Callable[[bytes], bytes]] = {
    "a byte that is no text": lambda code: code.replace(b"# fine", b"# \xff"),
    "a NUL": lambda code: code.replace(b"# fine", b"# \0"),
    "a bracket in a long f-string": lambda code: code.replace(b"# inside", b"# }"),
    "a line that goes on": lambda code: code.rstrip(),
}


@pytest.mark.parametrize("spoil", UNREADABLE_WITH.values(), ids=UNREADABLE_WITH)
@pytest.mark.parametrize("first", ["whole", "spoilt"])
def test_what_makes_a_file_unreadable_counts_though_no_code_changes(
    project: Path, spoil: Callable[[bytes], bytes], first: str
) -> None:
    whole = (BASE + '\n# fine\nx = f"""\n# inside\n"""\ny = 1 \\\n\n').encode()
    texts = {"whole": whole, "spoilt": spoil(whole)}
    told = {}
    for name in (first, *(name for name in texts if name != first)):
        (project / "base.py").write_bytes(texts[name])
        told[name] = run(project).findings
        files = find_files([project], root=project).files
        assert told[name] == check(files, Settings(root=project), load_rules(), root=project).findings
    assert "LL101" in {found.code for found in told["whole"]}
    assert "LL101" not in {found.code for found in told["spoilt"]}


def test_where_the_cells_of_a_notebook_end_counts(project: Path) -> None:
    """`%%bash` takes its own cell only."""
    (project / "train.py").unlink()
    script = SCRIPT.replace("Child()\n", "Child()\nmodel.train()\n")
    for cells in (["%%bash", script], [f"%%bash\n{script}"]):
        (project / "train.ipynb").write_bytes(notebook(*cells))
        files = find_files([project], root=project).files
        assert run(project) == check(files, Settings(root=project), load_rules(), root=project)
