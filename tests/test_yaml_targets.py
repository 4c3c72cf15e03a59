"""What the YAML says of an argument of one class says nothing of another class that may be built in its place."""

from pathlib import Path

import pytest

from lintlight.model import Confidence, Position, Span
from lintlight.semantics.configuration.tree import OPEN, Leaf, Open, Table, Tree, merge
from tests.checking import findings_of
from tests.command import told_in_every_run

NETS = """
from torch import nn
from transformers import AutoModel

class Plain(nn.Module):
    def __init__(self, name, frozen=False):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)
        self.bert.encoder.requires_grad_(not frozen)

    def forward(self, **batch):
        return self.bert(**batch).pooler_output

class Adapted(nn.Module):
    def __init__(self, name, freeze={own}):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)
        self.bert.requires_grad_(not freeze)
        self.adapter = nn.Linear(4, 4)

    def forward(self, **batch):
        return self.adapter(self.bert(**batch).pooler_output)
"""
TASK = """
import lightning as L

class Task(L.LightningModule):
    def __init__(self, net, optimizer):
        super().__init__()
        self.save_hyperparameters(logger=False, ignore=["net"])
        self.net = net

    def training_step(self, batch, batch_idx):
        return self.net(**batch).mean()

    def configure_optimizers(self):
        return self.hparams.optimizer(params=self.parameters())
"""
TRAIN = """
import hydra
import lightning.pytorch as pl

from src import utils


def train(cfg):
    model = hydra.utils.instantiate(cfg.model)
    callbacks = utils.instantiate_callbacks(cfg.get("callbacks"))
    trainer = hydra.utils.instantiate(cfg.trainer, callbacks=callbacks)
    trainer.fit(model=model)


@hydra.main(version_base="1.3", config_path="configs", config_name="train.yaml")
def main(cfg):
    train(cfg)


if __name__ == "__main__":
    main()
"""
MODEL = """
_target_: task.Task
net: {_target_: nets.%s, name: bert-base-uncased%s}
optimizer: {_target_: torch.optim.AdamW, _partial_: true, lr: 1e-4}
"""
PLAIN, ADAPTED = 8, 17
"""The lines that load the models."""


def named(root: Path, own: bool, models: dict[str, str]) -> tuple[set[int], bool]:
    """The lines of the models that a finding of medium confidence names, and whether it calls one partly frozen."""
    texts = {"nets.py": NETS.replace("{own}", str(own)), "task.py": TASK, "train.py": TRAIN}
    texts |= {f"configs/model/{name}.yaml": text for name, text in models.items()}
    texts |= {"configs/train.yaml": "defaults:\n  - _self_\n  - model: xyz.yaml\n"}
    findings = findings_of(root, texts, "task.py")
    shown = [finding for finding in findings if finding.confidence is not Confidence.LOW]
    places = [related.span for finding in shown for related in finding.related]
    lines = {span.start.row for span in places if span is not None and span.path.name == "nets.py"}
    return lines, any("partly frozen" in finding.message for finding in shown)


FREE, FROZEN = ", frozen: false", ", frozen: true"


@pytest.mark.parametrize(
    ("plain", "adapted", "expected"),
    [
        (FREE, [", freeze: true"], {PLAIN}),
        (FREE, [""], {PLAIN}),
        (FREE, [", freeze: true", ", freeze: true, more: 1"], {PLAIN}),
        (FREE, [", freeze: false"], {PLAIN, ADAPTED}),
        (FREE, [", freeze: true", ", freeze: false"], {PLAIN, ADAPTED}),
        (FROZEN, [", freeze: true"], {PLAIN}),
    ],
)
def test_each_network_is_frozen_as_its_own_file_says(
    tmp_path: Path, plain: str, adapted: list[str], expected: set[int]
) -> None:
    models = {f"adapted{number}": MODEL % ("Adapted", said) for number, said in enumerate(adapted)}
    is_partly = plain == FROZEN
    assert named(tmp_path, True, {**models, "plain": MODEL % ("Plain", plain)}) == (expected, is_partly)


def test_both_networks_are_told_of_in_the_same_order_in_every_run(tmp_path: Path) -> None:
    named(tmp_path, True, {"adapted": MODEL % ("Adapted", ", freeze: false"), "plain": MODEL % ("Plain", FREE)})
    assert '"LL101"' in told_in_every_run(tmp_path)


@pytest.mark.parametrize(("said", "expected"), [(", freeze: true", set()), (", freeze: false", {ADAPTED})])
def test_the_only_network(tmp_path: Path, said: str, expected: set[int]) -> None:
    assert named(tmp_path, True, {"adapted": MODEL % ("Adapted", said)}) == (expected, False)


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["nets.Adapted", "nets.Plain"], Open(among=frozenset({Leaf(True), None}))),
        (["nets.Adapted", "nets.Plain", "nets.Plain"], Open(among=frozenset({Leaf(True), None}))),
        (["nets.Adapted", "nets.Adapted"], OPEN),
        (["nets.Adapted", "nets.Adapted", "nets.Plain"], OPEN),
    ],
)
def test_an_argument_that_only_the_first_file_gives(targets: list[str], expected: Tree) -> None:
    """Where two files build the same, a command line may add it to the other one."""
    span = Span(Path("a.yaml"), Position(1, 1), Position(1, 1))
    together: Tree = Table({"_target_": Leaf(targets[0]), "freeze": Leaf(True)}, span, whole=False)
    for target in targets[1:]:
        together = merge(together, Table({"_target_": Leaf(target)}, span, whole=False))
    assert isinstance(together, Table)
    assert together.items["freeze"] == expected
