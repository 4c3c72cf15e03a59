"""Tests see no network, no accelerator and no CI variables, and find tiny models under the names that users write."""

import os
import signal
from pathlib import Path

import pytest

# Before anything imports transformers, lightning or torch.
for name in [n for n in os.environ if n in {"CI", "NO_COLOR", "FORCE_COLOR"} or n.startswith("GITHUB_")]:
    del os.environ[name]
DEVICES = os.environ.get("CUDA_VISIBLE_DEVICES")
"""What the tests marked gpu see; the others see no device."""
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["OMP_NUM_THREADS"] = "1"


# A shell starts what it puts into the background with SIGINT ignored, and everything started from there inherits it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny models under their names on the hub: transformers prefers an existing local directory."""
    from tests.truth.models import build_models

    return build_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def in_models(models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory is the folder of tiny models."""
    monkeypatch.chdir(models)
    return models
