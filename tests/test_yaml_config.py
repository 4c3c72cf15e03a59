"""What is read from YAML, and what is built from it; a file can at worst say nothing."""

from pathlib import Path
from textwrap import dedent

import pytest

from lintlight.check import check
from lintlight.model import Confidence, Finding
from lintlight.registry import load_rules
from lintlight.semantics.configuration.recipes import Configuration
from lintlight.semantics.configuration.tree import (
    MOST_BYTES,
    OPEN,
    Document,
    Leaf,
    Open,
    Row,
    Table,
    Tree,
    read_document,
)
from lintlight.semantics.resolve.index import Index
from lintlight.settings import Settings
from tests.checking import findings_of
from tests.command import lintlight

MODULE = """
import hydra
import lightning as L
import torch
from torch import nn

class Model(L.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        self.encoder = {encoder}
        self.head = nn.Linear(8, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.encoder(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
ENCODERS = """
from torch import nn
from transformers import AutoModel

class Left(nn.Module):
    def __init__(self, name, trainable=False):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)
        if trainable:
            self.bert.train()

    def forward(self, batch):
        return self.bert(batch).pooler_output

class Right(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)

    def forward(self, batch):
        return self.bert(batch).pooler_output

class Frozen(Left):
    def __init__(self, name):
        super().__init__(name)
        self.requires_grad_(False)
"""


BY_CLI = """
    model:
      class_path: model.Model
      init_args:
        cfg:
          class_path: encoders.Left
          init_args:
            name: bert-base-uncased
"""


def findings(folder: Path, encoder: str, imported: str = "", **files: str) -> list[Finding]:
    """What is found in a project with one module and these YAML files; `conf_model` is `conf/model.yaml`."""
    code = {"model.py": imported + MODULE.format(encoder=encoder), "encoders.py": ENCODERS}
    settings = {f"{name.replace('_', '/')}.yaml": dedent(text) for name, text in files.items()}
    return findings_of(folder, {**code, **settings}, "model.py")


LEFT = """
_target_: encoders.Left
name: bert-base-uncased
"""
IN_CODE = "hydra.utils.instantiate(cfg.encoder)"
KEYED = "encoder:\n  _target_: encoders.Left\n  name: bert-base-uncased\n"


@pytest.mark.parametrize(
    "encoder",
    [IN_CODE, 'hydra.utils.instantiate(cfg["encoder"])', "hydra.utils.instantiate(config=cfg.model.encoder)"],
)
def test_the_only_target_of_a_key_is_built(tmp_path: Path, encoder: str) -> None:
    (found,) = findings(tmp_path, encoder, conf_model=KEYED)
    assert found.code == "LL101"
    assert found.confidence is Confidence.MEDIUM
    assert found.related[-1].message == "built as `conf/model.yaml` says"
    assert (found.related[-1].span.path, found.related[-1].span.start.row) == (tmp_path / "conf/model.yaml", 2)


def test_a_folder_is_the_key_of_its_files(tmp_path: Path) -> None:
    assert len(findings(tmp_path, IN_CODE, encoder_large=LEFT, encoder_base=LEFT)) == 1


def test_the_package_line_names_the_key(tmp_path: Path) -> None:
    assert len(findings(tmp_path, IN_CODE, parts_any="# @package model.encoder" + LEFT)) == 1
    assert findings(tmp_path, IN_CODE, parts_any="# @package _global_" + LEFT) == []


RIGHT = "encoder:\n  _target_: encoders.Right\n  name: bert-base-uncased\n"
FROZEN = "encoder:\n  _target_: encoders.Frozen\n  name: bert-base-uncased\n"


def test_every_module_that_may_be_built_for_a_key_is_wrong(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, IN_CODE, conf_a=KEYED, conf_b=RIGHT)
    assert found.confidence is Confidence.MEDIUM
    said = {each.message for each in found.related if each.message.startswith("built as")}
    assert said == {"built as `conf/a.yaml` says", "built as `conf/b.yaml` says"}


def test_a_part_may_be_a_lightning_module_of_its_own(tmp_path: Path) -> None:
    """Inside of another one it is no module that is fitted."""
    own = ENCODERS.replace("nn.Module", "L.LightningModule").replace("from torch import nn", "import lightning as L")
    (tmp_path / "lit.py").write_text(own)
    chosen = {name: text.replace("encoders.", "lit.") for name, text in (("conf_a", KEYED), ("conf_b", RIGHT))}
    (found,) = findings(tmp_path, IN_CODE, **chosen)
    assert found.confidence is Confidence.MEDIUM


def test_one_module_that_may_be_built_for_a_key_is_right(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, IN_CODE, conf_a=KEYED, conf_b=FROZEN)
    assert found.confidence is Confidence.LOW


def test_the_nearest_configuration_counts(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "frozen.yaml").write_text(FROZEN)
    (found,) = findings(tmp_path, IN_CODE, model=KEYED)
    assert found.confidence is Confidence.LOW  # a folder below is as near as the file beside it
    (tmp_path / "app").mkdir()
    for name in ("model.py", "encoders.py", "model.yaml"):
        (tmp_path / name).rename(tmp_path / "app" / name)
    (tmp_path / "app" / "model.yaml").write_text(KEYED.replace("encoders.", "app.encoders."))
    report = check([tmp_path / "app" / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [each.confidence for each in report.findings] == [Confidence.MEDIUM]


def test_a_parameter_that_is_stored_under_another_name(tmp_path: Path) -> None:
    built = "hydra.utils.instantiate(self.encoder_conf)"
    stored = MODULE.replace("def __init__(self, cfg):", "def __init__(self, encoder):").replace(
        "super().__init__()\n", "super().__init__()\n        self.encoder_conf = encoder\n", 1
    )
    findings(tmp_path, IN_CODE, conf_model=KEYED)
    (tmp_path / "model.py").write_text(stored.format(encoder=built))
    report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [each.confidence for each in report.findings] == [Confidence.MEDIUM]


TRAINS = """
import hydra
from lightning import Trainer

def main(cfg):
    model = hydra.utils.instantiate(cfg.model)
    {switch}
    Trainer().fit(model=model)
"""


@pytest.mark.parametrize(("switch", "expected"), [("model.train()", 0), ("model.eval()", 1), ("other.train()", 1)])
def test_a_script_that_trains_whatever_it_builds(tmp_path: Path, switch: str, expected: int) -> None:
    (tmp_path / "train.py").write_text(TRAINS.format(switch=switch))
    configured = (
        f"model:\n  _target_: model.Model\n{dedent(KEYED).replace('encoder:', '  cfg:').replace('  _t', '    _t')}"
    )
    text = configured.replace("  name", "    name")
    assert len(findings(tmp_path, "cfg", conf_model=text)) == expected


STRUCTURED = """
from dataclasses import dataclass, field
from typing import Any
from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

@dataclass
class Encoder:
    name: str = "bert-base-uncased"
    trainable: bool = {trainable}
    _target_: str = "encoders.Left"

@dataclass
class Model:
    cfg: {held}
    _target_: str = "model.Model"

@dataclass
class Train:
    model: Model = field(default_factory=Model)

ConfigStore.instance().store(group="model/{group}", name="left", node=Encoder)
"""


@pytest.mark.parametrize(
    ("held", "group", "trainable", "expected"),
    [
        ("Encoder = field(default_factory=Encoder)", "other", False, 1),
        ("Encoder = Encoder()", "other", False, 1),
        ("Encoder", "other", False, 1),
        ("Any = MISSING", "cfg", False, 1),
        ("Any", "cfg", False, 1),
        ("Any", "cfg", True, 0),
        ("Any", "other", False, 0),
        ("Any = None", "cfg", False, 0),
    ],
)
def test_dataclasses_that_say_what_is_built(
    tmp_path: Path, held: str, group: str, trainable: bool, expected: int
) -> None:
    (tmp_path / "config.py").write_text(STRUCTURED.format(held=held, group=group, trainable=trainable))
    found = findings(tmp_path, "cfg")
    assert [each.confidence for each in found] == [Confidence.MEDIUM] * expected


def test_a_dataclass_that_changed_is_read_again(tmp_path: Path) -> None:
    counts = []
    for trainable in (False, True, False):
        text = STRUCTURED.format(held="Any", group="cfg", trainable=trainable)
        (tmp_path / "config.py").write_text(text)
        findings(tmp_path, "cfg")
        counts.append(lintlight("check", "model.py", cwd=tmp_path).stdout.count("LL101"))
    assert counts == [1, 0, 1]


EXPERIMENT = "# @package _global_\ndefaults:\n  - /encoder@model.cfg: left\n"
OF_A_MODEL = "_target_: model.Model\ncfg: ???\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"conf_train": "defaults:\n  - model: lit\n", "conf_experiment_first": EXPERIMENT}, 1),
        ({"conf_train": "defaults:\n  - model: lit\n", "conf_experiments_deep_first": EXPERIMENT}, 1),
        ({"conf_train": "seed: 1\n", "conf_exp_first": EXPERIMENT.replace(":\n", ":\n  - /model: lit\n")}, 1),
        ({"conf_train": "defaults:\n  - model: lit\n", "conf_other_first": EXPERIMENT}, 0),
        (
            {"conf_train": "defaults:\n  - model: lit\n", "conf_experiment_first": EXPERIMENT.replace("_global_", "x")},
            0,
        ),
    ],
)
def test_an_experiment_that_is_added_on_the_command_line(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    """As Hydra composes it, see the end of `tests/evidence/hydra_composition.out`."""
    assert len(findings(tmp_path, "cfg", conf_encoder_left=LEFT, conf_model_lit=OF_A_MODEL, **files)) == expected


ADDS = """
import hydra
from lightning import Trainer
from transformers import AutoModel

def main(cfg):
    encoder = {encoder}
    model = hydra.utils.instantiate(cfg.model{added})
    Trainer().fit(model=model)
"""


@pytest.mark.parametrize(
    ("encoder", "added", "expected"),
    [
        ("AutoModel.from_pretrained('bert-base-uncased')", ", cfg=encoder", 1),
        ("hydra.utils.instantiate(cfg.encoder)", ", cfg=encoder", 1),
        ("AutoModel.from_pretrained('bert-base-uncased').train()", ", cfg=encoder", 0),
        ("AutoModel.from_pretrained('bert-base-uncased')", ", _recursive_=False", 0),
    ],
)
def test_a_script_adds_what_the_configuration_does_not_have(
    tmp_path: Path, encoder: str, added: str, expected: int
) -> None:
    (tmp_path / "train.py").write_text(ADDS.format(encoder=encoder, added=added))
    found = findings(tmp_path, "cfg", conf_all=KEYED + "model:\n  _target_: model.Model\n")
    assert len(found) == expected
    assert all(each.confidence is not Confidence.LOW for each in found)


@pytest.mark.parametrize(
    "other",
    [
        "encoder:\n  _target_: nowhere.Left\n",
        "encoder:\n  _target_: model.Model\n",
        "encoder:\n  _target_: ${encoder_class}\n",
        "encoder:\n  _target_: ???\n",
    ],
)
def test_nobody_guesses_between_targets(tmp_path: Path, other: str) -> None:
    assert findings(tmp_path, IN_CODE, conf_a=KEYED, conf_b=other) == []


@pytest.mark.parametrize(
    "config",
    [
        "encoder:\n  _target_: encoders.Missing\n",
        "encoder:\n  _target_: nowhere.Left\n",
        "encoder:\n  _target_: encoders.Left\n  _partial_: true\n",
        "encoder:\n  _target_: encoders.Frozen\n  name: bert-base-uncased\n",
        "encoder:\n  _target_: encoders.Left\n  name: bert-base-uncased\n  trainable: true\n",
        "decoder:\n  _target_: encoders.Left\n  name: bert-base-uncased\n",
    ],
)
def test_quiet(tmp_path: Path, config: str) -> None:
    found = findings(tmp_path, IN_CODE, conf_model=config)
    assert [each for each in found if each.confidence is not Confidence.LOW] == []


def test_what_the_code_passes_counts_more(tmp_path: Path) -> None:
    assert findings(tmp_path, "hydra.utils.instantiate(cfg.encoder, trainable=True)", conf_model=KEYED) == []


def test_a_module_is_built_as_the_file_says(tmp_path: Path) -> None:
    left = "  _target_: encoders.Left\n  name: bert-base-uncased\n"
    (found,) = findings(tmp_path, "cfg", conf_any=f"_target_: model.Model\ncfg:\n{left}")
    assert found.attribute == "encoder.bert"
    assert found.confidence is Confidence.MEDIUM
    assert found.related[-1].message == "built as `conf/any.yaml` says"


@pytest.mark.parametrize(
    ("given", "call", "expected"),
    [
        ("_partial_: true\n  name: bert-base-uncased", "cfg()", 1),
        ("_partial_: true", "cfg('bert-base-uncased')", 1),
        ("_partial_: true\n  name: bert-base-uncased\n  trainable: true", "cfg()", 0),
        ("_partial_: true\n  name: bert-base-uncased", "cfg(trainable=True)", 0),
        ("_partial_: false\n  name: bert-base-uncased", "cfg", 1),
        ("_partial_: ${partial}\n  name: bert-base-uncased", "cfg()", 0),
    ],
)
def test_what_hydra_hands_on_to_be_called(tmp_path: Path, given: str, call: str, expected: int) -> None:
    text = f"_target_: model.Model\ncfg:\n  _target_: encoders.Left\n  {given}\n"
    found = findings(tmp_path, call, conf_any=text)
    assert [(each.attribute, each.confidence) for each in found] == [("encoder.bert", Confidence.MEDIUM)] * expected


@pytest.mark.parametrize(("annotation", "expected"), [("Callable[[str], nn.Module]", 1), ("Callable", 0)])
def test_lightning_cli_hands_on_what_is_annotated_as_made_by_a_call(
    tmp_path: Path, annotation: str, expected: int
) -> None:
    (tmp_path / "conf").mkdir()
    findings(tmp_path, "cfg()", config=BY_CLI)
    module = (tmp_path / "model.py").read_text().replace("self, cfg", f"self, cfg: {annotation}")
    (tmp_path / "model.py").write_text(f"from typing import Callable\n{module}")
    report = check([tmp_path / "model.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [each.attribute for each in report.findings] == ["encoder.bert"] * expected


@pytest.mark.parametrize(
    ("given", "expected"), [("name='bert-base-uncased'", 1), ("'bert-base-uncased', trainable=True", 0)]
)
def test_functools_partial_keeps_its_arguments(tmp_path: Path, given: str, expected: int) -> None:
    imported = "from functools import partial\nfrom encoders import Left\n"
    assert len(findings(tmp_path, f"partial(Left, {given})()", imported)) == expected


def test_lightning_cli(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, "cfg", config=BY_CLI)
    assert found.attribute == "encoder.bert"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"task_any": "_target_: model.Model\n", "task_cfg_left": LEFT}, 1),
        ({"task_any": "defaults:\n  - cfg: left\n_target_: model.Model\n", "task_cfg_left": LEFT}, 1),
        (
            {
                "task_any": "defaults:\n  - cfg: frozen\n_target_: model.Model\n",
                "task_cfg_left": LEFT,
                "task_cfg_frozen": LEFT.replace("Left", "Frozen"),
            },
            0,
        ),
        ({"task_any": "_target_: model.Model\n", "task_cfg_frozen": LEFT.replace("Left", "Frozen")}, 0),
        ({"task_any": "_target_: model.Model\n", "other_cfg_left": LEFT}, 0),
        ({"task_any": "_target_: model.Model\ncfg: null\n", "task_cfg_left": LEFT}, 0),
        ({"task_any": "_target_: model.Model\n", "task_cfg_left": LEFT, "task_cfg_rows": "_target_: a.Rows\n"}, 0),
    ],
    ids=["beside it", "named", "another named", "frozen", "elsewhere", "none at all", "no module"],
)
def test_a_group_of_files_fills_a_parameter(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    assert len(findings(tmp_path, "cfg", **files)) == expected


def test_each_way_to_build_a_module_is_walked(tmp_path: Path) -> None:
    frozen = "model:\n  _target_: model.Model\n  cfg:\n    _target_: encoders.Frozen\n    name: bert-base-uncased\n"
    assert findings(tmp_path, "cfg", conf_a=frozen) == []
    assert len(findings(tmp_path, "cfg", conf_a=frozen, conf_b=frozen.replace("Frozen", "Left"))) == 1


def test_a_factory_of_a_library_is_called(tmp_path: Path) -> None:
    factory = "transformers.BertModel.from_pretrained"
    text = f"encoder:\n  _target_: {factory}\n  pretrained_model_name_or_path: bert-base-cased\n"
    (found,) = findings(tmp_path, IN_CODE, conf_model=text)
    assert (found.span.path, found.attribute) == (tmp_path / "model.py", "encoder")
    assert found.help is not None
    assert found.help.startswith("call `self.encoder.train()` once it is built, or")


@pytest.mark.parametrize(
    ("made", "codes"),
    [
        ("hydra.utils.instantiate(cfg.adam, params=self.parameters())", ["LL202"]),
        ("hydra.utils.instantiate(cfg.optimizer, self.parameters())", ["LL202"]),
        ("hydra.utils.instantiate(cfg.average, self.parameters())", []),
    ],
)
def test_what_is_given_parameters_as_an_optimizer_is_one(tmp_path: Path, made: str, codes: list[str]) -> None:
    text = f"""
        import hydra
        import lightning as L
        from torch import nn

        class Model(L.LightningModule):
            def __init__(self, cfg):
                super().__init__()
                self.automatic_optimization = False
                self.head = nn.Linear(8, 2)
                self.other = {made}

            def training_step(self, batch, batch_idx):
                self.manual_backward(self.head(batch).sum())
                self.other.step()
    """
    path = tmp_path / "model.py"
    path.write_text(dedent(text))
    report = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.code for finding in report.findings] == codes


def test_files_that_build_nothing_are_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text("services:\n  web: 1\n")
    (tmp_path / "b.yaml").write_text("a:\n  _target_: some.Thing\n")
    read: list[Path] = []

    def reading(path: Path, data: bytes) -> Document | None:
        read.append(path)
        return read_document(path, data)

    monkeypatch.setattr("lintlight.semantics.configuration.recipes.read_document", reading)
    configuration = Configuration(tmp_path, Index(tmp_path))
    assert [recipe.target for recipe in configuration.recipes] == ["some.Thing"]
    assert configuration.recipes is configuration.recipes
    assert read == [tmp_path / "b.yaml"]


def tree(text: str) -> dict[str, Tree]:
    document = read_document(Path("x.yaml"), text.encode())
    assert document is not None
    return dict(document.root.items)


def test_literals() -> None:
    text = "a: on\nb: ~\nc: 0x1F\nd: 1_000\ne: .5\nf: '1'\ng: 1:30\nh: 2024-01-01\n"
    assert tree(text) == {
        "a": Leaf(True),
        "b": Leaf(None),
        "c": Leaf(31),
        "d": Leaf(1000),
        "e": Leaf(0.5),
        "f": Leaf("1"),
        "g": OPEN,
        "h": OPEN,
    }


def test_what_is_known_only_at_run_time_is_open() -> None:
    text = "a: ${b.c}\nd: ${a}/x\ne: ${oc.env:HOME}\nf: ???\ng: !ENV X\nh: !!python/name:os.system ''\ni: [1, !x 2]\n"
    assert tree(text) == {
        "a": Open("b.c"),
        "d": OPEN,
        "e": OPEN,
        "f": OPEN,
        "g": OPEN,
        "h": OPEN,
        "i": Row((Leaf(1), OPEN)),
    }


def test_merge_keys() -> None:
    both = tree("x: &x {p: 1, q: 1}\ny:\n  <<: *x\n  q: 2\n")["y"]
    assert isinstance(both, Table)
    assert dict(both.items) == {"p": Leaf(1), "q": Leaf(2)}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"- a\n",
        b"a: 1\n---\nb: 2\n",
        b"a: {\n",
        b"a: *b\n",
        b"a: \x00\n",
        b"\xff\xfea",
        b"a: " + b"[" * 100_000,
        b"a: " + b"{a: " * 500 + b"}" * 500,
        b"a: " + b"x" * MOST_BYTES,
    ],
)
def test_a_file_that_cannot_be_read_says_nothing(data: bytes) -> None:
    assert read_document(Path("x.yaml"), data) is None


def test_aliases_are_not_multiplied() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    assert list(tree("\n".join(lines))) == [f"a{i}" for i in range(9)]
    assert tree("a: &a\n  b: *a\n")["a"] is not None


def test_interpolations_in_one_file(tmp_path: Path) -> None:
    text = "name: bert-base-uncased\nencoder:\n  _target_: encoders.Left\n  name: ${model.name}\n"
    path = tmp_path / "model" / "a.yaml"
    path.parent.mkdir()
    path.write_text(text)
    (recipe,) = Configuration(tmp_path, Index(tmp_path)).recipes
    assert recipe.table.items["name"] == Leaf("bert-base-uncased")


def test_what_a_target_with_params_names_inside_is_built_by_the_project(tmp_path: Path) -> None:
    building = """
        import importlib

        class Builder:
            @staticmethod
            def build(config):
                module, name = config["target"].rsplit(".", 1)
                return getattr(importlib.import_module(module), name)(**config.get("params", dict()))
        """
    (tmp_path / "building.py").write_text(dedent(building))
    said = """
        model:
          target: model.Model
          params:
            cfg:
              target: encoders.Left
              params:
                name: bert-base-uncased
        """
    found = findings(tmp_path, "Builder.build(cfg)", "from building import Builder", conf_train=said)
    assert [(each.code, each.confidence) for each in found] == [("LL101", Confidence.MEDIUM)]


ENCODER_BY_NAME = """
import timm
from torch import nn
from transformers import AutoModel

class Encoder(nn.Module):
    def __init__(self, name="{name}"):
        super().__init__()
        if "/" in name:
            self.backbone = AutoModel.from_pretrained(name)
        else:
            self.backbone = timm.create_model(name, num_classes=0)

    def forward(self, x):
        return self.backbone(x)
"""
HOLDER = """
import lightning as L
import torch

class Seg(L.LightningModule):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def training_step(self, batch, batch_idx):
        return self.network(batch).mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(("name", "is_told"), [("vit_small", False), ("facebook/dinov2-base", True)])
def test_what_the_yaml_leaves_out_is_the_default(tmp_path: Path, name: str, is_told: bool) -> None:
    texts = {
        "pyproject.toml": "[project]\nname = 'p'\n",
        "nets.py": ENCODER_BY_NAME.format(name=name),
        "lit.py": HOLDER,
        "main.py": "from lightning.pytorch.cli import LightningCLI\nimport lightning as L\n\n"
        "LightningCLI(L.LightningModule, subclass_mode_model=True)\n",
        "config.yaml": "model:\n  class_path: lit.Seg\n  init_args:\n    network:\n      class_path: nets.Encoder\n",
    }
    for file, text in texts.items():
        (tmp_path / file).write_text(text)
    report = check(sorted(tmp_path.glob("*.py")), Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [found.code for found in report.findings] == (["LL101"] if is_told else [])
