"""A class that a project only runs with weights learnt elsewhere is told of with low confidence."""

import json
from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import load_rules
from lintlight.settings import Settings
from tests.checking import findings_of
from tests.sources import LOADS_TAGGER, TAGGER, notebook

FILLED = """
import torch
from tagger import Tagger

class Filter:
    tagger: Tagger

    def __init__(self):
        self.tagger = Tagger().cuda()
        self.tagger.load_state_dict(torch.load("tagger.pt"))

    def only(self, tagger: Tagger) -> Tagger:
        return tagger
"""
EVALUATED = """
from tagger import Tagger

def predict(batch):
    tagger = Tagger()
    tagger.eval()
    return tagger(batch)
"""
PREDICTED = """
import lightning as L
from tagger import Tagger

class Predictor:
    def __init__(self, weights):
        self.model, self.weights = None, weights
        self.model = Tagger()
        self.trainer = L.Trainer()

    def predict(self, batches):
        return self.trainer.predict(
            self.model, dataloaders=batches, ckpt_path=self.weights
        )
"""


def confidence(folder: Path, **files: str) -> Confidence:
    """Of the only finding in a project with these files beside the module's own."""
    named = {name if "." in name else f"{name}.py": text for name, text in files.items()}
    (found,) = findings_of(folder, {"tagger.py": TAGGER, **named}, "tagger.py")
    return found.confidence


@pytest.mark.parametrize("name", ["p", "weight"])
def test_parameters_that_are_picked_by_which_they_are(tmp_path: Path, name: str) -> None:
    """Whatever the author calls them."""
    picked = f"[{name} for {name} in self.parameters() if {name} not in self.others]"
    assert confidence(tmp_path, **{"tagger.py": TAGGER.replace("self.parameters()", picked)}) is Confidence.LOW
    all_of_them = f"[{name} for {name} in self.parameters() if {name}.requires_grad]"
    assert confidence(tmp_path, **{"tagger.py": TAGGER.replace("self.parameters()", all_of_them)}) is Confidence.HIGH


@pytest.mark.parametrize(
    "use", [LOADS_TAGGER, FILLED, EVALUATED, PREDICTED], ids=["checkpoint", "state_dict", "eval", "predict"]
)
def test_only_run(tmp_path: Path, use: str) -> None:
    assert confidence(tmp_path, use=use) is Confidence.LOW
    assert confidence(tmp_path, use=use, other=LOADS_TAGGER) is Confidence.LOW


@pytest.mark.parametrize(
    "other",
    [
        "x = 1\n",
        "from tagger import Tagger\nimport lightning\n\nlightning.Trainer().fit(Tagger())\n",
        "from tagger import Tagger\nfrom lightning.pytorch.cli import LightningCLI\n\nLightningCLI(Tagger)\n",
        "from tagger import Tagger\n\nMODELS = {'tagger': Tagger}\n",
        "from tagger import Tagger\n\ndef build():\n    return Tagger()\n",
        "from tagger import Tagger\n\ndef build(path):\n    return Tagger.load_from_checkpoint(path)\n",
        "from tagger import Tagger\n\ndef build(w):\n    x = Tagger()\n    x.load_state_dict(w)\n    return x\n",
        "from tagger import Tagger\n\ntagger = Tagger()\nmy_tagger.eval()\nself.tagger.eval()\n",
        "from tagger import Tagger\n\ntagger = Tagger()\nscore.predict(tagger.head)\nscore.predict(tagger_of(x))\n",
        "from tagger import Tagger\n\nclass Special(Tagger):\n    pass\n",
    ],
    ids=[
        "nobody names it",
        "fitted",
        "by the command line",
        "in a table",
        "made for somebody",
        "loaded for somebody",
        "filled for somebody",
        "another one in eval mode",
        "something of it predicted from",
        "derived from",
    ],
)
def test_perhaps_trained(tmp_path: Path, other: str) -> None:
    assert confidence(tmp_path, other=other) is Confidence.HIGH
    if other != "x = 1\n":
        assert confidence(tmp_path, use=LOADS_TAGGER, other=other) is Confidence.HIGH


def test_named_by_a_configuration(tmp_path: Path) -> None:
    assert (
        confidence(tmp_path, use=LOADS_TAGGER, **{"conf.yaml": "model:\n  _target_: tagger.Tagger\n"})
        is Confidence.HIGH
    )


@pytest.mark.parametrize(
    ("cell", "sure"),
    [
        ("tagger = Tagger()\nL.Trainer().predict(tagger, batches, ckpt_path='best.ckpt')\n", Confidence.LOW),
        (
            "tagger = Tagger()\nL.Trainer().fit(tagger, batches)\nL.Trainer().predict(tagger, batches)\n",
            Confidence.HIGH,
        ),
        ("tagger = Tagger()\nL.Trainer().predict(tagger, batches)\nridge.fit(x, y)\n", Confidence.LOW),
        ("tagger = Tagger()\nL.Trainer().predict(tagger)\ndef run(m):\n    L.Trainer(x=1).fit(m)\n", Confidence.HIGH),
        ("tagger = Tagger()\n", Confidence.HIGH),
        ("", Confidence.HIGH),
    ],
    ids=["predicted", "fitted first", "something else fitted", "in a function", "built", "not built"],
)
def test_in_a_notebook_only_its_own_cells_count(tmp_path: Path, cell: str, sure: Confidence) -> None:
    old_style = TAGGER.replace("super().__init__()", "super(Tagger, self).__init__()")
    cells = [{"cell_type": "code", "metadata": {}, "source": text, "outputs": []} for text in (old_style, cell)]
    notebook = tmp_path / "predict.ipynb"
    notebook.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}))
    (tmp_path / "train.py").write_text(TAGGER + "\nL.Trainer().fit(Tagger())\n")
    (found,) = check([notebook], Settings(root=tmp_path), load_rules(), root=tmp_path).findings
    assert found.confidence is sure


PICKLED = "\n\ntagger = torch.load('best.pt')\nprint(L.Trainer().predict(model=tagger, dataloaders=batches))\n"
OF_SCIKIT_LEARN = """

from sklearn.linear_model import Ridge

tagger = Tagger.load_from_checkpoint('best.ckpt')
ridge.fit(features, labels)
"""
COPIED = TAGGER + "\n\nL.Trainer().fit(Tagger(), batches)\n"


@pytest.mark.parametrize(
    ("below", "sure"),
    [
        (PICKLED, Confidence.LOW),
        ("\n\ntagger = Tagger.load_from_checkpoint('best.ckpt')\nL.Trainer().test(tagger, batches)\n", Confidence.LOW),
        ("\n\ntagger = Tagger()\ntagger.load_state_dict(torch.load('best.pt'))\n", Confidence.LOW),
        (OF_SCIKIT_LEARN, Confidence.LOW),
        ("\n\ntagger = Tagger().load_from_checkpoint('best.ckpt')\nprint(tagger)\n", Confidence.LOW),
        ("\n\nL.Trainer().test(Tagger(), batches)\n", Confidence.LOW),
        ("\n\nargs = Tagger.add_model_specific_args(parser)\nL.Trainer().test(Tagger(), batches)\n", Confidence.LOW),
        (PICKLED + "L.Trainer().fit(tagger, batches)\n", Confidence.HIGH),
        (OF_SCIKIT_LEARN.replace("ridge", "trainer"), Confidence.HIGH),
        ("\n\ntagger = Tagger()\ntagger.load_state_dict(torch.load('a.pt'))\nrun_all(tagger, 3)\n", Confidence.HIGH),
        ("\n\ntagger = Tagger()\ngeneric_train(args, tagger)\nL.Trainer().test(tagger)\n", Confidence.HIGH),
        ("\n\nstate = torch.load('best.pt')\nprint(state.keys())\n", Confidence.HIGH),
        ("\n\nif __name__ == '__main__':\n    tagger = Tagger()\n    tagger.eval()\n", Confidence.HIGH),
    ],
    ids=[
        "saved whole",
        "from a checkpoint",
        "weights loaded",
        "fits something else",
        "from a checkpoint by an instance",
        "tested at once",
        "asked for its arguments",
        "trained on",
        "may fit it",
        "trained elsewhere",
        "trained by a helper",
        "looked at",
        "tried out",
    ],
)
def test_a_script_of_its_own(tmp_path: Path, below: str, sure: Confidence) -> None:
    """The copy in the file that trains is another class."""
    assert confidence(tmp_path, **{"tagger.py": TAGGER + below, "train.py": COPIED}) is sure


def test_a_copy_whose_name_others_take_from_elsewhere(tmp_path: Path) -> None:
    below = "\n\ndef predict(batch):\n    tagger = Tagger.load_from_checkpoint('best.ckpt')\n    return tagger(batch)\n"
    trains = "import lightning as L\nfrom models import Tagger\n\nL.Trainer().fit(Tagger(), batches)\n"
    assert confidence(tmp_path, models=TAGGER, train=trains, **{"tagger.py": TAGGER + below}) is Confidence.LOW
    trains = trains.replace("models", "tagger")
    assert confidence(tmp_path, models=TAGGER, train=trains, **{"tagger.py": TAGGER + below}) is Confidence.HIGH


BY_HAND = """
from tagger import Tagger

def epoch(batches, optimizer):
    tagger = Tagger()
    tagger.train()
    for batch in batches:
        tagger.training_step(batch, 0).backward()
        optimizer.step()
"""


def written(cell: str) -> str:
    """A notebook with one cell."""
    return notebook(cell).decode()


FITS = "import lightning\n\nlightning.Trainer().fit(other)\n"


@pytest.mark.parametrize(
    ("files", "sure"),
    [
        ({"loop": BY_HAND}, Confidence.LOW),
        ({"loop": BY_HAND, "fits": FITS}, Confidence.HIGH),
        (
            {"loop": BY_HAND, "cli": "from lightning.pytorch.cli import LightningCLI\n\nLightningCLI()\n"},
            Confidence.HIGH,
        ),
        (
            {"loop": BY_HAND, "look.ipynb": written("import pandas\npandas.read_csv('losses.csv').plot()")},
            Confidence.LOW,
        ),
        ({"loop": BY_HAND, "look.ipynb": written("from taggers import MyTagger\n# Tagger")}, Confidence.LOW),
        (
            {"loop": BY_HAND, "train.ipynb": written("from tagger import Tagger\nelsewhere.run(Tagger())")},
            Confidence.HIGH,
        ),
        ({"loop": BY_HAND, "train.ipynb": written(FITS)}, Confidence.HIGH),
        (
            {"loop": BY_HAND, "train.ipynb": written("from lightning.pytorch import cli\ncli.LightningCLI()")},
            Confidence.HIGH,
        ),
        ({"loop": BY_HAND.replace("tagger.train()", "tagger.cuda()")}, Confidence.HIGH),
        ({"loop": f"# {FITS}" + BY_HAND, "other": "# trainer.fit(x)\n"}, Confidence.HIGH),
    ],
    ids=[
        "by hand",
        "something is fitted",
        "by the command line",
        "a notebook for something else",
        "a notebook about another class",
        "perhaps in a notebook",
        "something is fitted in a notebook",
        "by the command line in a notebook",
        "no train mode",
        "here",
    ],
)
def test_a_loop_of_its_own(tmp_path: Path, files: dict[str, str], sure: Confidence) -> None:
    assert confidence(tmp_path, **files) is sure


def test_the_loop_of_a_module_that_optimizes_manually_is_none(tmp_path: Path) -> None:
    loop = TAGGER.replace("Tagger", "Other").replace(
        "        return self.head", "        self.head.train()\n        return self.head"
    )
    assert (
        confidence(tmp_path, other=loop + "\n    def on_fit_start(self):\n        self.x.backward()\n")
        is Confidence.HIGH
    )


def test_a_hook_that_calls_its_base_is_no_loop(tmp_path: Path) -> None:
    hook = BY_HAND.replace("tagger.training_step(batch, 0).backward()", "super().backward(tagger.loss)")
    assert confidence(tmp_path, loop=hook) is Confidence.HIGH


CHOSEN = TAGGER.replace("def __init__(self)", 'def __init__(self, frozen=("head",))').replace(
    "self.head = nn.Linear(16, 2)\n",
    """self.head = nn.Linear(16, 2)
        for name in frozen:
            getattr(self, name).requires_grad_(False)
""",
)


def test_parts_that_a_list_freezes(tmp_path: Path) -> None:
    """The list's default counts, unless the only configuration says otherwise, or nobody knows the list."""
    said = "model:\n  _target_: tagger.Tagger\n  frozen: [{}]\n"
    train = "import hydra\nimport lightning\n\nlightning.Trainer().fit(hydra.utils.instantiate(cfg.model))\n"
    assert confidence(tmp_path, **{"tagger.py": CHOSEN}) is Confidence.HIGH
    assert confidence(tmp_path, **{"tagger.py": CHOSEN.replace('=("head",)', "")}) is Confidence.LOW
    given = {"tagger.py": CHOSEN, "train.py": train}
    assert confidence(tmp_path, **given, **{"conf.yaml": said.format("head")}) is Confidence.HIGH
    assert confidence(tmp_path, **given, **{"conf.yaml": said.format("head, bert")}) is Confidence.LOW


FITS = "    model.train()\n    L.Trainer().fit(model, data)\n"


@pytest.mark.parametrize(
    ("script", "sure"),
    [
        ("def main(name, data):\n    model = getattr(tagger, name)()\n" + FITS, Confidence.LOW),
        ("def main(name, data):\n    model = import_module(name).build()\n" + FITS, Confidence.LOW),
        ("def main(name, data):\n    model = MODELS[name](tagger.Tagger)\n" + FITS, Confidence.LOW),
        ("def main(name, data):\n    model = MODELS[name]()\n" + FITS, Confidence.HIGH),
        (
            "def main(name, data):\n    model = getattr(tagger, name)()\n" + FITS.replace("train", "cuda"),
            Confidence.HIGH,
        ),
        ("def main(name, data):\n    other, model = getattr(x, 'Tagger')\n    other" + FITS[9:], Confidence.HIGH),
        (
            "class Tagger2:\n    pass\n\ndef main(data):\n    model = Tagger2()\n    getattr(model, 'x')\n" + FITS,
            Confidence.HIGH,
        ),
        ("def make():\n    return 1\n\ndef main(data):\n    model = make()\n" + FITS + "# Tagger\n", Confidence.HIGH),
    ],
    ids=[
        "picked by name",
        "out of a file picked by name",
        "beside its name",
        "out of a table",
        "not switched",
        "another switched",
        "another class",
        "made by a function that cannot",
    ],
)
def test_a_script_that_trains_what_nobody_knows(tmp_path: Path, script: str, sure: Confidence) -> None:
    assert confidence(tmp_path, run="import lightning as L\nimport tagger\n\n" + script) is sure


HEIR = "class Heir(Tagger):\n    def __init__(self):\n        super().__init__()\n        self.requires_grad_(False)\n"


@pytest.mark.parametrize(
    ("script", "sure"),
    [
        ("def main(data):\n    L.Trainer().fit(Heir(), data)\n", Confidence.LOW),
        ("def main(data):\n    L.Trainer().fit(Heir(), data)\n    L.Trainer().fit(Tagger(), data)\n", Confidence.HIGH),
        ("heir = Heir()\n", Confidence.HIGH),
        ("", Confidence.HIGH),
    ],
    ids=["only the heir", "both", "not fitted", "nobody builds any"],
)
def test_a_class_of_which_only_an_heir_is_trained(tmp_path: Path, script: str, sure: Confidence) -> None:
    assert confidence(tmp_path, **{"tagger.py": f"{TAGGER}\n\n{HEIR}\n\n{script}"}) is sure


def test_a_factory_whose_module_another_file_switches(tmp_path: Path) -> None:
    given = TAGGER.replace("def __init__(self)", "def __init__(self, bert)")
    given = given.replace('AutoModel.from_pretrained("google-bert/bert-base-uncased")', "bert")
    made = given + "\ndef make():\n    return Tagger(AutoModel.from_pretrained('bert-base-uncased'))\n"
    assert confidence(tmp_path, **{"tagger.py": made}) is Confidence.HIGH
    (tmp_path / "run.py").write_text(
        "import lightning as L\nimport tagger\n\ndef main(data):\n    model = tagger.make()\n" + FITS
    )
    report = check([tmp_path / "tagger.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
    assert report.findings == ()


def test_a_factory_in_a_third_file(tmp_path: Path) -> None:
    build = "from tagger import Tagger\n\n\ndef build():\n    return Tagger()\n"
    run = "import lightning as L\nfrom build import build\n\n\ndef main(data):\n    model = build()\n"
    freeze = "    for p in model.bert.parameters():\n        p.requires_grad = False\n" + FITS.partition("\n")[2]
    assert confidence(tmp_path, build=build, run=run + FITS.partition("\n")[2]) is Confidence.HIGH
    for ready in (FITS, freeze):
        (tmp_path / "run.py").write_text(run + ready)
        report = check([tmp_path / "tagger.py"], Settings(root=tmp_path), load_rules(), root=tmp_path)
        assert report.findings == ()


def test_a_base_in_a_table_may_be_trained(tmp_path: Path) -> None:
    script = "MODELS = {'tagger': Tagger, 'heir': Heir}\n\ndef main(data, name):\n    L.Trainer().fit(Heir(), data)\n"
    assert confidence(tmp_path, **{"tagger.py": f"{TAGGER}\n\n{HEIR}\n\n{script}"}) is Confidence.HIGH
