"""The newest Lightning that a project allows, and what that makes of a finding."""

from pathlib import Path

import pytest

from lintlight.check import check
from lintlight.model import Finding, Severity
from lintlight.registry import load_rules
from lintlight.semantics.resolve.versions import ANY, Newest, declared_in, nearest
from lintlight.settings import Settings

MODULE = """
import lightning as L
import torch
from transformers import {name}

class Model(L.LightningModule):
    def __init__(self, checkpoint):
        super().__init__()
        self.net = {load}

    def training_step(self, batch, batch_idx):
        return self.net(batch).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""


def found_in(
    folder: Path, *, name: str = "AutoModel", load: str = "", before: str = "", settings: Settings | None = None
) -> Finding:
    """The one finding of a module that is in a project's `src` folder."""
    path = folder / "src" / "model.py"
    path.parent.mkdir(exist_ok=True)
    module = MODULE.format(name=name, load=load or 'AutoModel.from_pretrained("bert-base-uncased")')
    path.write_text(f"{before}\n{module}")
    (folder / "setup.cfg").touch()
    (finding,) = check([path], settings or Settings(root=folder), load_rules(), root=folder).findings
    return finding


@pytest.mark.parametrize(
    ("requirement", "version"),
    [
        ("pytorch-lightning==1.9.5", (1, 9, 5)),
        ("pytorch_lightning == 1.9.5  # pinned", (1, 9, 5)),
        ("lightning[extra]>=1.8,<2.2", (2, 1, ANY)),
        ("lightning>=1.8,<2.0.0", (1, ANY)),
        ("lightning~=2.1.3", (2, 1, ANY)),
        ("lightning==2.1.*", (2, 1, ANY)),
        ("lightning<=2.2", (2, 2)),
        ("lightning==2.5.0.post0 ; sys_platform == 'linux' \\", (2, 5, 0)),
        ("lightning>=2.0", None),
        ("lightning", None),
        (f"lightning=={'9' * 5000}", None),
    ],
)
def test_requirements(tmp_path: Path, requirement: str, version: tuple[int, ...] | None) -> None:
    (tmp_path / "requirements.txt").write_text(f"torch==2.1\nlightning-utilities==0.9\n{requirement}\n")
    (newest,) = declared_in(tmp_path).values()
    assert (newest.version if newest is not None else None) == version


@pytest.mark.parametrize(
    ("name", "text", "version"),
    [
        ("pyproject.toml", '[project]\ndependencies = ["lightning>=1.8,<2.1"]\n', (2, 0, ANY)),
        ("pyproject.toml", '[project.optional-dependencies]\ntrain = ["pytorch-lightning==1.6"]\n', (1, 6)),
        ("pyproject.toml", '[tool.poetry.dependencies]\npytorch-lightning = "^1.9"\n', (1, ANY)),
        ("pyproject.toml", '[tool.poetry.dependencies]\nlightning = {version = "~2.1", extras = ["x"]}\n', (2, 1, ANY)),
        ("pyproject.toml", '[tool.poetry.dependencies]\nlightning = "1.9.5"\n', (1, 9, 5)),
        ("pyproject.toml", '[tool.lintlight]\nlightning = "1.9"\n', "nothing"),
        ("pyproject.toml", "[project\n", "nothing"),
        ("setup.py", 'setup(name="lightning-thing", install_requires=["pytorch-lightning>=1.5,<1.6"])\n', (1, 5, ANY)),
        ("setup.cfg", "[options]\ninstall_requires =\n    torch\n    pytorch-lightning<2\n", (1, ANY)),
        ("environment.yml", "dependencies:\n  - pytorch-lightning=1.4\n  - pip:\n    - timm\n", (1, 4, ANY)),
        ("poetry.lock", '[[package]]\nname = "pytorch-lightning"\nversion = "1.7.7"\n', (1, 7, 7)),
        ("Pipfile.lock", '{"default": {"lightning": {"version": "==2.1.4"}}}', (2, 1, 4)),
        ("Pipfile.lock", "[]", "nothing"),
        ("Pipfile.lock", '{"a":' * 30_000, "nothing"),
        ("pyproject.toml", f"a = {'[' * 3000}{']' * 3000}\n", "nothing"),
    ],
)
def test_files(tmp_path: Path, name: str, text: str, version: tuple[int, ...] | str) -> None:
    (tmp_path / name).write_text(text)
    found = [newest.version for newest in declared_in(tmp_path).values() if newest is not None]
    assert found == ([] if version == "nothing" else [version])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32", "utf-8"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "lightning==2.1.0\r\n"),
        ("pyproject.toml", '[project]\ndependencies = ["lightning==2.1.0"]\n'),
    ],
)
def test_files_with_a_byte_order_mark(tmp_path: Path, name: str, text: str, encoding: str) -> None:
    (tmp_path / name).write_bytes(text.encode(encoding))
    (newest,) = declared_in(tmp_path).values()
    assert newest is not None
    assert (newest.version, newest.said) == ((2, 1, 0), "lightning==2.1.0")


@pytest.mark.parametrize(
    "data", [b"\xff\xfel", b"\xff\xfe", b"lightning==2.1.0 # caf\xe9\n", b"\xef\xbb\xbflightning\n"]
)
def test_odd_bytes_are_read_as_far_as_they_go(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "requirements.txt").write_bytes(data)
    assert list(declared_in(tmp_path)) == (["lightning"] if b"lightning" in data else [])


def test_the_tightest_of_several_files_counts(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text('setup(install_requires=["lightning>=1.8"])\n')
    (tmp_path / "requirements.txt").write_text("lightning==2.0.1\n")
    (tmp_path / "requirements-dev.txt").write_text("lightning<2.5\n")
    assert declared_in(tmp_path) == {"lightning": Newest((2, 0, 1), "lightning==2.0.1", tmp_path / "requirements.txt")}


def test_the_nearest_folder_counts(tmp_path: Path) -> None:
    inner = tmp_path / "research" / "old"
    inner.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("lightning==2.5\ntransformers==4.40\n")
    (inner / "requirements.txt").write_text("pytorch-lightning==1.5\n")
    versions = nearest(inner, tmp_path, declared_in)
    assert versions.lightning is not None
    assert versions.transformers is not None
    assert (versions.lightning.version, versions.transformers.version) == ((1, 5), (4, 40))


def test_a_note_about_the_upgrade(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pytorch-lightning==1.9.5\n")
    found = found_in(tmp_path)
    assert found.severity is Severity.INFO
    assert found.message.startswith("from Lightning 2.2 on, `self.net` is trained in eval mode")
    assert found.message.endswith("(now: `pytorch-lightning==1.9.5`)")


@pytest.mark.parametrize("requirement", ["lightning>=1.8", "lightning==2.2.0", "transformers==4.30"])
def test_an_error_where_it_may_run(tmp_path: Path, requirement: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"{requirement}\n")
    assert found_in(tmp_path).severity is Severity.ERROR


@pytest.mark.parametrize(("setting", "severity"), [("2.1", Severity.INFO), ("2.6", Severity.ERROR)])
def test_the_setting_counts_more_than_the_files(tmp_path: Path, setting: str, severity: Severity) -> None:
    (tmp_path / "requirements.txt").write_text("lightning==2.0\n" if setting == "2.6" else "lightning==2.6\n")
    assert found_in(tmp_path, settings=Settings(root=tmp_path, lightning=setting)).severity is severity


@pytest.mark.parametrize(
    ("name", "load", "family"),
    [
        ("LlamaForCausalLM", "LlamaForCausalLM.from_pretrained(checkpoint)", "Llama"),
        ("AutoModel", 'AutoModel.from_pretrained("facebook/esm2_t6_8M_UR50D")', "ESM-2"),
        ("AutoModel", 'AutoModel.from_pretrained(f"facebook/esm2_{size}_UR50D")', "ESM-2"),
        ("AutoModel", 'AutoModel.from_pretrained("Rocketknight1/esm2_t6_8M_UR50D")', "ESM-2"),
        ("Qwen2_5_VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration.from_pretrained(x)", "Qwen2_5_VL"),
        (
            "AutoModelForImageTextToText",
            'AutoModelForImageTextToText.from_pretrained("google/paligemma2-3b")',
            "PaliGemma",
        ),
        ("SiglipModel", "SiglipModel.from_pretrained(checkpoint)", "Siglip"),
        ("AutoModelForCausalLM", 'AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-0.5B")', "Qwen"),
        ("AutoModelForCausalLM", 'AutoModelForCausalLM.from_pretrained("google/gemma-3-270m")', "Gemma"),
        ("AutoModelForCausalLM", 'AutoModelForCausalLM.from_pretrained("google/gemma-2-2b-it")', "Gemma"),
        ("ViTModel", 'ViTModel.from_pretrained("google/vit-base-patch16-224", torch_dtype="auto")', "ViT"),
        ("CLIPVisionModelWithProjection", "CLIPVisionModelWithProjection.from_pretrained(checkpoint)", "CLIPVision"),
    ],
)
def test_families_without_dropout(tmp_path: Path, name: str, load: str, family: str) -> None:
    found = found_in(tmp_path, name=name, load=load)
    assert found.severity is Severity.INFO
    assert f"{family} models have no dropout by default" in found.message


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("AutoModel", "AutoModel.from_pretrained(checkpoint)"),
        ("AutoModel", 'AutoModel.from_pretrained("google/gemma-scope-2m")'),
        ("AutoModel", 'AutoModel.from_pretrained("someone/vit-base-finetuned")'),
        ("AutoModel", 'AutoModel.from_pretrained(f"{owner}/esm2_t6_8M_UR50D")'),
        ("Florence2ForConditionalGeneration", "Florence2ForConditionalGeneration.from_pretrained(checkpoint)"),
        ("EsmModel", "EsmModel.from_pretrained(checkpoint)"),
        ("LlamaForTokenClassification", "LlamaForTokenClassification.from_pretrained(checkpoint)"),
        ("ViTModel", "ViTModel.from_pretrained(checkpoint, hidden_dropout_prob=0.1)"),
        ("ViTModel", "ViTModel.from_pretrained(checkpoint, config=make_config())"),
        ("ViTModel", "ViTModel.from_pretrained(checkpoint, **options())"),
    ],
)
def test_other_models_may_have_dropout(tmp_path: Path, name: str, load: str) -> None:
    assert found_in(tmp_path, name=name, load=load).severity is Severity.ERROR


@pytest.mark.parametrize(
    ("scripts", "severity"),
    [
        (["facebook/esm2_t6_8M_UR50D"], Severity.INFO),
        (["facebook/esm2_t6_8M_UR50D", "openai/clip-vit-base-patch32"], Severity.INFO),
        (["bert-base-uncased"], Severity.ERROR),
        (["facebook/esm2_t6_8M_UR50D", "bert-base-uncased"], Severity.ERROR),
    ],
)
def test_a_checkpoint_named_by_scripts_elsewhere(tmp_path: Path, scripts: list[str], severity: Severity) -> None:
    (tmp_path / "src").mkdir()
    for number, name in enumerate(scripts):
        script = f"import lightning as L\nfrom model import Model\n\nNAME = {name!r}\nL.Trainer().fit(Model(NAME))\n"
        (tmp_path / "src" / f"train_{number}.py").write_text(script)
    assert found_in(tmp_path, load="AutoModel.from_pretrained(checkpoint)").severity is severity


ZEROS = "hidden_dropout_prob={0}, attention_probs_dropout_prob={0}"
SET = "config.hidden_dropout_prob = {0}\nconfig.attention_probs_dropout_prob = {0}"
CONFIGS = {
    "by attribute": "config = AutoConfig.from_pretrained('x')\n" + SET,
    "by update": "config = AutoConfig.from_pretrained('x')\nconfig.update(dict(" + ZEROS + "))",
    "by keyword": "config = AutoConfig.from_pretrained('x', " + ZEROS + ")",
    "in one of two ways": "config = AutoConfig.from_pretrained('x') if old else torch.load(old)\n" + SET,
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize(("rate", "severity"), [("0.0", Severity.INFO), ("0", Severity.INFO), ("0.1", Severity.ERROR)])
def test_dropout_rates_in_a_configuration(tmp_path: Path, config: str, rate: str, severity: Severity) -> None:
    before = f"import torch\nfrom transformers import AutoConfig, AutoModel\n\ndef load(old):\n{config.format(rate)}\n"
    before = before.replace("\nconfig", "\n    config") + "    return AutoModel.from_pretrained('x', config=config)\n"
    found = found_in(tmp_path, load="load(checkpoint)", before=before)
    assert found.severity is severity
    assert ("its dropout rates are set to 0" in found.message) is (severity is Severity.INFO)


def test_a_hook_that_lightning_2_refuses_says_what_a_class_is_written_for(tmp_path: Path) -> None:
    hook = 'AutoModel.from_pretrained("x")\n\n    def validation_epoch_end(self, outputs):\n        pass\n'
    found = found_in(tmp_path, load=hook)
    assert found.severity is Severity.INFO
    assert "(now: `validation_epoch_end`, which Lightning 2.0 removed)" in found.message
    assert found_in(tmp_path, load=hook.replace("validation_epoch_end", "on_epoch_end")).severity is Severity.ERROR
    said = Settings(root=tmp_path, lightning="2.4")
    assert found_in(tmp_path, load=hook, settings=said).severity is Severity.ERROR
    for requirement, now in (("2.4.0", "`validation_epoch_end`, which"), ("1.9.5", "`lightning==1.9.5`)")):
        (tmp_path / "requirements.txt").write_text(f"lightning=={requirement}\n")
        found = found_in(tmp_path, load=hook)
        assert found.severity is Severity.INFO
        assert f"(now: {now}" in found.message


def test_a_parameter_that_lightning_2_refuses_says_what_a_class_is_written_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, step = MODULE, "def training_step(self, batch, batch_idx{more}):"
    for more, severity in ((", optimizer_idx=0", Severity.INFO), (", dataloader_idx=0", Severity.ERROR)):
        monkeypatch.setattr("tests.test_versions.MODULE", written.replace(step.format(more=""), step.format(more=more)))
        found = found_in(tmp_path)
        assert found.severity is severity
        is_old = "(now: `training_step(optimizer_idx)`, which Lightning 2.0 removed)" in found.message
        assert is_old is (severity is Severity.INFO)


def test_an_argument_that_lightning_2_refuses_says_what_a_script_is_written_for(tmp_path: Path) -> None:
    old = 'AutoModel.from_pretrained("x")\n        self.trainers = lambda: L.Trainer(gpus=1).fit(self)\n'
    found = found_in(tmp_path, load=old)
    assert found.severity is Severity.INFO
    assert "(now: `Trainer(gpus=...)`, which Lightning 2.0 removed)" in found.message
    parsed = found_in(tmp_path, load=old.replace("Trainer(gpus=1)", "Trainer.from_argparse_args(self)"))
    assert "(now: `Trainer.from_argparse_args`, which" in parsed.message
    for kept in (
        old.replace("gpus", "devices"),
        old.replace("L.Trainer", "self.runner"),
        f"{old}        L.Trainer()\n",
    ):
        assert found_in(tmp_path, load=kept).severity is Severity.ERROR
    assert found_in(tmp_path, load=old, settings=Settings(root=tmp_path, lightning="2.4")).severity is Severity.ERROR


@pytest.mark.parametrize(
    ("scripts", "severity"), [(("gpus=1",), Severity.INFO), (("gpus=1", "devices=1"), Severity.ERROR)]
)
def test_all_scripts_elsewhere_must_be_old(tmp_path: Path, scripts: tuple[str, ...], severity: Severity) -> None:
    (tmp_path / "src").mkdir()
    for number, arguments in enumerate(scripts):
        script = f"import lightning as L\nfrom model import Model\n\nL.Trainer({arguments}).fit(Model('x'))\n"
        (tmp_path / "src" / f"train_{number}.py").write_text(script)
    assert found_in(tmp_path).severity is severity


def test_the_removed_arguments_are_those_of_the_evidence() -> None:
    from lintlight.semantics.knowledge.catalog import REMOVED_ARGUMENTS, REMOVED_METHODS

    lines = (Path(__file__).parent / "evidence" / "removed_arguments.out").read_text("utf-8").splitlines()[1:]
    refused = {line.split(": ")[0] for line in lines if "unexpected keyword argument" in line}
    assert refused == REMOVED_ARGUMENTS
    gone = {line.split(": ")[0] for line in lines if line.endswith(": no attribute")}
    assert gone == {f"Trainer.{method}" for method in REMOVED_METHODS}


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("from pytorch_lightning.core.lightning import LightningModule", Severity.INFO),
        ("from pytorch_lightning.metrics import Accuracy", Severity.INFO),
        ("import lightning.pytorch.utilities.cli as cli", Severity.INFO),
        ("from pytorch_lightning.loggers import LightningLoggerBase", Severity.INFO),
        ("from pytorch_lightning.utilities import AMPType, rank_zero_only", Severity.INFO),
        ("from pytorch_lightning.utilities import rank_zero_only", Severity.ERROR),
        ("from pytorch_lightning.callbacks import Callback", Severity.ERROR),
        ("from metrics import Accuracy", Severity.ERROR),
        ("from mine.lightning.pytorch.metrics import Accuracy", Severity.ERROR),
        ("try:\n    from pytorch_lightning.metrics import Accuracy\nexcept ImportError:\n    pass", Severity.ERROR),
    ],
)
def test_an_import_that_lightning_2_has_no_more_says_what_a_class_is_written_for(
    tmp_path: Path, line: str, severity: Severity
) -> None:
    found = found_in(tmp_path, before=line)
    assert found.severity is severity
    assert ("which Lightning 2.0 removed" in found.message) is (severity is Severity.INFO)


@pytest.mark.parametrize("output", ["removed_imports.out", "removed_imports_2.0.out"])
def test_the_removed_imports_are_those_of_the_evidence(output: str) -> None:
    from lintlight.semantics.knowledge.catalog import REMOVED_IMPORTS

    lines = (Path(__file__).parent / "evidence" / output).read_text("utf-8").splitlines()[1:]
    assert {line.split(": ")[0] for line in lines if line.endswith("Error")} == REMOVED_IMPORTS


def test_advice_for_a_lightning_without_the_switch(tmp_path: Path) -> None:
    drops = """AutoModel.from_pretrained("x").requires_grad_(False)

    def on_save_checkpoint(self, checkpoint):
        checkpoint["state_dict"] = {k: v for k, v in checkpoint["state_dict"].items() if not k.startswith("net")}
"""
    found = found_in(tmp_path, load=drops)
    assert (found.code, found.severity) == ("LL301", Severity.ERROR)
    assert "`self.strict_loading = False`" in found.message
    assert found.fix is not None
    (tmp_path / "requirements.txt").write_text("pytorch-lightning==2.1.4\n")
    found = found_in(tmp_path, load=drops)
    assert (found.code, found.severity, found.fix) == ("LL301", Severity.ERROR, None)
    assert "strict_loading" not in found.message + found.help
    assert found.message.endswith("; put the keys back in `on_load_checkpoint`")


CONDA = "name: env\nchannels:\n- conda-forge\ndependencies:\n- python=3.10\n- lightning=2.1.3\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("gpu.yaml", CONDA, "lightning=2.1.3"),
        ("env.yml", CONDA, "lightning=2.1.3"),
        ("req.txt", "pytorch-lightning==1.9.5\n", "pytorch-lightning==1.9.5"),
        ("pixi.toml", '[dependencies]\nlightning = "2.1.*"\n', "lightning==2.1.*"),
        ("README.md", "Run `pip install pytorch_lightning==1.9.5 torch`.\n", "pytorch-lightning==1.9.5"),
        ("Dockerfile", "RUN pip install 'lightning<2.2'\n", "lightning<2.2"),
    ],
)
def test_where_else_a_project_says_it(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    found = found_in(tmp_path)
    assert (found.severity, said in found.message) == (Severity.INFO, True)


def test_configuration_is_no_environment(tmp_path: Path) -> None:
    (tmp_path / "train.yaml").write_text("note: needs lightning=2.1.3\n")
    assert found_in(tmp_path).severity is Severity.ERROR


def test_words_for_people_count_where_nothing_else_names_it(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Run `pip install lightning==2.1.0`, or lightning==2.0.1.\n")
    assert "lightning==2.1.0" in found_in(tmp_path).message
    (tmp_path / "requirements.txt").write_text("lightning\n")
    assert found_in(tmp_path).severity is Severity.ERROR
