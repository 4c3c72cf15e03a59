"""Where the YAML offers several ways to build one thing, each of them is a way that a run may go."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.settings import Settings

COMPOSED = """
from torch import nn

class Composed(nn.Module):
    def __init__(self, backbone, head):
        super().__init__()
        self.backbone = backbone
        self.head = head

    def forward(self, x):
        return self.head(self.backbone(x))
"""
BASE = """
import lightning as L
import torch

class Base(L.LightningModule):
    def __init__(self, model, cfg):
        super().__init__()
        self.model = model
        self.cfg = cfg
        self.top = torch.nn.Linear(4, 4)

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
TASK = """
from base import Base

class Task(Base):
    def __init__(self, model, cfg):
        super().__init__(model=model, cfg=cfg)

    def training_step(self, batch, batch_idx):
        return self.model(batch).sum()
"""
TRAIN = """
import hydra
import lightning as L
from composed import Composed

@hydra.main(version_base=None, config_path="configs", config_name="config")
def main(cfg):
    model = {model}
    task = hydra.utils.instantiate(cfg.task.task_class, model=model, cfg=cfg, _recursive_=False)
    L.Trainer().fit(task)
"""
WHOLE = "hydra.utils.instantiate(cfg.model)"
LINEAR = "{_target_: torch.nn.Linear, in_features: 768, out_features: 768}"
BERT = "{_target_: transformers.AutoModel.from_pretrained, pretrained_model_name_or_path: bert-base-uncased}"
OURS = "{_target_: loading.backbone}"
OF_OURS = "def backbone():\n    return open('weights')\n"


def found(root: Path, backbones: list[str], model: str) -> list[str]:
    texts = {"composed": COMPOSED, "base": BASE, "task": TASK, "train": TRAIN.format(model=model), "loading": OF_OURS}
    for name, text in texts.items():
        (root / f"{name}.py").write_text(text)
    for folder in ("model", "task"):
        (root / "configs" / folder).mkdir(parents=True)
    (root / "configs" / "config.yaml").write_text("defaults: [_self_, {task: binary}, {model: ???}]\n")
    (root / "configs" / "task" / "binary.yaml").write_text("task_class: {_target_: task.Task}\n")
    for number, backbone in enumerate(backbones):
        text = f"_target_: composed.Composed\nbackbone: {backbone}\nhead: {LINEAR}\n"
        (root / "configs" / "model" / f"m{number}.yaml").write_text(text)
    report = check(sorted(root.glob("*.py")), Settings(root=root), load_rules(), root=root)
    assert report.errors == ()
    return [f"{each.code} {each.span.path.name}:{each.span.start.row} {each.attribute}" for each in report.findings]


@pytest.mark.parametrize(
    ("backbones", "model", "expected"),
    [
        pytest.param([BERT], WHOLE, ["model.backbone"], id="the only way"),
        pytest.param([LINEAR, BERT], WHOLE, ["model.backbone"], id="one way of two"),
        pytest.param([BERT, LINEAR, OURS], WHOLE, ["model.backbone"], id="one way of three"),
        pytest.param([LINEAR, OURS], WHOLE, [], id="no way"),
        pytest.param([LINEAR, BERT], f"{WHOLE}.train()", [], id="made ready to learn"),
        pytest.param(
            [LINEAR, BERT],
            f"Composed(hydra.utils.instantiate(cfg.model.backbone), {WHOLE})",
            ["model.backbone"],
            id="a part of it, which may be torch's own",
        ),
        pytest.param(
            [OURS, BERT], "Composed(hydra.utils.instantiate(cfg.model.backbone), None)", [], id="anybody's guess"
        ),
    ],
)
def test_a_wrapper_that_is_given_what_the_yaml_says(
    backbones: list[str], model: str, expected: list[str], tmp_path: Path
) -> None:
    attributes = [line.rpartition(" ")[2] for line in found(tmp_path, backbones, model)]
    assert attributes == expected


def test_a_target_with_a_word_of_pythons_own_is_no_crash(tmp_path: Path) -> None:
    """`lambda` in it; that nothing is told is all that can be said."""
    keyword = "{_target_: libs.lambda.Backbone.from_pretrained}"
    assert found(tmp_path, [keyword], WHOLE) == []


SLIM = """
import lightning as L

class Slim(L.Callback):
    def on_save_checkpoint(self, trainer, pl_module, checkpoint):
        checkpoint["state_dict"] = {
            k: v for k, v in checkpoint["state_dict"].items() if not k.startswith("model.backbone.")
        }
"""
WITH_CALLBACKS = TRAIN.replace("{model}", WHOLE).replace(
    "L.Trainer().fit(task)",
    "callbacks = [hydra.utils.instantiate(each) for each in cfg.callbacks.values()]\n"
    "    L.Trainer(callbacks=callbacks).fit(task)",
)


@pytest.mark.parametrize(
    ("named", "dropped", "expected"),
    [
        ("slim.Slim", "top.", ["LL301 slim.py:6"]),
        ("slim.Slim", "model.backbone.", []),
        ("lightning.pytorch.callbacks.ModelCheckpoint", "model.backbone.", []),
        ("slim.Slim", "teacher.", []),
    ],
)
def test_a_callback_that_only_yaml_names(tmp_path: Path, named: str, dropped: str, expected: list[str]) -> None:
    found(tmp_path, [LINEAR], WHOLE)
    (tmp_path / "configs" / "callbacks").mkdir()
    (tmp_path / "configs" / "callbacks" / "default.yaml").write_text(f"slim:\n  _target_: {named}\n")
    (tmp_path / "slim.py").write_text(SLIM.replace("model.backbone.", dropped))
    (tmp_path / "train.py").write_text(WITH_CALLBACKS)
    report = check(sorted(tmp_path.glob("*.py")), Settings(root=tmp_path), load_rules(), root=tmp_path)
    told = [each for each in report.findings if each.confidence is not Confidence.LOW]
    assert [f"{each.code} {each.span.path.name}:{each.span.start.row}" for each in told] == expected


def test_a_callback_that_may_be_for_another_model(tmp_path: Path) -> None:
    """One that loads leniently, for instance."""
    lenient = "class Other(Base):\n    def __init__(self):\n        super().__init__(None, None)\n"
    test_a_callback_that_only_yaml_names(tmp_path, "slim.Slim", "top.", ["LL301 slim.py:6"])
    (tmp_path / "other.py").write_text(f"from base import Base\n\n{lenient}        self.strict_loading = False\n")
    report = check(sorted(tmp_path.glob("*.py")), Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [each.confidence for each in report.findings if each.code == "LL301"] == [Confidence.LOW]
