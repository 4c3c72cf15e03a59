"""Which model families of transformers draw no random numbers in train mode, and compute the same as in eval mode.

For each model type: its default configuration with fewer layers and units, rates of dropout untouched; one forward in
eval mode and one in train mode from the same seed. "nothing" in the output means: no random number drawn, no batch
norm, no module that drops, and the outputs are equal.
Run `python -m tests.evidence.no_dropout > tests/evidence/no_dropout.out`.
"""

import random
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy
import torch
import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_MAPPING

from lintlight.probe.worker import inputs, modes, shrink

TYPES = """
llama mistral mixtral qwen2 qwen2_moe qwen3 qwen3_moe gemma gemma2 gemma3_text phi phi3 olmo olmo2 gpt_neox stablelm
starcoder2 falcon bloom cohere granite smollm3 opt gpt2 gptj modernbert esm esm2 albert bert roberta t5 bart deberta-v2
vit deit dinov2 dinov3_vit clip_text_model clip_vision_model clip siglip_vision_model siglip
siglip2_vision_model beit swin convnext convnextv2 whisper wav2vec2 hubert
qwen2_vl qwen2_5_vl qwen3_vl llava llava_next llava_onevision vipllava video_llava paligemma idefics2 idefics3 smolvlm
gemma3 mllama mistral3 internvl dinov2_with_registers mamba cohere2 glm glm4 olmo3 olmoe gpt_oss deepseek_v3 exaone4
qwen2_audio videomae audio-spectrogram-transformer blip segformer dpt
flava_text_model flava_image_model flava_multimodal_model flava yolos vit_msn hiera timesformer depth_anything sam
sam_vision_model blip_text_model blip_vision_model
""".split()
BUDGET_MB = 60
SMALL = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
ESM = {"vocab_size": 33, "pad_token_id": 1, "mask_token_id": 32}
NEEDED: dict[str, dict[str, Any]] = {
    "esm": ESM,
    "esm2": {**ESM, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0},
    "siglip": {"text_config": SMALL, "vision_config": {**SMALL, "image_size": 64, "patch_size": 16}},
}
"""What a configuration class has no default for; `esm2` is `esm` with the rates in the ESM-2 checkpoints' configs."""
INPUTS: dict[str, dict[str, torch.Tensor]] = {
    "siglip": {"input_ids": torch.ones(2, 12, dtype=torch.long), "pixel_values": torch.rand(2, 3, 64, 64)},
    "videomae": {"pixel_values": torch.rand(1, 16, 3, 224, 224)},
    "audio-spectrogram-transformer": {"input_values": torch.rand(1, 1024, 128)},
    "yolos": {"pixel_values": torch.rand(1, 3, 512, 864)},
    "timesformer": {"pixel_values": torch.rand(1, 8, 3, 224, 224)},
}
"""What cannot be made up from the signature of the forward."""


def random_state() -> tuple[Any, ...]:
    """Everything that a forward may draw from."""
    return torch.get_rng_state().tolist(), random.getstate(), numpy.random.get_state()[1].tolist()


def forward(model: Any, arguments: dict[str, Any]) -> tuple[bool, list[torch.Tensor]]:
    """Whether random numbers were drawn, and the outputs."""
    torch.manual_seed(0)
    random.seed(0)
    numpy.random.seed(0)
    before = random_state()
    with torch.no_grad():
        output = model(**arguments)
    return random_state() != before, list(tensors_in(output))


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """The numbers in an output, however deep they lie."""
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        yield value
    elif isinstance(value, dict | tuple | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(each)


def seen(name: str) -> str:
    """What train mode changes in one model type."""
    config = CONFIG_MAPPING[name.replace("esm2", "esm")](**NEEDED.get(name, {}))
    named = getattr(transformers, type(config).__name__.replace("Config", "Model"), None)
    if type(config) not in MODEL_MAPPING and named is None:
        return "has no base model"
    cls = MODEL_MAPPING.get(type(config), named)
    rates = [f"{key}={value}" for key, value in config.to_dict().items() if "drop" in key and value]
    effects = effects_of(cls, config, [INPUTS[name]] if name in INPUTS else [])
    return f"{cls.__name__}: {effects}{' | ' if rates else ''}{' '.join(rates)}"


def effects_of(cls: Any, config: Any, given: list[dict[str, Any]], budget_mb: float = BUDGET_MB) -> str:
    """What train mode changes in a model of a class, a small one; `given` are inputs that cannot be made up."""
    config, _, _ = shrink.fit(config, cls._from_config if hasattr(cls, "_from_config") else cls, budget_mb)
    model = cls(config)
    for arguments in (*given, *inputs.for_model(model)):
        try:
            drawn_still, still = forward(model.eval(), arguments)
            break
        except (RuntimeError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError):
            continue
    else:
        return "forward did not run"
    if not still:
        return "no outputs to compare"
    drawn, moving = forward(model.train(), arguments)
    differs = any(not torch.equal(a, b) for a, b in zip(still, moving, strict=True))
    norms = sum(isinstance(module, torch.nn.modules.batchnorm._BatchNorm) for module in model.modules())
    effects = [*(["draws random numbers"] if drawn != drawn_still else []), *(["batch norm"] if norms else [])]
    effects += ["other outputs"] if differs else []
    dropping = sum(modes.drops(module) for module in model.modules())  # those that this forward did not reach, too
    effects += [f"{dropping} modules drop"] if dropping else []
    return ", ".join(effects) or "nothing"


def main() -> None:
    """One line for each type."""
    warnings.simplefilter("ignore")
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    for name in sys.argv[1:] or TYPES:
        print(f"{name:30}{seen(name) if name.replace('esm2', 'esm') in CONFIG_MAPPING else 'unknown type'}", flush=True)


if __name__ == "__main__":
    main()
