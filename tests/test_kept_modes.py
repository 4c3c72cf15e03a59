"""Modes that are kept by module and put back, and what else may guard code or put something back behind it."""

from pathlib import Path

import pytest

from tests.test_contexts import codes

KEPT = """
class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))
        self.aux = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))

    def training_step(self, batch, batch_idx):
        {keeps}
        self.net.eval()
        with torch.no_grad():
            self.net(batch)
        {puts_back}
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
KEEPS = (
    "modes = {m: m.training for m in OWNER.modules()}",
    "modes = {OWNER: OWNER.training}",
    "modes = {}\n        for m in OWNER.modules():\n            modes[m] = m.training",
    "modes = {}\n        modes[OWNER] = OWNER.training",
)


@pytest.mark.parametrize("keeps", KEEPS)
@pytest.mark.parametrize(
    "puts_back",
    [
        "for m, was in modes.items(): m.train(was)",
        "for m in modes: m.train(modes[m])",
        "for m in modes.keys(): m.train(modes.pop(m))",
        "[m.train(was) for m, was in modes.items()]",
    ],
)
def test_modes_that_are_kept_by_module(tmp_path: Path, keeps: str, puts_back: str) -> None:
    of_net, of_aux = (KEPT.replace("{keeps}", keeps.replace("OWNER", owner)) for owner in ("self.net", "self.aux"))
    assert codes(tmp_path, of_net.replace("{puts_back}", puts_back)) == []
    assert codes(tmp_path, of_aux.replace("{puts_back}", puts_back)) == ["LL102"]
    assert codes(tmp_path, of_net.replace("{puts_back}", "print(modes)")) == ["LL102"]


@pytest.mark.parametrize(
    ("key", "expected"), [("self.net", []), ("self.aux", ["LL102"]), ("'net'", ["LL102"]), ("0", ["LL102"])]
)
def test_a_module_finds_what_lies_under_it(tmp_path: Path, key: str, expected: list[str]) -> None:
    keeps = "nets = {self.net: self.net, self.aux: self.aux, 'net': self.aux, 0: self.aux}"
    text = KEPT.replace("{keeps}", keeps).replace("{puts_back}", f"nets[{key}].train()")
    assert codes(tmp_path, text) == expected
