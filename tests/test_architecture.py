"""Who may import whom, and that the package ships what the tree holds."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lintlight"


def semantics(*rooms: str) -> tuple[str, ...]:
    """Rooms of the semantics."""
    return tuple(f"lintlight.semantics.{room}" for room in rooms)


MAY_IMPORT = {
    "lintlight": (),
    "lintlight.model": (),
    "lintlight.source": ("lintlight.model", "lintlight.source"),
    "lintlight.semantics": ("lintlight.model", "lintlight.semantics"),
    "lintlight.semantics.values": ("lintlight.model", *semantics("resolve")),
    "lintlight.semantics.order": semantics("values"),
    "lintlight.semantics.heap": ("lintlight.model", *semantics("values", "resolve")),
    "lintlight.semantics.knowledge": semantics("heap", "knowledge"),
    "lintlight.semantics.resolve": (
        "lintlight.model",
        "lintlight.source",
        *semantics("values", "knowledge", "resolve"),
    ),
    "lintlight.semantics.configuration": (
        "lintlight.model",
        "lintlight.source",
        *semantics("values", "knowledge", "resolve", "configuration"),
    ),
    "lintlight.semantics.interpreter": (
        "lintlight.model",
        "lintlight.source",
        *semantics("values", "order", "heap", "knowledge", "resolve", "configuration", "interpreter"),
    ),
    "lintlight.semantics.screening": (
        "lintlight.source",
        *semantics("values", "knowledge", "resolve", "configuration", "screening"),
    ),
    "lintlight.semantics.walks": (
        "lintlight.model",
        "lintlight.source",
        *semantics(
            "values", "order", "heap", "knowledge", "resolve", "configuration", "interpreter", "screening", "walks"
        ),
    ),
    "lintlight.semantics.checkpoints": (
        "lintlight.model",
        *semantics("values", "order", "heap", "knowledge", "resolve", "interpreter", "walks", "checkpoints"),
    ),
    "lintlight.rule": ("lintlight.model", "lintlight.semantics", "lintlight.versions"),
    "lintlight.api": ("lintlight.model", "lintlight.semantics", "lintlight.rule"),
    "rules": ("lintlight.api",),
    "lintlight.settings": ("lintlight.model", "lintlight.source"),
    "lintlight.naming": (),
    "lintlight.versions": (),
    "lintlight.packs": (),
    "lintlight.config": (
        "lintlight.model",
        "lintlight.settings",
        "lintlight.naming",
        "lintlight.packs",
        "lintlight.versions",
    ),
    "lintlight.scopes": ("lintlight.model", "lintlight.settings", "lintlight.source"),
    "lintlight.selection": (
        "lintlight.model",
        "lintlight.source",
        "lintlight.settings",
        "lintlight.config",
        "lintlight.naming",
        "lintlight.versions",
    ),
    "lintlight.suppress": ("lintlight.model",),
    "lintlight.hygiene": ("lintlight.model", "lintlight.suppress", "lintlight.naming"),
    "lintlight.report": ("lintlight.model", "lintlight.report"),
    "lintlight.baseline": ("lintlight.model", "lintlight.report"),
    "lintlight.fix": ("lintlight.model", "lintlight.source", "lintlight.concrete"),
    "lintlight.concrete": ("lintlight.model", "lintlight.source"),
    "lintlight.rewrite": ("lintlight.model", "lintlight.source"),
    "lintlight.probe": ("lintlight.model", "lintlight.probe"),
    "lintlight.probe.worker": ("lintlight.probe.worker",),
    "lintlight.scan": ("lintlight.model", "lintlight.semantics", "lintlight.source", "lintlight.suppress"),
    "lintlight.codec": (),
    "lintlight.profile": (),
    "lintlight.analysis_result": ("lintlight.model", "lintlight.profile", "lintlight.semantics.resolve.trail"),
    "lintlight.analysis": (
        "lintlight.analysis_result",
        "lintlight.model",
        "lintlight.profile",
        "lintlight.rule",
        "lintlight.scan",
        "lintlight.semantics",
        "lintlight.settings",
        "lintlight.source",
    ),
    "lintlight.world": (
        "lintlight.scan",
        "lintlight.semantics.resolve.index",
        "lintlight.semantics.resolve.versions",
        "lintlight.source",
    ),
    "lintlight.kept": (
        "lintlight.analysis_result",
        "lintlight.codec",
        "lintlight.model",
        "lintlight.scan",
        "lintlight.semantics.resolve.index",
        "lintlight.semantics.resolve.trail",
    ),
    "lintlight.cache": (
        "lintlight.analysis_result",
        "lintlight.codec",
        "lintlight.kept",
        "lintlight.model",
        "lintlight.scan",
        "lintlight.semantics.resolve.blocks",
        "lintlight.semantics.resolve.index",
        "lintlight.semantics.resolve.trail",
        "lintlight.settings",
        "lintlight.source",
        "lintlight.world",
    ),
    "lintlight.registry": (
        "lintlight.model",
        "lintlight.rule",
        "lintlight.settings",
        "lintlight.config",
        "lintlight.packs",
        "lintlight.versions",
    ),
    "lintlight.server": (
        "lintlight.exit_codes",
        "lintlight.hygiene",
        "lintlight.model",
        "lintlight.source",
        "lintlight.settings",
        "lintlight.config",
        "lintlight.scopes",
        "lintlight.semantics.resolve.index",
        "lintlight.check",
        "lintlight.registry",
        "lintlight.fix",
        "lintlight.add_ignore",
        "lintlight.report",
        "lintlight.server",
    ),
    "lintlight.server.positions": ("lintlight.model",),
}
"""What each room may import; one that is not here (check, cli) sits on top and may import all but the worker."""

NEVER_IN_LINTLIGHT = {"torch", "lightning", "pytorch_lightning", "transformers", "numpy", "peft", "libcst.matchers"}

MOST_LINES = 400


def python_files() -> list[Path]:
    return sorted([*PACKAGE.rglob("*.py"), *(ROOT / "rules").glob("*.py")])


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """The longest name in the table that the module is or lies below."""
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    known = next((name for name in names if name in MAY_IMPORT), module)
    return module if known == "lintlight" else known


def imports(path: Path) -> Iterator[str]:
    """Dotted names of all modules that a file imports, also inside functions and for type checking."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_in(name: str, module: str) -> bool:
    """Whether a dotted name is a module, or lies in it."""
    return name == module or name.startswith(module + ".")


def test_the_tree_is_read() -> None:
    assert {"lintlight.cli", "lintlight.model", "rules.pretrained_left_in_eval"} <= set(map(module_of, python_files()))


@pytest.mark.parametrize("path", python_files(), ids=module_of)
def test_directions_of_imports(path: Path) -> None:
    room = room_of(module_of(path))
    allowed = MAY_IMPORT.get(room)
    for name in imports(path):
        if name.split(".")[0] not in ("lintlight", "rules"):
            continue
        assert not name.startswith("rules"), f"{name}: no file imports a rule by name"
        if room != "lintlight.probe.worker":
            assert not name.startswith("lintlight.probe.worker"), f"{name}: nobody imports the worker"
        if allowed is not None and not name.startswith("lintlight.__version__"):
            assert any(is_in(name, room_) for room_ in allowed), f"{room} imports {name}"


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_each_allowance_is_used(room: str) -> None:
    files = [path for path in python_files() if room_of(module_of(path)) == room]
    names = {name for path in files for name in imports(path)}
    assert files
    assert [unused for unused in MAY_IMPORT[room] if not any(is_in(name, unused) for name in names)] == []


FIRST = """
import importlib, os, sys
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        importlib.import_module(name)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(name)
"""


def test_each_module_can_be_the_first_that_is_imported() -> None:
    """None needs another one to have been imported before it."""
    names = [module_of(path) for path in python_files() if module_of(path).startswith("lintlight.semantics.")]
    done = subprocess.run([sys.executable, "-c", FIRST, *names], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (len(names) > 60, done.stdout) == (True, "")


@pytest.mark.parametrize("path", python_files(), ids=module_of)
def test_only_the_worker_knows_torch(path: Path) -> None:
    if room_of(module_of(path)) == "lintlight.probe.worker":
        return
    for name in imports(path):
        assert not any(name == never or name.startswith(never + ".") for never in NEVER_IN_LINTLIGHT), name


@pytest.mark.parametrize("path", python_files(), ids=module_of)
def test_extras_are_imported_only_where_they_are_needed(path: Path) -> None:
    names = {name.split(".")[0] for name in imports(path)}
    if room_of(module_of(path)).removesuffix(".positions") != "lintlight.server":
        assert not names & {"pygls", "lsprotocol"}
    if module_of(path) != "lintlight.command_watch":
        assert "watchfiles" not in names


@pytest.mark.parametrize("path", python_files(), ids=module_of)
def test_no_module_is_long(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


def test_packages_in_pyproject_are_the_folders_of_the_tree() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        setuptools = tomllib.load(file)["tool"]["setuptools"]
    folders = {module_of(path.parent / "__init__.py") for path in PACKAGE.rglob("*.py")}
    assert setuptools["packages"] == sorted({*folders, "lintlight.rules"})
    assert setuptools["package-dir"] == {"lintlight.rules": "rules"}
    assert not (ROOT / "rules" / "__init__.py").exists()
