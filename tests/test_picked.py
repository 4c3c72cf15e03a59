"""Parameters and layers that are picked out: for the optimizer, and to be frozen."""

import re
from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.checking import confidences_of

NESTED = """
import lightning as L
import torch
from torch import nn
from transformers import BertModel

class Classifier(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.bert = BertModel.from_pretrained(name)
        self.fc = nn.Linear(16, 2)

    @classmethod
    def build(cls, name):
        return cls(name)

    def forward(self, x):
        return self.fc(self.bert(x).pooler_output)

class Model(L.LightningModule):
    def __init__(self, name="bert-base-uncased"):
        super().__init__()
        self.model = {model}

    def training_step(self, batch, batch_idx):
        return self.model(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW({over})
"""
KEPT = "[p for p in [q for q in self.parameters() if id(q) in kept]"
LOW, HIGH = [Confidence.LOW], [Confidence.HIGH]


def found(folder: Path, text: str, code: str = "LL101") -> list[Confidence]:
    """How sure each finding of a rule is."""
    return confidences_of(folder, text, code)


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ("self.parameters()", HIGH),
        ("[p for p in self.parameters() if p.requires_grad]", HIGH),
        ("[p for n, p in self.named_parameters() if 'bias' not in n]", HIGH),
        ("[p for n, p in self.named_parameters() if 'bert' not in n]", []),
        ("[p for n, p in self.named_parameters() if 'bert' in n]", HIGH),
        ("[p for n, p in self.named_parameters() if p.requires_grad and 'fc' not in n]", HIGH),
        ("[p for n, p in self.named_parameters() if p.requires_grad and 'bert' not in n]", []),
        ("[p for n, p in self.named_parameters() if n.find('bert') > 0]", LOW),
        ("[p for n, p in self.named_parameters() if 'fc' in n]", []),
        ("[p for n, p in self.named_parameters() if not any(k in n for k in ('bert', 'encoder'))]", []),
        ("list(set(self.parameters()) - set(self.model.bert.parameters()))", []),
        ("list(self.parameters())[-2:]", LOW),
        (f"[{{'params': {KEPT} if p.dim() > 1]}}, {{'params': {KEPT} if not p.dim() > 1]}}]", LOW),
        ("self.model.fc.parameters()", []),
        ("[self.model.fc.weight, self.model.fc.bias]", []),
    ],
)
def test_what_an_optimizer_is_given(tmp_path: Path, over: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, NESTED.format(model="Classifier(name)", over=over)) == expected


DECAY, HEAD = "any(d in n for d in ('bias', 'norm'))", "any(h in n for h in ('fc', 'mlm_score'))"


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([f"not {HEAD}", HEAD], HIGH),
        ([f"not {DECAY} and not {HEAD}", f"{DECAY} and not {HEAD}", f"not {DECAY} and {HEAD}"], HIGH),
        ([f"not {DECAY} and not {HEAD}", f"not {DECAY} and {HEAD}"], LOW),
        ([HEAD], LOW),
        ([f"not {HEAD}", f"p.requires_grad and {HEAD}"], HIGH),
        (["'mlm_score' not in n", "not 'mlm_score' not in n"], HIGH),
    ],
)
def test_groups_that_leave_none_out(tmp_path: Path, conditions: list[str], expected: list[Confidence]) -> None:
    """Whatever their names are, in lists of names that nobody knows."""
    rows = [f"[p for n, p in self.named_parameters() if {each}]" for each in conditions]
    rows[1:] = [re.sub(r"\bn\b", "name", row) for row in rows[1:]]
    over = ", ".join(f"{{'params': {row}}}" for row in rows)
    assert found(tmp_path, NESTED.format(model="Classifier(name)", over=f"[{over}]")) == expected


def test_a_class_that_builds_itself(tmp_path: Path) -> None:
    assert found(tmp_path, NESTED.format(model="Classifier.build(name)", over="self.parameters()")) == HIGH


PLAIN = """
import lightning as L
import torch
from torch import nn
from transformers import BertModel

class Model(L.LightningModule):
    def __init__(self, name="bert-base-uncased", frozen=("bert",)):
        super().__init__()
        self.bert = BertModel.from_pretrained(name)
        self.head = nn.Linear(16, 2)
        {freeze}

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(batch).pooler_output).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
INDEXED = (
    "self.bert.embeddings.requires_grad_(False)\n        "
    "for i in range({count}):\n            self.bert.encoder.layer[i].requires_grad_(False)"
)
LOOP = "for part in {parts}:\n            part.requires_grad_(False)"
THAWED = "self.bert.requires_grad_(False)\n        for part in {parts}:\n            part.requires_grad_(True)"


@pytest.mark.parametrize(
    ("freeze", "expected"),
    [
        ("pass", HIGH),
        (LOOP.format(parts="[self.bert.embeddings, *self.bert.encoder.layer, self.bert.pooler]"), []),
        (LOOP.format(parts="[self.bert.embeddings, *self.bert.encoder.layer]"), []),
        (LOOP.format(parts="[self.bert.embeddings, *self.bert.encoder.layer[:6]]"), HIGH),
        (LOOP.format(parts="self.bert.encoder.layer"), HIGH),
        (INDEXED.format(count="8"), HIGH),
        (INDEXED.format(count="12"), []),
        (INDEXED.format(count="len(self.bert.encoder.layer)"), []),
        (INDEXED.format(count="self.bert.config.num_hidden_layers - 1, -1, -1"), []),
        ("count = self.bert.config.num_hidden_layers\n        " + INDEXED.format(count="count"), []),
        ("count = 12\n        " + INDEXED.format(count="count"), []),
        ("count = 4\n        " + INDEXED.format(count="count"), HIGH),
        ("for p in self.bert.parameters():\n            setattr(p, 'requires_grad', False)", []),
        (LOOP.format(parts="[self.bert.embeddings, self.bert.encoder.layer[0]]"), HIGH),
        (LOOP.format(parts="[self.bert.embeddings, *list(self.bert.encoder.layer)]"), []),
        (LOOP.format(parts="list(self.bert.encoder.layer)"), HIGH),
        (LOOP.format(parts="list(self.bert.encoder.layer)[:6]"), HIGH),
        (THAWED.format(parts="list(self.bert.encoder.layer)[-2:]"), HIGH),
        (THAWED.format(parts="list(reversed(self.bert.encoder.layer))[:2]"), HIGH),
        (THAWED.format(parts="list(self.head)[:1]"), []),
        ("for part in frozen:\n            self.get_submodule(part).requires_grad_(False)", []),
        ("self.get_submodule('bert').train()", []),
        ("self.get_submodule('head').train()", HIGH),
        ("for p in list(self.parameters())[:-2]:\n            p.requires_grad = False", LOW),
    ],
)
def test_what_is_frozen_part_by_part(tmp_path: Path, freeze: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, PLAIN.format(freeze=freeze)) == expected


def test_a_list_of_unknown_length_is_taken_apart(tmp_path: Path) -> None:
    load = "self.bert, self.other = [BertModel.from_pretrained(name) for _ in range(2)]"
    text = PLAIN.replace("self.bert = BertModel.from_pretrained(name)", load).format(freeze="pass")
    assert found(tmp_path, text) == HIGH


BY_NAME = """
import lightning as L
import torch
import transformers

class Model(L.LightningModule):
    def __init__(self, kind, name="bert-base-uncased"):
        super().__init__()
        self.{attribute} = getattr(transformers, {kind}).from_pretrained(name)

    def training_step(self, batch, batch_idx):
        return self.{attribute}(batch).pooler_output.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("attribute", "kind", "expected"),
    [
        ("bert", "kind", [Confidence.MEDIUM]),
        ("bert", "self.hparams.model_class", HIGH),
        ("bert", '"BertModel"', HIGH),
        ("tokenizer", "kind", []),
        ("text_processor", "kind", []),
        ("tokenize", "kind['tokenizer']", []),
    ],
)
def test_something_of_transformers_by_a_name(
    tmp_path: Path, attribute: str, kind: str, expected: list[Confidence]
) -> None:
    assert found(tmp_path, BY_NAME.format(attribute=attribute, kind=kind)) == expected


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ("[self.prompt]", []),
        ("[{'params': [self.prompt], 'lr': 0.1}]", []),
        ("[self.prompt, *self.head.parameters()]", []),
        ("[self.prompt, *self.bert.parameters()]", HIGH),
    ],
)
def test_an_optimizer_of_a_parameter_of_its_own(tmp_path: Path, over: str, expected: list[Confidence]) -> None:
    text = PLAIN.format(freeze="self.prompt = nn.Parameter(torch.zeros(4))")
    assert found(tmp_path, text.replace("AdamW(self.parameters())", f"AdamW({over})")) == expected


OWN_TRAIN = """
import lightning as L
import torch
from transformers import PreTrainedModel

class Lm(PreTrainedModel):
    def {name}(self, mode=True):
        super().train(mode)

class Model(L.LightningModule):
    def __init__(self, name):
        super().__init__()
        self.lm = Lm.from_pretrained(name)

    def training_step(self, batch, batch_idx):
        return self.lm(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(("name", "is_fixed"), [("other", True), ("train", False)])
def test_a_train_that_returns_nothing_is_not_appended(tmp_path: Path, name: str, is_fixed: bool) -> None:
    path = tmp_path / "model.py"
    path.write_text(OWN_TRAIN.format(name=name))
    (finding,) = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert (finding.fix is not None) is is_fixed


WHOLE_MODEL = """
import re
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Model(L.LightningModule):
    def __init__(self, flag):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.head = nn.Linear(16, 2)
        self.flag = flag
        {frozen}

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).pooler_output).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW([p for n, p in self.named_parameters() if p.requires_grad and ({asked})])
"""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ('not n.startswith("bert.embeddings")', HIGH),
        ('"bert.pooler" not in n', HIGH),
        ('not re.match(r"bert\\.embeddings", n)', HIGH),
        ('n.startswith("bert.encoder.layer.11") or n.startswith("head")', HIGH),
        ('n.startswith("head") or not n.startswith("bert.embeddings.word")', HIGH),
        ('"bert" in n or self.flag', HIGH),
        ('"head" in n or self.flag', LOW),
        ('"bert.encoder" not in n', LOW),
        ('not re.match(r"bert\\.", n)', LOW),
        ('"bert" not in n', []),
        ('re.match("bert.*", n) is None', LOW),
        ('not n.startswith("bert.encoder.layer")', LOW),
        ('n.split(".")[0] != "bert"', []),
        ('n.startswith("head")', []),
    ],
)
def test_a_part_of_a_model_that_is_left_out_by_its_path(tmp_path: Path, asked: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, WHOLE_MODEL.format(frozen="", asked=asked)) == expected


@pytest.mark.parametrize(
    ("owner", "learns", "expected"),
    [
        ("self.bert", '"layer.11" in n or "pooler" in n', HIGH),
        ("self.bert", 'not n.startswith("embeddings")', HIGH),
        ("self.bert", 'any(part in n for part in ["layer.11", "pooler"])', HIGH),
        ("self", 'n.startswith("bert.encoder.layer.11") or n.startswith("head")', HIGH),
        ("self", '"bert" not in n', []),
        ("self", '"head" in n', []),
        ("self", 'n in ("head.weight", "head.bias")', []),
        ("self.bert", "flag", LOW),
        ("self.bert", 'flag in ("all", "most")', LOW),
        ("self.bert", 'flag and "layer.11" in n', LOW),
        ("self", '"head" in n.split(".")', []),
        ("self", '"bert" in n.split(".")', HIGH),
        ("self", '"layer" in n.split(".")', LOW),
        ("self", '("head" in n) == flag', LOW),
        ("self.bert", '"adapter" in n', LOW),
    ],
)
def test_what_a_name_says_decides_on_what_learns(
    tmp_path: Path, owner: str, learns: str, expected: list[Confidence]
) -> None:
    loop = f"for n, p in {owner}.named_parameters():\n            p.requires_grad = {learns}"
    assert found(tmp_path, WHOLE_MODEL.format(frozen=loop, asked="True")) == expected


def test_data_are_loaded_before_training_starts(tmp_path: Path) -> None:
    text = WHOLE_MODEL.format(frozen="", asked="True")
    assert found(tmp_path, text) == HIGH
    assert found(tmp_path, text + "\n    def train_dataloader(self):\n        self.train()\n        return []\n") == []
