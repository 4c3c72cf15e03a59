"""Optimizers that are made and stepped before the first batch."""

from pathlib import Path

import pytest

from tests.test_steps import found

OWN = "opt = torch.optim.SGD(self.net.parameters(), lr=0.1)"
WARM_UP = f"{OWN}\n        for _ in range(9):\n            self.net(torch.zeros(4)).backward()\n            opt.step()"
IN_A_HELPER = f"self.warm_up()\n\n    def warm_up(self):\n        {WARM_UP}"
KEPT = WARM_UP.replace("opt", "self.own").replace("torch.self.own", "torch.opt")
GIVEN = "opt = self.optimizers()\n        opt.step()"
FETCHED = "opt = self.trainer.optimizers[0]\n        opt.step()"


@pytest.mark.parametrize(
    ("hook", "work", "expected"),
    [
        ("on_train_start", WARM_UP, []),
        ("on_fit_start", WARM_UP, []),
        ("on_train_start", IN_A_HELPER, []),
        ("on_train_start", KEPT, []),
        ("on_train_start", GIVEN, ["LL201"]),
        ("on_train_start", FETCHED, ["LL201"]),
        ("on_train_epoch_start", WARM_UP, ["LL201"]),
        ("on_train_batch_end", WARM_UP, ["LL201"]),
        ("on_train_epoch_end", WARM_UP, ["LL201"]),
    ],
)
def test_an_optimizer_that_is_used_up_before_training(
    tmp_path: Path, hook: str, work: str, expected: list[str]
) -> None:
    assert [finding.code for finding in found(tmp_path, "self.optimizers()", hook, work)] == expected


def test_it_is_told_where_no_other_step_counts(tmp_path: Path) -> None:
    findings = found(tmp_path, "self.environment", "on_train_start", WARM_UP)
    assert [finding.code for finding in findings] == ["LL201"]


def test_what_was_made_then_and_is_stepped_later_is_told(tmp_path: Path) -> None:
    later = f"{KEPT}\n\n    def on_train_epoch_end(self):\n        self.own.step()"
    findings = found(tmp_path, "self.optimizers()", "on_train_start", later)
    assert [(finding.code, "on_train_epoch_end" in finding.message) for finding in findings] == [("LL201", True)]
