"""Optimizer steps in several hooks: what is said of one when Lightning counts another."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence, Finding, Severity
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.checking import findings_of
from tests.command import lintlight

MODULE = """\
import lightning as L
import torch


class Regressor(L.LightningModule):
    automatic_optimization = False

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(4, 1)

    def step(self, batch):
        loss = self.net(batch).mean()
        if loss.requires_grad:
            self.manual_backward(loss)
            {stepped}.step()
        return loss

    def training_step(self, batch, batch_idx):
        self.step(batch)

    def {hook}(self, *args):
        {work}

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-3)
"""


def found(folder: Path, stepped: str, hook: str, work: str) -> list[Finding]:
    return findings_of(folder, {"m.py": MODULE.format(stepped=stepped, hook=hook, work=work)})


@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_train_epoch_end", "validation_step"])
def test_a_step_beside_those_that_are_counted(tmp_path: Path, hook: str) -> None:
    [finding] = found(tmp_path, "self.optimizers()", hook, "self.optimizers().step()")
    assert (finding.code, finding.severity, finding.span.start.row) == ("LL201", Severity.WARNING, 23)
    assert "`global_step` tells of fewer steps than there are" in finding.message


def test_the_only_steps(tmp_path: Path) -> None:
    [finding] = found(tmp_path, "self.environment", "on_train_batch_end", "self.optimizers().step()")
    assert (finding.code, finding.severity) == ("LL201", Severity.ERROR)
    assert "`global_step` stays 0 and no checkpoint is written" in finding.message


def test_a_helper_of_both_steps(tmp_path: Path) -> None:
    assert found(tmp_path, "self.optimizers()", "validation_step", "self.step(args[0])") == []
    raw = found(tmp_path, "self.trainer.optimizers[0]", "validation_step", "self.step(args[0])")
    assert [finding.code for finding in raw] == ["LL202"]


MADE_SOMEHOW = """\
import lightning as L
import torch
from makers import make, Maker


class Regressor(L.LightningModule):
    automatic_optimization = False

    def __init__(self, maker, name):
        super().__init__()
        self.save_hyperparameters()
        self.net = torch.nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        opt = {taken}
        self.manual_backward(self.net(batch).mean())
        opt.step({given})

    def configure_optimizers(self):
        self.opt = {made}
        return self.opt
"""


@pytest.mark.parametrize(
    "made",
    [
        "make(self.parameters())",
        "Maker(self.net.parameters(), lr=1e-3)",
        "self.hparams.maker(params=self.parameters())",
        "getattr(torch.optim, self.hparams.name)(self.parameters())",
        "make([{'params': self.parameters()}])",
    ],
)
@pytest.mark.parametrize(
    ("taken", "given", "codes"),
    [
        ("self.opt", "", ["LL202"]),
        ("self.configure_optimizers()", "", ["LL202"]),
        ("self.optimizers()", "", []),
        ("self.opt", "self.parameters()", []),
    ],
)
def test_whatever_makes_an_optimizer_of_parameters(
    tmp_path: Path, made: str, taken: str, given: str, codes: list[str]
) -> None:
    path = tmp_path / "m.py"
    path.write_text(MADE_SOMEHOW.format(made=made, taken=taken, given=given))
    report = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.code for finding in report.findings] == codes


NAMESPACE = """\
from types import SimpleNamespace

import lightning as L
import torch


class Regressor(L.LightningModule):
    automatic_optimization = False

    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        self.manual_backward(self.net(batch).mean())
        {stepped}.step()

    def configure_optimizers(self):
        self.made = SimpleNamespace(of_net=torch.optim.SGD(self.net.parameters(), lr=1e-3))
        return self.made.of_net
"""


@pytest.mark.parametrize(("stepped", "codes"), [("self.made.of_net", ["LL202"]), ("self.optimizers()", [])])
def test_optimizers_in_a_namespace(tmp_path: Path, stepped: str, codes: list[str]) -> None:
    path = tmp_path / "m.py"
    path.write_text(NAMESPACE.format(stepped=stepped))
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in findings] == codes


IN_TURN = """\
import lightning as L
import torch


class Regressor(L.LightningModule):
    def __init__(self, sharp):
        super().__init__()
        self.automatic_optimization = False
        self.net = torch.nn.Linear(4, 1)
        self.extra = torch.optim.SGD(self.net.parameters(), lr=1e-3)
        self.seen, self.is_due, self.sharp = 0, False, sharp

    def on_train_batch_start(self, batch, batch_idx):
        self.is_due = batch_idx % 2 == 1

    def training_step(self, batch, batch_idx):
        self.manual_backward(self.net(batch).mean())
        self.seen += 1
        if {test}:
            self.extra.step()
        {otherwise}:
            self.optimizers().step()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-3)
"""


@pytest.mark.parametrize(
    ("test", "otherwise", "expected"),
    [
        ("batch_idx % 2", "else", []),
        ("self.seen == 2", "else", []),
        ("True", "if self.seen == 2", []),
        ("True", "if self.is_due", []),
        ("self.current_epoch > 1", "else", []),
        ("self.sharp", "else", ["LL202"]),
        ("not self.sharp", "else", ["LL202"]),
        ("self.sharp", "if not self.sharp", ["LL202"]),
        ("self.sharp", "if self.net is not None", []),
        ("isinstance(self.optimizers().optimizer, torch.optim.SGD)", "else", ["LL202"]),
    ],
)
def test_a_step_in_a_run_in_which_none_is_counted(
    tmp_path: Path, test: str, otherwise: str, expected: list[str]
) -> None:
    path = tmp_path / "m.py"
    path.write_text(IN_TURN.format(test=test, otherwise=otherwise))
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in findings] == expected
    assert all(finding.confidence is Confidence.MEDIUM and finding.probe is None for finding in findings)


def test_manual_by_the_attribute_behind_the_property(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    text = IN_TURN.replace("self.automatic_optimization", "self._automatic_optimization")
    path.write_text(text.format(test="True", otherwise="if False"))
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in findings] == ["LL202"]


ONLY_IF = "def on_train_start(self):\n        if not self.ready: self.optimizer = self.optimizers()"
GIVEN = """\
import lightning as L
import torch
from makers import build


class Regressor(L.LightningModule):
    def __init__(self, optimizer, agent):
        super().__init__()
        self.automatic_optimization = False
        self.net = torch.nn.Linear(4, 1)
        self.optimizer, self.scheduler, self.agent = optimizer, build(optimizer), agent

    {more}

    def training_step(self, batch, batch_idx):
        self.manual_backward(self.net(batch).mean())
        self.{stepped}.step()

    def configure_optimizers(self):
        {makes}
"""


@pytest.mark.parametrize(
    ("stepped", "makes", "more", "count"),
    [
        ("optimizer", "return self.optimizer", "", 1),
        ("optimizer", "return [self.optimizer], [self.scheduler]", "", 1),
        ("optimizer", "return {'optimizer': self.optimizer, 'lr_scheduler': self.scheduler}", "", 1),
        ("made", "self.made = build(self.net); return self.made", "", 1),
        ("scheduler", "return [self.optimizer], [self.scheduler]", "", 0),
        ("warmup", "return [self.optimizer], [self.warmup]", "", 0),
        ("scheduler", "return {'optimizer': self.optimizer, 'lr_scheduler': self.scheduler}", "", 0),
        ("other", "return self.optimizer", "", 0),
        ("optimizer", "return self.optimizer", "def on_train_start(self): self.optimizer = self.optimizers()", 0),
        ("optimizer", "return self.optimizer", ONLY_IF, 0),
        ("mine", "return self.mine", "@property\n    def mine(self): return self.optimizers()", 0),
    ],
)
def test_what_is_returned_is_an_optimizer_whoever_made_it(
    tmp_path: Path, stepped: str, makes: str, more: str, count: int
) -> None:
    path = tmp_path / "m.py"
    path.write_text(GIVEN.format(stepped=stepped, makes=makes, more=more))
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert [finding.code for finding in findings] == ["LL202"] * count


EITHER = """\
import lightning as L
import torch


class Regressor(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.net = torch.nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        optimizer = self.optimizers()
        optimizer = optimizer.optimizer if hasattr(optimizer, "optimizer") else optimizer
        self.manual_backward(self.net(batch).mean())
        {stepped}

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-3)
"""


@pytest.mark.parametrize("stepped", ["optimizer.step()", "torch.amp.GradScaler().step(optimizer)"])
@pytest.mark.parametrize("turn", range(4))
def test_one_of_two_optimizers_is_the_same_in_every_run(tmp_path: Path, stepped: str, turn: int) -> None:
    """Sets of atoms have another order in each process: `hash(None)` is an address."""
    path = tmp_path / "m.py"
    path.write_text(EITHER.format(stepped=stepped))
    done = lintlight("check", "--no-cache", "--output-format", "concise", ".", cwd=tmp_path)
    assert done.stdout.count("LL202") == 1, f"in run {turn}"
