"""The timeline that a finding carries: what each submodule goes through, hook by hook."""

from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent

import pytest

from lintlight.model import AttributeLine, Finding, Grad, HookState, Mode, ModuleTimeline, Position, Runs
from tests.checking import findings_of

MODEL = """
import lightning as L
import torch
from torch import nn
from transformers import AutoModel


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.proj = nn.Linear(2, 2)


class Classifier(L.LightningModule):
    def __init__(self):
        super().__init__()
        {init}

    def training_step(self, batch, batch_idx):
        return self.head(self.bert(**batch).last_hidden_state).sum()

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
INIT = 'self.bert = AutoModel.from_pretrained("bert-base-uncased"); self.head = nn.Linear(2, 2)'


def found(folder: Path, methods: str = "", init: str = INIT) -> list[Finding]:
    return findings_of(folder, {"model.py": MODEL.format(init=init) + indent(dedent(methods), "    ")})


def timeline(folder: Path, methods: str = "", init: str = INIT) -> ModuleTimeline:
    [finding] = found(folder, methods, init)
    assert finding.timeline is not None
    return finding.timeline


def line(timeline: ModuleTimeline, name: str) -> AttributeLine:
    [one] = [line for line in timeline.lines if line.name == name]
    return one


def modes(timeline: ModuleTimeline, name: str) -> list[tuple[str, Mode]]:
    states = zip(timeline.hooks, line(timeline, name).states, strict=True)
    return [(hook, state.mode) for hook, state in states if state is not None]


def test_hooks_that_run_code_of_the_project_in_order(tmp_path: Path) -> None:
    seen = timeline(tmp_path, "def on_train_start(self): print(1)\ndef setup(self, stage): print(2)\n")
    assert seen.class_name == "model.Classifier"
    assert seen.hooks == ("__init__", "setup", "configure_optimizers", "on_train_start", "training_step")
    assert seen.second_epoch == 5


def test_the_submodule_that_is_left_in_eval_comes_first(tmp_path: Path) -> None:
    seen = timeline(tmp_path)
    assert [line.name for line in seen.lines] == ["bert", "head"]
    *before, trained = line(seen, "bert").states
    assert before == [HookState(Mode.EVAL, Grad.ON)] * 2
    assert trained is not None
    assert trained.place is not None
    row = MODEL.splitlines().index("        return self.head(self.bert(**batch).last_hidden_state).sum()") + 1
    assert trained.place.start == Position(row, 26)
    assert replace(trained, place=None) == HookState(Mode.EVAL, Grad.ON, Runs.WITH_GRADIENTS)
    assert {state and state.mode for state in line(seen, "head").states} == {Mode.TRAIN}


def test_a_switch_is_told_and_what_validation_puts_back_is_seen(tmp_path: Path) -> None:
    methods = """
    def validation_step(self, batch, batch_idx):
        return 0

    def on_validation_epoch_end(self):
        self.bert.train()

    def on_train_epoch_end(self):
        print()
    """
    seen = timeline(tmp_path, methods)
    assert modes(seen, "bert")[-4:] == [
        ("training_step", Mode.EVAL),
        ("validation_step", Mode.EVAL),
        ("on_validation_epoch_end", Mode.TRAIN),
        ("on_train_epoch_end", Mode.EVAL),
    ]
    switches = [state.switch for state in line(seen, "bert").states if state is not None]
    assert [switch for switch in switches if switch] == ["train"]


def test_where_its_forward_runs(tmp_path: Path) -> None:
    methods = """
    def validation_step(self, batch, batch_idx):
        return self.bert(**batch)

    def on_train_epoch_end(self):
        with torch.no_grad():
            self.sample = self.bert(self.example)
    """
    seen = timeline(tmp_path, methods)
    runs = {hook: state.runs for hook, state in zip(seen.hooks, line(seen, "bert").states, strict=True) if state}
    assert runs == {
        "__init__": None,
        "configure_optimizers": None,
        "training_step": Runs.WITH_GRADIENTS,
        "validation_step": Runs.WITHOUT_GRADIENTS,
        "on_train_epoch_end": Runs.WITHOUT_GRADIENTS,
    }


def test_eval_in_the_step_shows_from_the_second_epoch_on(tmp_path: Path) -> None:
    methods = "def on_train_epoch_end(self):\n    self.head.eval()\n"
    init = INIT.replace('uncased")', 'uncased").train()').replace("nn.Linear(2, 2)", "nn.Sequential(nn.Dropout(0.5))")
    seen = timeline(tmp_path, methods, init)
    # The head is what the finding is about, so it comes first.
    assert [line.name for line in seen.lines] == ["head", "bert"]
    assert modes(seen, "head") == [
        ("__init__", Mode.TRAIN),
        ("configure_optimizers", Mode.TRAIN),
        ("training_step", Mode.TRAIN),
        ("on_train_epoch_end", Mode.EVAL),
        ("training_step", Mode.EVAL),
        ("on_train_epoch_end", Mode.EVAL),
    ]
    assert (seen.hooks[: seen.second_epoch], seen.second_epoch) == (seen.hooks[:4], 4)


def test_what_is_loaded_late_has_no_state_before(tmp_path: Path) -> None:
    methods = """
    def configure_model(self):
        self.bert = AutoModel.from_pretrained("bert-base-uncased")
        self.bert.embeddings.requires_grad_(False)
    """
    seen = timeline(tmp_path, methods, "self.head = nn.Linear(2, 2)")
    states = line(seen, "bert").states
    assert states[0] is None
    assert [state and state.grad for state in states[1:]] == [Grad.PARTLY] * 3


@pytest.mark.parametrize(("freeze", "grad"), [("pass", Grad.ON), ("self.head.proj.requires_grad_(False)", Grad.PARTLY)])
def test_a_wrapper_is_what_its_parts_are(tmp_path: Path, freeze: str, grad: Grad) -> None:
    init = f"self.bert = Encoder(); self.head = Encoder(); self.head.bert.train(); {freeze}"
    seen = timeline(tmp_path, "", init)
    assert [line.name for line in seen.lines] == ["bert.bert", "bert", "head"]
    assert {state and state.mode for state in line(seen, "bert").states} == {Mode.MIXED}
    [*_, last] = line(seen, "head").states
    assert last is not None
    assert (last.mode, last.grad) == (Mode.TRAIN, grad)


def test_findings_about_checkpoints_and_steps_have_none(tmp_path: Path) -> None:
    methods = "def on_save_checkpoint(self, checkpoint):\n    del checkpoint['state_dict']['head.weight']\n"
    of_code = {finding.code: finding.timeline for finding in found(tmp_path, methods)}
    assert set(of_code) == {"LL101", "LL301"}
    assert of_code["LL301"] is None
    assert of_code["LL101"] is not None
