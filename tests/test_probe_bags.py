"""Settings that come in bags, from files, from callers of callers: what they are, and what may be said by them."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from transformers import CONFIG_MAPPING, AutoModel

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
from lintlight.probe.worker import architectures, bags, madeup, saved_arguments, standin
from tests.bench.probe_findings import finding

FOLDER = Path(__file__).parent / "probe_cases" / "bags"
CONFIRMED, REFUTED, NOT_PROBED = VerdictStatus.CONFIRMED, VerdictStatus.REFUTED, VerdictStatus.NOT_PROBED

EXPECTED = {
    "FromItsFile": (REFUTED, Strength.ASSUMED, {"config": "harvested"}),
    "FromOptions": (CONFIRMED, Strength.ASSUMED, {"args": "harvested"}),
    "NobodyKnows": (NOT_PROBED, Strength.FLAGS_ONLY, {"args": "made up"}),
    "AsksForASetting": (NOT_PROBED, Strength.FLAGS_ONLY, {"args": "made up"}),
    "LooksForASetting": (NOT_PROBED, Strength.FLAGS_ONLY, {"args": "made up"}),
    "CalledByAFunction": (CONFIRMED, Strength.ASSUMED, {"freeze": "harvested"}),
    "ComposedByHydra": (REFUTED, Strength.ASSUMED, {"freeze": "harvested"}),
    "ForTypesOnly": (NOT_PROBED, Strength.FLAGS_ONLY, {"sizes": "made up"}),
    "NamesItsCheckpoint": (CONFIRMED, Strength.ASSUMED, {"name_of_it_path": "immaterial"}),
    "AnyArchitecture": (NOT_PROBED, Strength.FLAGS_ONLY, {"model_name": "made up"}),
    "NeedsAnOption": (NOT_PROBED, Strength.FLAGS_ONLY, {"width": "made up", "log_dir": "made up"}),
    "Downloads": (CONFIRMED, Strength.FULL, {}),
}

NAMES = {
    "facebook/bart-large-cnn": ("bart", "family"),
    "xlm-roberta-base": ("xlm-roberta", "family"),
    "intfloat/multilingual-e5-large": ("xlm-roberta", "family"),
    "emilyalsentzer/Bio_ClinicalBERT": ("bert", "family"),
    "someone/clinicalbert-v7": ("bert", "name"),
    "google/pegasus-xsum": ("pegasus", "family"),
    "hfl/chinese-roberta-wwm-ext": ("bert", "family"),
    "BAAI/bge-small-en-v1.5": ("bert", "family"),
    "facebook/esm2_t33_650M_UR50D": ("esm", "family"),
    "google/long-t5-tglobal-base": ("longt5", "family"),
    "microsoft/trocr-small-printed": ("vision-encoder-decoder", "family"),
    "microsoft/Phi-3.5-vision-instruct": ("phi", "name"),
    "HuggingFaceTB/SmolLM2-360M": ("llama", "family"),
    "johngiorgi/declutr-sci-base": ("bert", "family"),
    "google/gemma-2-2b": ("gemma2", "family"),
    "google/gemma-2b": ("gemma", "family"),
    "Salesforce/blip2-opt-2.7b": ("blip-2", "family"),
    "runs/roberta-small-japanese/2025/checkpoint-200000": ("roberta", "name"),
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    found = probe(
        [finding(FOLDER / "models.py", name, "bert") for name in EXPECTED],
        ProbeSettings(python=Path(sys.executable), root=FOLDER),
    )
    return {name: each.verdict for name, each in zip(EXPECTED, found, strict=True) if each.verdict}


@pytest.mark.parametrize("name", EXPECTED)
def test_verdict(name: str, verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts[name]
    sources = {each["name"]: each["source"] for each in verdict.evidence.get("arguments", ())}
    assert (verdict.status, verdict.strength, sources) == EXPECTED[name], verdict.reason


def test_what_was_made_up_is_named(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["NobodyKnows"].reason == "`NobodyKnows` was built with made-up `args.keep.frozen`"
    assert verdicts["NobodyKnows"].hint == "give --init args=VALUE"


def test_an_empty_checkpoint_fails_though_weights_were_not_downloaded() -> None:
    path = FOLDER / "models.py"
    request = ProbeRequest(path, "FiltersAll", "", Claim.RESUME_FAILS)
    span = Span(path, Position(1, 1), Position(1, 2))
    claim = Finding("LL301", "a-rule", "message", Severity.ERROR, Confidence.HIGH, span, probe=request)
    [found] = probe([claim], ProbeSettings(python=Path(sys.executable), root=FOLDER))
    assert found.verdict is not None
    assert found.verdict.evidence["not_downloaded"] == ["backbone-1.pth"]
    assert found.verdict.status is CONFIRMED, found.verdict.reason


def test_what_was_not_downloaded_is_told(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["Downloads"].evidence["not_downloaded"] == ["backbone-1.pth"]


def test_a_copy_of_a_bag_is_a_bag() -> None:
    bag = bags.Bag({"given": 1}, {}, {"made": 2, "late": 3}.get)
    for same in (bag.copy(), copy.copy(bag), copy.deepcopy(bag), bag | {"more": 4}, {"more": 4} | bag):
        assert (same.given, same.made) == (1, 2)
    assert bag.invented() == ["made"] * 5
    assert bag.copy().late == 3
    assert "late" in bag.invented()
    assert saved_arguments.Settings({"given": 1}).copy().given == 1


@pytest.mark.parametrize(
    ("name", "value"), [("n_gpu", 1), ("gpus", 1), ("world_size", 1), ("label2id", {"0": 0, "1": 1})]
)
def test_a_value_by_its_name(name: str, value: object) -> None:
    assert madeup.by_name(name) == value


@pytest.mark.parametrize("name", NAMES)
def test_architecture_of_a_checkpoint(name: str) -> None:
    found = architectures.resolve(name, None, {}, [])
    assert found is not None
    assert (found.model_type, found.how) == NAMES[name]


@pytest.mark.parametrize("name", ["google/gemma-2-2b", "google/flan-t5-base"])
def test_an_architecture_that_this_transformers_lacks_is_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = {kind: value for kind, value in CONFIG_MAPPING.items() if kind not in ("gemma2", "t5")}
    assert architectures.family_of(name) in ("gemma2", "t5")
    monkeypatch.setattr(architectures, "CONFIG_MAPPING_NAMES", lacking)
    assert architectures.family_of(name) == ""


def test_processors_of_a_checkpoint(tmp_path: Path) -> None:
    told = probed_processors(tmp_path)
    assert told == {"rate": 16000, "of a processor": "Wav2Vec2FeatureExtractor", "unknown": "MagicMock"}


def probed_processors(folder: Path) -> dict[str, object]:
    """What the loaders answer, in a process of its own: the stand-ins stay for the rest of one."""
    script = """
import json, sys, transformers
from lintlight.probe.worker import standin, tokens
stand_ins = standin.StandIns(sys.argv[1], {})
standin.install(stand_ins)
tokens.install(stand_ins)
extractor = transformers.AutoFeatureExtractor.from_pretrained("facebook/wav2vec2-base")
processor = transformers.Wav2Vec2Processor.from_pretrained("facebook/wav2vec2-base")
unknown = transformers.AutoFeatureExtractor.from_pretrained("nobody/knows")
told = {
    "rate": extractor.sampling_rate,
    "of a processor": type(processor.feature_extractor).__name__,
    "unknown": type(unknown).__name__,
}
print(json.dumps(told))
"""
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("raised", "expected", "said"),
    [
        (None, standin.NoStandIn, "no configuration of bert that is small enough builds a model"),
        (ValueError("heads"), standin.NoStandIn, "the default configuration of bert builds no model"),
        (ImportError("timm"), ImportError, "timm"),
    ],
)
def test_why_no_model_can_be_built_is_always_said(
    raised: Exception | None, expected: type[Exception], said: str
) -> None:
    def build(config: object) -> None:
        if raised is not None:
            raise raised

    with pytest.raises(expected, match=said):
        standin.raise_why(build, SimpleNamespace(model_type="bert"), (), "any")


@pytest.mark.parametrize("kind", standin.LACKING)
def test_a_default_configuration_that_no_model_can_be_built_with_is_completed(kind: str) -> None:
    config = standin.default_configuration(kind)
    config.num_hidden_layers = 1
    with pytest.raises(TypeError, match="NoneType"):
        AutoModel.from_config(CONFIG_MAPPING[kind](num_hidden_layers=1))
    assert AutoModel.from_config(config).get_input_embeddings().num_embeddings == config.vocab_size


PACKAGED = """
import sched

import lightning as L
import torch
from {own} import shade
from transformers import BertConfig, BertModel

class Painter(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.shade = shade(sched)
        config = BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
        self.bert = BertModel(config).eval()

    def training_step(self, batch, batch_idx):
        return self.bert(batch["input_ids"]).last_hidden_state.pow(2).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)
"""


@pytest.mark.parametrize("own", [".sched", "paint.sched", "colours"])
def test_a_module_of_a_package_that_is_called_like_an_installed_one(tmp_path: Path, own: str) -> None:
    """Only a script that is run in place finds its neighbours first."""
    folder = tmp_path / "paint"
    folder.mkdir()
    (tmp_path / "pyproject.toml").touch()
    (folder / "__init__.py").touch()
    neighbour = "colours" if own == "colours" else "sched"
    (folder / f"{neighbour}.py").write_text("def shade(library):\n    return library.scheduler\n")
    (folder / "model.py").write_text(PACKAGED.format(own=own))
    (found,) = probe(
        [finding(folder / "model.py", "Painter", "bert")], ProbeSettings(python=Path(sys.executable), root=tmp_path)
    )
    assert found.verdict is not None
    assert found.verdict.status is CONFIRMED, found.verdict.reason
