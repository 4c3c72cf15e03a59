"""Which models of torchvision and timm behave differently in train and in eval mode, and in which mode they are built.

Prints for each: whether all of it is in train mode, how many BatchNorm and Dropout modules it has, and how many others
that are random in train mode only. Needs torchvision and timm.

Run `python -m tests.evidence.vision_models > tests/evidence/vision_models.out`.
"""

import warnings

import timm
import torch
import torchvision

warnings.simplefilter("ignore")
TIMM = """resnet18 resnet50 resnext50_32x4d seresnet18 efficientnet_b0 tf_efficientnet_b0 mobilenetv2_100
mobilenetv3_large_100 regnetx_002 regnety_008 densenet121 convnext_tiny vit_small_patch16_224 deit_tiny_patch16_224
swin_tiny_patch4_window7_224 eva02_tiny_patch14_224 nfnet_f0"""


def show(name: str, model: torch.nn.Module) -> None:
    """Print one line for a model."""
    modules = list(model.modules())
    norms = sum(isinstance(module, torch.nn.modules.batchnorm._BatchNorm) for module in modules)
    dropouts = sum(isinstance(module, torch.nn.modules.dropout._DropoutNd) and module.p > 0 for module in modules)
    depths = sum(type(module).__name__ in {"StochasticDepth", "DropPath"} for module in modules)
    mode = "train" if all(module.training for module in modules) else "eval"
    print(f"{name}: {mode} mode, {norms} BatchNorm, {dropouts} Dropout, {depths} random depths")


def main() -> None:
    """Print one line for each model."""
    print(f"torchvision {torchvision.__version__.partition('+')[0]}, timm {timm.__version__}")
    for name in torchvision.models.list_models(module=torchvision.models):
        show(f"torchvision.models.{name}", torchvision.models.get_model(name, weights=None))
    for name in TIMM.split():
        show(f"timm.{name}", timm.create_model(name, pretrained=False))


if __name__ == "__main__":
    main()
