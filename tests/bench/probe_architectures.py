"""Every architecture of transformers through the probe: `python -m tests.bench.probe_architectures [EVERY [flags]]`.

One LightningModule for each model type in MODEL_MAPPING, which loads a checkpoint that is not on this machine by its
concrete class. Printed: how many are built and survive `Trainer.fit`, how long the construction takes, how much memory
the child needs, how many models run on made-up inputs, and for those what their mode decides.

With `flags`, each is only constructed, at its real size and without memory for parameters: how many show their modes.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lintlight.model import VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from tests.bench.probe_findings import finding

HEAD = """import lightning as L
import torch
import transformers


class Trained(L.LightningModule):
    def training_step(self, batch, batch_idx):
        return None

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

"""
CLASS = """
class {name}(Trained):
    def __init__(self):
        super().__init__()
        self.model = transformers.{model}.from_pretrained("nobody/checkpoint")

"""
ABSENT = ("requires the", "not found in your environment", "No module named", "cannot import")
"""What transformers says when a package is missing that the architecture needs."""


def architectures() -> dict[str, str]:
    """Model type -> the class that the mapping names first."""
    from transformers.models.auto.modeling_auto import MODEL_MAPPING_NAMES

    return {kind: names if isinstance(names, str) else names[0] for kind, names in MODEL_MAPPING_NAMES.items()}


def main(every: int, flags_only: bool = False) -> None:
    """Probe every nth architecture and print the figures."""
    chosen = dict(list(architectures().items())[::every])
    names = {kind: "Of" + "".join(part.capitalize() for part in kind.replace("-", "_").split("_")) for kind in chosen}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "models.py"
        path.write_text(HEAD + "".join(CLASS.format(name=names[kind], model=chosen[kind]) for kind in chosen))
        findings = [finding(path, names[kind], "model") for kind in chosen]
        settings = ProbeSettings(python=Path(sys.executable), root=Path(folder), timeout_s=150, flags_only=flags_only)
        verdicts = [found.verdict for found in probe(findings, settings, progress)]
    if flags_only:
        report_flags(list(chosen), [verdict.evidence for verdict in verdicts if verdict])
        return
    report(list(chosen), [verdict.evidence for verdict in verdicts if verdict])
    print("verdicts:", dict(Counter(verdict.status.value for verdict in verdicts if verdict)))
    harmless = sum(verdict.status is VerdictStatus.HARMLESS for verdict in verdicts if verdict)
    print(f"eval mode changes nothing: {harmless}")


def report_flags(kinds: Sequence[str], evidence: Sequence[Mapping[str, Any]]) -> None:
    """The figures of a run that only constructs."""
    seen = [one for one in evidence if one.get("flags", {}).get("model", {}).get("modules")]
    seconds = sorted(float(one["construct_s"]) for one in seen)
    memory = sorted(float(one["peak_mb"]) for one in seen)
    print(f"flags after the constructor: {len(seen)} of {len(kinds)} ({len(seen) / len(kinds):.1%})")
    print(
        f"  all in eval mode: {sum(one['flags']['model']['eval'] == one['flags']['model']['modules'] for one in seen)}"
    )
    print(f"construction: median {statistics.median(seconds):.2f} s, 95th percentile {at(seconds, 0.95):.2f} s")
    print(f"memory of a child: median {statistics.median(memory):.0f} MB, largest {memory[-1]:.0f} MB")
    for kind, one in zip(kinds, evidence, strict=True):
        if one not in seen:
            failure = one.get("failure") or {}
            print(f"  {kind}: {failure.get('type', one['ended'])}: {str(failure.get('message'))[:120]}")


def progress(done: int, total: int, name: str) -> None:
    """A line for every twentieth architecture."""
    if done % 10 == 0:
        print(f"{done}/{total} {name}", file=sys.stderr, flush=True)


def report(kinds: Sequence[str], evidence: Sequence[Mapping[str, Any]]) -> None:
    """The figures."""
    total = len(evidence)
    failures = {kind: seen["failure"] for kind, seen in zip(kinds, evidence, strict=True) if seen.get("failure")}
    absent = {kind for kind, each in failures.items() if any(part in str(each["message"]) for part in ABSENT)}
    built = [seen for seen in evidence if seen.get("pretrained") and not seen.get("failure")]
    fitted = [seen for seen in built if (seen.get("fit") or {}).get("steps_seen") and not seen["fit"]["failure"]]
    seconds = sorted(float(seen["construct_s"]) for seen in built)
    memory = sorted(float(seen["peak_mb"]) for seen in built)
    ran = [seen for seen in built if (seen.get("effects") or {}).get("model", {}).get("measured")]
    print(f"architectures: {total}; a package that they need is missing: {len(absent)}")
    print(f"built and through Trainer.fit: {len(fitted)} ({len(fitted) / total:.1%})")
    print(f"  of those whose packages are here: {len(fitted) / (total - len(absent)):.1%}")
    print(f"construction: median {statistics.median(seconds):.2f} s, 95th percentile {at(seconds, 0.95):.2f} s")
    print(f"memory of a child: median {statistics.median(memory):.0f} MB, 95th percentile {at(memory, 0.95):.0f} MB")
    print(f"forward on made-up inputs: {len(ran)} of {len(built)} built ({len(ran) / len(built):.1%})")
    largest = sorted(((seen["peak_mb"], seen["pretrained"][0]["model_type"]) for seen in built), reverse=True)
    print("largest:", ", ".join(f"{kind} {size:.0f} MB" for size, kind in largest[:8]))
    print("shrunk:", dict(Counter(seen["pretrained"][0]["shrunk"] or "not" for seen in built)))
    for kind, seen in zip(kinds, evidence, strict=True):
        if kind in failures:
            print(f"  {kind}: {failures[kind]['type']}: {str(failures[kind]['message'])[:120]}")
        elif seen in fitted and seen not in ran:
            error = (seen.get("effects") or {}).get("model", {}).get("error") or {}
            print(f"  {kind}: no forward: {error.get('type')}: {str(error.get('message'))[:160]}")
        elif seen not in fitted:
            print(f"  {kind}: {seen.get('ended')} in {seen.get('stage')}: {(seen.get('fit') or {}).get('failure')}")


def at(values: Sequence[float], share: float) -> float:
    """The value below which this share of the sorted values lies."""
    return values[min(len(values) - 1, int(share * len(values)))]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, flags_only="flags" in sys.argv[2:])
