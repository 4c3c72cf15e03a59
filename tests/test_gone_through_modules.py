"""Functions that call themselves for what is inside of a module, and parts that are picked by their names."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.test_picked import HIGH, LOW, found

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

def through(m):
    {body}

class Model(L.LightningModule):
    def __init__(self, names):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Sequential(nn.Linear(768, 2), nn.Dropout())
        {work}

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
LISTED = """kids = list(m.children())
    if kids:
        for kid in kids:
            through(kid)
    else:
        {leaf}"""
ASKED = """for kid in m.children():
        if len(list(kid.children())) == 0:
            {leaf}
        else:
            through(kid)"""
ALL = """{leaf}
    for kid in m.children():
        through(kid)"""


@pytest.mark.parametrize("through", [LISTED, ASKED, ALL])
def test_a_function_that_goes_through_all_modules(tmp_path: Path, through: str) -> None:
    leaf = "kid" if through == ASKED else "m"
    for whole in ("self", "self.bert"):
        trains = through.format(leaf=f"{leaf}.train()")
        assert found(tmp_path, MODEL.format(body=trains, work=f"through({whole})")) in ([], LOW)
        prints = through.format(leaf=f"print({leaf})")
        assert found(tmp_path, MODEL.format(body=prints, work=f"through({whole})")) == HIGH
        assert found(tmp_path, MODEL.format(body=trains, work="through(self.head)")) == HIGH


@pytest.mark.parametrize(
    ("names", "does", "expected"),
    [
        ("names", "getattr(self.bert, name).requires_grad_(False)", LOW),
        ("names", "getattr(self.bert, name).train()", LOW),
        ("names", "print(getattr(self.bert, name))", HIGH),
        ("names", "getattr(self.head, name).requires_grad_(False)", HIGH),
        ("('embeddings', 'encoder')", "getattr(self.bert, name).requires_grad_(False)", []),
        ("('embeddings', 'pooler')", "getattr(self.bert, name).requires_grad_(False)", HIGH),
    ],
)
def test_parts_that_are_picked_by_name(tmp_path: Path, names: str, does: str, expected: list[Confidence]) -> None:
    work = f"for name in {names}: {does}"
    assert found(tmp_path, MODEL.format(body="pass", work=work)) == expected


@pytest.mark.parametrize(
    ("does", "expected"),
    [
        ('getattr({}, "train" if names else "eval")()', []),
        ("getattr({}, names.mode)()", []),
        ('getattr({}, "train" if 2 > 1 else "eval")()', []),
        ('getattr({}, "eval" if names else "parameters")()', HIGH),
        ("getattr({}, names.kind)()", HIGH),
    ],
)
def test_a_switch_that_is_picked_by_its_name(tmp_path: Path, does: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, MODEL.format(body="pass", work=does.format("self.bert"))) == expected
    assert found(tmp_path, MODEL.format(body="pass", work=does.format("self.head"))) == HIGH


EMBEDDINGS = "self.bert.embeddings.{}; layers = self.bert.encoder.layer"
FREEZES, TRAINS = "requires_grad_(False)", "train()"


def each_of(first: str, second: str, does: str = FREEZES) -> str:
    """What is done to the embeddings and some layers, while others are put into train mode."""
    start = EMBEDDINGS.format(does)
    return f"{start}\n        for m in {first}: m.{does}\n        for m in {second}: m.train()"


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (each_of("layers[:6]", "layers[6:]"), []),
        (each_of("layers[:-names.n]", "layers[-names.n:]"), []),
        (EMBEDDINGS.format(FREEZES) + "; layers[:6].requires_grad_(False); layers[6:].train()", []),
        (each_of("layers[:6]", "layers[8:]"), HIGH),
        (each_of("layers[:6]", "layers[:6]"), HIGH),
        (each_of("layers[6:]", "layers[8:]"), HIGH),
        (each_of("layers[:0]", "layers[:12]"), []),
        (each_of("layers[:0]", "layers[-12:]"), []),
        (each_of("layers[:0]", "layers[0:]", TRAINS), []),
        (each_of("layers[:0]", "layers[:11]", TRAINS), HIGH),
        (each_of("layers[:0]", "layers[1:]", TRAINS), HIGH),
        (EMBEDDINGS.format(TRAINS) + "; layers.train()", []),
        (EMBEDDINGS.format(TRAINS) + "; layers.train(); layers[3].eval()", HIGH),
    ],
)
def test_layers_in_two_slices(tmp_path: Path, work: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, MODEL.format(body="pass", work=work)) == expected


def test_a_slice_of_more_layers_than_twelve(tmp_path: Path) -> None:
    text = MODEL.format(body="pass", work=each_of("layers[:0]", "layers[:12]", TRAINS))
    for name in ("bert-large-uncased", "facebook/xlm-v-base"):
        expected = [] if "base" in name else HIGH
        assert found(tmp_path, text.replace("bert-base-uncased", name)) == expected


ASKS = "any(p.requires_grad for p in m.parameters())"


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        ("for m in self.bert.children():\n            if {}: m.train()", []),
        ("for m in self.modules():\n            if {}: m.train()", []),
        (EMBEDDINGS.format(FREEZES) + "\n        for m in layers:\n            if {}: m.train()", []),
        (EMBEDDINGS.format(TRAINS) + "\n        for m in layers[:6]:\n            if {}: m.train()", HIGH),
        ("for m in self.bert.children():\n            if not {}: m.train()", HIGH),
        (
            "for m in self.bert.children():\n            if all([p.requires_grad for p in m.parameters()]): m.train()",
            [],
        ),
        ("for m in self.head.children():\n            if {}: m.train()", HIGH),
        ("for m in self.bert.children():\n            if any(p.is_cuda for p in m.parameters()): m.train()", LOW),
        ("self.bert.requires_grad_(False)\n        for m in self.bert.children():\n            if {}: m.train()", []),
    ],
)
def test_what_learns_is_asked_for(tmp_path: Path, work: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, MODEL.format(body="pass", work=work.replace("{}", ASKS))) == expected


REPLACES = """for name, kid in m.named_children():
        if isinstance(kid, {of}):
            setattr(m, name, {by})
        else:
            through(kid)"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (REPLACES.format(of="nn.Dropout", by="nn.Identity()"), LOW),
        (REPLACES.format(of="nn.Dropout", by="nn.Dropout(0.3)"), LOW),  # which is in train mode
        (REPLACES.format(of="nn.LayerNorm", by="nn.Identity()"), HIGH),
        ("for kid in m.modules():\n        if isinstance(kid, nn.Dropout): kid.p = 0.0", LOW),
        ("for kid in m.modules():\n        if isinstance(kid, nn.Dropout): kid.p = 0.3", HIGH),
    ],
)
def test_dropout_that_is_taken_out(tmp_path: Path, body: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, MODEL.format(body=body, work="through(self.bert)")) == expected
    assert found(tmp_path, MODEL.format(body=body, work="through(self.head)")) == HIGH
