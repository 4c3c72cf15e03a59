"""The settings by which a model computes something else in train mode: rates of dropout, layers left out, masks.

Seen with transformers 5.23 (`tests/evidence/random_settings.out`): a forward in train mode draws random numbers where
one of them is above 0, and none where all that its class needs are 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Settings = Mapping[str, bool]
"""What is said of some settings: whether each is surely 0, or false."""

MASKS = frozenset({"apply_spec_augment", "mask_time_prob", "mask_feature_prob"})
"""Of SpecAugment, by which models of speech mask what they hear; the two rates count where it is applied."""
READ_LATE = MASKS | {"layerdrop"}
"""What each forward asks the `config` for: it counts, too, where it is set on that of a loaded model."""
RANDOM = re.compile(r"drop|jitter")
RATE_ENDINGS = ("dropout", "_prob", "_rate", "pdrop", "drop")

BATCH_NORM = "Wav2Vec2Conformer"
"""It keeps its statistics in eval mode, whatever the rates are."""
SPEECH = "(Wav2Vec2|Wav2Vec2Bert|Hubert|WavLM|UniSpeech|UniSpeechSat|Data2VecAudio|SEW)"
OF_SPEECH = "hidden_dropout activation_dropout attention_dropout feat_proj_dropout layerdrop"
NAMED_BY_SPEECH = frozenset({"hidden_dropout", "feat_proj_dropout", "final_dropout", *MASKS})
"""Few others have settings of these names."""
OF_ANY_FAMILY = ("Auto", "PreTrainedModel", "?")
"""How the names of classes begin that say nothing of the family."""
OF_CLASSES = {
    rf"{SPEECH}(Model|For\w+|PreTrainedModel)": OF_SPEECH,
    r"\w+ForCTC|Wav2Vec2PreTrainedModel": "final_dropout",
    r"SEWD(Model|For\w+)": "activation_dropout attention_dropout feat_proj_dropout",
    r"Wav2Vec2Bert(Model|For\w+)": "conformer_conv_dropout",
    "(M?T5|UMT5)(Model|EncoderModel|ForConditionalGeneration)": "dropout_rate",
    r"DistilBert(Model|For\w+)": "dropout attention_dropout",
    "DistilBertForSequenceClassification": "seq_classif_dropout",
    "DistilBertForQuestionAnswering": "qa_dropout",
    r"Albert(Model|For\w+)": "hidden_dropout_prob attention_probs_dropout_prob",
    "AlbertFor(Sequence|Token)Classification": "classifier_dropout_prob",
    "GPT2(Model|LMHeadModel)": "resid_pdrop embd_pdrop attn_pdrop",
    "(Bart|MBart|Pegasus|M2M100)(Model|ForConditionalGeneration)|MarianMTModel": "dropout attention_dropout "
    "activation_dropout",
    "M2M100(Model|ForConditionalGeneration)": "encoder_layerdrop decoder_layerdrop",
    "(Swin|Swinv2|Beit|Segformer)(Model|ForImageClassification)": "drop_path_rate",
}
"""What has to be 0 in some classes, beside what is so in whatever is published of them."""


def required(name: str) -> frozenset[str]:
    """The rates that a class needs to be 0 lest it drops anything; empty where nothing is known of it."""
    return frozenset(
        rate for pattern, rates in OF_CLASSES.items() if re.fullmatch(pattern, name) for rate in rates.split()
    )


def is_told(name: str) -> bool:
    """Whether a setting has anything to do with what is random."""
    return name in MASKS or RANDOM.search(name) is not None


def are_zero(name: str, settings: Settings) -> bool:
    """Whether settings say of a model of some class that nothing is random in it."""
    rates = {key for key in settings if "drop" in key and key.endswith(RATE_ENDINGS)}
    if not rates or not all(settings[rate] for rate in rates) or name.startswith(BATCH_NORM):
        return False
    needed = required(name)
    is_of_speech = re.match(SPEECH, name) is not None
    if name.startswith(OF_ANY_FAMILY) and not NAMED_BY_SPEECH.isdisjoint(settings):
        needed, is_of_speech = needed | set(OF_SPEECH.split()), True
    if is_of_speech and _masks(settings, by_default=True):
        return False
    return needed <= rates if needed else len(rates) > 1


def may_add(settings: Settings) -> bool:
    """Whether settings may make something random in a model that is published without anything random."""
    return any(RANDOM.search(name) and not is_zero for name, is_zero in settings.items()) or _masks(settings)


def _masks(settings: Settings, *, by_default: bool = False) -> bool:
    """Whether SpecAugment may be applied, and masks; its rate over time is above 0 by default, the other one is 0."""
    if settings.get("apply_spec_augment", not by_default):
        return False
    return not settings.get("mask_time_prob", False) or not settings.get("mask_feature_prob", True)
