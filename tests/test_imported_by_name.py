"""Classes that code picks by a name out of what is imported: models of a library, files of a package."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_named_classes import MEDIUM
from tests.test_picked import HIGH, found

OF_LIBRARY = """
import lightning as L
import torch
from torch import nn
from {package}

class Wrapper(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.net = {made}

    def forward(self, x):
        return self.net(x)[0]

class Model(L.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        {init}

    def training_step(self, batch, batch_idx):
        return self.net(batch)[0].sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
MODELS = "transformers import AutoConfig, AutoTokenizer, BertModel, RobertaModel"


def of_library(folder: Path, made: str, init: str = "self.net = {made}", package: str = MODELS) -> list[Confidence]:
    text = OF_LIBRARY.replace("{package}", package).replace("{init}", init)
    return found(folder, text.replace("{made}", made))


@pytest.mark.parametrize("init", ["self.net = {made}", "self.net = Wrapper(cfg)"])
@pytest.mark.parametrize("picked", ["globals()[cfg.kind]", "eval(cfg.kind)", "globals()[self.config.ModelClass]"])
def test_a_model_of_a_library_that_a_file_imports(picked: str, init: str, tmp_path: Path) -> None:
    assert of_library(tmp_path, f"{picked}.from_pretrained(cfg.path)", init) == MEDIUM


def test_a_class_that_a_name_stands_for(tmp_path: Path) -> None:
    init = "kind = globals()[cfg.kind]\n        self.net = kind.from_pretrained(cfg.path)"
    assert of_library(tmp_path, "nn.Identity()", init) == MEDIUM


@pytest.mark.parametrize(
    "made",
    [
        "globals()[cfg.kind].from_pretrained(cfg.path).train()",
        "globals()[cfg.kind].from_pretrained(cfg.path).requires_grad_(False)",
        "globals()[cfg.kind](cfg)",
        "globals()[cfg.tokenizer].from_pretrained(cfg.path)",
        "globals()[cfg.kind].from_config(cfg)",
    ],
)
@pytest.mark.parametrize("init", ["self.net = {made}", "self.net = Wrapper(cfg)"])
def test_what_is_ready_or_no_model(made: str, init: str, tmp_path: Path) -> None:
    assert of_library(tmp_path, made, init) == []


@pytest.mark.parametrize(
    "package",
    ["transformers import AutoTokenizer", "transformers import BertPreTrainedModel", "timm import create_model"],
)
def test_a_file_that_imports_no_model(package: str, tmp_path: Path) -> None:
    assert of_library(tmp_path, "globals()[cfg.kind].from_pretrained(cfg.path)", package=package) == []


def test_a_name_that_is_known_is_the_one_that_is_meant(tmp_path: Path) -> None:
    assert of_library(tmp_path, "globals()['RobertaModel'].from_pretrained(cfg.path)") == HIGH
    assert of_library(tmp_path, "globals()['AutoTokenizer'].from_pretrained(cfg.path)") == []
