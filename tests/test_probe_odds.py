"""Settings of the probe that change where and with what it runs, and what happens when it is interrupted."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import Strength, Verdict, VerdictStatus
from lintlight.probe.environment import environment
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from tests.bench.probe_findings import finding

CASES = Path(__file__).parent / "probe_cases"
ROOT = Path(__file__).parents[1]
PATIENCE_S = 60.0


def judged(path: Path, name: str, attribute: str, **settings: Any) -> Verdict:
    """The verdict on one class."""
    chosen = ProbeSettings(**{"python": Path(sys.executable), "root": path.parent, **settings})
    [found] = probe([finding(path, name, attribute)], chosen)
    assert found.verdict is not None
    return found.verdict


def test_a_child_of_its_own_interpreter() -> None:
    verdict = judged(CASES / "arguments/models.py", "CalledHere", "bert", device="auto")
    assert (verdict.status, verdict.strength) == (VerdictStatus.CONFIRMED, Strength.FULL), verdict.reason
    assert verdict.evidence["device"] == {"accelerator": "cpu"}


def test_mpi_is_not_asked_for(tmp_path: Path) -> None:
    shutil.copy(CASES / "architectures.py", tmp_path)
    (tmp_path / "mpi4py").mkdir()
    (tmp_path / "mpi4py" / "__init__.py").write_text("")
    (tmp_path / "mpi4py" / "MPI.py").write_text("import os\n\nos._exit(1)\n")
    (tmp_path / "mpi4py-4.0.dist-info").mkdir()
    (tmp_path / "mpi4py-4.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: mpi4py\nVersion: 4.0\n")
    verdict = judged(tmp_path / "architectures.py", "Text", "language")
    assert verdict.status is VerdictStatus.CONFIRMED, verdict.reason


def test_a_configuration_that_the_user_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "configs" / "bert-base-uncased"
    folder.mkdir(parents=True)
    config = {
        "model_type": "bert",
        "num_hidden_layers": 3,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    (folder / "config.json").write_text(json.dumps(config))
    verdict = judged(CASES / "architectures.py", "Text", "language", config_dirs=(tmp_path / "configs",))
    assert (verdict.status, verdict.strength) == (VerdictStatus.HARMLESS, Strength.FULL), verdict.reason
    [loaded] = verdict.evidence["pretrained"]
    assert loaded["how"] == "told"


def test_real_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import BertConfig, BertModel

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    small = BertConfig(num_hidden_layers=1, intermediate_size=32, vocab_size=80)
    BertModel(small).save_pretrained(tmp_path / "bert-base-uncased")
    shutil.copy(CASES / "architectures.py", tmp_path)
    verdict = judged(tmp_path / "architectures.py", "Text", "language", weights="real")
    assert (verdict.status, verdict.strength) == (VerdictStatus.CONFIRMED, Strength.FULL), verdict.reason
    [loaded] = verdict.evidence["pretrained"]
    assert (loaded["how"], loaded["shrunk"]) == ("as written", "")


def test_no_secret_and_no_network_unless_asked_for() -> None:
    outside = {"HF_TOKEN": "secret", "AWS_KEY": "secret", "PATH": "/bin", "HF_HOME": "/hub", "LC_ALL": "C"}
    usual = environment(outside, Path("/tmp/x"), "cpu")
    assert "secret" not in usual.values()
    assert (usual["HF_HUB_OFFLINE"], usual["HOME"], usual["CUDA_VISIBLE_DEVICES"]) == ("1", "/tmp/x", "")
    real = environment(outside, Path("/tmp/x"), "cpu", "real")
    assert (real["HF_TOKEN"], real["HF_HOME"], real["HOME"]) == ("secret", "/hub", "/tmp/x")
    assert "HF_HUB_OFFLINE" not in real
    assert "AWS_KEY" not in real


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_an_interrupt_leaves_no_process_and_no_file_behind(number: signal.Signals, tmp_path: Path) -> None:
    project, temporary = tmp_path / "project", tmp_path / "temporary"
    project.mkdir()
    temporary.mkdir()
    shutil.copy(CASES / "hostile/loop_in_init.py", project)
    command = [sys.executable, "-m", "lintlight", "probe", "loop_in_init.py::Tagger", "--python", sys.executable]
    started = subprocess.Popen(
        command, cwd=project, env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: list(temporary.glob("lintlight-*/class-0/work")))
    started.send_signal(number)
    assert started.wait(PATIENCE_S) == (130 if number is signal.SIGINT else -signal.SIGTERM)
    until(lambda: not processes_of(temporary))
    assert not list(temporary.glob("lintlight-*"))


def until(happened: Any) -> None:
    """Wait for something, and fail when it does not happen."""
    limit = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.05)


def processes_of(folder: Path) -> list[str]:
    """The processes whose home is below a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"HOME={folder}".encode() in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:
            continue
    return found
