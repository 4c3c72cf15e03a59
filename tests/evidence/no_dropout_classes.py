"""Which classes of transformers compute the same in train mode as in eval mode, heads included.

As `no_dropout.py`, for each class that is listed as one without dropout, and for those that are left out of the list
although their default configuration may drop nothing. Where a class draws random numbers in eval mode, too (the mask
of ViTMAE), "nothing" means that it draws the same ones.
Run `python -m tests.evidence.no_dropout_classes > tests/evidence/no_dropout_classes.out`.
"""

import re
import sys
import warnings
from typing import Any

import torch
import transformers

from lintlight.semantics.knowledge.families import family_of
from tests.evidence.no_dropout import INPUTS, NEEDED, SMALL, effects_of

LEFT_OUT = """(BlipText|BlipVision|Blip|DPT|DINOv3ViT|VitDet|VitPose|Phi|CodeGen)
(Model|Backbone|For(CausalLM|ConditionalGeneration|ImageTextRetrieval|QuestionAnswering|SequenceClassification
|DepthEstimation|SemanticSegmentation|PoseEstimation))""".replace("\n", "")
ROW = torch.arange(5, 17).view(1, 12)
IMAGE = torch.rand(1, 3, 224, 224)
POINTS = {"pixel_values": torch.rand(1, 3, 1024, 1024), "input_points": torch.full((1, 1, 1, 2), 500.0)}
PATCHES = {
    "pixel_values": torch.rand(1, 256, 768),
    "pixel_attention_mask": torch.ones(1, 256, dtype=torch.long),
    "spatial_shapes": torch.tensor([[16, 16]]),
}
FRAMES = torch.rand(1, 8, 3, 224, 224)
GIVEN: dict[str, dict[str, torch.Tensor]] = {
    r"\w+ForSequenceClassification": {"input_ids": ROW},
    r"\w+ForMultipleChoice": {"input_ids": ROW.view(1, 2, 6)},
    r"(Sam|SamHQ|Sam2)Model": POINTS,
    r"CLIPSegForImageSegmentation": {"input_ids": ROW, "pixel_values": IMAGE},
    r"Yolos\w+": INPUTS["yolos"],
    r"(DepthAnything|DPT)For\w+": {"pixel_values": IMAGE},
    r"VitPoseForPoseEstimation": {"pixel_values": torch.rand(1, 3, 256, 192)},
    r"VideoMAEForPreTraining": {**INPUTS["videomae"], "bool_masked_pos": (torch.arange(1568) % 2 == 0).view(1, -1)},
    r"VideoMAE\w+": INPUTS["videomae"],
    r"AST\w+": INPUTS["audio-spectrogram-transformer"],
    r"Timesformer\w+": INPUTS["timesformer"],
    r"XCLIPModel": {"input_ids": ROW, "pixel_values": FRAMES},
    r"XCLIPVisionModel": {"pixel_values": FRAMES[0]},
    r"SiglipModel": INPUTS["siglip"],
    r"Siglip2Model": {"input_ids": ROW, **PATCHES},
    r"Siglip2(VisionModel|For\w+)": PATCHES,
    r"FlavaForPreTraining": {
        "input_ids": ROW,
        "pixel_values": IMAGE,
        "codebook_pixel_values": torch.rand(1, 3, 112, 112),
    },
}
"""What cannot be made up from the signature of the forward, by the names of classes."""
SETTINGS: dict[str, dict[str, Any]] = {
    r"SiglipModel": NEEDED["siglip"],
    r"Siglip2Model": {"text_config": SMALL, "vision_config": SMALL},
    r"Mamba2\w+": {
        "hidden_size": 32,
        "num_heads": 8,
        "head_dim": 8,
        "n_groups": 1,
        "num_hidden_layers": 2,
        "vocab_size": 99,
    },
    r"HieraForPreTraining": {"decoder_hidden_size": 64, "decoder_depth": 1, "decoder_num_heads": 2},
}
"""Sizes that have no default, or fit together only if they are all given."""
WHOLE = r"(Sam|SamHQ|Sam2)Model|(CLIPSeg|DepthAnything|DPT|VitPose)For\w+|(Yolos|Timesformer|XCLIP)\w+"
"""Parts of these fit together only in their usual size."""


def is_meant(name: str) -> bool:
    """Whether a class is listed, or one of those that might be."""
    return bool(family_of(name) or re.fullmatch(LEFT_OUT, name))


def of_class(table: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """What a table has for a class."""
    return next((entry for pattern, entry in table.items() if re.fullmatch(pattern, name)), {})


def seen(name: str) -> str:
    """What train mode changes in a class."""
    cls = getattr(transformers, name)
    given = of_class(GIVEN, name)
    budget = {"budget_mb": float("inf")} if re.fullmatch(WHOLE, name) else {}
    return effects_of(cls, cls.config_class(**of_class(SETTINGS, name)), [given] if given else [], **budget)


def main() -> None:
    """One line for each class."""
    warnings.simplefilter("ignore")
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    for name in sys.argv[1:] or filter(is_meant, sorted(dir(transformers))):
        print(f"{name}: {seen(name)}{'' if family_of(name) else ' (not listed)'}", flush=True)


if __name__ == "__main__":
    main()
