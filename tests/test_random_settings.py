"""What a model is given that decides whether eval mode loses anything: rates, SpecAugment, a configuration."""

import re
from pathlib import Path

import pytest

from lintlight.model import Severity
from lintlight.semantics.knowledge import rates
from tests.checking import findings_of

CODE = """
import lightning as L
import torch
from transformers import {names}

class Model(L.LightningModule):
    def __init__(self, name, flag):
        super().__init__()
        {made}

    def training_step(self, batch, batch_idx):
        return self.net(batch["x"]).loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters())
"""
NOTE, ERROR = Severity.INFO, Severity.ERROR


def severity(folder: Path, *lines: str) -> Severity:
    made = "\n        ".join(lines)
    names = ", ".join(dict.fromkeys(re.findall(r"\b[A-Z]\w+(?=\(|\.from_pretrained)", made)))
    (found,) = findings_of(folder, {"model.py": CODE.replace("{made}", made).replace("{names}", names)})
    assert found.code == "LL101"
    return found.severity


RECIPE = "attention_dropout=0.0, hidden_dropout=0.0, feat_proj_dropout=0.0, layerdrop=0.0"
MOST = f"{RECIPE}, activation_dropout=0.0"
ALL = f"{MOST}, final_dropout=0.0"
UNMASKED = "mask_time_prob=0.0"
BERT = "hidden_dropout_prob=0, attention_probs_dropout_prob=0"


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        ("Wav2Vec2ForCTC", f"{RECIPE}, mask_time_prob=0.05"),
        ("Wav2Vec2ForCTC", RECIPE),
        ("Wav2Vec2ForCTC", f"{MOST}, {UNMASKED}"),  # the dropout before the head is left
        ("Wav2Vec2ForCTC", ALL),  # SpecAugment masks by default
        ("Wav2Vec2ForCTC", f"{ALL}, {UNMASKED}, mask_feature_prob=0.1"),
        ("Wav2Vec2ForCTC", f"{ALL}, apply_spec_augment=flag"),
        ("WavLMModel", f"{RECIPE}, {UNMASKED}"),
        ("Wav2Vec2ConformerModel", f"{ALL}, conformer_conv_dropout=0.0, {UNMASKED}"),  # it has batch norm
        ("HubertForSequenceClassification", MOST),
        ("AutoModelForCTC", f"{RECIPE}, {UNMASKED}"),
        ("AutoModel", "hidden_dropout=0.0, attention_dropout=0.0"),
        ("DistilBertForSequenceClassification", "dropout=0.0, attention_dropout=0.0"),
        ("AlbertForSequenceClassification", BERT),
        ("BartForConditionalGeneration", "dropout=0.0, attention_dropout=0.0"),
        ("SwinModel", BERT),
        ("T5EncoderModel", "dropout_rate=0.1"),
        ("BertModel", "hidden_dropout_prob=0"),
        ("BertModel", f"{BERT}, classifier_dropout=0.1"),
    ],
)
def test_something_random_is_left(cls: str, given: str, tmp_path: Path) -> None:
    assert severity(tmp_path, f"self.net = {cls}.from_pretrained(name, {given})") is ERROR


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        ("Wav2Vec2ForCTC", f"{ALL}, {UNMASKED}"),
        ("Wav2Vec2ForCTC", f"{ALL}, apply_spec_augment=False"),
        ("Wav2Vec2ForCTC", f"{ALL}, {UNMASKED}, mask_feature_prob=0"),
        ("Wav2Vec2Model", f"{MOST}, {UNMASKED}"),
        ("HubertForSequenceClassification", f"{MOST}, apply_spec_augment=False, mask_time_prob=0.05"),
        ("AutoModelForCTC", f"{ALL}, {UNMASKED}"),
        ("AutoModel", BERT),
        ("BertModel", BERT),
        ("DistilBertModel", "dropout=0.0, attention_dropout=0.0"),
        ("DistilBertForSequenceClassification", "dropout=0.0, attention_dropout=0.0, seq_classif_dropout=0.0"),
        ("BartForConditionalGeneration", "dropout=0.0, attention_dropout=0.0, activation_dropout=0.0"),
        ("GPT2LMHeadModel", "resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0"),
        ("SwinModel", "drop_path_rate=0.0"),
        ("T5EncoderModel", "dropout_rate=0.0"),
    ],
)
def test_all_that_is_random_is_set_to_0(cls: str, given: str, tmp_path: Path) -> None:
    assert severity(tmp_path, f"self.net = {cls}.from_pretrained(name, {given})") is NOTE


WHISPER = "self.net = WhisperForConditionalGeneration.from_pretrained(name{})"
WAV2VEC2 = f"self.net = Wav2Vec2Model.from_pretrained(name, {MOST})"


@pytest.mark.parametrize(
    "lines",
    [
        (WHISPER.format(", apply_spec_augment=True"),),
        (WHISPER.format(", apply_spec_augment=flag, mask_feature_prob=0.1"),),
        (WHISPER.format(""), "self.net.config.apply_spec_augment = True"),
        (WHISPER.format(""), "self.net.model.config.apply_spec_augment = True"),
        (WHISPER.format(""), "config = self.net.config", "config.apply_spec_augment = True"),
        (WHISPER.format(""), "self.net.config.update({'apply_spec_augment': True})"),
        (WHISPER.format(""), "if flag:", "    self.net.config.apply_spec_augment = True"),
        (WHISPER.format(""), "setattr(self.net.config, 'apply_spec_augment', True)"),
        (
            "config = WhisperConfig.from_pretrained(name)",
            "config.apply_spec_augment = True",
            WHISPER.format(", config=config"),
        ),
        (WAV2VEC2,),
        (WAV2VEC2, "self.net.config.apply_spec_augment = True"),
        (WAV2VEC2, "self.net.config.mask_time_prob = 0.0", "self.net.config.layerdrop = 0.1"),
    ],
)
def test_what_a_forward_asks_for_may_be_set_after_loading(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert severity(tmp_path, *lines) is ERROR


@pytest.mark.parametrize(
    "lines",
    [
        (WHISPER.format(""),),
        (WHISPER.format(", mask_time_prob=0.05"),),  # it is only applied on request
        (WHISPER.format(", apply_spec_augment=False, mask_time_prob=0.05"),),
        (WHISPER.format(", apply_spec_augment=True, mask_time_prob=0.0"),),
        (WHISPER.format(", apply_spec_augment=True"), "self.net.config.apply_spec_augment = False"),
        (WHISPER.format(""), "self.net.config.forced_decoder_ids = None", "self.net.config.use_cache = False"),
        (WHISPER.format(""), "self.net.config.dropout = 0.1"),  # the layers are there already
        (WHISPER.format(""), "other = BertConfig()", "other.apply_spec_augment = True"),
        (WAV2VEC2, "self.net.config.apply_spec_augment = False"),
        (WAV2VEC2, "self.net.config.mask_time_prob = 0.0"),
    ],
)
def test_what_is_set_after_loading_and_makes_nothing_random(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert severity(tmp_path, *lines) is NOTE


VIT = "self.net = ViTForImageClassification.from_pretrained(name, config={})"
ESM = "self.net = AutoModel.from_pretrained('facebook/esm2_t6_8M_UR50D', config={})"
OF_ESM = "AutoConfig.from_pretrained('facebook/esm2_t6_8M_UR50D')"


@pytest.mark.parametrize(
    "lines",
    [
        (VIT.format("AutoConfig.from_pretrained(name, num_labels=3)"),),
        ("config = ViTConfig.from_pretrained(name)", "config.num_labels = 7", VIT.format("config")),
        ("config = ViTConfig.from_pretrained(name, hidden_dropout_prob=0.0)", VIT.format("config")),
        (VIT.format("None"),),
        ("self.net = ViTModel.from_pretrained(name, hidden_dropout_prob=0.0)",),
        (ESM.format(OF_ESM),),
        (ESM.format("AutoConfig.from_pretrained('facebook/esm2_t33_650M_UR50D')"),),
        (f"config = {OF_ESM}", ESM.format("config")),
        (f"self.config = {OF_ESM}", ESM.format("self.config")),
        (ESM.format(OF_ESM.replace("'facebook/esm2_t6_8M_UR50D'", "f'facebook/esm2_{flag}'")),),
    ],
)
def test_a_configuration_as_published(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert severity(tmp_path, *lines) is NOTE


@pytest.mark.parametrize(
    "lines",
    [
        (VIT.format("AutoConfig.from_pretrained(name, hidden_dropout_prob=0.1)"),),
        ("config = ViTConfig.from_pretrained(name)", "config.hidden_dropout_prob = 0.1", VIT.format("config")),
        (
            "config = ViTConfig.from_pretrained(name)",
            "config.update({'hidden_dropout_prob': 0.1})",
            VIT.format("config"),
        ),
        (VIT.format("AutoConfig.from_pretrained(name, **options)"),),
        (VIT.format("ViTConfig(hidden_dropout_prob=0.1)"),),
        (VIT.format("flag"),),
        (VIT.format("ViTConfig.from_pretrained(name) if flag else flag"),),
        (ESM.format("AutoConfig.from_pretrained(name)"),),
        (ESM.format("AutoConfig.from_pretrained('google-bert/bert-base-uncased')"),),
        (f"self.net = AutoModel.from_pretrained(name, config={OF_ESM})",),
        ("self.net = MixtralModel.from_pretrained(name, router_jitter_noise=0.1)",),
    ],
)
def test_a_configuration_that_may_be_another_one(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert severity(tmp_path, *lines) is ERROR


def test_what_is_needed_is_that_of_the_evidence() -> None:
    """With what `rates` asks for at 0, nothing was random in any class but those with batch norm."""
    lines = (Path(__file__).parent / "evidence" / "random_settings.out").read_text("utf-8").splitlines()[1:]
    told = {line.split()[0]: line.partition("; left with ")[2] for line in lines}
    needed = {name: rates.required(name) for name in told if not name.startswith(rates.BATCH_NORM)}
    assert {name: told[name] for name in needed} == {
        name: f"{' '.join(sorted(names))} at 0: nothing" if names else "" for name, names in needed.items()
    }
    assert {name for name in told if name not in needed and "random" in told[name]} == {"Wav2Vec2ConformerForCTC"}
