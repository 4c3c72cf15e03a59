"""What a script does to a module once it is trained says nothing of its training."""

from pathlib import Path

import pytest

from tests.test_picked import HIGH, LOW, found

SCRIPT = """
import lightning as L
import torch
from transformers import BertForSequenceClassification, GPT2ForSequenceClassification

class Base(L.LightningModule):
    def training_step(self, batch, batch_idx):
        return self.encoder(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-5)

class Gpt2(Base):
    def __init__(self, model):
        super().__init__()
        self.encoder = GPT2ForSequenceClassification.from_pretrained(model)

class Bert(Base):
    def __init__(self, model):
        super().__init__()
        self.encoder = BertForSequenceClassification.from_pretrained(model)

def load_model(model):
    if "gpt2" in model:
        return Gpt2(model)
    if "bert" in model:
        return Bert(model)

def main(model="bert-base-uncased"):
    classifier = load_model(model)
    trainer = L.Trainer(max_epochs=1)
    {body}

{call}
"""
FIT = "trainer.fit(classifier)"
CALLS = (
    'if __name__ == "__main__":\n    main()',
    "import plac\nplac.call(main)",
    "import fire\nfire.Fire(main)",
    "import sys\nmain(sys.argv[1])",
)


def body(*lines: str) -> str:
    return "\n    ".join(lines)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "after",
    [
        ["classifier.freeze()", "classifier.eval()"],
        ["classifier.encoder.train()"],
        ["for p in classifier.parameters():", "    p.requires_grad = False"],
        ["for batch in trainer.test_dataloaders:", "    classifier.freeze()"],
    ],
)
def test_each_branch_of_a_default_is_trained(tmp_path: Path, after: list[str], call: str) -> None:
    assert found(tmp_path, SCRIPT.format(body=body(FIT, *after), call=call)) == HIGH * 2


@pytest.mark.parametrize(
    "lines",
    [
        ["classifier.freeze()", FIT],
        ["for p in classifier.encoder.parameters():", "    p.requires_grad = False", FIT],
        [FIT, "classifier.freeze()", FIT],
        ["for fold in range(5):", f"    {FIT}", "    classifier.freeze()"],
        ["while True:", f"    {FIT}", "    classifier.encoder.train()"],
    ],
)
def test_what_comes_before_a_fit_may_change_it(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, SCRIPT.format(body=body(*lines), call=CALLS[0]))[:1] == LOW
