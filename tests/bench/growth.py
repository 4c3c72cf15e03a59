"""What a line costs in projects of growing size: `python -m tests.bench.growth [LINES ...]`.

A project of a given size has one LightningModule with a mistake in every tenth file; the rest is code without any.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (10_000, 50_000, 200_000, 500_000, 1_000_000, 2_000_000)
PLAIN = '''def work_{n}(values, factor=2):
    """Scale and sum."""
    total = 0
    for index, value in enumerate(values):
        if value > factor:
            total += value * factor + index
        else:
            total -= value
    return {{"total": total, "count": len(values), "name": "work_{n}"}}


'''
MODULE = """import lightning as L
import torch
from transformers import AutoModel


class Classifier{n}(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())


"""
LINES_A_FILE = 260


def build(root: Path, lines: int) -> int:
    """Write a project; returns how many lines it has."""
    (root / "pyproject.toml").write_text("")
    written = 0
    number = 0
    while written < lines:
        text = MODULE.format(n=number) if number % 10 == 0 else ""
        text += "".join(PLAIN.format(n=each) for each in range(LINES_A_FILE // PLAIN.count("\n")))
        folder = root / f"package{number // 100}"
        folder.mkdir(exist_ok=True)
        (folder / f"m{number}.py").write_text(text)
        written += text.count("\n")
        number += 1
    return written


def main() -> int:
    """Print a row for each size."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(f"{'lines':>9} {'seconds':>8} {'us a line':>9}")
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            lines = build(Path(scratch), size)
            command = [sys.executable, "-m", "lintlight", "check", "--isolated", "--no-cache", "-q", "--exit-zero"]
            runs = []
            for _ in range(3):
                start = time.perf_counter()
                subprocess.run([*command, "--statistics", scratch], stdout=subprocess.DEVNULL, check=True)
                runs.append(time.perf_counter() - start)
            middle = statistics.median(runs)
            print(f"{lines:9} {middle:8.2f} {1e6 * middle / lines:9.1f}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
