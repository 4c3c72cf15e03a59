"""Which models of diffusers draw no random numbers in train mode, and compute the same as in eval mode.

For each class: a small model with its default rates of dropout; one forward in eval mode and one in train mode from the
same seed. Outputs that differ by rounding only are the same. Gradient checkpointing does not ask for the mode, either.
Run it where diffusers is installed:
`python -m tests.evidence.no_dropout_diffusers > tests/evidence/no_dropout_diffusers.out`.
"""

import warnings
from typing import Any
from unittest import mock

import diffusers
import torch
import torch.utils.checkpoint
from torch import nn

BLOCKS = {"block_out_channels": (32, 64), "norm_num_groups": 8, "layers_per_block": 1}
UNET = {
    **BLOCKS,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "cross_attention_dim": 32,
    "attention_head_dim": 8,
}
IMAGE = torch.randn(2, 4, 16, 16)
TIME = torch.tensor([3, 5])
TEXT = torch.randn(2, 7, 32)


def unet() -> tuple[nn.Module, dict[str, Any]]:
    """The denoiser of Stable Diffusion."""
    model = diffusers.UNet2DConditionModel(sample_size=16, **UNET)
    return model, {"sample": IMAGE, "timestep": TIME, "encoder_hidden_states": TEXT}


def plain_unet() -> tuple[nn.Module, dict[str, Any]]:
    """The denoiser without conditions."""
    blocks = {"down_block_types": ("DownBlock2D", "AttnDownBlock2D"), "up_block_types": ("AttnUpBlock2D", "UpBlock2D")}
    model = diffusers.UNet2DModel(sample_size=16, in_channels=4, out_channels=4, **BLOCKS, **blocks)
    return model, {"sample": IMAGE, "timestep": TIME}


def controlnet() -> tuple[nn.Module, dict[str, Any]]:
    """The copy of the denoiser's encoder that sees a condition image."""
    config = {key: value for key, value in UNET.items() if key != "up_block_types"}
    model = diffusers.ControlNetModel(conditioning_embedding_out_channels=(8, 16), **config)
    given = {"sample": IMAGE, "timestep": TIME, "encoder_hidden_states": TEXT}
    return model, {**given, "controlnet_cond": torch.randn(2, 3, 32, 32)}


def vae() -> tuple[nn.Module, dict[str, Any]]:
    """The autoencoder of Stable Diffusion."""
    kinds = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    return diffusers.AutoencoderKL(latent_channels=4, **BLOCKS, **kinds), {"sample": torch.randn(2, 3, 16, 16)}


def transformer() -> tuple[nn.Module, dict[str, Any]]:
    """The denoiser of PixArt."""
    size = {"num_attention_heads": 2, "attention_head_dim": 16, "num_layers": 1, "sample_size": 16}
    model = diffusers.PixArtTransformer2DModel(**size, cross_attention_dim=32, caption_channels=32)
    given = {"hidden_states": IMAGE, "timestep": TIME, "encoder_hidden_states": TEXT}
    return model, {**given, "added_cond_kwargs": {"resolution": None, "aspect_ratio": None}}


def first(output: Any) -> torch.Tensor:
    """The first tensor of an output."""
    value = output[0]
    return value if isinstance(value, torch.Tensor) else value[0]


def seen(model: nn.Module, arguments: dict[str, Any]) -> str:
    """What train mode changes."""
    outputs = []
    for mode in (False, True):
        torch.manual_seed(0)
        before = torch.get_rng_state()
        with torch.no_grad():
            outputs.append(first(model.train(mode)(**arguments)))
    drawn = not torch.equal(before, torch.get_rng_state())
    rates = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    effects = [*(["draws random numbers"] if drawn else [])]
    effects += [] if torch.allclose(*outputs, rtol=1e-4, atol=1e-5) else ["other outputs"]
    return f"{', '.join(effects) or 'nothing'} | {len(rates)} dropouts with rates {sorted(set(rates))}"


def checkpoints(model: Any, arguments: dict[str, Any]) -> str:
    """How often gradient checkpointing, turned on, stores nothing but the input of a part, in either mode."""
    counts = []
    model.enable_gradient_checkpointing()
    for mode in (False, True):
        with mock.patch("torch.utils.checkpoint.checkpoint", wraps=torch.utils.checkpoint.checkpoint) as counted:
            model.train(mode)(**arguments)
        counts.append(counted.call_count)
    return f"gradient checkpointing: {counts[0]} times in eval mode, {counts[1]} times in train mode"


def main() -> None:
    """One line for each class."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, diffusers {diffusers.__version__}")
    for make in (unet, plain_unet, controlnet, vae, transformer):
        model, arguments = make()
        print(f"{type(model).__name__:26}{seen(model, arguments)}", flush=True)
        print(f"{'':26}{checkpoints(model, arguments)}", flush=True)


if __name__ == "__main__":
    main()
