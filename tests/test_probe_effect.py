"""Does the mode matter? Measured on one module at a time, against what is known about it."""

from typing import Any

import pytest
import torch
import transformers as T

from lintlight.probe.worker import effect, modes

IDS = torch.arange(16).view(2, 8) + 3
IMAGE = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
SOUND = torch.randn(2, 400, generator=torch.Generator().manual_seed(0))

BERT = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 50}
LLAMA = {**BERT, "num_key_value_heads": 2}
NO_DROPOUT = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
WAV2VEC2 = {
    "hidden_size": 16, "num_hidden_layers": 6, "num_attention_heads": 2, "intermediate_size": 32, "conv_dim": (8,),
    "conv_kernel": (3,), "conv_stride": (2,), "num_feat_extract_layers": 1, "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2, "feat_extract_norm": "layer", "hidden_dropout": 0.0, "attention_dropout": 0.0,
    "activation_dropout": 0.0, "feat_proj_dropout": 0.0, "layerdrop": 0.0, "mask_time_prob": 0.0,
}  # fmt: skip
CONVNEXT = {"hidden_sizes": [4, 8, 8, 8], "depths": [1, 1, 1, 1], "layer_scale_init_value": 1.0}
RESNET = {"embedding_size": 4, "hidden_sizes": [4, 8, 8, 8], "depths": [1, 1, 1, 1], "layer_type": "basic"}
SWITCH = {
    "d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 2, "vocab_size": 50,
    "num_experts": 4, "router_jitter_noise": 0.5, "dropout_rate": 0.0,
}  # fmt: skip
MASKED = {"mask_time_prob": 0.5, "mask_time_length": 2, "mask_time_min_masks": 2}
MIXTRAL = {**LLAMA, "num_local_experts": 4, "num_experts_per_tok": 1, "router_jitter_noise": 0.5}


def bert(attention: str, **options: float) -> Any:
    return T.BertModel._from_config(T.BertConfig(**BERT, **{**NO_DROPOUT, **options}), attn_implementation=attention)


def llama(attention: str, **options: float) -> Any:
    return T.LlamaForCausalLM._from_config(T.LlamaConfig(**LLAMA, **options), attn_implementation=attention)


TABLE = {
    "hidden dropout only": (lambda: bert("sdpa", hidden_dropout_prob=0.5), IDS, True),
    "attention dropout only, sdpa": (lambda: bert("sdpa", attention_probs_dropout_prob=0.5), IDS, True),
    "attention dropout only, eager": (lambda: bert("eager", attention_probs_dropout_prob=0.5), IDS, True),
    "hidden dropout of 1": (lambda: bert("sdpa", hidden_dropout_prob=1.0), IDS, True),
    "no dropout": (lambda: bert("sdpa"), IDS, False),
    "Llama attention dropout, sdpa": (lambda: llama("sdpa", attention_dropout=0.5), IDS, True),
    "Llama attention dropout, eager": (lambda: llama("eager", attention_dropout=0.5), IDS, True),
    "Llama by default": (lambda: llama("sdpa"), IDS, False),
    "SpecAugment": (lambda: T.Wav2Vec2Model(T.Wav2Vec2Config(**{**WAV2VEC2, **MASKED})), SOUND, True),
    "layer drop": (lambda: T.Wav2Vec2Model(T.Wav2Vec2Config(**{**WAV2VEC2, "layerdrop": 0.5})), SOUND, True),
    "wav2vec2 with nothing on": (lambda: T.Wav2Vec2Model(T.Wav2Vec2Config(**WAV2VEC2)), SOUND, False),
    "Mixtral router noise": (lambda: T.MixtralForCausalLM(T.MixtralConfig(**MIXTRAL)), IDS, True),
    "Switch router noise in the encoder": (
        lambda: T.SwitchTransformersEncoderModel(T.SwitchTransformersConfig(**SWITCH)),
        IDS,
        False,
    ),
    "drop path": (lambda: T.ConvNextModel(T.ConvNextConfig(**CONVNEXT, drop_path_rate=0.9)), IMAGE, True),
    "ConvNext by default": (lambda: T.ConvNextModel(T.ConvNextConfig(**CONVNEXT)), IMAGE, False),
    "BatchNorm": (lambda: T.ResNetModel(T.ResNetConfig(**RESNET)), IMAGE, True),
}
"""What, its input, and whether train mode differs from eval mode."""


def seen(model: Any, inputs: torch.Tensor) -> dict[str, Any]:
    """What is measured of a model in eval mode."""
    flags = modes.flags([model.eval()])
    return effect.measure(model, list(model.modules()), flags, lambda: model(inputs), set())


class Remembers(torch.nn.Module):
    """What it returns depends on the forwards before."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        self.seen += 1
        return inputs.float() * self.seen


def test_what_a_module_remembers_is_noise() -> None:
    measured = seen(Remembers(), IDS)
    assert measured["noise"] > 0
    assert not measured["drew_train"]


@pytest.mark.parametrize(
    ("name", "draws"),
    [("Llama attention dropout, eager", {"bernoulli_": 2}), ("Llama by default", {}), ("drop path", {"rand": 3})],
)
def test_what_draws_is_told(name: str, draws: dict[str, int]) -> None:
    make, inputs, _ = TABLE[name]
    assert seen(make(), inputs)["draws"] == draws


@pytest.mark.parametrize("name", TABLE)
def test_effect(name: str) -> None:
    make, inputs, differs = TABLE[name]
    torch.manual_seed(0)
    measured = seen(make(), inputs)
    lost = measured["drew_train"] and not measured["drew_found"]
    assert measured["finite"]
    assert ((measured["delta"] or 0.0) > 0 or lost) is differs, measured


def test_measuring_changes_nothing() -> None:
    torch.manual_seed(0)
    model = T.ResNetModel(T.ResNetConfig(**RESNET))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    seen(model, IMAGE)
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(part.training for part in model.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
