"""A module's model may come from a script that reaches the module only through a factory, or a name worked out."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence, Finding
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.checking import findings_of

MODULES = """
import lightning as L
import torch

class Tagger(L.LightningModule):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def training_step(self, batch, batch_idx):
        return self.model(**batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

def class_for(task):
    if task == "tags":
        return Tagger
    raise ValueError(task)

def module_for(task, model):
    return class_for(task)(model=model)
"""
TOOLS = """
import importlib

def import_class(dotted):
    module, name = dotted.rsplit(".", 1)
    return getattr(importlib.import_module(module), name)
"""
THROUGH_A_FACTORY = """
from lightning import Trainer
from transformers import AutoModelForTokenClassification
from modules import module_for

def main(args):
    model = AutoModelForTokenClassification.from_pretrained(args.name)
    module = module_for(args.task, model)
    Trainer().fit(module)
"""
BY_NAME = """
from lightning import Trainer
from transformers import AutoModelForTokenClassification
from tools import import_class

def main(args):
    model = AutoModelForTokenClassification.from_pretrained(args.name)
    module_class = import_class(f"modules.{args.module}")
    Trainer().fit(module_class(model=model))

if __name__ == "__main__":
    main(None)
"""


def findings(folder: Path, script: str, modules: str = MODULES) -> list[Finding]:
    """What is found in the modules of a project with this script."""
    return findings_of(folder, {"modules.py": modules, "tools.py": TOOLS, "train.py": script}, "modules.py")


def test_a_factory_beside_the_module(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, THROUGH_A_FACTORY)
    assert (found.code, found.attribute, found.confidence) == ("LL101", "model", Confidence.HIGH)


def test_a_class_that_is_imported_by_name_is_a_guess(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, BY_NAME)
    assert (found.code, found.attribute, found.confidence) == ("LL101", "model", Confidence.MEDIUM)


@pytest.mark.parametrize("script", [THROUGH_A_FACTORY, BY_NAME], ids=["factory", "name"])
@pytest.mark.parametrize("said", ["model.train()", "model.requires_grad_(False)", "model = None"])
def test_quiet_where_the_script_says_what_it_wants(tmp_path: Path, script: str, said: str) -> None:
    loaded = "model = AutoModelForTokenClassification.from_pretrained(args.name)\n"
    assert findings(tmp_path, script.replace(loaded, f"{loaded}    {said}\n")) == []


MANUAL_WHEN_ASKED = """
import lightning as L
import torch

class Regressor(L.LightningModule):
    def __init__(self, automatic=True):
        super().__init__()
        self.automatic_optimization = automatic
        self.net = torch.nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        loss = self.net(batch).pow(2).mean()
        if self.automatic_optimization is False:
            self.manual_backward(loss)
            self.trainer.optimizers[0].step()
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-2)
"""


def test_manual_optimization_that_a_caller_may_ask_for(tmp_path: Path) -> None:
    (tmp_path / "modules.py").write_text(MANUAL_WHEN_ASKED)
    report = check([tmp_path / "modules.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [(each.code, each.confidence) for each in report.findings] == [("LL202", Confidence.MEDIUM)]


AGAIN = """
model = AutoModelForTokenClassification.from_pretrained("google-bert/bert-base-uncased")
trainer.fit(Tagger(model){switch})
"""


def test_one_script_that_fits_a_row_of_modules(tmp_path: Path) -> None:
    switches = ["", "", ".train()", "", ""]
    head = f"from transformers import AutoModelForTokenClassification\n{MODULES}\ntrainer = L.Trainer()\n"
    script = tmp_path / "train.py"
    script.write_text(head + "".join(AGAIN.format(switch=switch) for switch in switches))
    report = check([script], Settings(root=tmp_path), load_rules(), root=tmp_path)
    rows = [head.count("\n") + 2 + 3 * number for number, switch in enumerate(switches) if not switch]
    assert [(one.code, one.span.start.row) for one in report.findings] == [("LL101", row) for row in rows]


LARGE = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Tagger(L.LightningModule):
    def __init__(self, config=None):
        super().__init__()
        self.first = AutoModel.from_pretrained("google-bert/bert-base-uncased")
        self.frozen = config["frozen"]
        if self.frozen:
            for parameter in self.first.parameters():
                parameter.requires_grad = False
{steps}
        self.last = AutoModel.from_pretrained("google-bert/bert-base-uncased")

    def training_step(self, batch, batch_idx):
        return self.last(self.first(batch)).loss

    def configure_optimizers(self):
        trained = []
        for name, parameter in self.named_parameters():
            if not parameter.requires_grad:
                continue
            trained.append(parameter)
        return torch.optim.AdamW(trained)

def tagger_for(config=None, **more):
    return Tagger(config=config, **more)
"""
BUILDS_IT = """
import sys
import yaml
from lightning import Trainer
from modules import tagger_for

def train(path):
    with open(path) as file:
        config = yaml.safe_load(file)
    model = tagger_for(config=config)
    if config["half"]:
        model.head.requires_grad_(False)
    Trainer().fit(model)

def main():
    train(sys.argv[1])

if __name__ == "__main__":
    main()
"""


def test_a_large_module_that_a_factory_builds_is_followed_to_its_end(tmp_path: Path) -> None:
    """Nor does a loop that only reads the parameters settle which of them are frozen."""
    steps = "\n".join(f"        self.size_{number} = {number}" for number in range(1500))
    found = findings(tmp_path, BUILDS_IT, LARGE.format(steps=steps))
    assert {each.attribute: each.confidence for each in found} == {"first": Confidence.LOW, "last": Confidence.HIGH}


def test_a_switch_after_fit_was_not_meant_for_it(tmp_path: Path) -> None:
    [found] = findings(tmp_path, THROUGH_A_FACTORY + "    module.train()\n")
    assert (found.code, found.confidence) == ("LL101", Confidence.HIGH)


def test_a_caller_of_what_builds_the_module(tmp_path: Path) -> None:
    built = THROUGH_A_FACTORY.replace("def main(args)", "def get(args)").replace("    Trainer().fit(module)\n", "")
    fit = "    return module\n\ndef run(args):\n    module = get(args)\n{}    Trainer().fit(module)\n"
    assert [each.code for each in findings(tmp_path, built + fit.format(""))] == ["LL101"]
    assert findings(tmp_path, built + fit.format("    module.train()\n")) == []
    assert findings(tmp_path, built + fit.format("    module.model.requires_grad_(False)\n")) == []


REGISTERED = """
import lightning as L
import torch
from transformers import AutoModel

TABLE = {{}}

def register(name):
    def put(made):
        TABLE[name] = made
        return made
    return put

{registered}

class Module(L.LightningModule):
    def __init__(self, kind="bert"):
        super().__init__()
        self.encoder = TABLE[kind]()

    def training_step(self, batch, batch_idx):
        return self.encoder(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

L.Trainer().fit(Module())
"""
FUNCTION = """
@register("bert")
def bert():
    return AutoModel.from_pretrained("bert-base-uncased")
"""
CLASS = """
@register("bert")
class Bert(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = AutoModel.from_pretrained("bert-base-uncased")

    def forward(self, **batch):
        return self.inner(**batch)
"""


@pytest.mark.parametrize("registered", [FUNCTION, CLASS])
def test_a_table_that_decorators_fill_in_the_script_itself(tmp_path: Path, registered: str) -> None:
    path = tmp_path / "train.py"
    path.write_text(REGISTERED.format(registered=registered))
    [finding] = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert finding.code == "LL101"


def test_a_file_beside_it_has_a_table_of_its_own(tmp_path: Path) -> None:
    for name, registered in (("a.py", FUNCTION), ("b.py", CLASS)):
        text = REGISTERED.format(registered=registered).replace("L.Trainer().fit(Module())", "")
        tmp_path.joinpath(name).write_text(text)
    report = check([tmp_path / "a.py", tmp_path / "b.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert [finding.attribute for finding in report.findings] == ["encoder", "encoder.inner"]


HEIRS = """
import lightning as L
import torch
from transformers import AutoModel

class Switched(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")

    def on_fit_start(self):
        self.bert.train()

    def training_step(self, batch, batch_idx):
        return self.bert(**batch).last_hidden_state.mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())

class Silent(Switched):
    def on_fit_start(self):
        print("starting")

L.Trainer().fit(Switched())
L.Trainer().fit(Silent())
"""


def test_the_heir_is_named_by_whose_doing_a_base_class_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(HEIRS)
    (found,) = check([path], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert (found.class_name, found.probe and found.probe.class_name) == ("model.Silent", "Silent")


TWO_FITS = """
from lightning import Trainer
from transformers import AutoModelForTokenClassification
from modules import Tagger

def main(args):
    module = Tagger(AutoModelForTokenClassification.from_pretrained(args.name))
    module.model.requires_grad_(False)
    Trainer().fit(module)
    {between}
    Trainer().fit(module)
"""


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ("module.model.requires_grad_(True)", 1),
        ("module.model.requires_grad_(True).train()", 0),
        ("module.unfreeze()", 0),
        ("pass", 0),
    ],
)
def test_a_second_fit_begins_where_the_first_one_ended(tmp_path: Path, between: str, expected: int) -> None:
    assert len(findings(tmp_path, TWO_FITS.format(between=between))) == expected
