"""Where the worker runs: the project's interpreter, and an environment without secrets and without a network."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

KEPT = frozenset(
    {
        "CONDA_PREFIX", "CUDA_HOME", "CUDA_PATH", "DYLD_LIBRARY_PATH", "LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME",
        "PYTHONPATH", "SYSTEMDRIVE", "SYSTEMROOT", "TZ", "VIRTUAL_ENV", "WINDIR",
    }
)  # fmt: skip
"""Variables handed over; everything else stays here, tokens and keys above all."""
ALWAYS = {
    "DISABLE_TELEMETRY": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # NOTE: huggingface_hub reads it when it is imported; set later, a local folder takes 23 s to load.
    "HF_HUB_OFFLINE": "1",
    "LINTLIGHT_PROBE": "1",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "WANDB_MODE": "disabled",
}


OFFLINE = frozenset({"HF_DATASETS_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"})
HUB = frozenset({"HF_ENDPOINT", "HF_HUB_CACHE", "HF_TOKEN", "HF_TOKEN_PATH", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"})
"""What loading real weights needs besides."""


def environment(outside: Mapping[str, str], folder: Path, device: str, weights: str = "stand-in") -> dict[str, str]:
    """The variables of the worker: a few kept, a home and a temporary folder of its own, no network.

    For real weights the hub's variables are kept, too, and its cache stays where it is.
    """
    real = weights == "real"
    wanted = KEPT | HUB | OFFLINE if real else KEPT
    kept = {name: value for name, value in outside.items() if name in wanted or name.startswith("LC_")}
    own = {"HOME": str(folder), "USERPROFILE": str(folder), "TMPDIR": str(folder), "TEMP": str(folder)}
    if device == "cpu":
        own["CUDA_VISIBLE_DEVICES"] = ""
    elif "CUDA_VISIBLE_DEVICES" in outside:
        own["CUDA_VISIBLE_DEVICES"] = outside["CUDA_VISIBLE_DEVICES"]
    always = {name: value for name, value in ALWAYS.items() if not (real and name in OFFLINE)}
    if real:
        own["HF_HOME"] = hub_home(outside)
    return {**kept, **always, **own}


def interpreter(given: Path | None, outside: Mapping[str, str], root: Path) -> Path:
    """The project's interpreter: the one given, the active or the project's virtual environment, else our own."""
    if given is not None:
        return given
    folders = [Path(outside["VIRTUAL_ENV"])] if outside.get("VIRTUAL_ENV") else []
    for folder in [*folders, root / ".venv"]:
        for name in ("bin/python", "Scripts/python.exe"):
            if (folder / name).exists():
                return folder / name
    return Path(sys.executable)


def hub_home(outside: Mapping[str, str]) -> str:
    """The folder of the hub's files."""
    cache = outside.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return outside.get("HF_HOME") or os.path.join(cache, "huggingface")


def hub_caches(outside: Mapping[str, str]) -> list[str]:
    """The folders where checkpoints may lie already; only their configurations are read."""
    named = [
        outside.get("HF_HUB_CACHE"), outside.get("TRANSFORMERS_CACHE"), os.path.join(hub_home(outside), "hub"),
    ]  # fmt: skip
    return [folder for folder in dict.fromkeys(named) if folder and os.path.isdir(folder)]
