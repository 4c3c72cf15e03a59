"""LL101 is a note for models without dropout: by their classes, as far as the evidence goes."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Finding, Severity
from lintlight.registry import load_rules
from lintlight.semantics.knowledge.families import FAMILIES, OF_TOKENS, family_of
from lintlight.settings import Settings

EVIDENCE = Path(__file__).parent / "evidence" / "no_dropout_classes.out"
CODE = """
import lightning as L
import torch
from transformers import {name}


class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = {name}.from_pretrained("someone/checkpoint")

    def training_step(self, batch, batch_idx):
        return self.net(**batch)[0].mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


def found_in(folder: Path, name: str) -> Finding:
    """The one finding of a module that loads a class of transformers."""
    path = folder / "model.py"
    path.write_text(CODE.format(name=name))
    (finding,) = check([path], Settings(root=folder), load_rules(), root=folder).findings
    return finding


def seen() -> dict[str, str]:
    """What train mode changes in each class that was looked at."""
    lines = EVIDENCE.read_text("utf-8").splitlines()[1:]
    return dict(line.split(": ") for line in lines)


def test_the_classes_are_those_of_the_evidence() -> None:
    """In every class that counts as one without dropout train mode was seen to change nothing."""
    listed = {name: effect for name, effect in seen().items() if family_of(name)}
    assert {name: effect for name, effect in listed.items() if effect != "nothing"} == {}
    assert {family_of(name) for name in listed} == {*FAMILIES}
    assert {f"{family}ForTokenClassification" for family in OF_TOKENS} <= listed.keys()
    assert {"PhiModel", "DINOv3ViTModel", "DPTForDepthEstimation"} <= seen().keys() - listed.keys()


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("FlavaForPreTraining", "Flava"),
        ("VideoMAEForPreTraining", "VideoMAE"),
        ("SamModel", "Sam"),
        ("Sam2Model", "Sam2"),
        ("MgpstrForSceneTextRecognition", "Mgpstr"),
        ("CLIPSegForImageSegmentation", "CLIPSeg"),
        ("YolosForObjectDetection", "Yolos"),
        ("ViTForMaskedImageModeling", "ViT"),
        ("LlamaForQuestionAnswering", "Llama"),
        ("ModernBertForTokenClassification", "ModernBert"),
        ("Dinov2Backbone", "Dinov2"),
    ],
)
def test_a_class_without_dropout_is_a_note(tmp_path: Path, name: str, family: str) -> None:
    found = found_in(tmp_path, name)
    assert found.severity is Severity.INFO
    assert f"{family} models have no dropout by default" in found.message


@pytest.mark.parametrize(
    "name",
    [
        *("PhiForCausalLM", "BlipForConditionalGeneration", "DPTForDepthEstimation", "DINOv3ViTModel"),
        *("VitPoseForPoseEstimation", "CodeGenForCausalLM", "LlamaForTokenClassification", "SegformerModel"),
        *("BertForPreTraining", "BertForQuestionAnswering", "DetrForObjectDetection", "BeitBackbone"),
    ],
)
def test_a_class_that_may_drop_something_is_an_error(tmp_path: Path, name: str) -> None:
    assert found_in(tmp_path, name).severity is Severity.ERROR
