"""Classes with a `load_from_checkpoint` of their own, which the Trainer passes by."""

from pathlib import Path
from textwrap import indent

import pytest

from lintlight.model import Confidence
from tests.test_checkpoint import of_module

OVERRIDE = """
def on_save_checkpoint(self, checkpoint):
    checkpoint["state_dict"].pop("vae.weight")

@classmethod
def load_from_checkpoint(cls, path, *args, **kwargs):
"""
LOADS = "L.Trainer().fit(Model.load_from_checkpoint(path))"
RESUMES = "L.Trainer().fit(Model(), ckpt_path=path)"
PLAIN = "return super().load_from_checkpoint(path, **kwargs)"
LENIENT = "return super().load_from_checkpoint(path, strict=False, **kwargs)"
BY_ITSELF = "model = cls()\nmodel.head.load_state_dict(torch.load(path)['state_dict'])\nreturn model"


def sure(folder: Path, body: str, script: str) -> list[Confidence]:
    script = f"import lightning as L\nfrom model import Model\n\ndef main(path):\n{indent(script, '    ')}\n"
    (folder / "run.py").write_text(script, encoding="utf-8")
    return [finding.confidence for finding in of_module(folder, OVERRIDE + indent(body, "    "))]


@pytest.mark.parametrize("body", [PLAIN, f"print(path)\n{PLAIN}", PLAIN.replace("path", "*args")])
@pytest.mark.parametrize("script", [LOADS, RESUMES])
def test_what_only_calls_on_up_changes_nothing(tmp_path: Path, body: str, script: str) -> None:
    assert sure(tmp_path, body, script) == [Confidence.HIGH]


@pytest.mark.parametrize(
    "body",
    [
        LENIENT,
        BY_ITSELF,
        f"path = cls.completed(path)\n{PLAIN}",
        PLAIN.replace("path", "cls.completed(path)"),
        f"kwargs['strict'] = False\n{PLAIN}",
    ],
)
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (RESUMES, Confidence.HIGH),
        ("L.Trainer().test(Model(), ckpt_path='best')", Confidence.HIGH),
        ("L.Trainer().fit(Model.load_from_checkpoint(path, size=2))", Confidence.LOW),
        ("L.Trainer().fit(Model(), ckpt_path=None)", Confidence.LOW),
        ("Model.load_from_checkpoint(ckpt_path=path)", Confidence.LOW),
    ],
)
def test_the_trainer_does_not_ask_the_class(tmp_path: Path, body: str, script: str, expected: Confidence) -> None:
    assert sure(tmp_path, body, script) == [expected]


def test_a_script_for_another_class_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("def run(trainer, path):\n    trainer.fit(Other(), ckpt_path=path)\n")
    assert sure(tmp_path, LENIENT, LOADS) == [Confidence.LOW]
