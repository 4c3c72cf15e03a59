"""Parts that are frozen at some times, and learn at others."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import LOW, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

def freeze(net):
    for p in net.parameters():
        p.requires_grad = False

def thaw(net):
    for p in net.parameters():
        p.requires_grad = True

class Model(L.LightningModule):
    def __init__(self, args):
        super().__init__()
        self.args = args
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(768, 2)

    def {hook}(self, *args):
        {work}

    def training_step(self, batch, batch_idx):
        {step}
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
EITHER = "if {test}:\n            freeze(self.bert)\n        else:\n            thaw(self.bert)"
TIMES = (
    "self.current_epoch < 3",
    "self.current_epoch < self.args.frozen",
    "self.trainer.global_step <= self.args.wait",
)


@pytest.mark.parametrize("test", TIMES)
def test_what_learns_later_is_left_in_eval_mode(tmp_path: Path, test: str) -> None:
    either = EITHER.format(test=test)
    for text in (
        MODEL.format(hook="on_train_epoch_start", work=either, step="pass"),
        MODEL.format(hook="report", work="pass", step=either),
    ):
        assert found(tmp_path, text) == [Confidence.MEDIUM]


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (EITHER.format(test="self.args.step == 1"), LOW),
        (EITHER.format(test="self.args.frozen"), LOW),  # one or the other for good
        (EITHER.format(test="self.current_epoch < 3").replace("thaw(self.bert)", "thaw(self.bert.train())"), LOW),
        (EITHER.format(test="self.current_epoch < 3").replace("thaw(self.bert)", "freeze(self.head)"), LOW),
        (EITHER.format(test="self.current_epoch < 3").replace("thaw(self.bert)", "freeze(self.bert)"), []),
        ("if self.current_epoch == 0: freeze(self.bert)", LOW),
    ],
)
def test_what_may_never_learn(tmp_path: Path, work: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, MODEL.format(hook="on_train_epoch_start", work=work, step="pass")) == expected


BY_FLAG = """
import lightning as L
import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from transformers import AutoModelForCausalLM

class Net(L.LightningModule):
    def __init__(self, args):
        super().__init__()
        self.llm = AutoModelForCausalLM.from_pretrained("gpt2")
        {made}
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.llm(**batch).hidden_states[-1]).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
ADAPT, FREEZE = "self.llm = get_peft_model(self.llm, LoraConfig(r=8))", "self.llm.requires_grad_(False)"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (f"if args.lora:\n            {ADAPT}\n        else:\n            {FREEZE}", [Confidence.LOW]),
        (f"if args.lora:\n            {ADAPT}", [Confidence.MEDIUM]),
        (f"if args.frozen:\n            {FREEZE}", [Confidence.LOW]),
        (f"if args.frozen:\n            {FREEZE}\n        else:\n            {FREEZE}", []),
        (FREEZE, []),
    ],
)
def test_adapters_or_nothing_at_all(made: str, expected: list[Confidence], tmp_path: Path) -> None:
    assert found(tmp_path, BY_FLAG.replace("{made}", made)) == expected
