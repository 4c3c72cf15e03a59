"""What a class is constructed with: where each argument is from, and what may be said on the strength of it."""

import sys
from pathlib import Path
from typing import Any

import pytest

from lintlight.model import (
    Claim,
    Confidence,
    Finding,
    Position,
    ProbeRequest,
    Severity,
    Span,
    Strength,
    Verdict,
    VerdictStatus,
)
from lintlight.probe.probing import probe
from lintlight.probe.settings import ProbeSettings

FOLDER = Path(__file__).parent / "probe_cases" / "arguments"
CONFIRMED, REFUTED, NOT_PROBED = VerdictStatus.CONFIRMED, VerdictStatus.REFUTED, VerdictStatus.NOT_PROBED

EXPECTED = {
    "CalledHere": (CONFIRMED, Strength.FULL, {"freeze": "call"}),
    "CalledElsewhere": (CONFIRMED, Strength.FULL, {"freeze": "call"}),
    "CalledWithAParser": (CONFIRMED, Strength.FULL, {"freeze": "call"}),
    "CalledWithAVariable": (REFUTED, Strength.ASSUMED, {"freeze": "call"}),
    "CalledInTwoWays": (REFUTED, Strength.ASSUMED, {"freeze": "default"}),
    "Harvested": (CONFIRMED, Strength.ASSUMED, {"harvested_width": "harvested"}),
    "Immaterial": (CONFIRMED, Strength.ASSUMED, {"lr": "immaterial", "num_labels": "immaterial"}),
    "ByALearningRate": (NOT_PROBED, Strength.FLAGS_ONLY, {"lr": "made up"}),
    "WithASettingsBag": (NOT_PROBED, Strength.FLAGS_ONLY, {"hparams": "made up"}),
    "OptimizerGiven": (REFUTED, Strength.ASSUMED, dict.fromkeys(("width", "freeze", "optimizer"), "project")),
    "Injected": (NOT_PROBED, Strength.FLAGS_ONLY, {}),
    "Narrow": (NOT_PROBED, Strength.FLAGS_ONLY, {"features": "made up"}),
    "Opaque": (NOT_PROBED, Strength.FLAGS_ONLY, {}),
    "NeedsAName": (NOT_PROBED, Strength.FLAGS_ONLY, {"model_name": "made up", "other": "default"}),
    "NeedsANameThatACallGives": (CONFIRMED, Strength.FULL, {"model_name": "call"}),
    "NeedsWhatNobodyGives": (NOT_PROBED, Strength.FLAGS_ONLY, {"other": "default"}),
    "HalfConfigured": (
        NOT_PROBED,
        Strength.FLAGS_ONLY,
        {
            "size": "project",
            **dict.fromkeys(("scheduler", "use_cache"), "made up"),
            **dict.fromkeys(("num_labels", "label_map"), "immaterial"),
        },
    ),
    "WithAPart": (NOT_PROBED, Strength.FLAGS_ONLY, {"part": "made up"}),
}


def finding(class_name: str) -> Finding:
    path = FOLDER / "models.py"
    span = Span(path, Position(1, 1), Position(1, 2))
    request = ProbeRequest(path, class_name, "bert", Claim.TRAINED_IN_EVAL)
    return Finding("LL101", "a-rule", "message", Severity.ERROR, Confidence.HIGH, span, probe=request)


def judged(*names: str, **settings: Any) -> dict[str, Verdict]:
    """The verdicts on these classes."""
    chosen = ProbeSettings(python=Path(sys.executable), root=FOLDER, **settings)
    found = probe([finding(name) for name in names], chosen)
    return {name: each.verdict for name, each in zip(names, found, strict=True) if each.verdict}


def sources(verdict: Verdict) -> dict[str, str]:
    return {each["name"]: each["source"] for each in verdict.evidence.get("arguments", ())}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return judged(*EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    assert (verdict.status, verdict.strength, sources(verdict)) == EXPECTED[name], verdict.reason


def test_what_to_give(verdicts: dict[str, Verdict]) -> None:
    for name, argument in (("Opaque", "zorp"), ("Injected", "bert"), ("WithASettingsBag", "hparams")):
        assert verdicts[name].hint == f"give --init {argument}=VALUE"


def test_what_a_class_says_of_its_defaults_is_told(verdicts: dict[str, Verdict]) -> None:
    assert "give other" in verdicts["NeedsWhatNobodyGives"].reason


def test_other_calls_are_named(verdicts: dict[str, Verdict]) -> None:
    assert "(as constructed here; train.py:22 constructs it with other arguments)" in verdicts["CalledInTwoWays"].reason


def test_a_factory() -> None:
    verdict = judged("CalledWithAVariable", factory="models:make_frozen")["CalledWithAVariable"]
    assert (verdict.status, verdict.strength) == (REFUTED, Strength.FULL)
    assert sources(verdict) == {"factory": "given"}


def test_init_wins() -> None:
    verdict = judged("CalledHere", init={"freeze": True})["CalledHere"]
    assert (verdict.status, sources(verdict)) == (REFUTED, {"freeze": "given"})


def test_entries_of_given_settings_are_attributes() -> None:
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    config = {"class_path": "transformers.BertConfig", "init_args": {**small, "vocab_size": 50}}
    verdict = judged("Opaque", init={"zorp": {"config": config}})["Opaque"]
    assert sources(verdict) == {"zorp": "given"}
    assert verdict.evidence["targets"]["bert"]


@pytest.mark.parametrize(("file", "status"), [("lightning_cli.yaml", CONFIRMED), ("hydra.yaml", REFUTED)])
def test_a_configuration(file: str, status: VerdictStatus) -> None:
    verdict = judged("OptimizerGiven", config=FOLDER / file)["OptimizerGiven"]
    assert (verdict.status, verdict.strength) == (status, Strength.FULL), verdict.reason
    assert set(sources(verdict).values()) == {"config"}


def test_a_checkpoint(tmp_path: Path) -> None:
    import torch

    path = tmp_path / "some.ckpt"
    torch.save({"hyper_parameters": {"freeze": True, "other": 1}, "state_dict": {}}, path)
    verdict = judged("CalledHere", checkpoint=path)["CalledHere"]
    assert (verdict.status, sources(verdict)) == (REFUTED, {"freeze": "checkpoint"})
