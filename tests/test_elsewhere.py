"""What other files say of a class counts: scripts, callbacks, command lines and composed configurations."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Confidence, Finding, Severity
from lintlight.registry import load_rules
from lintlight.settings import Settings

TAGGER = """
import lightning as L
import torch
from transformers import AutoModel

class Tagger(L.LightningModule):
    def __init__(self, name="bert-base-uncased", tune={tune}):
        super().__init__()
        self.transformer = AutoModel.from_pretrained(name)
        if not tune:
            self.transformer.requires_grad_(False)
        self.head = torch.nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.transformer(**batch).pooler_output).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
SCRIPT = """
import lightning as L
from callbacks import Watch
from tagger import Tagger

L.Trainer(callbacks=[Watch()]).fit(Tagger({given}))
"""
CALLBACK = """
import lightning as L

class Watch(L.Callback):
    {method}
"""
PLAIN = "def on_fit_start(self, trainer, pl_module):\n        print('on')"
SWITCHES = "def on_train_start(self, trainer, pl_module):\n        pl_module.transformer.train()"


def found(root: Path, **files: str) -> list[tuple[str, str, Confidence]]:
    """Code, file and confidence of each finding that is no note."""
    return [
        (one.code, one.span.path.name, one.confidence)
        for one in findings(root, **files)
        if one.severity is not Severity.INFO
    ]


def findings(root: Path, **files: str) -> list[Finding]:
    (root / "pyproject.toml").write_text("[project]\nname = 'p'\ndependencies = ['lightning>=2.4']\n")
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_yaml", ".yaml").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    settings = Settings(root=root, min_confidence=Confidence.LOW)
    report = check(sorted(root.rglob("*.py")), settings, load_rules(), root=root)
    assert not report.errors
    return list(report.findings)


@pytest.mark.parametrize(
    ("default", "given", "expected"),
    [
        (True, "", [("LL101", "tagger.py", Confidence.HIGH)]),
        (True, "tune=False", []),
        (False, "tune=True", [("LL101", "tagger.py", Confidence.HIGH)]),
    ],
)
def test_what_a_script_passes(
    tmp_path: Path, default: bool, given: str, expected: list[tuple[str, str, Confidence]]
) -> None:
    tagger, script = TAGGER.format(tune=default), SCRIPT.format(given=given)
    assert found(tmp_path, tagger_py=tagger, train_py=script, callbacks_py=CALLBACK.format(method=PLAIN)) == expected


def test_a_callback_in_another_file_that_switches(tmp_path: Path) -> None:
    tagger, script = TAGGER.format(tune=True), SCRIPT.format(given="")
    assert found(tmp_path, tagger_py=tagger, train_py=script, callbacks_py=CALLBACK.format(method=SWITCHES)) == []


def test_the_worst_of_several_scripts_counts(tmp_path: Path) -> None:
    tagger, callbacks = TAGGER.format(tune=True), CALLBACK.format(method=PLAIN)
    scripts = {f"train_{n}_py": SCRIPT.format(given=given) for n, given in enumerate(("tune=False", "", "tune=False"))}
    assert found(tmp_path, tagger_py=tagger, callbacks_py=callbacks, **scripts) == [
        ("LL101", "tagger.py", Confidence.HIGH)
    ]


PLAIN_MODULE = """
import lightning as L
import torch

class Tagger(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.automatic_optimization = {automatic}
        self.net = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Dropout(0.1))

    def training_step(self, batch, batch_idx):
        loss = self.net(batch).sum()
        {step}
        return loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
CALLBACKS = {
    "LL102": (
        True,
        "pass",
        "def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):\n"
        "        pl_module.eval()\n        print(pl_module.net(batch))",
    ),
    "LL201": (
        False,
        "self.manual_backward(loss)",
        "def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):\n"
        "        pl_module.optimizers().step()",
    ),
    "LL301": (
        True,
        "pass",
        "def on_save_checkpoint(self, trainer, pl_module, checkpoint):\n"
        "        del checkpoint['state_dict']['net.0.bias']",
    ),
}


@pytest.mark.parametrize("code", CALLBACKS)
def test_a_mistake_in_a_callback_of_another_file(tmp_path: Path, code: str) -> None:
    automatic, step, method = CALLBACKS[code]
    module = PLAIN_MODULE.format(automatic=automatic, step=step)
    files = {"tagger_py": module, "callbacks_py": CALLBACK.format(method=method)}
    told = found(tmp_path, train_py=SCRIPT.format(given=""), **files)
    assert [(each, file) for each, file, _ in told] == [(code, "callbacks.py")]
    unused = SCRIPT.format(given="").replace("Watch()", "").replace("from callbacks import Watch\n", "")
    assert found(tmp_path, train_py=unused, **files) == []


CLI = "from lightning.pytorch.cli import LightningCLI\nfrom tagger import Tagger\n\n{before}LightningCLI({given})\n"
CLASS = """\
class Cli(LightningCLI):
    def before_fit(self):
        self.model.train()

Cli(Tagger)
"""


@pytest.mark.parametrize(
    ("settings", "cli", "sure"),
    [
        ("model:\n  name: bert-base-uncased\n", CLI.format(before="", given="Tagger"), Confidence.HIGH),
        ("model:\n  tune: false\n", CLI.format(before="", given="Tagger"), Confidence.LOW),
        ("model:\n  tune: false\n  width: 3\n", CLI.format(before="", given="Tagger"), Confidence.HIGH),
        ("model:\n  tune: false\n", "print('no command line')\n", Confidence.HIGH),
        (
            "model:\n  class_path: tagger.Tagger\n  init_args:\n    tune: false\n",
            CLI.format(before="", given=""),
            Confidence.LOW,
        ),
        ("a: 1\n", CLI.format(before=CLASS, given="Tagger"), Confidence.LOW),
        (
            "trainer:\n  callbacks:\n  - class_path: callbacks.Watch\n",
            CLI.format(before="", given="Tagger"),
            Confidence.LOW,
        ),
    ],
    ids=["a name", "frozen", "for another class", "no command line", "by its class", "switched before", "a callback"],
)
def test_lightnings_command_line(tmp_path: Path, settings: str, cli: str, sure: Confidence) -> None:
    files = {"config_yaml": settings, "callbacks_py": CALLBACK.format(method=SWITCHES)}
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), main_py=cli, **files) == [("LL101", "tagger.py", sure)]


def test_a_callback_for_validation_only_changes_nothing(tmp_path: Path) -> None:
    files = {
        "config_yaml": "trainer:\n  callbacks:\n  - class_path: callbacks.Watch\n",
        "callbacks_py": CALLBACK.format(method=SWITCHES.replace("on_train_start", "on_validation_start")),
    }
    cli = CLI.format(before="", given="Tagger")
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), main_py=cli, **files) == [
        ("LL101", "tagger.py", Confidence.HIGH)
    ]


COMPOSED = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel

class Encoder(nn.Module):
    def __init__(self, name, freeze=False):
        super().__init__()
        self.bert = AutoModel.from_pretrained(name)
        if freeze:
            self.bert.requires_grad_(False)

    def forward(self, batch):
        return self.bert(**batch).pooler_output

class Module(L.LightningModule):
    def __init__(self, net):
        super().__init__()
        self.net = net
        self.head = nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.net(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
NET = "_target_: module.Encoder\nname: bert-base-uncased\n"
INDENTED = "  _target_: module.Encoder\n  name: bert-base-uncased\n"
ASKED = [("LL101", "module.py", Confidence.MEDIUM)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {
                "conf__train_yaml": "defaults:\n- model: base\n- _self_\nmodel:\n  net:\n    freeze: true\n",
                "conf__model__base_yaml": f"_target_: module.Module\nnet:\n{INDENTED}",
            },
            [],
        ),
        (
            {
                "conf__train_yaml": "defaults:\n- model: base\n- _self_\nseed: 1\n",
                "conf__model__base_yaml": f"_target_: module.Module\nnet:\n{INDENTED}",
            },
            ASKED,
        ),
        (
            {
                "conf__train_yaml": "defaults:\n- model: base\n- experiment: probe\n- _self_\n",
                "conf__experiment__probe_yaml": "# @package _global_\nmodel:\n  net:\n    freeze: true\n",
                "conf__model__base_yaml": f"_target_: module.Module\nnet:\n{INDENTED}",
            },
            [],
        ),
        ({"conf__train_yaml": f"encoder:\n{INDENTED}model:\n  _target_: module.Module\n  net: ${{encoder}}\n"}, ASKED),
        (
            {
                "conf__train_yaml": "defaults:\n- model: child\n",
                "conf__model__base_yaml": "_target_: module.Module\n",
                "conf__model__child_yaml": f"defaults:\n- base\nnet:\n{INDENTED}",
            },
            ASKED,
        ),
        (
            {
                "conf__train_yaml": "defaults:\n- model: base\n- encoder@model.net: bert\n",
                "conf__model__base_yaml": "_target_: module.Module\n",
                "conf__encoder__bert_yaml": NET,
            },
            ASKED,
        ),
    ],
    ids=["overridden", "not overridden", "an experiment", "by reference", "inherited", "under another package"],
)
def test_what_is_composed_is_built(
    tmp_path: Path, files: dict[str, str], expected: list[tuple[str, str, Confidence]]
) -> None:
    assert found(tmp_path, module_py=COMPOSED, **files) == expected


MANUAL = """
import torch
{imports}

class {name}({base}):
    automatic_optimization = False

    def configure_optimizers(self):
        self.opt = torch.optim.AdamW(self.parameters())
        return self.opt

    def training_step(self, batch, batch_idx):
        self.manual_backward(self.net(batch).sum())
        self.opt.step()
{after}
"""


@pytest.mark.parametrize(
    ("name", "base", "imports", "after"),
    [
        ("LightningModule", "LightningModule", "from lightning import LightningModule", ""),
        ("Ema", "Model", "from model import Model", "\nModel = Ema  # under its old name"),
        ("Model", "Model", "from model import Model", ""),
    ],
    ids=["called like its base", "renamed afterwards", "called like one of the project"],
)
def test_a_base_is_what_its_name_means_before_the_class(
    tmp_path: Path, name: str, base: str, imports: str, after: str
) -> None:
    model = "import lightning as L\n\nclass Model(L.LightningModule):\n    pass\n"
    module = MANUAL.format(name=name, base=base, imports=imports, after=after)
    assert found(tmp_path, model_py=model, module_py=module) == [("LL202", "module.py", Confidence.HIGH)]


CALLBACK_MIXIN = """
import lightning as L

class Leaves:
    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        pl_module.eval()
        print(pl_module.net(batch))

class Watch({bases}):
    pass
"""


@pytest.mark.parametrize(("bases", "codes"), [("Leaves, L.Callback", ["LL102"]), ("L.Callback, Leaves", [])])
def test_a_mixin_behind_callback_has_no_say(tmp_path: Path, bases: str, codes: list[str]) -> None:
    module = PLAIN_MODULE.format(automatic=True, step="pass")
    files = {"tagger_py": module, "callbacks_py": CALLBACK_MIXIN.format(bases=bases)}
    assert [code for code, _, _ in found(tmp_path, train_py=SCRIPT.format(given=""), **files)] == codes


@pytest.mark.parametrize(
    ("main", "sure"),
    [
        ("cli = LightningCLI(Tagger, run=False)\ncli.model.transformer.train()\n", Confidence.LOW),
        ("cli = LightningCLI(Tagger, run=False)\nmodel = cli.model\nmodel.train(True)\n", Confidence.LOW),
        ("cli = LightningCLI(Other, run=False)\ncli.model.train()\n", Confidence.HIGH),
        ("cli = LightningCLI(Tagger, run=False)\nother.model.train()\n", Confidence.HIGH),
        ("class Heir(Tagger):\n    pass\n\ncli = LightningCLI(Heir, run=False)\ncli.model.train()\n", Confidence.LOW),
    ],
)
def test_what_a_command_line_made_is_switched(tmp_path: Path, main: str, sure: Confidence) -> None:
    other = "import lightning as L\n\nclass Other(L.LightningModule):\n    pass\n"
    imports = "from lightning.pytorch.cli import LightningCLI\nfrom other import Other\nfrom tagger import Tagger\n\n"
    files = {"tagger_py": TAGGER.format(tune=True), "other_py": other, "main_py": imports + main}
    assert found(tmp_path, **files) == [("LL101", "tagger.py", sure)]


RUNNER = """
import lightning as L

class Runner:
    def __init__(self, model, **given):
        self.model = model
        self.trainer = L.Trainer(**given)

    def run(self):
        {before}
        self.trainer.fit(self.model)
"""
OWN_TRAINER = """
import lightning as L

class Runner(L.Trainer):
    def fit(self, model, *args, **kwargs):
        {before}
        super().fit(model, *args, **kwargs)
"""
HIGH = [("LL101", "tagger.py", Confidence.HIGH)]


@pytest.mark.parametrize(
    ("runner", "script"),
    [
        (RUNNER, "Runner(Tagger(), max_epochs=2).run()"),
        (RUNNER, "def main():\n    runner = Runner(model=Tagger())\n    runner.run()\n"),
        (OWN_TRAINER, "Runner(max_epochs=2).fit(Tagger())"),
        (OWN_TRAINER, "model = Tagger()\nrunner = Runner()\nrunner.fit(model=model)"),
    ],
)
@pytest.mark.parametrize(
    ("before", "expected"), [("pass", HIGH), ("{}.train()", []), ("{}.transformer.requires_grad_(False)", [])]
)
def test_a_runner_of_another_file_fits_it(
    tmp_path: Path, runner: str, script: str, before: str, expected: list[tuple[str, str, Confidence]]
) -> None:
    model = "self.model" if runner is RUNNER else "model"
    files = {
        "runner_py": runner.format(before=before.format(model)),
        "train_py": f"from runner import Runner\nfrom tagger import Tagger\n\n{script}\n",
    }
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), **files) == expected


def test_a_trainer_of_the_project_without_a_fit_of_its_own(tmp_path: Path) -> None:
    runner = "import lightning as L\n\nclass Runner(L.Trainer):\n    pass\n"
    script = "from runner import Runner\nfrom tagger import Tagger\n\nmodel = Tagger()\n{}Runner().fit(model)\n"
    files = {"tagger_py": TAGGER.format(tune=True), "runner_py": runner}
    assert found(tmp_path, train_py=script.format(""), **files) == HIGH
    assert found(tmp_path, train_py=script.format("model.train()\n"), **files) == []


BY_HYDRA = """
import hydra
import lightning as L
from hydra.utils import instantiate
from ready import prepare

@hydra.main(version_base=None, config_path="conf", config_name="train")
def main(cfg):
    model = prepare(instantiate(cfg.model), cfg)
    L.Trainer().fit(model)
"""
PREPARE = """
def prepare(model, cfg):
    if cfg.tune:
        {act}
    return model
"""
LOW = [("LL101", "module.py", Confidence.LOW)]


@pytest.mark.parametrize(
    ("act", "tune", "expected"),
    [
        ("model.train()", "true", []),
        ("model.train()", "false", ASKED),
        ("model.net.requires_grad_(False)", "true", LOW),
        ("model.net.requires_grad_(False)", "false", ASKED),
        ("model.head.train()", "true", ASKED),
        ("model.eval()", "true", ASKED),
    ],
)
def test_a_helper_gets_ready_what_the_configuration_builds(
    tmp_path: Path, act: str, tune: str, expected: list[tuple[str, str, Confidence]]
) -> None:
    files = {
        "module_py": COMPOSED,
        "train_py": BY_HYDRA,
        "ready_py": PREPARE.format(act=act),
        "conf__train_yaml": f"tune: {tune}\nmodel:\n  _target_: module.Module\n  net:\n{INDENTED}".replace(
            "  _target_: module.Enc", "    _target_: module.Enc"
        ).replace("  name", "    name"),
    }
    assert found(tmp_path, **files) == expected


def test_an_experiment_counts_as_a_run_of_its_own(tmp_path: Path) -> None:
    """Whichever of the two the defaults choose, the other one is trained, too."""
    model = f"_target_: module.Module\nnet:\n{INDENTED}  freeze: "
    files = {
        "module_py": COMPOSED,
        "conf__train_yaml": "defaults:\n- _self_\n- model: base\n- experiment: null\n",
        "conf__model__base_yaml": f"{model}true\n",
        "conf__experiment__tuned_yaml": "# @package _global_\nmodel:\n  net:\n    freeze: {}\n",
    }
    tuned = files.pop("conf__experiment__tuned_yaml")
    assert found(tmp_path, **files) == []
    assert found(tmp_path, conf__experiment__tuned_yaml=tuned.format("true"), **files) == []
    assert found(tmp_path, conf__experiment__tuned_yaml=tuned.format("false"), **files) == ASKED


def test_a_longer_name_is_another_class(tmp_path: Path) -> None:
    """Scripts that fit something with the name inside of theirs do not hide the one that fits the class itself."""
    other = "from sklearn.linear_model import ElasticTagger\n\nElasticTagger().fit(1, 2)\n"
    files = {f"a{number}_py": other for number in range(9)}
    script = (
        "import lightning as L\nfrom tagger import Tagger\n\nmodel = Tagger()\nmodel.train()\nL.Trainer().fit(model)\n"
    )
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), z_train_py=script, **files) == []


RECURSIVE = """
def set_mode(module, mode=True):
    for child in module.children():
        set_mode(child, mode)
    module.training = mode
"""


def test_a_recursion_over_the_children_switches_all_of_them(tmp_path: Path) -> None:
    tagger = TAGGER.format(tune=True).replace("import torch\n", "import torch\nfrom modes import set_mode\n")
    switched = tagger.replace("        self.head", "        set_mode(self)\n        self.head")
    assert found(tmp_path, tagger_py=switched, modes_py=RECURSIVE) == []
    flat = RECURSIVE.replace("set_mode(child, mode)", "print(child)")
    assert found(tmp_path, tagger_py=switched, modes_py=flat) == [("LL104", "modes.py", Confidence.HIGH)]


GIVEN_BY_HELPERS = """
import lightning as L

class Other(L.Callback):
    pass

class Switch(L.Callback):
    def on_train_start(self, trainer, pl_module):
        pl_module.train()

BY_NAME = {"other": Other, "switch": Switch}

def build(cfg):
    return [{made}()]

def trainer(cfg):
    return L.Trainer(callbacks=build(cfg))
"""


@pytest.mark.parametrize(
    ("imports", "trainer"),
    [
        ("from callbacks import build", "L.Trainer(callbacks=build(cfg))"),
        ("import callbacks", "callbacks.trainer(cfg)"),
        ("from callbacks import BY_NAME", 'L.Trainer(callbacks=[BY_NAME[n]() for n in ("{key}",)])'),
        ("from callbacks import {made}", "L.Trainer()\n    trainer.callbacks.append({made}())"),
        ("from callbacks import {made}", "L.Trainer(callbacks=[])\n    trainer.callbacks += [{made}()]"),
    ],
)
@pytest.mark.parametrize("made", ["Other", "Switch"])
def test_callbacks_that_another_file_gives(tmp_path: Path, imports: str, trainer: str, made: str) -> None:
    names = {"made": made, "key": made.lower()}
    script = (
        f"import lightning as L\nfrom tagger import Tagger\n{imports.format(**names)}\n\n\n"
        f"def main(cfg=None):\n    trainer = {trainer.format(**names)}\n    trainer.fit(Tagger())\n\n\nmain()\n"
    )
    files = {"callbacks_py": GIVEN_BY_HELPERS.replace("{made}", made), "train_py": script}
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), **files) == ([] if made == "Switch" else HIGH)


BUILDERS = {
    "a tuple": ("def build(cfg):\n    return Tagger(), cfg\n", "build", "model, cfg = build(None)"),
    "a dict": ("def build(cfg):\n    return {'model': Tagger()}\n", "build", 'model = build(None)["model"]'),
    "a table": ("MODELS = {'tagger': Tagger}\n", "MODELS", 'model = MODELS["tagger"]()'),
    "a class": (
        "class Builder:\n    def build(self):\n        return self.finish(Tagger())\n\n"
        "    def finish(self, model):\n        return model\n",
        "Builder",
        "model = Builder().build()",
    ),
}


@pytest.mark.parametrize(("before", "expected"), [("pass", HIGH), ("model.train()", [])])
@pytest.mark.parametrize(("builder", "name", "call"), BUILDERS.values(), ids=BUILDERS)
def test_builders_of_another_file(
    tmp_path: Path, builder: str, name: str, call: str, before: str, expected: list[tuple[str, str, Confidence]]
) -> None:
    script = f"import lightning as L\nfrom builder import {name}\n\n\n"
    script += f"def main():\n    {call}\n    {before}\n    L.Trainer().fit(model)\n"
    files = {"builder_py": f"from tagger import Tagger\n\n{builder}", "train_py": script}
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), **files) == expected


@pytest.mark.parametrize(("tune", "expected"), [("False", []), ("True", HIGH)])
def test_each_function_of_a_script_that_fits_counts(
    tmp_path: Path, tune: str, expected: list[tuple[str, str, Confidence]]
) -> None:
    script = (
        "import lightning as L\nfrom tagger import Tagger\n\n\n"
        "def warm_up(data):\n    L.Trainer().fit(Tagger(), data)\n\n\n"
        f"def finetune(data):\n    L.Trainer().fit(Tagger.load_from_checkpoint('a', tune={tune}), data)\n"
    )
    assert found(tmp_path, tagger_py=TAGGER.format(tune=False), train_py=script) == expected


NAMED = """
import lightning as L
import torch
from transformers import AutoModel

class Tagger(L.LightningModule):
    def __init__(self, name):
        super().__init__()
        self.model = AutoModel.from_pretrained(name)

    def training_step(self, batch, batch_idx):
        return self.model(**batch).pooler_output.sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


@pytest.mark.parametrize(
    ("names", "severity"),
    [
        (["google/vit-base-patch16-224"], Severity.INFO),
        (["google/vit-base-patch16-224", "google/vit-large-patch16-224"], Severity.ERROR),
        (["bert-base-uncased"], Severity.ERROR),
        (["google/vit-base-patch16-224", "bert-base-uncased"], Severity.ERROR),
    ],
)
def test_the_configuration_names_the_checkpoint(tmp_path: Path, names: list[str], severity: Severity) -> None:
    files = {f"conf__model__m{n}_yaml": f"_target_: tagger.Tagger\nname: {name}\n" for n, name in enumerate(names)}
    (finding,) = findings(tmp_path, tagger_py=NAMED, **files)
    assert finding.severity is severity


EXPERIMENT = """
import lightning as L

class Experiment:
    def run(self, data):
        model = self.make()
        {base}
        L.Trainer().fit(model, data)
"""
HEIR = """
from experiment import Experiment
from tagger import Tagger

class Mine(Experiment):
    def make(self):
        model = Tagger()
        {heir}
        return model
"""


@pytest.mark.parametrize(
    ("base", "heir", "expected"),
    [("pass", "pass", HIGH), ("model.train()", "pass", []), ("pass", "model.train()", [])],
)
def test_a_base_fits_what_its_heir_makes(
    tmp_path: Path, base: str, heir: str, expected: list[tuple[str, str, Confidence]]
) -> None:
    files = {
        "experiment_py": EXPERIMENT.format(base=base),
        "mine_py": HEIR.format(heir=heir),
        "main_py": "from mine import Mine\n\nMine().run(None)\n",
    }
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), **files) == expected


FILTERS = """
import lightning as L
import torch

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(4, 4).requires_grad_(False)
        self.head = torch.nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.net(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.head.parameters())

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith("net.")}
"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("model.strict_loading = False", []),
        ("other.strict_loading = False", [("LL301", "model.py", Confidence.HIGH)]),
        ("model.strict_loading = True", [("LL301", "model.py", Confidence.HIGH)]),
    ],
)
def test_a_function_makes_lenient_what_it_fits(
    tmp_path: Path, line: str, expected: list[tuple[str, str, Confidence]]
) -> None:
    engine = f"import lightning as L\n\ndef train(model, data, other):\n    {line}\n    L.Trainer().fit(model, data)\n"
    main = "from engine import train\nfrom model import Model\n\ntrain(Model(), None, None)\n"
    assert found(tmp_path, model_py=FILTERS, engine_py=engine, main_py=main) == expected


@pytest.mark.parametrize(
    ("made", "is_told"),
    [
        ("Model()", False),
        ("Model.load_from_checkpoint('last.ckpt')", False),
        ("build(Model)", False),
        ("Other()", True),
        ("Other.load_from_checkpoint('last.ckpt')", True),
    ],
)
def test_a_script_makes_one_class_lenient(tmp_path: Path, made: str, is_told: bool) -> None:
    """Only what may be of that class is."""
    other = "import lightning as L\n\nclass Other(L.LightningModule): ...\n"
    main = f"from model import Model\nfrom other import Other\n\nmodel = {made}\nmodel.strict_loading = False\n"
    expected = [("LL301", "model.py", Confidence.HIGH)] if is_told else []
    assert found(tmp_path, model_py=FILTERS, other_py=other, main_py=main) == expected


def test_a_callback_of_the_command_line_itself(tmp_path: Path) -> None:
    main = (
        "from callbacks import Watch\nfrom lightning.pytorch.cli import LightningCLI\nfrom tagger import Tagger\n\n"
        "class CLI(LightningCLI):\n    def add_arguments_to_parser(self, parser):\n"
        "        parser.add_lightning_class_args(Watch, 'watch')\n\nCLI(Tagger)\n"
    )
    tagger = TAGGER.format(tune=True)
    for method, sure in ((SWITCHES, Confidence.LOW), (PLAIN, Confidence.HIGH)):
        files = {"main_py": main, "callbacks_py": CALLBACK.format(method=method)}
        assert found(tmp_path, tagger_py=tagger, **files) == [("LL101", "tagger.py", sure)]


GIVEN = """
import lightning as L
import torch

class Tagger(L.LightningModule):
    def __init__(self, backbone, lr=1e-3):
        super().__init__()
        self.backbone = backbone
        self.head = torch.nn.Linear(768, 2)

    def training_step(self, batch, batch_idx):
        return self.head(self.backbone(**batch).pooler_output).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
LOADS = "from tagger import Tagger\nfrom transformers import AutoModel\n"
BUILT = LOADS + "\ndef build(name):\n    return Tagger(AutoModel.from_pretrained(name){ready})\n"
FITTED = "import lightning as L\n\ndef train(model):\n    L.Trainer().fit(model)\n"
WRAPS = (
    "import lightning as L\nfrom tagger import Tagger\n\n"
    "def train(backbone, lr=1e-3):\n    L.Trainer().fit(Tagger(backbone, lr))\n"
)
MAKES = "from transformers import AutoModel\n\ndef make(name):\n    return AutoModel.from_pretrained(name){ready}\n"


@pytest.mark.parametrize(("ready", "is_told"), [("", True), (".train()", False), (".requires_grad_(False)", False)])
@pytest.mark.parametrize(
    "files",
    [
        {
            "build_py": BUILT,
            "main_py": "import lightning as L\nfrom build import build\n\nL.Trainer().fit(build('a'))\n",
        },
        {
            "engine_py": FITTED,
            "main_py": f"from engine import train\n{LOADS}\ntrain(Tagger(AutoModel.from_pretrained('a'){{ready}}))\n",
        },
        {
            "engine_py": WRAPS,
            "main_py": f"from engine import train\n{LOADS}\ntrain(AutoModel.from_pretrained('a'){{ready}})\n",
        },
        {
            "engine_py": WRAPS,
            "make_py": MAKES,
            "main_py": "from engine import train\nfrom make import make\n\ndef main():\n    train(make('a'), lr=1)\n",
        },
        {
            "engine_py": WRAPS.replace("Tagger(backbone", "Tagger(backbone('a')"),
            "make_py": MAKES,
            "main_py": "from engine import train\nfrom make import make\n\ntrain(make)\n",
        },
        {
            "engine_py": FITTED,
            "make_py": MAKES,
            "main_py": (
                "from engine import train\nfrom make import make\n"
                "from tagger import Tagger\n\ntrain(Tagger(make('a')))\n"
            ),
        },
    ],
    ids=["built elsewhere", "fitted elsewhere", "given", "given by a factory", "a factory given", "fitted and made"],
)
def test_a_model_that_another_file_gives(tmp_path: Path, files: dict[str, str], ready: str, is_told: bool) -> None:
    texts = {name: text.replace("{ready}", ready) for name, text in files.items()}
    assert found(tmp_path, tagger_py=GIVEN, **texts) == (HIGH if is_told else [])


@pytest.mark.parametrize(
    ("line", "callers", "expected"),
    [
        ("backbone.train()", ["AutoModel.from_pretrained('a')"], []),
        ("pass", ["AutoModel.from_config('a')"], []),
        ("pass", ["AutoModel.from_config('a')", "AutoModel.from_pretrained('a')"], HIGH),
        ("pass", ["AutoModel.from_pretrained('a').train()", "unknown('a')"], []),
    ],
)
def test_what_fits_a_class_and_all_that_call_it_count(
    tmp_path: Path, line: str, callers: list[str], expected: list[tuple[str, str, Confidence]]
) -> None:
    files = {
        f"main{number}_py": f"from engine import train\n{LOADS}\ntrain({given})\n"
        for number, given in enumerate(callers)
    }
    engine = WRAPS.replace("    L.Trainer", f"    {line}\n    L.Trainer")
    assert found(tmp_path, tagger_py=GIVEN, engine_py=engine, **files) == expected


ENCODER = """
from torch import nn
from transformers import AutoModel

class Encoder(nn.Module):
    def __init__(self, name="bert-base-uncased", freeze=False):
        super().__init__()
        self.model = AutoModel.from_pretrained(name)
        if freeze:
            self.model.requires_grad_(False)

    def forward(self, **batch):
        return self.model(**batch)
"""


@pytest.mark.parametrize(
    ("main", "is_given"),
    [
        ("LightningCLI(Tagger)\n", True),
        ("cli = LightningCLI(model_class=Tagger, run=False)\ncli.trainer.fit(cli.model)\n", True),
        ("class CLI(LightningCLI):\n    pass\n\nCLI(Tagger)\n", True),
        ("print(Tagger)\n", False),
    ],
)
@pytest.mark.parametrize(
    ("inside", "is_told"),
    [
        ("    class_path: encoder.Encoder\n", True),
        ("    class_path: encoder.Encoder\n    init_args:\n      freeze: false\n", True),
        ("    class_path: encoder.Encoder\n    init_args:\n      freeze: true\n", False),
        ("    class_path: torch.nn.Linear\n", False),
    ],
)
def test_what_a_command_line_builds_for_the_class_that_it_is_given(
    tmp_path: Path, main: str, is_given: bool, inside: str, is_told: bool
) -> None:
    files = {
        "main_py": f"from lightning.pytorch.cli import LightningCLI\nfrom tagger import Tagger\n\n{main}",
        "a_yaml": f"trainer:\n  max_epochs: 2\nmodel:\n  lr: 0.1\n  backbone:\n{inside}",
        "encoder_py": ENCODER,
    }
    expected = [("LL101", "tagger.py", Confidence.MEDIUM)] if is_given and is_told else []
    assert found(tmp_path, tagger_py=GIVEN, **files) == expected


PICKS = """
import torch
from torch import nn
from transformers import AutoModel

class Encoder(nn.Module):
    def __init__(self, kind="{default}"):
        super().__init__()
        if kind.lower() == "none" or "/" not in kind:
            self.model = nn.Linear(4, 4)
        else:
            self.model = AutoModel.from_pretrained(kind)

    def forward(self, **batch):
        return self.model(**batch)
"""


@pytest.mark.parametrize(
    ("default", "kinds", "sure"),
    [
        ("vit", ["resnet", ""], Confidence.LOW),
        ("vit", ["resnet", "google/bert"], Confidence.MEDIUM),
        ("google/bert", ["resnet", ""], Confidence.MEDIUM),
        ("google/bert", ["resnet", "vit"], Confidence.LOW),
        ("google/bert", [str(number) for number in range(8)], Confidence.MEDIUM),
        ("vit", ["???", "resnet"], Confidence.MEDIUM),
    ],
)
def test_files_that_differ_say_what_may_be_and_no_more(
    tmp_path: Path, default: str, kinds: list[str], sure: Confidence
) -> None:
    """Of a kind that none of them names nothing is told but with low confidence."""
    given = "model:\n  backbone:\n    class_path: encoder.Encoder\n"
    files = {
        f"a{number}_yaml": f"{given}    init_args:\n      kind: {kind}\n" if kind else given
        for number, kind in enumerate(kinds)
    }
    files |= {"encoder_py": PICKS.format(default=default), "main_py": CLI.format(before="", given="Tagger")}
    assert found(tmp_path, tagger_py=GIVEN, **files) == [("LL101", "tagger.py", sure)]


def test_a_script_counts_though_nothing_marks_the_project(tmp_path: Path) -> None:
    """`lintlight check .` in a folder with a package and a script beside it."""
    package = tmp_path / "app"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "tagger.py").write_text(TAGGER.format(tune=True))
    script = "import lightning as L\nfrom app.tagger import Tagger\n\nmodel = Tagger()\n{}\nL.Trainer().fit(model)\n"
    for line, expected in (("model.train()", 0), ("pass", 1)):
        (tmp_path / "train.py").write_text(script.format(line))
        report = check(sorted(tmp_path.rglob("*.py")), Settings(root=tmp_path), load_rules(), root=tmp_path)
        assert len(report.findings) == expected


TRAINING = (
    "import lightning as L\nfrom tagger import Tagger\n\n\n"
    "def train(data, tune={default}):\n    model = Tagger(tune=tune)\n    L.Trainer().fit(model, data)\n"
)
UNSURE = [("LL101", "tagger.py", Confidence.LOW)]
CALLED = "from training import train\n\n\ndef {name}(data):\n    train(data{given})\n"
STARTED = {
    "by itself": ("main", "\n\nmain(None)\n"),
    "by a command line": ("start", "\n\nif __name__ == '__main__':\n    fire.Fire(start)\n"),
}


@pytest.mark.parametrize(("name", "start"), STARTED.values(), ids=STARTED)
@pytest.mark.parametrize(
    ("default", "given", "expected"),
    [(True, ", tune=False", []), (True, "", HIGH), (False, ", True", HIGH), (False, "", []), (True, ", a", UNSURE)],
)
def test_a_caller_in_another_file_overrules_a_default(
    tmp_path: Path, default: bool, given: str, expected: list[tuple[str, str, Confidence]], name: str, start: str
) -> None:
    files = {"training_py": TRAINING.format(default=default), "main_py": CALLED.format(name=name, given=given) + start}
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), **files) == expected


def test_the_worst_of_several_callers_counts(tmp_path: Path) -> None:
    files = {
        "training_py": TRAINING.format(default=False),
        "a_py": CALLED.format(name="main", given="") + "\n\nmain(None)\n",
        "b_py": CALLED.format(name="main", given=", tune=True") + "\n\nmain(None)\n",
    }
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), **files) == HIGH


def test_a_caller_that_is_not_understood_leaves_the_default(tmp_path: Path) -> None:
    """It names the function, and gives it to somebody else."""
    files = {"training_py": TRAINING.format(default=True), "main_py": "from training import train\n\nsweep(train)\n"}
    assert found(tmp_path, tagger_py=TAGGER.format(tune=True), **files) == HIGH


SLIM = """
import lightning as L

class Slim(L.Callback):
    def on_save_checkpoint(self, trainer, pl_module, checkpoint):
        for key in list(checkpoint["state_dict"]):
            if key.startswith("transformer."):
                del checkpoint["state_dict"][key]

class Plain(L.Callback):
    pass

def make_callbacks():
    return [{name}()]
"""


@pytest.mark.parametrize(("name", "codes"), [("Slim", ["LL301"]), ("Plain", [])])
def test_a_callback_of_a_helper_drops_keys(tmp_path: Path, name: str, codes: list[str]) -> None:
    script = (
        "import lightning as L\nfrom slim import make_callbacks\nfrom tagger import Tagger\n\n"
        "L.Trainer(callbacks=make_callbacks()).fit(Tagger())\n"
    )
    tagger = TAGGER.format(tune=True).replace("from_pretrained(name)", "from_pretrained(name).train()")
    told = found(tmp_path, tagger_py=tagger, slim_py=SLIM.format(name=name), train_py=script)
    assert [code for code, _, _ in told] == codes
