"""What the project's own context managers and decorators do around code."""

from pathlib import Path

import pytest

from lintlight.model import Severity
from tests.checking import findings_of

HEAD = """
import functools
from contextlib import contextmanager

import lightning as L
import torch
from torch import nn
from transformers import AutoModel
"""
PUTS_BACK = {
    "a generator": """
@contextmanager
def keeps_mode(net):
    was = net.training
    yield net
    net.train(was)
""",
    "a generator that cleans up": """
@contextmanager
def keeps_mode(net):
    was = net.training
    try:
        yield
    finally:
        if was:
            net.train()
""",
    "a class": """
class keeps_mode:
    def __init__(self, net):
        self.net, self.was = net, net.training

    def __enter__(self):
        return self.net

    def __exit__(self, *error):
        self.net.train(self.was)
""",
}
PUTS_NOTHING_BACK = {
    "a generator": "\n@contextmanager\ndef keeps_mode(net):\n    print(net)\n    yield net\n    print(net)\n",
    "a class": "\nclass keeps_mode:\n    def __init__(self, net):\n        self.net = net\n\n"
    "    def __enter__(self):\n        return self.net\n\n    def __exit__(self, *error):\n        print('done')\n",
}
LEFT_ON = """
class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def on_train_epoch_end(self):
        {with_}:
            self.net.eval()
            {last}

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
WITHS = ("with keeps_mode(self.net)", "with torch.no_grad(), keeps_mode(self.net) as net")
LASTS = ("self.net(torch.ones(1, 4))", "return self.net(torch.ones(1, 4))", "if self.a:\n                return 1")


def codes(folder: Path, text: str) -> list[str]:
    """Of the findings that are no notes, at any confidence."""
    found = findings_of(folder, {"model.py": HEAD + text})
    return [finding.code for finding in found if finding.severity is not Severity.INFO]


@pytest.mark.parametrize("last", LASTS)
@pytest.mark.parametrize("with_", WITHS)
@pytest.mark.parametrize("manager", PUTS_BACK.values(), ids=PUTS_BACK)
def test_a_context_manager_that_puts_the_mode_back(tmp_path: Path, manager: str, with_: str, last: str) -> None:
    assert codes(tmp_path, manager + LEFT_ON.format(with_=with_, last=last)) == []


@pytest.mark.parametrize("with_", WITHS)
@pytest.mark.parametrize("manager", PUTS_NOTHING_BACK.values(), ids=PUTS_NOTHING_BACK)
def test_one_that_puts_nothing_back(tmp_path: Path, manager: str, with_: str) -> None:
    assert codes(tmp_path, manager + LEFT_ON.format(with_=with_, last=LASTS[0])) == ["LL102"]


WRAPPED = """
class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = load("bert-base-uncased")
        self.head = nn.Linear(16, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.encode(batch)).mean()

    {mark}
    def encode(self, batch):
        {inside}

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
PLAIN = "def load(name):\n    return AutoModel.from_pretrained(name)\n"
RUNS = "return self.bert(**batch).pooler_output"
DECORATOR = """
def wraps(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        {body}

    return wrapper

"""
SIMPLY = DECORATOR.format(body="return function(*args, **kwargs)")
NO_GRAD = DECORATOR.format(body="with torch.no_grad():\n            return function(*args, **kwargs)")
TRAINS = DECORATOR.format(body="model = function(*args, **kwargs)\n        model.train()\n        return model")
OFF = "\n@contextmanager\ndef off():\n    with torch.no_grad():\n        yield\n\n"
SWITCHED = "torch.set_grad_enabled(False)\n        out = self.bert(**batch).pooler_output\n"


@pytest.mark.parametrize(
    ("text", "mark", "inside", "expected"),
    [
        (PLAIN, "", RUNS, ["LL101"]),
        (SIMPLY + PLAIN, "@wraps", RUNS, ["LL101"]),
        (NO_GRAD + PLAIN, "@wraps", RUNS, []),
        (SIMPLY + "@wraps\n" + PLAIN, "", RUNS, ["LL101"]),
        (TRAINS + "@wraps\n" + PLAIN, "", RUNS, []),
        (OFF + PLAIN, "", f"with off():\n            {RUNS}", []),
        (OFF.replace("torch.no_grad()", "open('x')") + PLAIN, "", f"with off():\n            {RUNS}", ["LL101"]),
        (PLAIN, "", SWITCHED + "        torch.set_grad_enabled(True)\n        return out", []),
        (PLAIN, "", SWITCHED.replace("False", "True") + "        return out", ["LL101"]),
        (PLAIN, "", f"with torch.inference_mode(False):\n            {RUNS}", ["LL101"]),
        (PLAIN, "", f"with torch.inference_mode(mode=not self.training):\n            {RUNS}", ["LL101"]),
        (PLAIN, "", f"with torch.inference_mode(batch is None):\n            {RUNS}", ["LL101"]),
        (PLAIN, "", f"with torch.inference_mode(True):\n            {RUNS}", []),
        (PLAIN, "", f"with torch.inference_mode():\n            {RUNS}", []),
        (PLAIN, "@torch.inference_mode(False)", RUNS, ["LL101"]),
        (PLAIN, "@torch.inference_mode()", RUNS, []),
        (PLAIN, "@torch.set_grad_enabled(False)", RUNS, []),
        (PLAIN, "@torch.set_grad_enabled(mode=False)", RUNS, []),
        (PLAIN, "@torch.set_grad_enabled(True)", RUNS, ["LL101"]),
        (PLAIN, "@torch.no_grad()\n    @torch.enable_grad()", RUNS, ["LL101"]),
        (PLAIN, "@torch.enable_grad()\n    @torch.no_grad()", RUNS, []),
    ],
)
def test_what_is_wrapped(tmp_path: Path, text: str, mark: str, inside: str, expected: list[str]) -> None:
    assert codes(tmp_path, text + WRAPPED.format(mark=mark, inside=inside)) == expected


def test_a_decorator_that_keeps_the_mode(tmp_path: Path) -> None:
    body = "was = args[0].training\n        try:\n            return function(*args, **kwargs)\n"
    restores = DECORATOR.format(body=body + "        finally:\n            args[0].train(was)")
    module = LEFT_ON.format(with_="if True", last="pass").replace(
        "    def on_train_ep", "    @wraps\n    def on_train_ep"
    )
    assert codes(tmp_path, restores + module) == []
    assert codes(tmp_path, SIMPLY + module) == ["LL102"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("self.current_epoch == self.trainer.max_epochs - 1", []),
        ("self.trainer.max_epochs == self.current_epoch + 1", []),
        ("self.current_epoch != self.trainer.max_epochs - 1", ["LL102"]),
        ("self.current_epoch % 5 == 0", ["LL102"]),
        ("self.current_epoch == 3", ["LL102"]),
    ],
)
def test_after_the_last_epoch_nothing_is_trained(tmp_path: Path, condition: str, expected: list[str]) -> None:
    assert codes(tmp_path, LEFT_ON.format(with_=f"if {condition}", last="pass")) == expected


def test_what_never_steps_learns_nothing(tmp_path: Path) -> None:
    manual = "_()\n        self.automatic_optimization = False\n"
    module = (PLAIN + WRAPPED.format(mark="", inside=RUNS)).replace("_()\n", manual)
    assert codes(tmp_path, module) == []
    loss = "self.head(self.encode(batch)).mean()"
    steps = f"self.manual_backward({loss})\n        self.optimizers().step()"
    assert codes(tmp_path, module.replace(f"return {loss}", steps)) == ["LL101"]
