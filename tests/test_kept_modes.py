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


STACK = """with contextlib.ExitStack() as stack:
            {given}
            self.net.eval()
            with torch.no_grad():
                {last}"""


@pytest.mark.parametrize("last", ["self.net(batch)", "if self.net(batch) is None: return"])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("stack.callback(self.net.train)", []),
        ("stack.callback(self.net.train, self.net.training)", []),
        ("stack.callback(lambda net: net.train(), self.net)", []),
        ("stack.callback(self.aux.train)", ["LL102"]),
        ("stack.callback(self.net.train, False)", ["LL102"]),
        ("stack.callback(self.net.train); stack.callback(self.net.eval)", []),
        ("stack.callback(self.net.eval); stack.callback(self.net.train)", ["LL102"]),
        ("print(self.net.train)", ["LL102"]),
    ],
)
def test_what_a_stack_calls_at_the_end(tmp_path: Path, given: str, last: str, expected: list[str]) -> None:
    block = STACK.format(given=given, last=last)
    text = "import contextlib\n" + KEPT.replace("self.net.eval()", "pass").replace("{keeps}", "pass")
    assert codes(tmp_path, text.replace("{puts_back}", block)) == expected


GUARDED = """
import contextlib

class Model(L.LightningModule):
    def __init__(self, n):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(16, 2)
        {guards}

    def training_step(self, batch, batch_idx):
        {within}:
            h = self.bert(batch).pooler_output
        return self.head(h).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("contextlib.ExitStack() as stack, stack.enter_context(torch.no_grad())", []),
        ("contextlib.ExitStack() as stack, stack.enter_context(torch.enable_grad())", ["LL101"]),
        ("contextlib.ExitStack() as stack, stack.enter_context(self.find())", ["LL101"]),
    ],
)
def test_what_a_stack_enters(tmp_path: Path, given: str, expected: list[str]) -> None:
    assert codes(tmp_path, GUARDED.format(guards="pass", within=f"with {given}")) == expected


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ("with contextlib.suppress(ImportError):\n            raise ImportError", []),
        ("with contextlib.suppress(KeyError):\n            self.kept = 1", []),
        ("with contextlib.nullcontext():\n            raise ImportError", ["LL101"]),
    ],
)
def test_what_is_suppressed_ends_nothing(tmp_path: Path, guard: str, expected: list[str]) -> None:
    trains = f"{guard}\n        self.bert.train()"
    assert codes(tmp_path, GUARDED.format(guards=trains, within="if 1")) == expected
    assert codes(tmp_path, GUARDED.format(guards=guard, within="if 1")) == ["LL101"]
