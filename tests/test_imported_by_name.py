"""Classes that code picks by a name out of what is imported: models of a library, files of a package."""

from pathlib import Path

import pytest

from lintlight.model import Confidence
from tests.checking import findings_of
from tests.test_named_classes import MEDIUM
from tests.test_picked import HIGH, found

OF_LIBRARY = """
import lightning as L
import torch
from torch import nn
from {package}

class Wrapper(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.net = {made}

    def forward(self, x):
        return self.net(x)[0]

class Model(L.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        {init}

    def training_step(self, batch, batch_idx):
        return self.net(batch)[0].sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
MODELS = "transformers import AutoConfig, AutoTokenizer, BertModel, RobertaModel"


def of_library(folder: Path, made: str, init: str = "self.net = {made}", package: str = MODELS) -> list[Confidence]:
    text = OF_LIBRARY.replace("{package}", package).replace("{init}", init)
    return found(folder, text.replace("{made}", made))


@pytest.mark.parametrize("init", ["self.net = {made}", "self.net = Wrapper(cfg)"])
@pytest.mark.parametrize("picked", ["globals()[cfg.kind]", "eval(cfg.kind)", "globals()[self.config.ModelClass]"])
def test_a_model_of_a_library_that_a_file_imports(picked: str, init: str, tmp_path: Path) -> None:
    assert of_library(tmp_path, f"{picked}.from_pretrained(cfg.path)", init) == MEDIUM


def test_a_class_that_a_name_stands_for(tmp_path: Path) -> None:
    init = "kind = globals()[cfg.kind]\n        self.net = kind.from_pretrained(cfg.path)"
    assert of_library(tmp_path, "nn.Identity()", init) == MEDIUM


@pytest.mark.parametrize(
    "made",
    [
        "globals()[cfg.kind].from_pretrained(cfg.path).train()",
        "globals()[cfg.kind].from_pretrained(cfg.path).requires_grad_(False)",
        "globals()[cfg.kind](cfg)",
        "globals()[cfg.tokenizer].from_pretrained(cfg.path)",
        "globals()[cfg.kind].from_config(cfg)",
    ],
)
@pytest.mark.parametrize("init", ["self.net = {made}", "self.net = Wrapper(cfg)"])
def test_what_is_ready_or_no_model(made: str, init: str, tmp_path: Path) -> None:
    assert of_library(tmp_path, made, init) == []


@pytest.mark.parametrize(
    "package",
    ["transformers import AutoTokenizer", "transformers import BertPreTrainedModel", "timm import create_model"],
)
def test_a_file_that_imports_no_model(package: str, tmp_path: Path) -> None:
    assert of_library(tmp_path, "globals()[cfg.kind].from_pretrained(cfg.path)", package=package) == []


def test_a_name_that_is_known_is_the_one_that_is_meant(tmp_path: Path) -> None:
    assert of_library(tmp_path, "globals()['RobertaModel'].from_pretrained(cfg.path)") == HIGH
    assert of_library(tmp_path, "globals()['AutoTokenizer'].from_pretrained(cfg.path)") == []


@pytest.mark.parametrize(
    ("name", "picked", "expected"),
    [
        ("run", "cfg.model_cls", MEDIUM),
        ("run", "cfg['ModelClass']", MEDIUM),
        ("text_encoder", "cfg.kind", MEDIUM),
        ("lm", "cfg.kind", MEDIUM),
        ("run", "cfg.kind", []),
        ("fe", "cfg.kind", []),
        ("tok", "cfg.kind", []),
        ("tok", "cfg.model_cls", []),
        ("film", "cfg.planet", []),
        ("model", "cfg.tokenizer_cls", []),
        ("model_config", "cfg.kind", []),
    ],
)
@pytest.mark.parametrize("form", ["self.{name} = {pick}.from_pretrained(cfg.path).to(cfg.device)", "{local}"])
def test_the_words_say_whether_it_is_a_model(
    name: str, picked: str, expected: list[Confidence], form: str, tmp_path: Path
) -> None:
    local = "cls = {pick}\n        self.{name} = cls.from_pretrained(cfg.path)"
    init = form.replace("{local}", local).format(name=name, pick=f"globals()[{picked}]")
    assert of_library(tmp_path, "nn.Identity()", f"{init}\n        self.net = self.{name}") == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [("", MEDIUM), ("AutoConfig, ", []), ("AutoTokenizer, ", []), ("Wav2Vec2FeatureExtractor, ", [])],
)
def test_a_file_that_imports_models_only(others: str, expected: list[Confidence], tmp_path: Path) -> None:
    init = "self.run = globals()[cfg.kind].from_pretrained(cfg.path)\n        self.net = self.run"
    assert of_library(tmp_path, "nn.Identity()", init, f"transformers import {others}BertModel") == expected


def test_what_is_handed_to_a_model_is_none_for_that(tmp_path: Path) -> None:
    init = "self.model = cfg.wrap(globals()[cfg.kind].from_pretrained(cfg.path))"
    kept = "made = globals()[cfg.kind].from_pretrained(cfg.path)\n        self.net = made"
    assert of_library(tmp_path, "nn.Identity()", init) == []
    assert of_library(tmp_path, "nn.Identity()", kept) == []
    assert of_library(tmp_path, "nn.Identity()", kept.replace("made", "model")) == MEDIUM


TASK = """
import importlib

import lightning as L
import torch
from torch import nn

class Task(L.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        self.make(cfg)

    def make(self, cfg):
        {picks}
        self.net = kind(cfg)
        {then}

    def training_step(self, batch, batch_idx):
        return self.net(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
LOADING = """
from torch import nn
from transformers import AutoModel

class Bert(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.enc = AutoModel.from_pretrained(cfg.name)

    def forward(self, x):
        return self.enc(x)[0]
"""
FRESH = """
from torch import nn

class Conv(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.conv = nn.Conv1d(2, 2, 2)

    def forward(self, x):
        return self.conv(x)

class Bert2(Conv):
    pass
"""
FILES = {"nets/bert.py": LOADING, "nets/conv.py": FRESH, "nets/__init__.py": "", "other/conv.py": FRESH}


def of_files(
    folder: Path,
    picks: str,
    then: str = "pass",
    files: dict[str, str] = FILES,
    at: str = "task.py",
    task: str = TASK,
) -> list[Confidence]:
    text = task.replace("{picks}", picks.replace("; ", "\n        ")).replace("{then}", then)
    findings = findings_of(folder, {**files, at: text}, at)
    return [finding.confidence for finding in findings if finding.code == "LL101"]


@pytest.mark.parametrize(
    "picks",
    [
        "kind = getattr(importlib.import_module('nets.bert'), 'Bert')",
        "kind = importlib.import_module('nets.bert').Bert",
        "mod = importlib.import_module('nets.' + 'bert'); kind = mod.Bert",
        "kind = importlib.import_module('.bert', package='nets').Bert",
    ],
)
@pytest.mark.parametrize(
    ("then", "expected"), [("pass", HIGH), ("self.net.train()", []), ("self.net.requires_grad_(False)", [])]
)
def test_a_file_whose_name_is_known(picks: str, then: str, expected: list[Confidence], tmp_path: Path) -> None:
    assert of_files(tmp_path, picks, then) == expected


UNKNOWN_FILE = [
    "kind = getattr(importlib.import_module(f'nets.{cfg.mod}'), cfg.kind)",
    "kind = getattr(importlib.import_module('nets.' + cfg.mod), cfg.kind)",
    "kind = getattr(importlib.import_module('.' + cfg.mod, package='nets'), cfg.kind)",
    "kind = getattr(importlib.import_module(f'.{cfg.mod}', 'nets'), cfg.kind)",
    "kind = importlib.import_module(f'nets.{cfg.mod}').Bert",
    "name = f'nets.{cfg.mod}'; mod = importlib.import_module(name); kind = getattr(mod, cfg.kind)",
]


@pytest.mark.parametrize("picks", UNKNOWN_FILE)
def test_one_of_the_files_of_a_package(picks: str, tmp_path: Path) -> None:
    assert of_files(tmp_path, picks) == MEDIUM


@pytest.mark.parametrize("picks", UNKNOWN_FILE)
@pytest.mark.parametrize("then", ["self.net.train()", "self.net.requires_grad_(False)"])
def test_whatever_it_is_it_is_made_ready(picks: str, then: str, tmp_path: Path) -> None:
    assert of_files(tmp_path, picks, then) == []


def test_a_package_without_a_file_of_its_own(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if name != "nets/__init__.py"}
    assert of_files(tmp_path, UNKNOWN_FILE[0], files=files) == MEDIUM


@pytest.mark.parametrize("package", ["__package__", "__name__.rpartition('.')[0]", "__name__"])
def test_a_file_beside_the_one_that_picks(package: str, tmp_path: Path) -> None:
    picks = f"kind = getattr(importlib.import_module('.' + cfg.mod, package={package}), cfg.kind)"
    expected = MEDIUM if package == "__package__" else []
    assert of_files(tmp_path, picks, at="nets/task.py") == expected


def test_a_package_that_picks_out_of_itself(tmp_path: Path) -> None:
    picks = "kind = getattr(importlib.import_module('.' + cfg.mod, package=__name__), cfg.kind)"
    assert of_files(tmp_path, picks, at="nets/__init__.py") == MEDIUM


@pytest.mark.parametrize(
    "picks",
    [
        "kind = getattr(importlib.import_module(cfg.mod), cfg.kind)",
        "kind = getattr(importlib.import_module(f'{cfg.package}.bert'), cfg.kind)",
        "kind = getattr(importlib.import_module(f'nets.{cfg.package}.{cfg.mod}'), cfg.kind)",
        "kind = getattr(importlib.import_module(f'nets.{cfg.package}.bert'), cfg.kind)",
        "kind = getattr(importlib.import_module('.' + cfg.mod), cfg.kind)",
        "kind = getattr(importlib.import_module('.' + cfg.mod, cfg.package), cfg.kind)",
        "kind = getattr(importlib.import_module(f'other.{cfg.mod}'), cfg.kind)",
        "kind = getattr(importlib.import_module(f'missing.{cfg.mod}'), cfg.kind)",
        "kind = getattr(importlib.import_module('nets.conv'), 'Conv')",
        "kind = importlib.import_module(f'nets.{cfg.mod}').Conv",
        "kind = importlib.import_module(f'nets.{cfg.mod}').Missing",
        "kind = importlib.import_module('.missing', 'nets').Bert",
    ],
)
def test_a_file_of_which_nothing_is_known_or_that_loads_nothing(picks: str, tmp_path: Path) -> None:
    assert of_files(tmp_path, picks) == []


def test_one_of_too_many_is_not_known(tmp_path: Path) -> None:
    more = {f"nets/net{number}.py": FRESH for number in range(6)}
    assert of_files(tmp_path, UNKNOWN_FILE[0], files={**FILES, **more}) == []
    assert of_files(tmp_path, UNKNOWN_FILE[4], files={**FILES, **more}) == MEDIUM


HOLDER = """
from torch import nn
from nets import bert
from nets.bert import Bert

class Holder({base}):
    def __init__(self, cfg):
        super().__init__(){builds}

    def forward(self, x):
        return self.inner(x)

def build(cfg):
    return Bert(cfg)
"""


@pytest.mark.parametrize(
    ("base", "builds", "expected"),
    [
        ("nn.Module", "\n        self.inner = Bert(cfg).train()", []),
        ("nn.Module", "\n        self.inner = bert.Bert(cfg).train()", []),
        ("nn.Module", "\n        self.inner = nn.Linear(2, 2)", MEDIUM),
        ("Bert", "", MEDIUM),
    ],
)
def test_a_part_of_another_is_not_picked(base: str, builds: str, expected: list[Confidence], tmp_path: Path) -> None:
    holder = HOLDER.format(base=base, builds=builds)
    assert of_files(tmp_path, UNKNOWN_FILE[0], files={**FILES, "nets/holder.py": holder}) == expected


@pytest.mark.parametrize(
    ("imports", "expected"),
    [("from nets.bert import Bert", []), ("from nets.conv import Conv", MEDIUM), ("import nets.bert", MEDIUM)],
)
def test_what_is_imported_by_its_name_needs_no_picking(
    imports: str, expected: list[Confidence], tmp_path: Path
) -> None:
    task = TASK.replace("import importlib\n", f"import importlib\n{imports}\n", 1)
    assert of_files(tmp_path, UNKNOWN_FILE[0], task=task) == expected


@pytest.mark.parametrize(
    ("base", "expected"), [("nn.Module", MEDIUM), ("L.LightningModule", []), ("lightning.pytorch.LightningModule", [])]
)
def test_a_task_is_no_part_of_another(base: str, expected: list[Confidence], tmp_path: Path) -> None:
    text = LOADING.replace("nn.Module", base, 1).replace(
        "from torch", "import lightning\nimport lightning as L\nfrom torch", 1
    )
    assert of_files(tmp_path, UNKNOWN_FILE[0], files={**FILES, "nets/bert.py": text}) == expected
