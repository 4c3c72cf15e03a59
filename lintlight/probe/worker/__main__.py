"""Start the worker: `python path/to/worker/__main__.py`, requests on stdin, evidence on stdout."""

from __future__ import annotations

import importlib.util
import os
import sys

NAME = "lintlight_worker"


def load() -> None:
    """Load this folder as a package of its own name, so that no module in it can shadow one of the user's."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    spec = importlib.util.spec_from_file_location(
        NAME, os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load the worker from {here}")
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    load()
    importlib.import_module(NAME + ".server").main(sys.argv[1:])
