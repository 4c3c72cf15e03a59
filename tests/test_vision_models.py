"""Frozen models of torchvision and timm, kept in eval mode by a `train()` that `fit` never calls."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.registry import load_rules
from lintlight.semantics.knowledge.catalog import has_modes
from lintlight.settings import Settings

CODE = """
import lightning as L
import timm
import torch
import torchvision
from torch import nn
from torchvision.models import resnet18


class Model(L.LightningModule):
    def __init__(self, name):
        super().__init__()
        self.backbone = {made}
        self.backbone.requires_grad_(False)
        self.head = nn.Linear(1000, 2)

    def train(self, mode=True):
        super().train(mode)
        self.backbone.eval()
        return self

    def training_step(self, batch, batch_idx):
        return self.head(self.backbone(batch)).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), lr=1.0)
"""


@pytest.mark.parametrize(
    ("made", "codes"),
    [
        ("torchvision.models.resnet50(weights='DEFAULT')", ["LL103"]),
        ("resnet18(pretrained=True)", ["LL103"]),
        ("torchvision.models.get_model('efficientnet_b0')", ["LL103"]),
        ("timm.create_model('resnet50', pretrained=True)", ["LL103"]),
        ("torchvision.models.resnet50().eval()", []),
        ("torchvision.models.vit_b_16()", []),
        ("torchvision.models.vgg16().features", []),
        ("torchvision.models.alexnet()", []),
        ("torchvision.models.resnet50(norm_layer=nn.Identity)", []),
        ("timm.create_model('resnet50_gn')", []),
        ("timm.create_model('resnetv2_50x1_bit')", []),
        ("torchvision.models.get_model(name)", []),
        ("timm.create_model('vit_small_patch16_224')", []),
        ("timm.create_model(name, pretrained=True)", []),
    ],
)
def test_a_frozen_backbone(tmp_path: Path, made: str, codes: list[str]) -> None:
    path = tmp_path / "model.py"
    path.write_text(CODE.replace("{made}", made))
    found = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in found] == codes


def test_vision_models_have_modes_as_in_the_evidence() -> None:
    lines = (Path(__file__).parent / "evidence" / "vision_models.out").read_text("utf-8").splitlines()[1:]
    assert all(": train mode, " in line for line in lines)
    whole = {line.split(": ")[0]: line for line in lines}
    still = {line.split(": ")[0] for line in lines if "mode, 0 BatchNorm, 0 Dropout, 0 random" in line}
    assert not any(has_modes(name) for name in still)
    torchvisions = {line.split(": ")[0] for line in lines if line.startswith("torchvision.")}
    in_classifier = {name for name in torchvisions if " 0 BatchNorm, 2 Drop" in whole[name] or "squeeze" in name}
    assert {name for name in torchvisions - still if not has_modes(name)} == in_classifier
    assert has_modes("timm.resnet50") and not has_modes("timm.?")


SIZED = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Sized(L.LightningModule):
    def __init__(self):
        super().__init__()
        resnet = AutoModel.from_pretrained("microsoft/resnet-50")
        self.head = {head}

    def training_step(self, batch, batch_idx):
        return self.head(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("head", "codes"),
    [
        ("nn.Conv2d(in_channels=3, out_channels=resnet.conv_in.out_channels, kernel_size=1)", []),
        ("nn.Sequential(resnet.embedder)", ["LL101"]),
    ],
)
def test_a_number_of_a_model_is_no_part_that_a_layer_runs(tmp_path: Path, head: str, codes: list[str]) -> None:
    (tmp_path / "model.py").write_text(SIZED.format(head=head))
    report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [found.code for found in report.findings] == codes
