"""A program's whole configuration: composed as Hydra does it, or read from one file; it decides what is trained."""

from pathlib import Path
from textwrap import dedent

import pytest

from lintlight.check import check
from lintlight.model import Confidence, Finding
from lintlight.registry import load_rules
from lintlight.semantics.configuration.composed import composed_in
from lintlight.semantics.configuration.tree import Leaf, Open, Row, Table, Tree
from lintlight.semantics.resolve.index import Index
from lintlight.settings import Settings

MODULE = """
import lightning as L
import torch
from transformers import AutoModel

class Tagger(L.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        self.bert = AutoModel.from_pretrained(cfg.model.name)
        if cfg.model.freeze:
            self.bert.requires_grad_(False)
        self.head = torch.nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).pooler_output).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
HYDRA = """
import hydra
import lightning as L
from tagger import Tagger

@hydra.main(version_base=None, config_path="../conf", config_name="train")
def main(cfg):
    L.Trainer().fit(Tagger(cfg))

if __name__ == "__main__":
    main()
"""
MODEL = "name: bert-base-uncased\nfreeze: {freeze}\n"


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_yaml", ".yaml").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))


def plain(tree: Tree) -> object:
    if isinstance(tree, Table):
        return {name: plain(item) for name, item in tree.items.items()}
    if isinstance(tree, Row):
        return [plain(item) for item in tree.items]
    return tree.value if isinstance(tree, Leaf) else "?" if isinstance(tree, Open) else None


def composed(root: Path) -> object:
    tree = composed_in(Index(root).yaml, root / "conf", "train")
    return plain(tree) if tree is not None else None


def found(root: Path) -> list[Finding]:
    files = sorted(root.rglob("*.py"))
    report = check(files, Settings(root=root, min_confidence=Confidence.LOW), load_rules(), root=root)
    assert not report.errors
    return list(report.findings)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'p'\ndependencies = ['lightning>=2.4']\n")
    return tmp_path


GROUPS = {
    "conf__model__small_yaml": "size: 1\nopt:\n  lr: ${lr}\n",
    "conf__model__large_yaml": "defaults:\n  - small\n  - _self_\nsize: 9\n",
    "conf__data__text_yaml": "batch: 4\n",
    "conf__part__whole_yaml": "defaults:\n  - text/small\n  - /model/small\n  - _self_\n",
    "conf__part__text__small_yaml": "kind: text\n",
    "conf__extra_yaml": "seed: 1\nlr: 5\n",
    "conf__net__inner_yaml": "defaults:\n  - /model: small\n  - _self_\ndepth: 2\n",
    "conf__net__shared_yaml": "# @package _global_\ndefaults:\n  - /model: small\n  - _self_\ndepth: 2\n",
    "conf__experiment__big_yaml": "# @package _global_\ndefaults:\n  - override /model: large\nlr: 3\n",
    "conf__experiment__all_yaml": "# @package _global_\nmodel:\n  size: 7\n",
}


@pytest.mark.parametrize(
    ("train", "expected"),
    [
        ("lr: 2\n", {"lr": 2}),
        (
            "defaults:\n  - model: small\n  - _self_\nlr: 2\n",
            {"model": {"size": 1, "opt": {"lr": 2}}, "lr": 2},
        ),
        ("defaults:\n  - model: large\nlr: 2\n", {"model": {"size": 9, "opt": {"lr": 2}}, "lr": 2}),
        ("defaults:\n  - /model: small\nmodel:\n  size: 3\n", {"model": {"size": 3, "opt": {"lr": "?"}}}),
        (
            "defaults:\n  - _self_\n  - model: small\nmodel:\n  size: 3\nlr: 2\n",
            {"model": {"size": 1, "opt": {"lr": 2}}, "lr": 2},
        ),
        (
            "defaults:\n  - model@net.first: small\n  - extra\n",
            {"net": {"first": {"size": 1, "opt": {"lr": 5}}}, "seed": 1, "lr": 5},
        ),
        (
            "defaults:\n  - model: small\n  - experiment: all\n  - optional data: null\nlr: 2\n",
            {"model": {"size": 7, "opt": {"lr": 2}}, "lr": 2},
        ),
        (
            "defaults:\n  - model: small\n  - override model: large\n  - override hydra/launcher: submitit\nlr: 2\n",
            {"model": {"size": 9, "opt": {"lr": 2}}, "lr": 2},
        ),
        ("defaults:\n  - data: ???\n  - optional local: mine\nlr: 2\n", {"data": "?", "local": "?", "lr": 2}),
        (
            "defaults:\n  - data: [text]\nname: ${data.batch}\n${x}: 1\n",
            {"data": {"batch": 4}, "name": 4, "${x}": 1},
        ),
        (
            "defaults:\n  - net: inner\nlr: 2\n",
            {"net": {"model": {"size": 1, "opt": {"lr": 2}}, "depth": 2}, "lr": 2},
        ),
        (
            "defaults:\n  - net@deep.er: inner\nlr: 2\n",
            {"deep": {"er": {"model": {"size": 1, "opt": {"lr": 2}}, "depth": 2}}, "lr": 2},
        ),
        ("defaults:\n  - net: shared\nlr: 2\n", {"model": {"size": 1, "opt": {"lr": 2}}, "depth": 2, "lr": 2}),
        (
            "defaults:\n  - model@net.first: small\n  - override model@net.first: large\nlr: 2\n",
            {"net": {"first": {"size": 9, "opt": {"lr": 2}}}, "lr": 2},
        ),
        (
            "defaults:\n  - model: small\n  - experiment: big\nlr: 2\n",
            {"model": {"size": 9, "opt": {"lr": 2}}, "lr": 2},
        ),
        ('defaults:\n  - "": small\nlr: 2\n', None),
        ("defaults:\n  - nowhere\nlr: 2\n", None),
        ("defaults: base\n", None),
        ("a: ${b}\nb: ${a}\n", {"a": "?", "b": "?"}),
        ("defaults:\n  - train\n", None),
        (
            "defaults:\n  - part: whole\nlr: 2\n",
            {"part": {"text": {"kind": "text"}, "model": {"size": 1, "opt": {"lr": 2}}}, "lr": 2},
        ),
        ("defaults:\n  - part/text/small\n  - part/text: small\n", {"part": {"text": {"kind": "text"}}}),
    ],
    ids=[
        "one file",
        "a group",
        "a file of the same group",
        "itself last unless it says so",
        "itself first",
        "under another package",
        "a package in the file",
        "another choice",
        "what is not there",
        "a list",
        "a group inside a group",
        "... under another package",
        "... of a file without a package",
        "another choice under another package",
        "another choice that comes late",
        "a group without a name",
        "a base that is not there",
        "no list",
        "interpolations in a circle",
        "files in a circle",
        "files in folders of a group",
        "... of the root",
    ],
)
def test_composed_as_hydra_does(project: Path, train: str, expected: object) -> None:
    write(project, **GROUPS)
    write(project, conf__train_yaml=train)
    assert composed(project) == expected


@pytest.mark.parametrize(
    ("freeze", "sure"),
    [("false", Confidence.MEDIUM), ("true", Confidence.LOW), ("${later}", Confidence.LOW), ("???", Confidence.LOW)],
)
def test_a_configuration_decides_what_is_trained(project: Path, freeze: str, sure: Confidence) -> None:
    write(
        project,
        src__tagger_py=MODULE,
        src__train_py=HYDRA,
        conf__train_yaml="defaults:\n  - model: base\n",
        conf__model__base_yaml=MODEL.format(freeze=freeze),
    )
    (one,) = found(project)
    assert (one.code, one.confidence) == ("LL101", sure)


def test_what_is_sure_without_it_stays_sure(project: Path) -> None:
    write(
        project,
        src__tagger_py=MODULE.replace("self.bert.requires_grad_(False)", "self.note = 1"),
        src__train_py=HYDRA,
        conf__train_yaml="model:\n  name: bert-base-uncased\n  freeze: false\n",
    )
    (one,) = found(project)
    assert one.confidence is Confidence.HIGH


READERS = {
    "OmegaConf": "from omegaconf import OmegaConf\ncfg = OmegaConf.load('conf/train.yaml')\n",
    "merged": (
        "from omegaconf import OmegaConf\n"
        "cfg = OmegaConf.merge(OmegaConf.load('conf/train.yaml'), OmegaConf.from_cli())\n"
    ),
    "yaml": (
        "import yaml\nfrom omegaconf import OmegaConf\n"
        "with open('conf/train.yaml') as stream:\n    cfg = OmegaConf.create(yaml.safe_load(stream))\n"
    ),
    "yaml with a loader": (
        "import yaml\nfrom argparse import Namespace\nfrom omegaconf import OmegaConf\n"
        "cfg = OmegaConf.create(yaml.load(open('conf/train.yaml'), Loader=yaml.FullLoader))\n"
    ),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize(("freeze", "sure"), [("false", Confidence.MEDIUM), ("true", Confidence.LOW)])
def test_a_file_that_a_script_reads(project: Path, reader: str, freeze: str, sure: Confidence) -> None:
    script = f"import lightning as L\nfrom tagger import Tagger\n{reader}L.Trainer().fit(Tagger(cfg))\n"
    text = MODEL.format(freeze=freeze).replace("\n", "\n  ")
    write(project, tagger_py=MODULE, train_py=script, conf__train_yaml=f"model:\n  {text}\n")
    (one,) = found(project)
    assert (one.code, one.confidence) == ("LL101", sure)


@pytest.mark.parametrize("name", ["'conf/none.yaml'", "'../outside.yaml'", "'conf/train.json'", "name", "3"])
def test_a_file_that_is_none_of_the_projects(project: Path, name: str) -> None:
    script = (
        "import sys\nimport lightning as L\nfrom omegaconf import OmegaConf\nfrom tagger import Tagger\n"
        f"name = sys.argv[1]\ncfg = OmegaConf.load({name})\nL.Trainer().fit(Tagger(cfg))\n"
    )
    write(project.parent, outside_yaml="model:\n  name: x\n  freeze: false\n")
    write(project, tagger_py=MODULE, train_py=script, conf__train_yaml="a: 1\n")
    (one,) = found(project)
    assert one.confidence is Confidence.LOW


def test_a_name_that_two_files_have(project: Path) -> None:
    script = (
        "import lightning as L\nfrom omegaconf import OmegaConf\nfrom tagger import Tagger\n"
        "L.Trainer().fit(Tagger(OmegaConf.load('conf.yaml')))\n"
    )
    said = "model:\n  name: bert-base-uncased\n  freeze: {}\n"
    write(project, tagger_py=MODULE, exp__train_py=script, conf_yaml=said.format("false"))
    assert [one.confidence for one in found(project)] == [Confidence.MEDIUM]
    write(project, exp__conf_yaml=said.format("true"))
    assert [one.confidence for one in found(project)] == [Confidence.LOW]


def test_another_decorator_may_change_what_hydra_hands_over(project: Path) -> None:
    text = "model:\n  name: bert-base-uncased\n  freeze: false\n"
    write(project, src__tagger_py=MODULE, src__train_py=HYDRA, conf__train_yaml=text)
    assert [one.confidence for one in found(project)] == [Confidence.MEDIUM]
    write(project, src__train_py=HYDRA.replace("def main", "@frozen\ndef main"))
    assert [one.confidence for one in found(project)] == [Confidence.LOW]


CHANGES = {
    "merged with another file": "cfg = OmegaConf.merge(cfg, OmegaConf.load(sys.argv[1]))",
    "merged with a list": "cfg = OmegaConf.merge(cfg, OmegaConf.from_dotlist(['model.freeze=true']))",
    "merged in place": "cfg.merge_with({'model': {'freeze': True}})",
    "updated": "OmegaConf.update(cfg, 'model.freeze', True)",
    "updated in place": "cfg.update(vars(args))",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_changed_is_not_known(project: Path, change: str) -> None:
    script = (
        "import sys\nimport lightning as L\nfrom omegaconf import OmegaConf\nfrom tagger import Tagger\n"
        f"cfg = OmegaConf.load('conf.yaml')\n{change}\nL.Trainer().fit(Tagger(cfg))\n"
    )
    text = "model:\n  name: bert-base-uncased\n  freeze: false\n"
    write(project, tagger_py=MODULE, train_py=script, conf_yaml=text)
    assert [one.confidence for one in found(project)] == [Confidence.LOW]


def test_a_copy_is_not_what_it_was_copied_from(project: Path) -> None:
    script = (
        "import lightning as L\nfrom omegaconf import OmegaConf\nfrom tagger import Tagger\n"
        "cfg = OmegaConf.load('conf.yaml')\nother = OmegaConf.create(OmegaConf.to_container(cfg))\n"
        "other.model.freeze = True\nL.Trainer().fit(Tagger(cfg))\n"
    )
    text = "model:\n  name: bert-base-uncased\n  freeze: false\n"
    write(project, tagger_py=MODULE, train_py=script, conf_yaml=text)
    assert [one.confidence for one in found(project)] == [Confidence.MEDIUM]


READ = """
import argparse
import types
import lightning as L
import torch
import yaml
from easydict import EasyDict
from transformers import AutoModel

class Tagger(L.LightningModule):
    def __init__(self, cfg):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        if cfg.freeze:
            self.bert.requires_grad_(False)

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).pooler_output.sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

parser = argparse.ArgumentParser()
parser.add_argument("--config", default="conf/base.yaml")
parser.add_argument("--name", default="base")
args = parser.parse_args()
with open({path}) as stream:
    read = yaml.safe_load(stream)
L.Trainer().fit(Tagger({made}))
"""


@pytest.mark.parametrize("made", ["EasyDict(read)", "types.SimpleNamespace(**read)", "argparse.Namespace(**read)"])
@pytest.mark.parametrize(
    ("freeze", "path", "expected"),
    [
        ("false", "args.config", [Confidence.MEDIUM]),
        ("true", "args.config", [Confidence.LOW]),
        ("false", "'conf/base.yaml'", [Confidence.MEDIUM]),
        ("false", "args.name", [Confidence.LOW]),
        ("true", "args.name", [Confidence.LOW]),
    ],
)
def test_what_the_attributes_of_a_file_are(
    tmp_path: Path, made: str, freeze: str, path: str, expected: list[Confidence]
) -> None:
    write(
        tmp_path, conf__base_yaml=f"freeze: {freeze}\n", train_py=READ.format(made=made, path=path), requirements_txt=""
    )
    assert [each.confidence for each in found(tmp_path)] == expected
