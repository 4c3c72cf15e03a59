"""Model families without any dropout: in eval mode they compute the same as in train mode.

Seen with transformers 5.23 and diffusers 0.42: a forward in train mode draws no random number and gives the same output
as in eval mode, with the default configuration (`tests/evidence/no_dropout.out` for families, `no_dropout_classes.out`
for each class, `no_dropout_diffusers.out`). Families are left out whose published checkpoints have other rates than
that, or may have: Phi, BLIP, CodeGen, DPT on the backbones of BEiT and Swin, ViTPose with its classic decoder.
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
    *("ViTMSN", "Hiera", "Timesformer", "StableLm", "Sam", "SamVision", "SamHQ", "SamHQVision", "Sam2", "Sam2Vision"),
    *("SiglipText", "Siglip2", "Siglip2Text", "Siglip2Vision", "CLIPSeg", "CLIPSegText", "CLIPSegVision"),
    *("OwlViT", "OwlViTText", "OwlViTVision", "Owlv2", "Owlv2Text", "Owlv2Vision", "XCLIP", "XCLIPText", "XCLIPVision"),
    *("Yolos", "ViTMAE", "IJepa", "VJEPA2", "DepthAnything", "Mgpstr", "Mamba2", "Persimmon", "GPTJ", "Mpt"),
)
HEADS = (
    *("Model", "ModelWithProjection", "ForCausalLM", "ForMaskedLM", "ForConditionalGeneration", "ForPreTraining"),
    *("ForSequenceClassification", "ForImageClassification", "ForAudioClassification", "ForVideoClassification"),
    *("ForQuestionAnswering", "ForMultipleChoice", "ForMaskedImageModeling", "ForImageClassificationWithTeacher"),
    *("ForObjectDetection", "ForImageSegmentation", "ForDepthEstimation", "ForSceneTextRecognition", "Backbone"),
)
OF_TOKENS = ("ModernBert", "Falcon", "Bloom", "StableLm", "Persimmon")
"""The others' heads for tokens bring a dropout of their own."""
CLASSES = (
    re.compile(rf"({'|'.join(FAMILIES)})({'|'.join(HEADS)})\Z"),
    re.compile(rf"({'|'.join(OF_TOKENS)})ForTokenClassification\Z"),
)
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
        return family_of(own)
    if package == "diffusers" or package.startswith("diffusers."):
        return name.removesuffix("Model") if name in DIFFUSERS else None
    if package not in {"transformers", "sentence_transformers"}:
        return None
    if AUTO_CLASS.match(name):
        found = {_family(checkpoint) for checkpoint in (origin.checkpoint, *origin.configs)}
        return found.pop() if len(found) == 1 else None
    return family_of(name)


def family_of(name: str) -> str | None:
    """The family that a class of transformers is one of without dropout."""
    found = next((found for pattern in CLASSES if (found := pattern.match(name)) is not None), None)
    return found[1] if found is not None else None


def _family(checkpoint: str | None) -> str | None:
    found = [family for family, pattern in CHECKPOINTS.items() if re.match(pattern, checkpoint or "")]
    return found[0] if len(found) == 1 else None
