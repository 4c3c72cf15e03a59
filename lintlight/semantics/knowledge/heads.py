"""Heads on a frozen model: where they drop nothing themselves, eval mode takes nothing from what learns.

Seen with transformers 5.23 (`tests/evidence/heads.out`): which classes have no dropout outside of the model that their
head sits on, and under which name they hold that model.
"""

from __future__ import annotations

import re
from collections.abc import Set

from lintlight.semantics.heap import Origin

BASES = frozenset(
    (
        "base_model model transformer backbone albert beit bert camembert convnext convnextv2 data2vec_audio "
        "data2vec_vision deberta deit dinov2 distilbert electra ernie gpt_neox hubert layoutlm longformer mobilebert "
        "mpnet rembert resnet roberta segformer sew sew_d swin swinv2 unispeech unispeech_sat vit wav2vec2 "
        "wav2vec2_bert wav2vec2_conformer wavlm"
    ).split()
)
"""Names of the model that a head sits on."""
SPEECH = r"(Wav2Vec2|Wav2Vec2Bert|Wav2Vec2Conformer|Hubert|WavLM|SEW|SEWD|UniSpeech|UniSpeechSat|Data2VecAudio)"
DECODERS = r"(GPT2|GPTNeo|GPTNeoX|GPTJ|OPT|Bloom|Falcon|Llama|Mistral|Mixtral|Qwen2|Qwen3|Gemma|Gemma2|Phi|Phi3|Olmo2)"
ENCODERS = r"(Bert|Roberta|XLMRoberta|Camembert|Albert|Electra|DebertaV2|MPNet|Longformer|Ernie)"
TWO_STACKS = "(Bart|MBart|Pegasus|Marian|M2M100|Blenderbot)"
PLAIN = re.compile(
    rf"{SPEECH}ForSequenceClassification|{DECODERS}(ForSequenceClassification|ForCausalLM)|GPT2LMHeadModel"
    rf"|{ENCODERS}(ForMaskedLM|ForQuestionAnswering)|AutoModelFor(ImageClassification|AudioClassification|CausalLM)"
    rf"|{TWO_STACKS}(ForConditionalGeneration|MTModel)|AutoModelForSeq2SeqLM"
    r"|(Beit|ConvNext|ConvNextV2|Data2VecVision|DeiT|Dinov2|ResNet|Segformer|Swin|Swinv2|ViT)ForImageClassification"
)
"""Classes whose heads drop nothing; of the automatic ones, those that nearly always build one of these."""
DECODER_CHECKPOINT = re.compile(
    r"(.*/)?(distil)?(gpt2|gpt-neo|gpt-j|DialoGPT|bloom|falcon|opt-|Llama|Mistral|Qwen|gemma)", re.IGNORECASE
)
OF_TWO_STACKS = re.compile(
    rf"(T5|MT5|UMT5|LongT5)(Model|ForConditionalGeneration)|{TWO_STACKS}Model|((Vision|Speech)?EncoderDecoder|Auto)Model"
    r"|AutoModelForSeq2SeqLM"
)
"""Classes that drop nothing outside of encoder and decoder, if they have them (`tests/evidence/two_stacks.out`)."""
BESIDE_STACKS = frozenset({"shared", "lm_head"})
WITHOUT_HEAD = re.compile(r"AutoModel|(?!.*(LMHead|Heads|EncoderDecoder))\w+Model")


OF_A_HEAD = frozenset("classifier score projector head fc qa_outputs lm_head cls dropout pooler layernorm".split())
"""Names of what may learn beside a frozen model."""


def drop_nothing(origin: Origin, frozen: Set[str], learning: Set[str]) -> bool:
    """Whether, with its parts `frozen`, nothing of a model that learns drops anything, whatever its mode.

    `learning` are the other parts that are spoken of: what is frozen under one name may learn under another.
    """
    package, _, name = origin.library.rpartition(".")
    if package == "transformers" and is_of_two_stacks(frozen) and OF_TWO_STACKS.fullmatch(name):
        return learning <= BESIDE_STACKS
    if package != "transformers" or not learning <= OF_A_HEAD:
        return False
    if WITHOUT_HEAD.fullmatch(name):
        return "base_model" in frozen or {"embeddings", "encoder"} <= frozen
    if name == "AutoModelForSequenceClassification":
        named = origin.checkpoint is not None and DECODER_CHECKPOINT.match(origin.checkpoint) is not None
        return named and not frozen.isdisjoint({"base_model", "transformer", "model"})
    return PLAIN.fullmatch(name) is not None and not frozen.isdisjoint(BASES)


def is_pooler(origin: Origin, names: Set[str]) -> bool:
    """Whether the parts of a model of that name are nothing but its pooler: none drops anything, nor is more behind it.

    That holds for the pooler of each model without a head (`tests/evidence/plain_parts.out`).
    """
    package, _, name = origin.library.rpartition(".")
    return package == "transformers" and names == {"pooler"} and WITHOUT_HEAD.fullmatch(name) is not None


def is_of_two_stacks(names: Set[str]) -> bool:
    """Whether an encoder and a decoder are among some parts of a model."""
    return {"encoder", "decoder"} <= names
