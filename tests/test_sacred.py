"""What Sacred's `@ex.config` functions say, and who is given it."""

from pathlib import Path

import pytest

from lintlight.cache import Cache
from lintlight.check import check
from lintlight.model import Confidence
from lintlight.registry import built_in_folder, load_rules
from lintlight.settings import Settings
from tests.checking import findings_of

CONFIG = """
from sacred import Experiment

ex = Experiment("train")

@ex.config
def default_config():
    text = {{"model": "bert-base-uncased", "frozen": {frozen}}}
    lr = 1e-5
"""
NAMED = """
@ex.named_config
def {name}():
    text = {{"model": "roberta-base", "frozen": True}}
"""
TASK = """
import lightning as L
import torch
from transformers import AutoModel

class Task(L.LightningModule):
    def __init__(self, text, lr=0.1, **more):
        super().__init__()
        self.lr = lr
        self.enc = AutoModel.from_pretrained(text["model"])
        if text["frozen"]:
            self.enc.requires_grad_(False)

    def training_step(self, batch, batch_idx):
        return self.enc(**batch)[0].mean()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)
"""
MAIN = """
@{mark}
def main({parameters}):
    L.Trainer().fit({built})
"""
BY_CONFIG = MAIN.format(mark="ex.automain", parameters="_config", built="Task(**_config)")
BY_NAME = MAIN.format(mark="ex.main", parameters="text, lr", built="Task(text, lr)")
CAPTURED = """
@ex.capture
def build(text, lr):
    return Task(text, lr)

@ex.automain
def main():
    L.Trainer().fit(build())
"""
MEDIUM, LOW = [Confidence.MEDIUM], [Confidence.LOW]


def found(folder: Path, **files: str) -> list[Confidence]:
    """How sure each LL101 is."""
    findings = findings_of(folder, {f"{name}.py": text for name, text in files.items()})
    return [each.confidence for each in findings if each.code == "LL101"]


@pytest.mark.parametrize(("frozen", "expected"), [("False", MEDIUM), ("True", LOW), ("bool(lr)", LOW)])
@pytest.mark.parametrize("main", [BY_CONFIG, BY_NAME, CAPTURED], ids=["whole", "by name", "captured"])
def test_what_a_config_function_says(tmp_path: Path, main: str, frozen: str, expected: list[Confidence]) -> None:
    assert found(tmp_path, train=CONFIG.format(frozen=frozen) + TASK + main) == expected


OTHER = {
    "a file": 'ex.add_config("conf.yaml")',
    "a dict": 'ex.add_config({"text": {"model": "b", "frozen": True}})',
    "a named dict": 'ex.add_named_config("x", {"text": {"frozen": True}})',
    "a hook": '@ex.config_hook\ndef changed(config, command, logger):\n    return {"text": {"frozen": True}}',
    "who runs it": 'ex.run(config_updates={"text": {"frozen": True}})',
    "a name": 'ex.run(named_configs=["frozen"])',
    "an item": '@ex.named_config\ndef frozen(text):\n    text["frozen"] = True',
}


@pytest.mark.parametrize("other", OTHER.values(), ids=OTHER)
def test_what_else_the_configuration_comes_from(tmp_path: Path, other: str) -> None:
    text = CONFIG.format(frozen="False") + TASK + BY_CONFIG
    (tmp_path / "one").mkdir()
    assert found(tmp_path / "one", train=f"{text}\n{other}\n") == LOW
    assert found(tmp_path, train=text, other=f"from train import ex\n{other}") == LOW


@pytest.mark.parametrize(
    "other",
    [
        "@ex.named_config\ndef slow(lr):\n    lr = lr / 10",
        "ex.observers.append(seen)",
        "ex.run()",
    ],
)
def test_what_changes_nothing_of_it(tmp_path: Path, other: str) -> None:
    text = CONFIG.format(frozen="False") + TASK + BY_CONFIG
    beside = CONFIG.format(frozen="True")
    assert found(tmp_path, train=f"{text}\n{other}\n", another=beside) == MEDIUM


def test_a_cached_answer_rests_on_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    main = f"import lightning as L\nfrom config import ex\nfrom task import Task\n{BY_CONFIG}"
    for name, text in {"task": TASK, "run": main}.items():
        (tmp_path / f"{name}.py").write_text(text)
    settings = Settings(root=tmp_path)
    for frozen, expected in (("False", MEDIUM), ("True", LOW)):
        (tmp_path / "config.py").write_text(CONFIG.format(frozen=frozen))
        files, rules = sorted(tmp_path.glob("*.py")), load_rules()
        cache = Cache(tmp_path / ".cache", settings, built_in_folder())
        report = check(files, settings, rules, root=tmp_path, cache=cache)
        assert [each.confidence for each in report.findings if each.code == "LL101"] == expected


def test_an_experiment_of_another_file(tmp_path: Path) -> None:
    main = f"import lightning as L\nfrom config import ex\nfrom task import Task\n{BY_CONFIG}"
    assert found(tmp_path, config=CONFIG.format(frozen="False"), task=TASK, train=main) == MEDIUM


@pytest.mark.parametrize(
    "text",
    [
        CONFIG.format(frozen="False") + NAMED.format(name="frozen") + TASK + BY_CONFIG,
        CONFIG.format(frozen="False").replace("sacred", "elsewhere") + TASK + BY_CONFIG,
        CONFIG.format(frozen="False") + TASK + BY_CONFIG.replace("ex.automain", "app.automain"),
        CONFIG.format(frozen="False").replace("ex.config", "other.config") + TASK + BY_CONFIG,
        CONFIG.format(frozen="False") + TASK + BY_CONFIG.replace("_config", "settings"),
    ],
    ids=["another may be named", "not Sacred's", "of another", "of another experiment", "any name"],
)
def test_what_sacred_does_not_say(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, train=text) == LOW
