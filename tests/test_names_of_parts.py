"""Names of parameters that lack what the module calls the part, or have it twice: a checkpoint has no such keys."""

from pathlib import Path

import pytest

from tests.checking import codes_of

MODEL = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        {lenient}
        self.lm = nn.Linear(4, 4).requires_grad_(False)
        self.net = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.net(self.lm(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        {body}
"""
STRICT, LENIENT = "pass", "self.strict_loading = False"


def told(folder: Path, *body: str, lenient: str = STRICT) -> list[str]:
    return codes_of(folder, MODEL.format(body="\n        ".join(body), lenient=lenient))


@pytest.mark.parametrize(
    ("loop", "wrong", "right"),
    [
        ("for n, _ in self.lm.named_parameters():", "n", 'f"lm.{n}"'),
        ("for n, _ in self.lm.named_parameters():", 'f"model.{n}"', '"lm." + n'),
        ("for n, p in self.named_parameters():", 'f"lm.{n}"', "n"),
        ("for n in self.lm.state_dict():", "n", 'f"lm.{n}"'),
        ("for n in [n for n, _ in self.lm.named_parameters()]:", "n", 'f"lm.{n}"'),
    ],
)
def test_keys_that_are_taken_out_by_the_names_of_a_part(tmp_path: Path, loop: str, wrong: str, right: str) -> None:
    assert told(tmp_path, loop, f"    state.pop({wrong}, None)") == []
    assert told(tmp_path, loop, f"    state.pop({right}, None)") == ["LL301"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("{n for n, _ in self.lm.named_parameters()}", []),
        ('{"lm." + n for n, _ in self.lm.named_parameters()}', ["LL301"]),
    ],
)
def test_keys_that_are_left_out_by_the_names_of_a_part(tmp_path: Path, names: str, expected: list[str]) -> None:
    left = 'checkpoint["state_dict"] = {k: v for k, v in state.items() if k not in names}'
    assert told(tmp_path, f"names = {names}", left) == expected


def test_nothing_is_kept_by_names_that_no_key_has(tmp_path: Path) -> None:
    kept = 'checkpoint["state_dict"] = {k: v for k, v in state.items() if k in names}'
    bare = "names = {n for n, _ in self.net.named_parameters()}"
    assert told(tmp_path, bare, kept, lenient=LENIENT) == ["LL302"]
    whole = 'names = {"net." + n for n, _ in self.net.named_parameters()}'
    assert told(tmp_path, whole, kept, lenient=LENIENT) == []


def test_names_that_are_collected_one_by_one(tmp_path: Path) -> None:
    loop = ("names = []", "for n, _ in self.lm.named_parameters():")
    gone = ("for name in names:", "    del state[name]")
    assert told(tmp_path, *loop, "    names.append(n)", *gone) == []
    assert told(tmp_path, *loop, '    names.append(f"lm.{n}")', *gone) == ["LL301"]


LAYERS = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.strict_loading = False
        self.layer = {layer}
        self.net = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.net(self.layer(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"].pop("layer.{key}")
"""


@pytest.mark.parametrize(
    ("layer", "key", "expected"),
    [
        ("nn.Embedding(9, 4)", "weight", ["LL302"]),
        ("nn.EmbeddingBag(9, 4)", "weight", ["LL302"]),
        ("nn.PReLU()", "weight", ["LL302"]),
        ("nn.Linear(4, 4)", "bias", ["LL302"]),
        ("nn.Embedding(9, 4).requires_grad_(False)", "weight", []),
    ],
)
def test_one_key_of_a_layer_by_its_name(tmp_path: Path, layer: str, key: str, expected: list[str]) -> None:
    assert codes_of(tmp_path, LAYERS.format(layer=layer, key=key)) == expected


INSIDE = """
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self):
        {begin}
        self.lm = nn.Linear(4, 4).requires_grad_(False)
        self.net = nn.Linear(4, 1)
        {part}

    def training_step(self, batch, batch_idx):
        return self.net(self.lm(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.parameters(), lr=0.1)

    def on_save_checkpoint(self, checkpoint):
        for key in [key for key in checkpoint["state_dict"] if key.startswith("lm.")]:
            del checkpoint["state_dict"][key]
"""


def test_a_part_is_not_who_is_loaded_strictly(tmp_path: Path) -> None:
    begin = "super().__init__()"
    assert codes_of(tmp_path, INSIDE.format(begin=begin, part="self.lm.strict_loading = False")) == ["LL301"]
    assert codes_of(tmp_path, INSIDE.format(begin=begin, part="self.strict_loading = False")) == []


def test_what_stands_before_the_base_class_on_one_line_is_reset(tmp_path: Path) -> None:
    before = "self.strict_loading = False; super().__init__()"
    assert "LL303" in codes_of(tmp_path, INSIDE.format(begin=before, part="pass"))
    behind = "super().__init__(); self.strict_loading = False"
    assert codes_of(tmp_path, INSIDE.format(begin=behind, part="pass")) == []


NAMED = """
import lightning as L
import torch
from torch import nn

class Base(L.LightningModule):
    FROZEN = {base}

    def on_save_checkpoint(self, checkpoint):
        for key in list(checkpoint["state_dict"]):
            if key.startswith(self.FROZEN):
                del checkpoint["state_dict"][key]

class Model(Base):
    {own}

    def __init__(self):
        super().__init__()
        self.lm = nn.Linear(4, 4).requires_grad_(False)
        self.net = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.net(self.lm(batch)).pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.parameters(), lr=0.1)
"""


@pytest.mark.parametrize(
    ("base", "own", "expected"),
    [
        ("()", "pass", []),
        ("()", 'FROZEN = ("lm.",)', ["LL301"]),
        ('("lm.",)', "pass", ["LL301"]),
        ('("lm.",)', "FROZEN = ()", []),
    ],
)
def test_an_empty_row_of_beginnings_leaves_out_nothing(
    tmp_path: Path, base: str, own: str, expected: list[str]
) -> None:
    assert codes_of(tmp_path, NAMED.format(base=base, own=own)) == expected
