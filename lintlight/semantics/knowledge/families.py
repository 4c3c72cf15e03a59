"""Model families without any dropout: in eval mode they compute the same as in train mode.

Seen with transformers 5.23 and diffusers 0.42: a forward in train mode draws no random number and gives the same output
as in eval mode, with the default configuration (`tests/evidence/no_dropout.out`, `no_dropout_diffusers.out`). Families
whose published checkpoints have other rates than that are left out.
"""

from __future__ import annotations

import re

from lintlight.semantics.heap import Origin
from lintlight.semantics.knowledge import rates

FAMILIES = (
    *("Llama", "Mistral", "Mixtral", "Qwen2", "Qwen3", "Gemma", "Gemma2", "Phi3", "Olmo", "Olmo2", "GPTNeoX"),
    *("Falcon", "Bloom", "ModernBert", "Whisper", "Qwen2Moe", "Qwen3Moe", "Cohere2", "Glm", "Glm4", "Olmo3", "Olmoe"),
    *("GptOss", "DeepseekV3", "Exaone4", "Mamba"),
    *("ViT", "DeiT", "Dinov2", "CLIP", "CLIPText", "CLIPVision", "SiglipVision", "ConvNext", "ConvNextV2"),
    *("Siglip", "Dinov2WithRegisters", "VideoMAE", "AST"),
    *("Qwen2VL", "Qwen2_5_VL", "Qwen3VL", "Llava", "LlavaNext", "LlavaOnevision", "PaliGemma", "Idefics2", "Idefics3"),
    *("SmolVLM", "Gemma3", "Mllama", "Flava", "FlavaText", "FlavaImage", "FlavaMultimodal"),
    *("ViTMSN", "Hiera", "Timesformer", "StableLm", "SamVision"),
)
# A head for tokens brings a dropout of its own.
HEADS = (
    *("Model", "ModelWithProjection", "ForCausalLM", "ForMaskedLM", "ForConditionalGeneration"),
    *("ForSequenceClassification", "ForImageClassification", "ForAudioClassification", "ForVideoClassification"),
)
CLASS = re.compile(rf"({'|'.join(FAMILIES)})({'|'.join(HEADS)})\Z")
AUTO_CLASS = re.compile(
    r"Auto(Model|ModelForCausalLM|ModelForMaskedLM|ModelForSequenceClassification|ModelForImageClassification"
    r"|ModelForSpeechSeq2Seq|ModelForImageTextToText|ModelForVision2Seq|ModelForAudioClassification"
    r"|ModelForVideoClassification)\Z|SentenceTransformer\Z|Esm(Model|ForMaskedLM|ForSequenceClassification)\Z"
)
CHECKPOINTS = {
    "ESM-2": r"(facebook/esm2_|[^/]+/esm2_t\d+_)",
    "Llama": r"(meta-llama/(Meta-)?Llama-(?!.*Vision|Guard)|(huggyllama|decapoda-research)/llama-|TinyLlama/TinyLlama"
    r"|lmsys/vicuna-|HuggingFaceTB/SmolLM2?-)",
    "Mistral": r"mistralai/(Mistral|Mixtral)-\d",
    "Qwen": r"Qwen/Qwen(1\.5|2|2\.5|3)-[\d.]+B",
    "Qwen-VL": r"Qwen/Qwen(2|2\.5|3)-VL-",
    "LLaVA": r"llava-hf/(llava-1\.5|llava-v1\.6|llava-onevision)-",
    "PaliGemma": r"google/paligemma2?-",
    "Idefics": r"HuggingFaceM4/[Ii]defics[23]-",
    "SmolVLM": r"HuggingFaceTB/SmolVLM2?-",
    "SigLIP": r"google/siglip-",
    "VideoMAE": r"MCG-NJU/videomae-",
    "AST": r"MIT/ast-finetuned-",
    "Mamba": r"state-spaces/mamba-.*-hf\Z",
    "Gemma": r"google/gemma-(1\.1-|2-|3-)?\d+[bm]",
    "GPT-NeoX": r"EleutherAI/pythia-",
    "ModernBERT": r"answerdotai/ModernBERT-",
    "Whisper": r"openai/whisper-",
    "ViT": r"google/vit-(base|large|huge)-",
    "DeiT": r"facebook/deit-",
    "DINOv2": r"facebook/dinov2-",
    "CLIP": r"openai/clip-vit-",
    "ConvNeXt": r"facebook/convnext(v2)?-",
}


DIFFUSERS = ("UNet2DConditionModel", "UNet2DModel", "ControlNetModel", "AutoencoderKL", "PixArtTransformer2DModel")


def without_dropout(origin: Origin, own: str) -> str | None:
    """The family of a model that surely has no dropout: by its class, or by the name of its checkpoint.

    `own` is the project's own class that was loaded, if it is one: called like one of the family, it is a copy of it.
    """
    package, _, name = origin.library.rpartition(".")
    if not origin.as_published or rates.may_add(dict(origin.settings)):
        return None
    if own:
        copied = CLASS.match(own)
        return copied[1] if copied is not None else None
    if package == "diffusers" or package.startswith("diffusers."):
        return name.removesuffix("Model") if name in DIFFUSERS else None
    if package not in {"transformers", "sentence_transformers"}:
        return None
    by_class = CLASS.match(name)
    if by_class is not None:
        return by_class[1]
    if AUTO_CLASS.match(name):
        found = {_family(checkpoint) for checkpoint in (origin.checkpoint, *origin.configs)}
        return found.pop() if len(found) == 1 else None
    return None


def _family(checkpoint: str | None) -> str | None:
    found = [family for family, pattern in CHECKPOINTS.items() if re.match(pattern, checkpoint or "")]
    return found[0] if len(found) == 1 else None
