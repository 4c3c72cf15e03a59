"""What the probe costs: `python -m tests.bench.probe_cost [CLASSES]`.

Printed: the start of the server against a plain import of the same libraries, the seconds a class takes, and the peak
memory of all processes together (proportional set size, so that shared pages count once).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from lintlight.probe.probing import probe
from lintlight.probe.runner import started
from lintlight.probe.settings import ProbeSettings
from tests.bench.probe_findings import finding
from tests.truth.cases import fixture_files

IMPORTS = "import torch, lightning.pytorch, transformers; transformers.PreTrainedModel, transformers.AutoModel"
ROUNDS = 3


def main(count: int) -> None:
    """Measure and print."""
    plain = [timed_import() for _ in range(ROUNDS)]
    server = [timed_server() for _ in range(ROUNDS)]
    print(f"importing torch, Lightning and transformers: {min(plain):.2f} s (best of {ROUNDS})")
    print(f"server ready: {min(server):.2f} s, {min(server) / min(plain):.2f} times that")
    files = fixture_files("pretrained_left_in_eval")
    cases = [case for file in files for case in file.cases if not case.base and not case.script][:count]
    findings = [finding(case.path, case.name, "encoder") for case in cases]
    with tempfile.TemporaryDirectory() as folder:
        usual, tempfile.tempdir = tempfile.tempdir, folder
        peak = Peak(folder)
        start = time.monotonic()
        try:
            with peak:
                found = probe(findings, ProbeSettings(python=Path(sys.executable), root=Path(folder)))
        finally:
            tempfile.tempdir = usual
        whole = time.monotonic() - start
    seconds = sorted(each.verdict.evidence["seconds"] for each in found if each.verdict)
    print(f"{len(found)} classes: {whole:.1f} s; a class: median {statistics.median(seconds):.2f} s, "
          f"95th percentile {seconds[int(0.95 * len(seconds))]:.2f} s, longest {seconds[-1]:.2f} s")  # fmt: skip
    print(f"peak memory of all processes: {peak.megabytes:.0f} MB")


def timed_import() -> float:
    """Seconds for a fresh interpreter that imports the libraries."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True, env=environment)
    return time.monotonic() - start


def timed_server() -> float:
    """Seconds from starting the server until it says that it is ready."""
    settings = ProbeSettings(python=Path(sys.executable))
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        with started(Path(sys.executable), settings, Path(folder)) as server:
            assert not isinstance(server, str)
            server.send({"lightning": []})
            assert server.receive(settings.start_timeout_s) is not None
            return time.monotonic() - start


class Peak:
    """Watches the memory of all processes whose home is below a folder."""

    def __init__(self, folder: str) -> None:
        self.mark, self.megabytes, self.running = f"HOME={folder}".encode(), 0.0, True

    def __enter__(self) -> Peak:
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.running = False
        self.thread.join()

    def watch(self) -> None:
        """Look some ten times a second."""
        while self.running:
            self.megabytes = max(self.megabytes, sum(self.size(process) for process in Path("/proc").glob("[0-9]*")))
            time.sleep(0.1)

    def size(self, process: Path) -> float:
        """The proportional set size of one of them in MB; 0 for any other process."""
        try:
            if self.mark not in (process / "environ").read_bytes():
                return 0.0
            lines = (process / "smaps_rollup").read_text().splitlines()
        except OSError:
            return 0.0
        return sum(float(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e3


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
