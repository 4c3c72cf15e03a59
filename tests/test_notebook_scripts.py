"""What a notebook builds and fits counts for the classes that it imports."""

import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from lintlight.cache import Cache
from lintlight.check import check
from lintlight.model import Confidence, Finding, Report, Severity, VerdictStatus
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings
from lintlight.registry import built_in_folder, load_rules
from lintlight.settings import Settings
from lintlight.source.files import find_files
from tests.sources import LOADS_TAGGER, TAGGER, notebook

GIVEN_A_MODEL = """
import lightning as L
import torch

class Tagger(L.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def training_step(self, batch, batch_idx):
        return self.model(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
IMPORTS = """\
%load_ext autoreload
import lightning as L
from transformers import AutoModelForSequenceClassification as Auto
from tagger import Tagger
"""
BUILDS = 'net = Auto.from_pretrained("google-bert/bert-base-uncased")\nmodel = Tagger(net)'
FITS = "!nvidia-smi\nL.Trainer().fit(model, batches)"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'p'\ndependencies = ['lightning>=2.4']\n")
    (root / "tagger.py").write_text(GIVEN_A_MODEL)
    return root


def write(project: Path, *cells: str | tuple[str, str]) -> None:
    (project / "train.ipynb").write_bytes(notebook(*cells))


def run(project: Path, paths: Iterable[Path] = ()) -> Report:
    """What is found with a cache that lives on."""
    files = find_files(list(paths) or [project], root=project).files
    settings = Settings(root=project)
    return check(
        files,
        settings,
        load_rules(),
        root=project,
        cache=Cache(project.parent / "cache", settings, built_in_folder()),
    )


def found(project: Path) -> list[Finding]:
    report = run(project)
    assert not report.errors
    return list(report.findings)


def test_a_model_that_a_notebook_gives(project: Path) -> None:
    write(project, IMPORTS, BUILDS, FITS)
    (one,) = found(project)
    assert (one.code, one.span.path.name, one.confidence) == ("LL101", "tagger.py", Confidence.HIGH)
    assert [place.span.path.name for place in one.related] == ["train.ipynb"]
    assert run(project, [project / "tagger.py"]).findings == (one,)


@pytest.mark.parametrize(
    "cells",
    [
        (IMPORTS, BUILDS.replace("Tagger(", "Tagger(model=").replace('")', '").train()'), FITS),
        (IMPORTS, BUILDS, "net.train()", FITS),
        (IMPORTS, BUILDS, "model.model.requires_grad_(False)", FITS),
        (IMPORTS, ("markdown", BUILDS), FITS),
        (IMPORTS, BUILDS, "%%bash\npython train.py --trainer.fit(model)"),
        (IMPORTS.replace("tagger", "tagger_of_somebody"), BUILDS, FITS),
    ],
    ids=[
        "in train mode",
        "in train mode later on",
        "frozen",
        "only told of",
        "not fitted",
        "another class",
    ],
)
def test_silent(project: Path, cells: tuple[str, ...]) -> None:
    write(project, *cells)
    assert found(project) == []


def test_a_notebook_for_lightning_1(project: Path) -> None:
    write(project, IMPORTS, BUILDS, FITS.replace("Trainer()", "Trainer(gpus=1)"))
    (one,) = found(project)
    assert one.severity is Severity.INFO


def test_one_that_cannot_be_read_says_nothing(project: Path) -> None:
    (project / "train.ipynb").write_text('{"cells": [{"cell_type": "code", "source": ["model.fit(')
    report = run(project)
    assert not report.findings
    assert [error.path.name for error in report.errors] == ["train.ipynb"]
    assert not run(project, [project / "tagger.py"]).errors


@pytest.mark.parametrize("paths", [(), ("tagger.py",)], ids=["all files", "one file"])
def test_a_change_of_it_counts_in_the_next_run(project: Path, paths: tuple[str, ...]) -> None:
    asked = [project / path for path in paths]
    write(project, IMPORTS, BUILDS, FITS)
    assert len(run(project).findings) == 1
    write(project, IMPORTS, BUILDS, "net.train()", FITS)
    assert not run(project, asked).findings
    write(project, IMPORTS, BUILDS, FITS, "# done")
    assert len(run(project, asked).findings) == 1
    write(project, ("markdown", "# A title"), IMPORTS, BUILDS, FITS)
    (moved,) = run(project).findings
    assert moved == check([project / "tagger.py"], Settings(root=project), load_rules(), root=project).findings[0]
    (project / "train.ipynb").unlink()
    assert not run(project, asked).findings


def test_a_class_that_files_only_load_and_a_notebook_trains(project: Path) -> None:
    (project / "tagger.py").write_text(TAGGER)
    (project / "use.py").write_text(LOADS_TAGGER)
    assert run(project).findings[0].confidence is Confidence.LOW
    write(project, IMPORTS, "model = Tagger()\nridge.fit(x)")
    assert run(project).findings[0].confidence is Confidence.LOW
    write(project, IMPORTS, "model = Tagger()", FITS)
    assert run(project).findings[0].confidence is Confidence.HIGH


def test_the_probe_takes_the_arguments_from_it(project: Path) -> None:
    write(project, IMPORTS, BUILDS, "def main():\n    return None\n", FITS)
    (one,) = probe(found(project), ProbeSettings(python=Path(sys.executable), root=project))
    assert one.verdict is not None
    assert one.verdict.status is VerdictStatus.CONFIRMED
    assert [(each["name"], each["source"], each["place"]) for each in one.verdict.evidence["arguments"]] == [
        ("model", "call", "train.ipynb")
    ]


def test_that_it_names_a_class_counts_in_the_next_run(project: Path) -> None:
    loop = "def run(model, batch):\n    model.train()\n    model.training_step(batch, 0).backward()\n"
    (project / "tagger.py").write_text(TAGGER, "utf-8")
    (project / "loop.py").write_text(loop, "utf-8")
    said = []
    for names in ("", "from tagger import Tagger", ""):
        write(project, "import pandas", names)
        said += [found.confidence for found in run(project, [project / "tagger.py"]).findings]
    assert said == [Confidence.LOW, Confidence.HIGH, Confidence.LOW]
