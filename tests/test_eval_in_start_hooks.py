"""Eval mode that a start hook sets: for what it runs itself, or for the training behind it."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Claim, Confidence, Finding
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.checking import findings_of

MODULE = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModelForSeq2SeqLM

class Task(L.LightningModule):
    def __init__(self, args):
        super().__init__()
        self.args = args
        self.net = {net}
        self.beside = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        {more}

    def sample(self):
        self.eval()
        self.drawn = self.net(self.seed)

    def training_step(self, batch, batch_idx):
        {first}
        return ({loss}).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW({over}, lr=1e-5)

    def {hook}(self, *args):
        {work}
"""
PLAIN = {
    "net": "nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))",
    "more": "pass",
    "first": "pass",
    "loss": "self.net(batch)",
    "over": "self.parameters()",
    "hook": "on_train_epoch_start",
}
LOADED = {
    "net": 'AutoModelForSeq2SeqLM.from_pretrained("google-t5/t5-small"){mode}',
    "loss": "self.net(**batch).loss",
}
RUN = "self.drawn = self.net(self.seed)"
BOTH = {"loss": "self.net(batch) + self.beside(batch)"}
QUIETLY = "with torch.no_grad():\n            self.drawn = self.net(self.seed)"


def found(folder: Path, work: str, **fields: str) -> list[Finding]:
    """What is said of one class."""
    return findings_of(folder, {"model.py": MODULE.format(**{**PLAIN, "work": work, **fields})})


@pytest.mark.parametrize("hook", ["on_train_start", "on_train_epoch_start", "on_train_batch_start"])
@pytest.mark.parametrize(
    ("work", "attribute"),
    [
        (f"self.eval()\n        {QUIETLY}", None),
        (f"self.eval()\n        {RUN}", None),
        (f"self.net.eval()\n        {QUIETLY}", "net"),
        ("self.sample()", None),
        (f"self.net.train()\n        self.eval()\n        {RUN}", None),
    ],
)
def test_eval_mode_for_a_sample_stays_on(tmp_path: Path, hook: str, work: str, attribute: str | None) -> None:
    (finding,) = found(tmp_path, work, hook=hook)
    assert (finding.code, finding.confidence, finding.attribute) == ("LL102", Confidence.HIGH, attribute)
    assert f"after `{hook}`" in finding.message
    assert finding.probe is not None  # by the second step all is as in the first
    assert (finding.probe.claim, finding.probe.attribute) == (Claim.TRAINED_IN_EVAL, "net")


@pytest.mark.parametrize(
    "work",
    [
        f"if args[-1] % 100 == 0:\n            self.eval()\n            {RUN}",
        f"if self.args.samples:\n            self.eval()\n            {RUN}",
    ],
)
def test_eval_mode_for_a_sample_now_and_then(tmp_path: Path, work: str) -> None:
    (finding,) = found(tmp_path, work, hook="on_train_batch_start")
    assert (finding.code, finding.confidence, finding.probe) == ("LL102", Confidence.MEDIUM, None)


@pytest.mark.parametrize("mode", ["", ".train()"])
def test_a_model_that_generates(tmp_path: Path, mode: str) -> None:
    fields = {**LOADED, "net": LOADED["net"].format(mode=mode)}
    work = "self.net.eval()\n        self.drawn = self.net.generate(self.seed)"
    assert [each.code for each in found(tmp_path, work, **fields)] == ["LL102"]
    assert found(tmp_path, f"{work}\n        self.net.train()", **fields) == []
    assert [each.code for each in found(tmp_path, "self.net.eval()", **fields)] == []


@pytest.mark.parametrize(
    ("work", "fields"),
    [
        ("self.eval()", {}),
        ("self.net.eval()", {}),
        (f"{RUN}\n        self.eval()", {}),
        (f"self.eval()\n        {RUN}\n        self.train()", {}),
        (f"was = self.training\n        self.eval()\n        {RUN}\n        self.train(was)", {}),
        (f"self.eval()\n        try:\n            {RUN}\n        finally:\n            self.train()", {}),
        (f"self.eval()\n        {RUN}", {"first": "self.train()"}),
        (f"if self.args.frozen:\n            self.net.eval()\n        {RUN}", {}),
        (f"self.net.eval()\n        {RUN}", BOTH),
        (f"self.net.eval()\n        {RUN}", {**BOTH, "more": "self.net.requires_grad_(False)"}),
        (f"self.net.eval()\n        {RUN}", {"more": "self.net.requires_grad_(False)"}),
        (f"self.net.eval()\n        {RUN}", {**BOTH, "over": "self.beside.parameters()"}),
        (f"self.eval()\n        {RUN}", {"more": "self.net.eval()"}),
        ("self.beside.eval()\n        self.drawn = self.beside(self.seed)", {}),
        (f"self.beside.eval()\n        {RUN}", BOTH),
        (f"self.eval()\n        {RUN}", {"net": "nn.Linear(4, 4)"}),
    ],
)
def test_eval_mode_for_training_or_undone(tmp_path: Path, work: str, fields: dict[str, str]) -> None:
    assert found(tmp_path, work, **fields) == []


def test_a_teacher_that_runs_without_gradients(tmp_path: Path) -> None:
    step = "with torch.no_grad():\n            aim = self.beside(batch)"
    fields = {"first": step, "loss": "self.net(batch) - aim"}
    assert found(tmp_path, "self.beside.eval()\n        self.drawn = self.beside(self.seed)", **fields) == []


@pytest.mark.parametrize(("work", "count"), [("self.net.norm.eval()", 0), ("self.net.eval()", 1)])
def test_a_part_of_what_runs_is_kept_in_eval_mode(tmp_path: Path, work: str, count: int) -> None:
    more = "self.net.norm = nn.BatchNorm1d(4)"
    fields = {"net": "nn.Sequential(nn.Linear(4, 4))", "more": more}
    assert len(found(tmp_path, f"{work}\n        {RUN}", **fields)) == count


@pytest.mark.parametrize(
    ("each_batch", "count"),
    [
        ("self.eval()", 0),
        ("self.net.eval()", 0),
        ("self.beside.eval()", 1),
        (f"self.eval()\n        {RUN}", 1),
        ("if args[-1] % 100 == 0:\n            self.eval()", 1),
        (f"if args[-1] % 100 == 0:\n            self.eval()\n            {RUN}", 1),
        ("self.seen = 0", 1),
    ],
)
def test_a_later_hook_asks_for_eval_mode_itself(tmp_path: Path, each_batch: str, count: int) -> None:
    work = f"self.eval()\n        {RUN}\n\n    def on_train_batch_start(self, *args):\n        {each_batch}"
    assert len(found(tmp_path, work)) == count


@pytest.mark.parametrize(
    ("work", "count"),
    [
        (f"restore = elsewhere.modes_of(self)\n        self.eval()\n        {RUN}\n        restore()", 0),
        (f"self.eval()\n        {RUN}\n        elsewhere.restore(self.net)", 0),
        (f"self.eval()\n        {RUN}\n        elsewhere.show(self.drawn)", 1),
        (f"self.eval()\n        {RUN}\n        self.restore_modes()", 0),
        (f"self.eval()\n        {RUN}\n        self.log('drawn', self.drawn.mean())", 1),
        (f"self.eval()\n        {RUN}\n        self.print(self.drawn, self.device)", 1),
        (f"self.eval()\n        {RUN}\n        self.logger.experiment.add_image('drawn', self.drawn)", 1),
        (f"self.sample()\n        {RUN}", 1),
    ],
)
def test_what_may_put_the_mode_back(tmp_path: Path, work: str, count: int) -> None:
    text = MODULE.format(**{**PLAIN, "work": work}).replace("(L.Light", "(ModeMixin, L.Light")
    file = tmp_path / "model.py"
    file.write_text(f"import elsewhere\nfrom elsewhere import ModeMixin\n{text}")
    findings = check([file], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [each.code for each in findings] == ["LL102"] * count


CALLBACK = """

class Sampler(L.Callback):
    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        pl_module.eval()
        self.drawn = pl_module.net(batch)
        {then}

def main(args, loader):
    L.Trainer(callbacks=[Sampler()]).fit(Task(args), loader)
"""


@pytest.mark.parametrize(("then", "count"), [("pass", 1), ("pl_module.train()", 0)])
def test_a_callback(tmp_path: Path, then: str, count: int) -> None:
    file = tmp_path / "model.py"
    file.write_text(MODULE.format(**{**PLAIN, "work": "pass"}) + CALLBACK.format(then=then))
    findings = check([file], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [each.code for each in findings] == ["LL102"] * count
    assert all("`pl_module` stays" in each.message for each in findings)
