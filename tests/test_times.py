"""Conditions that ask for the epoch or the step: how training starts, and how it goes on, are walked apart."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, args):
        super().__init__()
        self.args = args
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        {made}
        self.head = nn.Linear(768, 2)

    def on_train_epoch_start(self):
        last = self.bert.encoder.layer[-1]
        {work}

    def training_step(self, batch, batch_idx):
        {step}
        return self.head(h).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
FROZEN = "self.bert.requires_grad_(False)"
RUN = "h = self.bert(**batch).last_hidden_state"
MEDIUM = [Confidence.MEDIUM]
THAW, TRAIN = "last.requires_grad_(True)", "last.requires_grad_(True).train()"


def told(folder: Path, work: str = "pass", made: str = FROZEN, step: str = RUN) -> list[Confidence]:
    """The confidences of what is found where `work` is done before each epoch."""
    pieces = {
        name: text.replace("\n", "\n        ") for name, text in {"work": work, "made": made, "step": step}.items()
    }
    return found(folder, MODEL.format(**pieces))


WHEN = (
    "if self.current_epoch == 2:\n    {}",
    "if self.args.thaw_at == self.current_epoch:\n    {}",
    "if self.current_epoch + 1 >= self.args.thaw_at:\n    {}",
    "if not self.trainer.current_epoch < 2:\n    {}",
    "if self.global_step > 500 and self.current_epoch > 0:\n    {}",
    "if self.current_epoch in self.args.thaw_at:\n    {}",
    "if self.current_epoch < 2:\n    return\n{}",
    "if self.current_epoch != 2:\n    return\n{}",
    "if self.current_epoch >= self.trainer.max_epochs - 3:\n    {}",
    "if self.current_epoch % 3 == 2:\n    {}",
    "if (self.current_epoch + 1) % 5 == 0:\n    {}",
    "if self.current_epoch // self.args.phase == 1:\n    {}",
)


@pytest.mark.parametrize("when", WHEN)
def test_a_layer_that_learns_later_on(tmp_path: Path, when: str) -> None:
    assert told(tmp_path, when.format(THAW)) == MEDIUM
    assert told(tmp_path, when.format(TRAIN)) in (LOW, [])


IN_TURN = """if self.current_epoch == 2:
    last.requires_grad_(True){}
elif self.current_epoch == 4:
    for layer in self.bert.encoder.layer[-4:-1]:
        layer.requires_grad_(True){}"""


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("", "", MEDIUM), (".train()", "", LOW), ("", ".train()", LOW), (".train()", ".train()", LOW)],
)
def test_layers_that_learn_one_after_the_other(
    tmp_path: Path, first: str, second: str, expected: list[Confidence]
) -> None:
    assert told(tmp_path, IN_TURN.format(first, second)) == expected


@pytest.mark.parametrize(
    ("work", "made", "expected"),
    [
        ("if self.current_epoch == 2:\n    self.bert.requires_grad_(False)", "pass", MEDIUM),  # it learns until then
        ("if self.current_epoch == 0:\n    self.bert.train()", "pass", LOW),
        ("if self.current_epoch >= self.first:\n    self.bert.train()", "self.first = 0", []),
        ("if self.current_epoch >= self.first:\n    self.bert.train()", "self.first = 1", LOW),
        (
            "if self.current_epoch == 0:\n    self.bert.train()\nif self.current_epoch == 2:\n    last.train()",
            "pass",
            LOW,
        ),
        ("if (self.current_epoch + 1) % 5 == 0:\n    self.bert.train()", "pass", LOW),
        ("if self.current_epoch % 5 == 0:\n    self.bert.train()", "pass", LOW),
        ("if self.current_epoch > 0:\n    return\nself.bert.train()", "pass", LOW),
        ("if self.current_epoch > 0:\n    return\nself.bert.requires_grad_(False)", "pass", LOW),
        ("if self.current_epoch > 5:\n    return\nself.bert.requires_grad_(True)", FROZEN, MEDIUM),
        ("first = self.current_epoch == 0\nif first:\n    self.bert.train()", "pass", LOW),
        ("self.current_epoch == 0 and self.bert.train()", "pass", LOW),
        ("if self.current_epoch > 0:\n    self.bert.train()", "self.bert.requires_grad_(False)", []),
        ("if self.current_epoch >= 3:\n    self.head.requires_grad_(True)", FROZEN, []),
        ("if self.current_epoch < 3:\n    self.head.requires_grad_(False)", FROZEN, []),
        ("if self.current_epoch == self.trainer.max_epochs:\n    self.bert.requires_grad_(True)", FROZEN, []),
        ("if self.current_epoch >= 2 and self.args.thaw:\n    last.requires_grad_(True)", FROZEN, LOW),
        ("if self.args.epoch >= 2:\n    last.requires_grad_(True)", FROZEN, LOW),  # a setting
        ("self.bert.requires_grad_(self.current_epoch >= 3)", "pass", MEDIUM),
        ("self.bert.train(self.current_epoch >= 3).requires_grad_(self.current_epoch >= 3)", "pass", []),
    ],
)
def test_what_is_so_at_one_time_only(tmp_path: Path, work: str, made: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, work, made) == expected


@pytest.mark.parametrize(
    "test",
    [
        "self.current_epoch in (0, 1)",
        "0 <= self.current_epoch < 3",
        "not self.current_epoch",
        "3 - self.current_epoch > 0",
    ],
)
def test_frozen_at_some_times_and_not_at_others(tmp_path: Path, test: str) -> None:
    work = f"if {test}:\n    self.bert.requires_grad_(False)\nelse:\n    self.bert.requires_grad_(True)"
    assert told(tmp_path, work, "pass") == MEDIUM
    assert told(tmp_path, f"{work}.train()", "pass") == LOW
    assert told(tmp_path, work.replace("True", "False"), "pass") == []


GIVEN = "filter(lambda p: p.requires_grad, self.parameters())"


@pytest.mark.parametrize("given", [GIVEN, "[p for p in self.parameters() if p.requires_grad]"])
def test_an_optimizer_made_of_what_learns_at_first(tmp_path: Path, given: str) -> None:
    text = MODEL.replace("AdamW(self.parameters())", f"AdamW({given})")
    thawed = "if self.current_epoch == 2:\n            self.bert.requires_grad_(True)"
    assert found(tmp_path, text.format(made=FROZEN, work=thawed, step=RUN)) == []
    assert found(tmp_path, text.format(made="pass", work=thawed, step=RUN)) == [Confidence.HIGH]
    assert found(tmp_path, MODEL.format(made=FROZEN, work=thawed, step=RUN)) == MEDIUM


EVAL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        self.head = nn.Linear(4, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.net(batch)).mean()

    def on_train_epoch_end(self):
        if self.current_epoch == 3:
            {work}

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""


def test_eval_mode_of_what_is_frozen_at_that_time(tmp_path: Path) -> None:
    assert found(tmp_path, EVAL.format(work="self.net.eval().requires_grad_(False)"), "LL102") == []
    assert found(tmp_path, EVAL.format(work="self.net.requires_grad_(False); self.net.eval()"), "LL102") == []
    assert found(tmp_path, EVAL.format(work="self.net.eval()"), "LL102") == MEDIUM


WITHOUT = f"if self.current_epoch < 3:\n    with torch.no_grad():\n        {RUN}\nelse:\n    {RUN}"


@pytest.mark.parametrize(
    ("step", "work", "expected"),
    [
        (f"with torch.set_grad_enabled(self.current_epoch >= 3):\n    {RUN}", "pass", MEDIUM),
        (f"with torch.set_grad_enabled(self.args.learn):\n    {RUN}", "pass", LOW),
        (WITHOUT, "if self.current_epoch >= 3:\n    self.bert.train()", LOW),
        (f"if batch_idx % 2 == 0:\n    self.bert.requires_grad_(False)\n{RUN}", "pass", LOW),
    ],
)
def test_what_runs_with_gradients_later_on(tmp_path: Path, step: str, work: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, work, "pass", step) == expected


FINETUNING = """
import lightning as L
import torch
from lightning.pytorch.callbacks import BaseFinetuning
from torch import nn
from transformers import AutoModel

class Thaw(BaseFinetuning):
    def freeze_before_training(self, pl_module):
        self.freeze(pl_module.bert)

    def finetune_function(self, pl_module, epoch, optimizer):
        if epoch == 3:
            {work}

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(filter(lambda p: p.requires_grad, self.parameters()))

L.Trainer(callbacks=[Thaw()]).fit(Model())
"""
LAYERS = "self.unfreeze_and_add_param_group(pl_module.bert.encoder.layer[{}], optimizer)"


@pytest.mark.parametrize("picked", ["-1", "-2:"])
def test_layers_that_a_callback_thaws(tmp_path: Path, picked: str) -> None:
    layers = LAYERS.format(picked)
    assert found(tmp_path, FINETUNING.format(work=layers)) == MEDIUM
    trained = f"{layers}; pl_module.bert.train()"
    assert found(tmp_path, FINETUNING.format(work=trained)) in (LOW, [])


ALWAYS = (
    *(
        "self.current_epoch >= 0",
        "self.current_epoch > -1",
        "self.current_epoch != -1",
        "0 <= self.trainer.global_step",
    ),
    *("self.current_epoch + 1 > 0", "self.current_epoch < self.trainer.max_epochs"),
    *("self.trainer.max_epochs > self.current_epoch", "self.current_epoch != self.trainer.max_epochs"),
)


@pytest.mark.parametrize("holds", ALWAYS)
def test_what_holds_at_any_time_or_never(tmp_path: Path, holds: str) -> None:
    trains, stops = "self.bert.train()", "self.bert.eval()"
    assert told(tmp_path, f"if {holds}:\n    {trains}", made="") == []
    assert told(tmp_path, f"if {holds}:\n    pass\nelse:\n    {trains}", made="") == HIGH
    assert told(tmp_path, f"if not ({holds}):\n    {stops}", made=trains) == []


@pytest.mark.parametrize(
    "holds", ["self.current_epoch >= 1", "(self.current_epoch + 1) % 2 > 0", "self.current_epoch < self.args.last"]
)
def test_what_holds_at_some_time_only(tmp_path: Path, holds: str) -> None:
    assert told(tmp_path, f"if {holds}:\n    self.bert.train()", made="") == LOW


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("for step in range(3):\n    if step == 1:\n        {}", []),
        ("for i in range(1, 3):\n    if i == 2:\n        {}\n        break", []),
        ("for step in range(3):\n    if step == 7:\n        {}", HIGH),
        ("for step in range(self.args.rounds):\n    if step == 1:\n        {}", LOW),
        ("for step in range(3):\n    print(step)\n    if step == 7:\n        {}", LOW),
    ],
)
def test_a_round_of_a_short_loop(tmp_path: Path, work: str, expected: list[Confidence]) -> None:
    assert told(tmp_path, work.format("self.bert.train()"), made="") == expected


@pytest.mark.parametrize(
    ("step", "hook", "expected"),
    [
        (f"if self.current_epoch == 0:\n    with torch.no_grad():\n        {RUN}\nelse:\n    {RUN}", "epoch_end", LOW),
        (f"if self.global_step < 9:\n    with torch.no_grad():\n        {RUN}\nelse:\n    {RUN}", "batch_end", LOW),
        (
            f"if self.current_epoch == 0:\n    with torch.no_grad():\n        {RUN}\nelse:\n    {RUN}",
            "validation",
            HIGH,
        ),
        (f"if self.args.first:\n    with torch.no_grad():\n        {RUN}\n{RUN}", "epoch_end", HIGH),
        (RUN, "epoch_end", HIGH),
    ],
)
def test_a_switch_that_comes_before_it_learns(tmp_path: Path, step: str, hook: str, expected: list[Confidence]) -> None:
    name = "on_validation_epoch_end" if hook == "validation" else f"on_train_{hook}"
    text = MODEL.replace("on_train_epoch_start", name)
    pieces = {"work": "self.bert.train()", "made": "", "step": step.replace("\n", "\n        ")}
    assert found(tmp_path, text.format(**pieces), "LL104") == expected
