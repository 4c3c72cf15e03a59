"""Modules without anything in their state dict: no checkpoint lacks what they never had.

Seen with torch 2.13 (`tests/evidence/stateless.out`).
"""

from __future__ import annotations

from lintlight.semantics.heap import Kind, Thing

PLAIN = frozenset(
    (
        "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d "
        "AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool2d AvgPool3d CELU CTCLoss ChannelShuffle "
        "CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d "
        "CosineEmbeddingLoss CosineSimilarity CrossMapLRN2d Dropout Dropout1d Dropout2d Dropout3d ELU "
        "FeatureAlphaDropout Flatten Fold FractionalMaxPool2d FractionalMaxPool3d GELU GLU GaussianNLLLoss "
        "Hardshrink Hardsigmoid Hardswish Hardtanh HingeEmbeddingLoss HuberLoss Identity KLDivLoss L1Loss "
        "LPPool1d LPPool2d LPPool3d LeakyReLU LocalResponseNorm LogSigmoid LogSoftmax MSELoss "
        "MarginRankingLoss MaxPool1d MaxPool2d MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d Mish "
        "MultiLabelMarginLoss NLLLoss2d PairwiseDistance PixelShuffle PixelUnshuffle PoissonNLLLoss RReLU "
        "ReLU ReLU6 ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d "
        "ReplicationPad3d SELU SiLU Sigmoid SmoothL1Loss SoftMarginLoss Softmax Softmax2d Softmin Softplus "
        "Softshrink Softsign Tanh Tanhshrink Threshold TripletMarginLoss TripletMarginWithDistanceLoss Unfold "
        "Upsample UpsamplingBilinear2d UpsamplingNearest2d ZeroPad1d ZeroPad2d ZeroPad3d"
    ).split()
)
WITHOUT_A_WEIGHT = frozenset(
    "BCELoss BCEWithLogitsLoss CrossEntropyLoss MultiLabelSoftMarginLoss MultiMarginLoss NLLLoss".split()
)
"""These keep the `weight` or `pos_weight` that they are given, which then is an attribute of theirs here."""
NETWORKS = frozenset(
    "ARNIQA CLIPImageQualityAssessment CLIPScore FrechetInceptionDistance InceptionScore InfoLM "
    "KernelInceptionDistance LearnedPerceptualImagePatchSimilarity MemorizationInformedFrechetInceptionDistance "
    "PerceptualPathLength".split()
)
"""The metrics of torchmetrics that hold a network, whose weights are saved."""
NETWORK_MAKERS = (
    *(
        "clip.load",
        "lpips.",
        "lavis.models.load",
        "monai.networks.",
        "open_clip.create",
        "segmentation_models_pytorch.",
        "timm.",
    ),
    *("sentence_transformers.", "torch.hub.load", "torchvision.models", "whisper.load_model"),
)
"""How the names of what makes networks begin."""
NO_MODULES = (
    *("functools.", "numpy.", "sentencepiece.", "sklearn.", "tiktoken.", "torch.Generator", "torch.nn.functional"),
    *("transformers.pipeline", "types."),
)
"""How the names begin of what is called, or has methods like a module, and is none."""
WEIGHTS = ("weight", "pos_weight")


def keeps_weights(dotted: str) -> bool:
    """Whether a class has a state dict only when it is given weights."""
    return dotted.startswith("torch.nn.") and dotted.rpartition(".")[2] in WITHOUT_A_WEIGHT


def only_counts(dotted: str) -> bool:
    """Whether a class is a metric without a network: what it counts is not saved unless somebody asks for it."""
    return dotted.startswith("torchmetrics.") and not has_a_network(dotted)


def has_a_network(dotted: str) -> bool:
    """Whether a class is a metric that holds a network."""
    return dotted.startswith("torchmetrics.") and dotted.rpartition(".")[2] in NETWORKS


def makes_a_network(dotted: str) -> bool:
    """Whether a function or class of a library gives a network."""
    return dotted.startswith(NETWORK_MAKERS) or dotted.endswith(".PerceptualLoss")


def is_no_module(dotted: str) -> bool:
    """Whether what a library gives is called like a module and has no state dict."""
    return dotted.startswith(NO_MODULES)


def has_no_keys(thing: Thing) -> bool:
    """Whether a module of a library has nothing that is saved."""
    package, _, name = thing.library.rpartition(".")
    if thing.cls is not None or thing.kind is not Kind.MODULE:
        return False
    of_torch = package.startswith("torch.nn") and (name in PLAIN or (name in WITHOUT_A_WEIGHT and not thing.attributes))
    return of_torch or only_counts(thing.library)
