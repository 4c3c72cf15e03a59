"""What Hydra would hand to a function that `@hydra.main` decorates, when Hydra is there to compose it."""

from __future__ import annotations

import ast
import importlib
import os
import sys
from typing import Any, Iterator, Optional


def composed(function: ast.FunctionDef, path: str) -> Optional[Any]:
    """The configuration for a decorated function in a file, with nothing overridden; None for any other function.

    Raises whatever Hydra raises when it cannot compose it, and ImportError when it is not there.
    """
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) in ("hydra.main", "main"):
            names = {"config_path": ".", "config_name": "config", **dict(literals(decorator))}
            return compose(os.path.join(os.path.dirname(os.path.abspath(path)), names["config_path"]), names)
    return None


def literals(call: ast.Call) -> Iterator[tuple[str, str]]:
    """The arguments of the decorator that are written out."""
    given = [("config_path", node) for node in call.args[:1]] + [("config_name", node) for node in call.args[1:2]]
    for name, node in [*given, *((keyword.arg or "", keyword.value) for keyword in call.keywords)]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield name, node.value


def begin(project: str) -> None:
    """Let Hydra say that the program was started in the project's folder, if the project has loaded it."""
    core = sys.modules.get("hydra.core.hydra_config")
    if core is not None:
        create = importlib.import_module("omegaconf").OmegaConf.create
        core.HydraConfig.instance().cfg = create({"hydra": {"runtime": {"cwd": project, "output_dir": os.getcwd()}}})


def compose(folder: str, names: dict[str, str]) -> Any:
    """The composed configuration."""
    hydra = importlib.import_module("hydra")
    importlib.import_module("hydra.core.global_hydra").GlobalHydra.instance().clear()
    with hydra.initialize_config_dir(os.path.abspath(folder), version_base=None):
        return hydra.compose(os.path.splitext(names["config_name"])[0])
