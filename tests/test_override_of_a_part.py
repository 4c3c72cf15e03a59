"""A submodule whose `train()` was to keep something in eval mode: how sure it is that this is missed."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.checking import findings_of

CODE = """
import lightning as L
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, norm_eval=True):
        super().__init__()
        self.norm_eval = norm_eval
        self.body = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
        {frozen}

    def train(self, mode=True):
        super().train(mode)
        {switch}
        return self

    def keep(self):
        self.body.eval()

    def forward(self, x):
        return self.body(x)


class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.head = nn.Linear(4, 1)
        {then}

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
FROZEN = "self.body.requires_grad_(False)"
IN_A_LOOP = """for module in self.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.eval()"""


def found(folder: Path, frozen: str = FROZEN, switch: str = "self.body.eval()", then: str = "") -> list[Confidence]:
    findings = findings_of(folder, {"net.py": CODE.format(frozen=frozen, switch=switch, then=then)})
    assert {each.code for each in findings} <= {"LL103"}
    assert all(each.span.start.row == 14 for each in findings)
    return [each.confidence for each in findings]


@pytest.mark.parametrize(
    ("frozen", "switch", "sure"),
    [
        (FROZEN, "self.body.eval()", Confidence.HIGH),
        (FROZEN, "self.body.train(False)", Confidence.HIGH),
        (FROZEN, IN_A_LOOP, Confidence.MEDIUM),
        ("pass", "self.body.eval()", Confidence.MEDIUM),
        ("pass", IN_A_LOOP, Confidence.LOW),
    ],
)
def test_how_sure_it_is(tmp_path: Path, frozen: str, switch: str, sure: Confidence) -> None:
    assert found(tmp_path, frozen, switch) == [sure]


@pytest.mark.parametrize(
    ("switch", "then"),
    [
        ("self.body.train(mode)", ""),
        ("pass", ""),
        ("self.body.eval()", "self.train()"),
        ("self.body.eval()", "self.encoder.train()"),
        ("self.body.eval()", "self.encoder.body.eval()"),
        ("self.body.eval()", "self.encoder.keep()"),
        ("self.body.eval()", "self.encoder.eval()"),
    ],
)
def test_a_part_that_is_in_the_mode_it_wants(tmp_path: Path, switch: str, then: str) -> None:
    assert found(tmp_path, switch=switch, then=then) == []


@pytest.mark.parametrize(
    ("signature", "is_told"),
    [
        ("self, mode: bool = True", True),
        ("self, mode", True),
        ("self, *args", True),
        ("self, loader", False),
        ("self, features, mode=True", False),
        ("self", False),
    ],
)
def test_a_train_that_is_no_switch_of_modes(tmp_path: Path, signature: str, *, is_told: bool) -> None:
    path = tmp_path / "net.py"
    code = CODE.format(frozen=FROZEN, switch="self.body.eval()", then="")
    path.write_text(
        code.replace("def train(self, mode=True)", f"def train({signature})").replace("super().train(mode)", "self")
    )
    assert bool(check([path], Settings(root=tmp_path), load_rules(), root=tmp_path, jobs=1).findings) is is_told


def test_what_only_tests_is_told_with_low_confidence(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(
        CODE.format(frozen=FROZEN, switch="self.body.eval()", then="") + "\n\nL.Trainer().test(Net(), None)\n"
    )
    findings = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path, jobs=1).findings
    assert [each.confidence for each in findings] == [Confidence.LOW]


def test_what_is_never_trained(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(CODE.format(frozen=FROZEN, switch="self.body.eval()", then="").replace("training_step", "predict"))
    assert check([path], Settings(root=tmp_path), load_rules(), root=tmp_path, jobs=1).findings == ()


@pytest.mark.parametrize("signature", ["self, mode=True", "\n        self,\n        mode=True,\n    "])
def test_a_part_in_another_file(tmp_path: Path, signature: str) -> None:
    code = CODE.format(frozen=FROZEN, switch="self.body.eval()", then="")
    before, part, after = code.partition("class Encoder")
    part, lightning, net = (part + after).partition("class Net")
    part = part.replace("def train(self, mode=True)", f"def train({signature})")
    (tmp_path / "parts.py").write_text(before + part)
    (tmp_path / "net.py").write_text(before + "from parts import Encoder\n\n\n" + lightning + net)
    findings = check(sorted(tmp_path.iterdir()), Settings(root=tmp_path), load_rules(), root=tmp_path, jobs=1).findings
    assert [each.code for each in findings] == ["LL103"]
