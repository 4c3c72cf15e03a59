"""Modules with more code than is followed: what `training_step` runs is seen all the same."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import found

MODEL = """
import lightning as L
import torch
from transformers import AutoModel

def many(net, x, depth):
    {calls}
    return net(inputs_embeds=x).last_hidden_state

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def part(self, x, depth):
        return many(self.bert.requires_grad_(True), x, depth)

    def {hook}(self, *args):
        {work}

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
CALLS = "\n    ".join(f"x{number} = torch.where(x > {number}, x * {number}, x - depth)" for number in range(40))


@pytest.mark.parametrize(
    ("hook", "turns", "expected"),
    [
        ("on_train_start", 1, Confidence.HIGH),
        ("on_train_start", 300, Confidence.MEDIUM),
        ("setup", 300, Confidence.MEDIUM),
        ("validation_step", 300, Confidence.HIGH),
    ],
)
def test_a_hook_that_takes_all_steps(tmp_path: Path, hook: str, turns: int, expected: Confidence) -> None:
    work = "\n        ".join(f"a{number} = self.part(args[0], {number})" for number in range(turns))
    assert found(tmp_path, MODEL.format(calls=CALLS, hook=hook, work=work)) == [expected]


MANY_BUILDERS = """
import lightning as L
import torch
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, net):
        super().__init__()
        self._net = net

    @property
    def net(self):
        \"\"\"What is trained.\"\"\"
        return self._net

    def training_step(self, batch, batch_idx):
        return self.net(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

{tests}

class Runs:
    def run(self):
        net = AutoModel.from_pretrained("bert-base-uncased")
        {ready}
        L.Trainer(max_epochs=1).fit(Model(net))
"""


@pytest.mark.parametrize(("ready", "expected"), [("net.train()", []), ("print(net)", [Confidence.HIGH])])
def test_what_is_fitted_is_followed_before_all_that_is_only_built(
    tmp_path: Path, ready: str, expected: list[Confidence]
) -> None:
    tests = "\n".join(f"def test_{n}():\n    assert Model(torch.nn.Linear({n}, 1)).net" for n in range(1, 30))
    assert found(tmp_path, MANY_BUILDERS.format(tests=tests, ready=ready)) == expected
