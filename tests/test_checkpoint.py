"""The dataflow over keys of a state dict, in the corners that the fixtures do not show."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from lintlight.model import Confidence, Finding
from lintlight.registry import load_rules
from lintlight.semantics.knowledge import stateless
from lintlight.semantics.lightning import lightning_classes
from lintlight.semantics.resolve.project import Project

RULES = [rule for rule in load_rules() if rule.code in {"LL301", "LL302", "LL303", "LL304"}]

HEAD = """
import re
from collections import OrderedDict
import lightning as L
import torch
from torch import nn

"""

MODULE = """
class Model(L.LightningModule):
    FROZEN = ("vae.", "text.")

    def __init__(self, args=None):
        super().__init__()
        {init}
        self.args = args
        self.vae = nn.Linear(4, 4).requires_grad_(False)
        self.norm = nn.BatchNorm1d(4)
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.norm(self.vae(batch))).sum()

    def configure_optimizers(self):
        return torch.optim.SGD([p for p in self.parameters() if p.requires_grad], 0.1)
"""


def found(folder: Path, text: str) -> list[Finding]:
    (folder / "pyproject.toml").touch()
    path = folder / "model.py"
    path.write_text(HEAD + text, encoding="utf-8")
    classes = lightning_classes(Project(folder), path)
    return [finding for cls in classes for rule in RULES for finding in rule.check_class(cls)]


def of_module(folder: Path, methods: str, init: str = "pass") -> list[Finding]:
    body = indent(dedent(methods), "    ")
    return found(folder, MODULE.format(init=init) + body)


def on_save(folder: Path, body: str, init: str = "pass") -> list[Finding]:
    return of_module(
        folder, "def on_save_checkpoint(self, checkpoint):\n" + indent(dedent(body).strip("\n"), "    "), init
    )


def shown(findings: list[Finding], folder: Path) -> list[tuple[str, str, Confidence]]:
    lines = (folder / "model.py").read_text("utf-8").split("\n")
    return [(each.code, lines[each.span.start.row - 1].strip(), each.confidence) for each in findings]


LOUD = {
    "pairs given to OrderedDict": """
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = OrderedDict((k, v) for k, v in state.items() if not k.startswith("vae."))  # here
        """,
    "new dict filled in a loop": """
        kept = {}
        for key, value in checkpoint["state_dict"].items():
            if key.startswith("vae."):
                continue
            kept[key] = value  # here
        checkpoint["state_dict"] = kept
        """,
    "popped in a comprehension": """
        state = checkpoint["state_dict"]
        [state.pop(k) for k in list(state) if k.startswith("vae.")]  # here
        """,
    "condition in a variable": """
        for key in list(checkpoint["state_dict"]):
            keep = not key.startswith("vae.")
            if not keep:
                del checkpoint["state_dict"][key]  # here
        """,
    "names of the class": """
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith(self.FROZEN)}  # here
        """,
    "any over literal names": """
        for key in list(checkpoint["state_dict"]):
            if any(name in key for name in ("vae", "text")):
                del checkpoint["state_dict"][key]  # here
        """,
    "first component": """
        for key in list(checkpoint["state_dict"]):
            if key.split(".")[0] == "vae":
                del checkpoint["state_dict"][key]  # here
        """,
    "frozen parameters by name": """
        for name, parameter in dict(self.named_parameters()).items():
            if not parameter.requires_grad:
                del checkpoint["state_dict"][name]  # here
        """,
    "keys of the part with its prefix": """
        for name in self.vae.state_dict():
            checkpoint["state_dict"].pop("vae." + name)  # here
        """,
    "statistics by their ending": """
        state = checkpoint["state_dict"]
        for key in [k for k in state if k.endswith((".weight", ".running_var"))]:
            del state[key]  # here
        """,
    "get with a default": """
        state = checkpoint.get("state_dict", {})
        for key in [k for k in state.keys() if k.startswith("vae.")]:
            state.pop(key, None)  # here
        """,
    "own parameters instead": """
        checkpoint["state_dict"] = {n: p for n, p in self.named_parameters() if p.requires_grad}  # here
        """,
    "updated": """
        checkpoint.update({"state_dict": self.head.state_dict(prefix="head.")})  # here
        """,
}


@pytest.mark.parametrize("body", LOUD.values(), ids=LOUD)
def test_dropped_keys_are_surely_seen(body: str, tmp_path: Path) -> None:
    findings = shown(on_save(tmp_path, body), tmp_path)
    assert [(code, line.endswith("# here"), sure) for code, line, sure in findings] == [
        ("LL301", True, Confidence.HIGH)
    ]


@pytest.mark.parametrize("body", LOUD.values(), ids=LOUD)
def test_frozen_keys_may_be_dropped_when_loading_is_not_strict(body: str, tmp_path: Path) -> None:
    codes = {finding.code for finding in on_save(tmp_path, body, init="self.strict_loading = False")}
    assert codes <= {"LL302"}
    assert not any("`self.vae`" in finding.message for finding in found_again(tmp_path))


def found_again(folder: Path) -> list[Finding]:
    path = folder / "model.py"
    return [
        each for cls in lightning_classes(Project(folder), path) for rule in RULES for each in rule.check_class(cls)
    ]


QUIET = {
    "values only": """
        state = checkpoint["state_dict"]
        for key in list(state):
            value = state.pop(key)
            state[key] = value.half()
        """,
    "a copy for something else": """
        state = dict(checkpoint["state_dict"])
        for key in list(state):
            if key.startswith("vae."):
                del state[key]
        torch.save(state, "small.pt")
        """,
    "names of compiled modules": """
        state = checkpoint["state_dict"]
        for key in list(state):
            state[key.replace("_orig_mod.", "")] = state.pop(key)
        """,
    "never": """
        if False:
            checkpoint["state_dict"] = {}
        """,
    "a name that no key has": """
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {k: v for k, v in state.items() if "lpips" not in k and not k.endswith(".mask")}
        """,
    "a part that is not there": """
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith("teacher.")}
        """,
    "everything once more": """
        checkpoint["state_dict"] = self.state_dict()
        """,
    "weights that nobody can follow": """
        checkpoint["state_dict"] = torch.load("other.pt")
        """,
    "averaged weights": """
        checkpoint["state_dict"] = self.args.ema.state_dict()
        """,
    "another entry": """
        checkpoint["optimizer_states"] = {}
        checkpoint.pop("callbacks")
        """,
}


@pytest.mark.parametrize("body", QUIET.values(), ids=QUIET)
def test_nothing_to_say(body: str, tmp_path: Path) -> None:
    assert shown(on_save(tmp_path, body), tmp_path) == []


DEPENDS = {
    "on configuration": """
        if self.args.small:
            checkpoint["state_dict"] = {k: v for k, v in checkpoint["state_dict"].items() if "vae." not in k}
        """,
    "after leaving early": """
        if self.args.full:
            return
        for key in list(checkpoint["state_dict"]):
            if key.startswith("vae."):
                del checkpoint["state_dict"][key]
        """,
    "on a pattern": """
        for key in list(checkpoint["state_dict"]):
            if re.match(self.args.pattern, key):
                del checkpoint["state_dict"][key]
        """,
}


@pytest.mark.parametrize("body", DEPENDS.values(), ids=DEPENDS)
def test_what_depends_is_less_sure(body: str, tmp_path: Path) -> None:
    assert [(each.code, each.confidence) for each in on_save(tmp_path, body)] == [("LL301", Confidence.MEDIUM)]


def test_a_helper_of_another_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "helpers.py").write_text(
        "def without(state, prefix):\n"
        "    for key in list(state.keys()):\n"
        "        if key.startswith(prefix):\n"
        "            del state[key]\n",
        encoding="utf-8",
    )
    findings = on_save(tmp_path, 'from helpers import without\nwithout(checkpoint["state_dict"], "vae.")')
    assert findings == []  # an import inside a function is not followed
    text = MODULE.format(init="pass") + (
        '    def on_save_checkpoint(self, checkpoint):\n        without(checkpoint["state_dict"], "vae.")\n'
    )
    (finding,) = found(tmp_path, "from helpers import without\n" + text)
    assert (finding.code, finding.span.path.name, finding.span.start.row) == ("LL301", "helpers.py", 4)
    assert [related.span.path.name for related in finding.related] == ["model.py"]


LOADERS = {
    "strict named, the rest passed on": (
        "def load_state_dict(self, state_dict, strict=True, **kwargs):\n"
        "    return super().load_state_dict(state_dict, strict=False, **kwargs)",
        [],
    ),
    "kwargs taken apart": (
        "def load_state_dict(self, *args, **kwargs):\n"
        '    kwargs.pop("strict", None)\n'
        "    return super().load_state_dict(*args, strict=False, **kwargs)",
        [],
    ),
    "strict given twice": (
        "def load_state_dict(self, *args, **kwargs):\n"
        "    return super().load_state_dict(*args, strict=False, **kwargs)",
        ["LL301"],
    ),
    "only passed on": (
        "def load_state_dict(self, state_dict, strict=True):\n    return super().load_state_dict(state_dict, strict)",
        ["LL301"],
    ),
    "strict as it is set": (
        "def load_state_dict(self, state_dict, strict=True):\n"
        "    return super().load_state_dict(state_dict, strict=self.strict_loading)",
        ["LL301"],
    ),
    "strict as some settings say": (
        "def load_state_dict(self, state_dict, strict=True):\n"
        "    return super().load_state_dict(state_dict, strict=self.args.strict)",
        [],
    ),
    "strict set to False": (
        "def load_state_dict(self, state_dict, strict=True):\n"
        "    strict = False\n"
        "    return super().load_state_dict(state_dict, strict=strict)",
        [],
    ),
    "tried": (
        "def load_state_dict(self, state_dict, strict=True):\n"
        "    try:\n"
        "        super().load_state_dict(state_dict, strict)\n"
        "    except RuntimeError:\n"
        "        self.head.load_state_dict(state_dict)",
        [],
    ),
    "only looked at": (
        'def on_load_checkpoint(self, checkpoint):\n    print(len(checkpoint["state_dict"]))',
        ["LL301"],
    ),
    "put back by a helper": (
        "def on_load_checkpoint(self, checkpoint):\n    self._complete(checkpoint)",
        [],
    ),
}


@pytest.mark.parametrize(("loader", "codes"), LOADERS.values(), ids=LOADERS)
def test_how_loading_copes(loader: str, codes: list[str], tmp_path: Path) -> None:
    saver = (
        "def state_dict(self, *args, **kwargs):\n"
        "    state = super().state_dict(*args, **kwargs)\n"
        '    return {k: v for k, v in state.items() if not k.startswith("vae.")}\n\n'
    )
    assert [finding.code for finding in of_module(tmp_path, saver + loader)] == codes


CHILD = """
class Part(nn.Linear):
    {method}

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.part = Part(4, 4)
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(self.part(batch)).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
"""


def test_what_a_submodule_returns_is_ignored_by_torch(tmp_path: Path) -> None:
    method = (
        "def state_dict(self, *args, **kwargs):\n"
        "        state = super().state_dict(*args, **kwargs)\n"
        '        return {k: v for k, v in state.items() if "weight" not in k}'
    )
    assert found(tmp_path, CHILD.format(method=method)) == []


def test_a_submodule_that_takes_keys_out_of_the_common_dict(tmp_path: Path) -> None:
    method = (
        "def state_dict(self, *args, **kwargs):\n"
        "        state = super().state_dict(*args, **kwargs)\n"
        "        state.clear()\n"
        "        return state"
    )
    (finding,) = found(tmp_path, CHILD.format(method=method))
    assert finding.code == "LL301"


def test_a_submodule_that_passes_the_common_dict_on(tmp_path: Path) -> None:
    method = (
        "def state_dict(self, destination=None, prefix='', keep_vars=False):\n"
        "        return self.inner.state_dict(destination=destination, prefix=prefix, keep_vars=keep_vars)"
    )
    assert found(tmp_path, CHILD.format(method=method)) == []


def test_a_third_party_base_makes_it_less_sure(tmp_path: Path) -> None:
    text = MODULE.replace("L.LightningModule", "ModelPT").format(init="pass") + (
        '    def state_dict(self, *args, **kwargs):\n        return self.head.state_dict(prefix="head.")\n'
    )
    (finding,) = found(tmp_path, "from nemo.core.classes.modelPT import ModelPT\n" + text)
    assert (finding.code, finding.confidence) == ("LL301", Confidence.MEDIUM)


def test_a_base_of_that_name_in_a_package_that_nobody_knows(tmp_path: Path) -> None:
    text = MODULE.replace("L.LightningModule", "LightningModule").format(init="pass") + (
        '    def state_dict(self, *args, **kwargs):\n        return self.head.state_dict(prefix="head.")\n'
    )
    (finding,) = found(tmp_path, "from tango.integrations.pytorch_lightning.model import LightningModule\n" + text)
    assert finding.code == "LL301"


def test_a_class_that_never_trains_is_left_alone(tmp_path: Path) -> None:
    text = "class Export(L.LightningModule):\n    def state_dict(self):\n        return {}\n"
    assert found(tmp_path, text) == []


def test_a_script_in_another_file_makes_loading_lenient(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "from model import Model\nmodel = Model()\nmodel.strict_loading = False\n", encoding="utf-8"
    )
    assert on_save(tmp_path, 'checkpoint["state_dict"].pop("norm.weight")') == []


def test_a_script_that_trains_a_copy_says_nothing_of_the_class(tmp_path: Path) -> None:
    copy = HEAD + MODULE.format(init="pass") + "\n\nmodel = Model()\nmodel.strict_loading = False\n"
    (tmp_path / "train.py").write_text(copy, encoding="utf-8")
    assert [each.code for each in on_save(tmp_path, 'checkpoint["state_dict"].pop("norm.weight")')] == ["LL301"]


def test_a_strategy_that_a_script_changes(tmp_path: Path) -> None:
    script = "from model import Model\n\nlenient = partial(load, strict=False)\n"
    script += "{}.load_model_state_dict = lenient\ntrainer.fit(Model())\n"
    for place, codes in (("trainer.strategy", []), ("# trainer.strategy", ["LL301"])):
        (tmp_path / "train.py").write_text(script.format(place), encoding="utf-8")
        found_now = on_save(tmp_path, 'checkpoint["state_dict"].pop("norm.weight")')
        assert [each.code for each in found_now] == codes


PART = """
class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(4, 4).requires_grad_(False)

    def forward(self, batch):
        return self.inner(batch)

    def {method}
"""


@pytest.mark.parametrize(
    ("method", "call", "codes"),
    [
        (
            "trim(self, saved):\n        del saved['state_dict']['part.inner.bias']",
            "self.part.trim(checkpoint)",
            ["LL301"],
        ),
        (
            "trim(self, keys):\n        keys.pop('part.inner.bias')",
            "self.part.trim(checkpoint['state_dict'])",
            ["LL301"],
        ),
        ("trim(self, saved):\n        saved['extra'] = self.inner.bias", "self.part.trim(checkpoint)", []),
        ("trim(self, saved):\n        del saved['state_dict']['part.inner.bias']", "self.part.trim({})", []),
        ("trim(self, saved):\n        super().trim(saved)", "self.part.trim(checkpoint)", []),
    ],
)
def test_a_hook_that_lets_a_submodule_take_its_keys_out(
    tmp_path: Path, method: str, call: str, codes: list[str]
) -> None:
    hook = f"    def on_save_checkpoint(self, checkpoint):\n        {call}\n"
    text = PART.format(method=method) + MODULE.format(init="self.part = Part()") + hook
    assert [finding.code for finding in found(tmp_path, text)] == codes


@pytest.mark.parametrize(
    ("script", "codes"),
    [
        ("Model.load_from_checkpoint('last.ckpt', strict=False)", []),
        ("model.Model.load_from_checkpoint('last.ckpt')", ["LL301"]),
        ("Model.load_from_checkpoint('a', strict=False); Model.load_from_checkpoint('b')", ["LL301"]),
        ("Model.load_from_checkpoint('a', strict=False); L.Trainer().fit(Model(), ckpt_path='a')", ["LL301"]),
        ("L.LightningModule.load_from_checkpoint('last.ckpt', strict=False)", ["LL301"]),
    ],
)
def test_a_script_that_only_ever_loads_what_fits(tmp_path: Path, script: str, codes: list[str]) -> None:
    (tmp_path / "run.py").write_text(f"import lightning as L\nfrom model import Model\n\n{script}\n", encoding="utf-8")
    findings = on_save(tmp_path, 'checkpoint["state_dict"].pop("norm.weight")')
    assert [finding.code for finding in findings] == codes


@pytest.mark.parametrize("name", ["strict_loading", "_strict_loading"])
def test_set_before_the_base_is_built(name: str, tmp_path: Path) -> None:
    text = MODULE.format(init="pass").replace("super().__init__()", f"self.{name} = False\n        super().__init__()")
    saver = '    def on_save_checkpoint(self, checkpoint):\n        checkpoint["state_dict"].pop("vae.bias")\n'
    findings = shown(found(tmp_path, text + saver), tmp_path)
    assert findings == [("LL303", f"self.{name} = False", Confidence.HIGH)]


def test_one_finding_for_each_hook_with_the_hook_beside_it(tmp_path: Path) -> None:
    body = """
        for key in list(checkpoint["state_dict"]):
            if key.startswith("vae."):
                del checkpoint["state_dict"][key]
            if key.startswith("norm."):
                del checkpoint["state_dict"][key]
        """
    (finding,) = on_save(tmp_path, body)
    lines = (tmp_path / "model.py").read_text("utf-8").split("\n")
    (hook,) = finding.related
    assert lines[hook.span.start.row - 1].strip() == "def on_save_checkpoint(self, checkpoint):"
    assert hook.message == "keys are dropped in this hook"


@pytest.mark.parametrize(
    ("imported", "made"),
    [
        ("from torch import nn as layers", "layers.Parameter"),
        ("import torch.nn.parameter", "torch.nn.parameter.Parameter"),
        ("from torch.nn import Parameter as P", "P"),
    ],
)
def test_a_parameter_by_whatever_name(imported: str, made: str, tmp_path: Path) -> None:
    text = f"""
{imported}

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.scale = {made}(torch.ones(4), requires_grad=False)
        self.head = nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        return self.head(batch * self.scale).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.head.parameters(), 0.1)

    def on_save_checkpoint(self, checkpoint):
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {{k: v for k, v in state.items() if not k.startswith("scale")}}  # here
"""
    assert [(code, line.endswith("# here")) for code, line, _ in shown(found(tmp_path, text), tmp_path)] == [
        ("LL301", True)
    ]


STATELESS = """
from torchmetrics import MetricCollection
from torchmetrics.classification import BinaryAccuracy

class Model(L.LightningModule):
    def __init__(self, weights=None):
        super().__init__()
        self.head = nn.Linear(4, 1)
        self.aside = {aside}

    def training_step(self, batch, batch_idx):
        return self.head(batch).sum()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)

    def on_save_checkpoint(self, checkpoint):
        for key in list(checkpoint["state_dict"]):
            if key.startswith("aside."):
                del checkpoint["state_dict"][key]
"""


@pytest.mark.parametrize(
    ("aside", "codes"),
    [
        ("nn.CrossEntropyLoss()", []),
        ("nn.CrossEntropyLoss(label_smoothing=0.1)", []),
        ("nn.CrossEntropyLoss(weight=weights)", ["LL301"]),
        ("nn.BCEWithLogitsLoss(pos_weight=weights)", ["LL301"]),
        ("nn.Dropout(0.1)", []),
        ("nn.Linear(4, 4)", ["LL301"]),
        ("MetricCollection([BinaryAccuracy()])", []),
    ],
)
def test_what_has_no_keys_drops_none(tmp_path: Path, aside: str, codes: list[str]) -> None:
    assert [finding.code for finding in found(tmp_path, STATELESS.format(aside=aside))] == codes


def test_what_has_no_keys_is_as_in_the_evidence() -> None:
    lines = (Path(__file__).parent / "evidence" / "stateless.out").read_text("utf-8").splitlines()
    seen = {name: set(words.split()) for name, _, words in (line.partition(": ") for line in lines[1:])}
    assert seen["nothing"] - {"Module"} == stateless.PLAIN
    assert seen["nothing without a weight"] == stateless.WITHOUT_A_WEIGHT


ON_LOAD = {
    "prefixes": 'checkpoint["state_dict"] = {k.replace("m.", ""): v for k, v in checkpoint["state_dict"].items()}',
    "named first": 'new = {k[2:]: v for k, v in checkpoint["state_dict"].items()}\n    checkpoint["state_dict"] = new',
    "renamed one by one": """state = checkpoint["state_dict"]
    for key in list(state):
        state[key.replace("m.", "")] = state.pop(key)""",
    "filled in a loop": """new = {}
    for key, value in checkpoint["state_dict"].items():
        new[key.replace("m.", "")] = value
    checkpoint["state_dict"] = new""",
    "other shapes": """state = checkpoint["state_dict"]
    own = self.state_dict()
    for key in state:
        if key in own and state[key].shape != own[key].shape:
            state[key] = own[key]""",
    "another value": """state = checkpoint["state_dict"]
    if "head.weight" in state:
        state["head.weight"] = state["head.weight"][:1]""",
    "taken out": """for key in list(checkpoint["state_dict"]):
        if key not in self.state_dict():
            del checkpoint["state_dict"][key]""",
}
PUT_BACK = {
    "its own": 'checkpoint["state_dict"] = {**self.state_dict(), **checkpoint["state_dict"]}',
    "one by one": """for key, value in self.state_dict().items():
        checkpoint["state_dict"].setdefault(key, value)""",
    "assigned": 'checkpoint["state_dict"]["vae.weight"] = self.vae.weight',
    "where it is not": """state = checkpoint["state_dict"]
    if "vae.weight" in state:
        pass
    else:
        state["vae.weight"] = self.vae.weight""",
    "by the same name in another loop": """own = self.state_dict()
    state = checkpoint["state_dict"]
    for key in state:
        print(key)
    for key in own:
        if key in state:
            continue
        state[key] = own[key]""",
    "taken out and put back": """state = checkpoint["state_dict"]
    for key in list(state):
        del state[key]
        state[key] = self.state_dict()[key]""",
    "filled and updated": """new = {}
    for key, value in checkpoint["state_dict"].items():
        new[key] = value
    new.update(self.vae.state_dict(prefix="vae."))
    checkpoint["state_dict"] = new""",
    "filled from two": """new = {}
    for key, value in checkpoint["state_dict"].items():
        new[key] = value
    for key, value in self.state_dict().items():
        new[key] = value
    checkpoint["state_dict"] = new""",
    "filled with more": """new = {}
    for key, value in checkpoint["state_dict"].items():
        new[key] = value
    new["vae.weight"] = self.vae.weight
    checkpoint["state_dict"] = new""",
    "by somebody": 'put_back(self, checkpoint["state_dict"])',
    "under another name": """new = {k: v for k, v in checkpoint["state_dict"].items()}
    new["vae.weight"] = self.vae.weight
    checkpoint["state_dict"] = new""",
}
DROPS = """
def on_save_checkpoint(self, checkpoint):
    checkpoint["state_dict"] = {k: v for k, v in checkpoint["state_dict"].items() if not k.startswith("vae.")}
def on_load_checkpoint(self, checkpoint):
"""


@pytest.mark.parametrize("body", ON_LOAD.values(), ids=ON_LOAD)
def test_a_hook_that_puts_nothing_back(tmp_path: Path, body: str) -> None:
    assert [finding.code for finding in of_module(tmp_path, f"{DROPS}    {body}")] == ["LL301"]


@pytest.mark.parametrize("body", PUT_BACK.values(), ids=PUT_BACK)
def test_a_hook_that_puts_something_back(tmp_path: Path, body: str) -> None:
    assert of_module(tmp_path, f"{DROPS}    {body}") == []


def test_what_was_renamed_may_get_its_name_back(tmp_path: Path) -> None:
    renames = DROPS.replace("{k: v for", '{"m." + k: v for').replace(' if not k.startswith("vae.")', "")
    assert of_module(tmp_path, renames + "    " + ON_LOAD["prefixes"]) == []
    assert [finding.code for finding in of_module(tmp_path, renames + "    pass")] == ["LL301"]


def test_an_override_that_renames_and_passes_on(tmp_path: Path) -> None:
    drops = DROPS.partition("def on_load")[0]
    override = """
def load_state_dict(self, state_dict, strict=True, assign=False):
    state_dict = {value}
    return super().load_state_dict(state_dict, strict=strict, assign=assign)
"""
    renames = "{k.replace('module.', ''): v for k, v in state_dict.items()}"
    puts_back = "{**self.state_dict(), **state_dict}"
    assert [found.code for found in of_module(tmp_path, drops + override.replace("{value}", renames))] == ["LL301"]
    assert of_module(tmp_path, drops + override.replace("{value}", puts_back)) == []


@pytest.mark.parametrize(
    ("init", "is_told"),
    [
        ('self.left_out = ["vae."]', True),
        ('self.left_out: list[str] = ["vae."]', True),
        ('self.left_out = ["vae."] if args else ["other."]', False),
        ('self.left_out = ["other."]; self.left_out = ["vae."]', False),
        ('self.left_out = ["other."]', False),
        ('self.left_out = ["vae."]; self.left_out.clear()', False),
        ('self.left_out = ["vae."]; self.left_out += args', False),
        ('self.FROZEN = ["other."]; self.left_out = self.FROZEN', False),
    ],
)
def test_names_of_parts_that_the_constructor_sets(tmp_path: Path, init: str, is_told: bool) -> None:
    body = """
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {
            k: v for k, v in state.items() if not any(k.startswith(each) for each in self.left_out)
        }
        """
    sure = [one for one in on_save(tmp_path, body, init) if one.confidence is Confidence.HIGH]
    assert [one.code for one in sure] == (["LL301"] if is_told else [])


def test_a_constructor_that_sets_other_names_than_the_body_does(tmp_path: Path) -> None:
    body = """
        state = checkpoint["state_dict"]
        checkpoint["state_dict"] = {k: v for k, v in state.items() if not k.startswith(self.FROZEN)}
        """
    assert [one.confidence for one in on_save(tmp_path, body)] == [Confidence.HIGH]
    assert Confidence.HIGH not in [one.confidence for one in on_save(tmp_path, body, 'self.FROZEN = ("a.",)')]


@pytest.mark.parametrize(
    ("prefix", "sure"), [("net.", Confidence.MEDIUM), ("teacher.", Confidence.LOW), ("head.", Confidence.MEDIUM)]
)
def test_parts_of_which_nothing_is_known(tmp_path: Path, prefix: str, sure: Confidence) -> None:
    """A prefix that no attribute of the class has concerns none of them, most likely."""
    text = f"""
from elsewhere import build

class Model(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net, self.head = build(2)

    def on_save_checkpoint(self, checkpoint):
        for key in list(checkpoint["state_dict"]):
            if key.startswith("{prefix}"):
                del checkpoint["state_dict"][key]

    def training_step(self, batch, batch_idx):
        return self.head(self.net(batch)).sum()
"""
    (finding,) = found(tmp_path, text)
    assert (finding.code, finding.confidence) == ("LL301", sure)


DROPS_THE_OTHER = """
def on_save_checkpoint(self, checkpoint):
    for key in list(checkpoint["state_dict"]):
        if {test}:
            del checkpoint["state_dict"][key]
"""
FREEZES = "self.other.requires_grad_(False)"


@pytest.mark.parametrize(
    ("init", "test", "is_told"),
    [
        ("self.other = args.other\n        " + FREEZES, "key.startswith('other.')", True),
        ("self.other, _ = load('ViT-B/32')\n        for p in self.other.parameters(): pass", "'other' in key", True),
        ("self.other = Measure('vgg').eval()", "key.startswith('other.')", True),
        ("self.other = args.other\n        " + FREEZES, "not key.startswith(('norm', 'head', 'vae'))", True),
        ("self.other = args.other", "key.startswith('other.')", False),
        ("self.other = args.other", "not key.startswith(('norm', 'head', 'vae'))", False),
        ("self.other = args.other\n        " + FREEZES, "key.startswith('another.')", False),
    ],
)
def test_a_part_that_is_only_known_by_what_is_asked_of_it(tmp_path: Path, init: str, test: str, is_told: bool) -> None:
    findings = [
        each
        for each in of_module(tmp_path, DROPS_THE_OTHER.format(test=test), init)
        if each.confidence is not Confidence.LOW
    ]
    assert [(each.code, each.confidence) for each in findings] == [("LL301", Confidence.MEDIUM)] * is_told
