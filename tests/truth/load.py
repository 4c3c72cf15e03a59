"""Import a fixture file as a user's program would import it, and build its LightningModules."""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.truth.cases import FIXTURES, Case


def load(path: Path) -> ModuleType:
    """Import the file by its dotted name under the repository root, so that its relative imports work.

    A file from elsewhere is imported by its path.
    """
    if not path.is_relative_to(FIXTURES):
        return _load_from_elsewhere(path)
    name = ".".join(path.relative_to(FIXTURES.parent).with_suffix("").parts)
    if name in sys.modules:
        return sys.modules[name]
    with beside(path.parent):
        return importlib.import_module(name)


def _load_from_elsewhere(path: Path) -> ModuleType:
    name = f"{path.parent.name}_{path.stem}".replace("-", "_")
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    with beside(path.parent):
        spec.loader.exec_module(module)
    return module


@contextmanager
def beside(folder: Path) -> Iterator[None]:
    """Imports find the modules that stand beside a script, as when the script is started."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def is_lightning_module(value: object) -> bool:
    """Whether the value is a LightningModule class of either Lightning package."""
    return inspect.isclass(value) and any(base.__name__ == "LightningModule" for base in value.__mro__)


def is_run(case: Case) -> bool:
    """Whether the case is a script or a LightningModule; the other classes of a file are parts of those."""
    return case.script or is_lightning_module(getattr(load(case.path), case.name))


def build(module: ModuleType, name: str) -> Any:
    """One object of the class: by `build_<name>()` where the file has it."""
    maker = getattr(module, f"build_{name}", None) or getattr(module, name)
    return maker()


def trainer_class(lightning_module: Any) -> Any:
    """The Trainer of the Lightning package that the module was written for."""
    packages = [
        base.__module__.split(".")[0] for base in type(lightning_module).__mro__ if base.__name__ == "LightningModule"
    ]
    if packages[0] == "pytorch_lightning":
        import pytorch_lightning

        return pytorch_lightning.Trainer
    import lightning.pytorch

    return lightning.pytorch.Trainer
