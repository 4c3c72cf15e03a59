"""Parts that other code makes: a filter that names one drops weights where it is run like a module."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_checkpoint import found

MEDIUM = [("LL301", Confidence.MEDIUM)]
LOW = [("LL301", Confidence.LOW)]
NAMED = "not key.startswith('part.')"
MODEL = """
import functools
import clip, elsewhere, lpips, monai, numpy, open_clip, tiktoken, timm
import torchvision.models as vision
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics import Accuracy
from transformers import AutoFeatureExtractor, AutoTokenizer, pipeline

class Model(L.LightningModule):
    def __init__(self, arch, cfg, part{given}):
        super().__init__()
        {init}
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head({run}).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), 0.1)

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {{key: value for key, value in state.items() if {test}}}
"""


def told(
    folder: Path, init: str, *, run: str = "self.part(batch)", test: str = NAMED, given: str = "", more: str = ""
) -> list[tuple[str, Confidence]]:
    text = MODEL.format(init=init, run=run, test=test, given=given)
    return [(each.code, each.confidence) for each in found(folder, text + more)]


@pytest.mark.parametrize(
    ("init", "run"),
    [
        ("self.part = lpips.LPIPS(net='vgg')", "self.part(batch)"),
        ("self.part = monai.losses.PerceptualLoss(2)", "self.part(batch)"),
        ("self.part = FrechetInceptionDistance(64)", "self.part.update(batch, real=True)"),
        ("self.part = torch.hub.load('facebookresearch/dinov2', 'vits14')", "self.part(batch)"),
        ("self.part, self.preprocess = clip.load('ViT-B/32')", "self.part.encode_image(batch)"),
        ("self.part = open_clip.create_model('ViT-B-32')", "self.part.get_features(batch)"),
        ("self.part = getattr(vision, arch)(pretrained=True)", "self.part(batch)"),
        ("self.part = timm.layers.create_pool2d('avg', 3)", "self.part(batch)"),
    ],
)
def test_a_part_that_is_run_has_weights(tmp_path: Path, init: str, run: str) -> None:
    assert told(tmp_path, init, run=run) == MEDIUM


@pytest.mark.parametrize(
    ("init", "run"),
    [
        ("self.part = elsewhere.Backbone(cfg)", "self.part.encode_image(batch)"),
        ("self.part = elsewhere.build(cfg)", "self.part(batch)"),
        ("self.part = elsewhere.build(cfg)", "self.part.get_features(batch)"),
        ("self.other, self.part = clip.load('ViT-B/32')", "self.part(batch)"),
        ("self.part = getattr(elsewhere, arch)(cfg)", "self.part(batch)"),
        ("self.part = part", "self.part(batch)"),
    ],
)
def test_of_what_is_only_called_little_is_known(tmp_path: Path, init: str, run: str) -> None:
    assert told(tmp_path, init, run=run) == LOW
    assert told(tmp_path, f"{init}; self.part.eval()", run=run) == MEDIUM


@pytest.mark.parametrize(
    ("init", "run"),
    [
        ("self.part = AutoTokenizer.from_pretrained('x')", "self.part(batch)"),
        ("self.part = AutoFeatureExtractor.from_pretrained('x')", "self.part(batch)"),
        ("self.part = pipeline('fill-mask')", "self.part(batch)"),
        ("self.part = getattr(nn.functional, arch)", "self.part(batch)"),
        ("self.part = functools.partial(arch, 2)", "self.part(batch)"),
        ("self.part = numpy.vectorize(arch)", "self.part(batch)"),
        ("self.part = torch.Generator()", "self.part.get_state()"),
        ("self.part = tiktoken.get_encoding('x')", "self.part.encode(batch)"),
        ("self.part = elsewhere.build(cfg)", "self.part.get(batch)"),
        ("self.part = Accuracy('binary')", "self.part(batch)"),
        ("self.part = elsewhere.Average(cfg)", "self.part.update(batch)"),
        ("self.part = elsewhere.DiceLoss()", "self.part(batch)"),
        ("self.part = elsewhere.Tokenizer(cfg)", "self.part(batch)"),
        ("self.part = elsewhere.ImageProcessor(cfg)", "self.part(batch)"),
        ("self.part = elsewhere.read(cfg)", "self.part.name(batch)"),
        ("self.part = part", "batch"),
        ("self.part = nn.Dropout(0.1)", "self.part(batch)"),
        ("self.part = 3", "batch"),
        ("pass", "batch"),
    ],
)
def test_a_part_without_weights_is_not_missed(tmp_path: Path, init: str, run: str) -> None:
    assert told(tmp_path, init, run=run) == []


@pytest.mark.parametrize("name", ["tokenizer", "loss", "logger", "transform", "criterion"])
def test_a_name_says_what_has_no_weights(tmp_path: Path, name: str) -> None:
    made = f"self.{name} = elsewhere.build(cfg)"
    assert told(tmp_path, made, run=f"self.{name}(batch)", test=f"not key.startswith('{name}.')") == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (": nn.Module", MEDIUM),
        (": nn.Module | None = None", MEDIUM),
        (": 'Reader'", []),
        (": int", []),
        (": dict", []),
        ("", []),
    ],
)
def test_an_argument_that_is_annotated_as_a_module(
    tmp_path: Path, given: str, expected: list[tuple[str, Confidence]]
) -> None:
    assert told(tmp_path, "self.part = part", run="batch", given=given) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("'part' not in key", MEDIUM),
        ("not key.startswith(('vae.', 'part.'))", MEDIUM),
        ("key.split('.')[0] != 'part'", MEDIUM),
        ("not key.startswith('other.')", []),
        ("key.startswith('head.')", []),
        ("'teacher' not in key", []),
    ],
)
def test_only_a_filter_that_names_it_drops_it(
    tmp_path: Path, test: str, expected: list[tuple[str, Confidence]]
) -> None:
    assert told(tmp_path, "self.part = lpips.LPIPS(net='vgg')", test=test) == expected


@pytest.mark.parametrize("asked", ["self.part.eval()", "self.part.requires_grad_(False)"])
@pytest.mark.parametrize("made", ["lpips.LPIPS(net='vgg')", "part"])
def test_what_only_modules_are_asked_says_it_is_one(tmp_path: Path, asked: str, made: str) -> None:
    init = f"self.part = {made}; {asked}"
    assert told(tmp_path, init, run="batch", given="=None") == MEDIUM
    assert told(tmp_path, init, run="batch", given="=None", test="key.startswith('head.')") == MEDIUM


@pytest.mark.parametrize(
    "init",
    ["self.strict_loading = False", "self.register_load_state_dict_pre_hook(print)"],
)
def test_loading_that_copes_is_quiet(tmp_path: Path, init: str) -> None:
    assert told(tmp_path, f"self.part = lpips.LPIPS(net='vgg'); {init}") == []


def test_loading_in_its_own_way_is_quiet(tmp_path: Path) -> None:
    lenient = """
    def load_state_dict(self, state_dict, strict=True):
        return super().load_state_dict(state_dict, strict=False)
"""
    assert told(tmp_path, "self.part = lpips.LPIPS(net='vgg')", more=lenient) == []
