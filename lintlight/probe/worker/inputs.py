"""Made-up inputs: for a model by the names in its signature, for a batch by its layout."""

from __future__ import annotations

import inspect
import itertools
import re
from typing import Any, Iterator, Optional

import torch

from .layout import Layout

ROWS, TOKENS, SAMPLES = 2, 12, 4000
SMALL_SIDE = 64
"""Pixels of an image that is small enough for any budget."""
FRAMES, MOST_FRAMES = 128, 3000
"""Frames of a sound where any number will do, and the most that an architecture insists on (Whisper)."""
GRID = 4
"""Patches along a side of an image that is given as a row of patches."""
SOUND = ("input_values", "audio", "wav", "wave", "waveform", "speech", "raw_speech", "audio_values")
FRAMED = ("input_features", "input_values", "audio_mel")
TEXT = ("text", "sentence", "sentences", "prompt", "prompts", "caption", "captions", "question", "sentence1",
        "sentence2")  # fmt: skip
LABEL_KINDS = ("class", "tokens", "float", "hot", "column")
LABELS = ("label", "target", "class", "gold", "truth", "answer")


def config_of(model: Any) -> Any:
    """The part of a model's configuration that says how wide its main input is."""
    return getattr(model, "config", None)


def first_of(config: Any, *names: str, default: Any) -> Any:
    """The first of the names that a configuration, or one inside it, has."""
    inner = [
        config,
        *(getattr(config, part, None) for part in ("vision_config", "text_config", "audio_config", "encoder")),
    ]
    for part, name in itertools.product(inner, names):
        value = getattr(part, name, None)
        if value is not None:
            return value
    return default


def ids(config: Any, length: int = TOKENS) -> Any:
    """Token ids that are no special tokens, within the vocabulary."""
    vocabulary = first_of(config, "vocab_size", default=50)
    top = max(5, min(int(vocabulary) if isinstance(vocabulary, int) else 50, 60))
    return (torch.arange(ROWS * length).view(ROWS, length) * 7) % (top - 4) + 4


def image(config: Any, side: Optional[int] = None) -> Any:
    """Pixels of the size that the configuration asks for."""
    size = first_of(config, "image_size", "img_size", "input_size", default=side or 64)
    size = list(size.values())[:2] if isinstance(size, dict) else size
    height, width = (list(size) * 2)[:2] if isinstance(size, (list, tuple)) else (size, size)
    channels = first_of(config, "num_channels", "in_channels", "in_chans", default=3)
    return noise(ROWS, int(channels), int(height), int(width))


def noise(*shape: int) -> Any:
    """Numbers around zero that are the same every time and use no global generator."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def named(name: str, config: Any, others: Optional[dict[str, Any]] = None) -> Any:
    """The value for an argument or key of a usual name; None when the name says nothing.

    `others` are the inputs beside it, which a mask has the length of.
    """
    low = name.lower()
    if low in ("input_ids", "decoder_input_ids", "ids", "tokens", "token_ids", "input_id", "x_ids") or low.endswith(
        "input_ids"
    ):
        return ids(config)
    if "token_type" in low or "segment" in low:
        return torch.zeros(ROWS, TOKENS, dtype=torch.long)
    if low == "pixel_mask":
        return torch.ones(ROWS, *image(config).shape[-2:], dtype=torch.long)
    if "mask" in low:
        return mask(low, others or {})
    if low.endswith("grid_thw"):
        return torch.tensor([[1, GRID, GRID]])
    if low == "target_sizes":
        return torch.tensor([[GRID, GRID]] * ROWS)
    if low in ("pixel_values_videos", "video", "videos"):
        frames = int(first_of(config, "num_frames", default=2))
        return image(config).unsqueeze(1).repeat(1, frames, 1, 1, 1)
    if low.startswith(("pixel", "image", "img")) or low.endswith("pixel_values"):
        return image(config)
    if low in SOUND or low.endswith("input_values"):
        return noise(ROWS, SAMPLES)
    if low.endswith("input_features") or "mel" in low or low == "spectrogram":
        frames = 2 * int(first_of(config, "max_source_positions", default=50))
        frames = frames if frames <= MOST_FRAMES else FRAMES
        return noise(ROWS, int(first_of(config, "num_mel_bins", default=80)), frames)
    if low in ("past_values", "time_series"):
        length = first_of(config, "context_length", "prediction_length", default=TOKENS)
        return noise(ROWS, int(length), int(first_of(config, "num_input_channels", "input_size", default=1)))
    if low in ("bbox", "boxes"):
        return torch.zeros(ROWS, TOKENS, 4, dtype=torch.long)
    if "length" in low or low.endswith(("_len", "_lens")):
        return torch.full((ROWS,), TOKENS)
    if low in TEXT:
        return ["1 2 3"] * ROWS
    return None


def mask(low: str, others: dict[str, Any]) -> Any:
    """Ones for each position: of the input that the name of the mask begins with, else of some text."""
    tokens = torch.ones(ROWS, TOKENS, dtype=torch.long)
    about = others.get(re.sub(r"_?(attention_)?mask$", "", low))
    if about is None and low in ("padding_mask", "feature_attention_mask", "input_features_mask", "attention_mask"):
        about = next((value for name, value in others.items() if name in FRAMED), None)
    if about is None or not about.is_floating_point():
        return tokens
    # Frames of a sound are the last dimension, its bins the one before.
    return torch.ones(about.shape[0], about.shape[-1], dtype=torch.long)


def patches(config: Any) -> dict[str, Any]:
    """The patches of one image in a row, as vision towers for images of any size take them, and their grid."""
    side = int(first_of(config, "patch_size", default=14))
    channels = int(first_of(config, "in_channels", "num_channels", "in_chans", default=3))
    frames = int(first_of(config, "temporal_patch_size", default=1))
    return {"patches": noise(GRID * GRID, channels * frames * side * side), "grid_thw": torch.tensor([[1, GRID, GRID]])}


def for_model(model: Any) -> Iterator[dict[str, Any]]:
    """Keyword arguments to call a pretrained model with, likely ones first; none lets it keep what it computed."""
    parameters = inspect.signature(model.forward).parameters
    fixed = {"use_cache": False} if "use_cache" in parameters else {}
    for options in likely(model, parameters):
        yield {**options, **fixed}


def likely(model: Any, parameters: Any) -> Iterator[dict[str, Any]]:
    """The same by kind of model."""
    config = config_of(model)
    main = getattr(model, "main_input_name", "input_ids")
    required = [name for name, parameter in parameters.items() if parameter.default is parameter.empty]
    decoder = {"decoder_input_ids": ids(config)} if "decoder_input_ids" in parameters else {}
    if "grid_thw" in parameters:
        made = patches(config)
        first_name = next(iter(parameters))
        yield {first_name: made["patches"], "grid_thw": made["grid_thw"]}
    if main == "input_features":
        mels = int(first_of(config, "num_mel_bins", "input_feat_per_channel", "feature_size", "input_dim", default=80))
        for frames in (noise(ROWS, FRAMES, mels), noise(ROWS, mels, FRAMES)):
            yield {main: frames, **decoder}
    first = named(main, config)
    if first is not None and main.startswith("pixel") and max(first.shape[-2:]) > SMALL_SIDE:
        # Where any size will do, a small one is enough.
        yield {main: first[..., :SMALL_SIDE, :SMALL_SIDE], **decoder}
    if first is not None:
        yield {main: first}
        if decoder:
            yield {main: first, **decoder}
    given = {name: named(name, config) for name in required}
    yield {name: value for name, value in given.items() if value is not None}
    usual = ("input_ids", "attention_mask", "pixel_values", "input_features", "input_values", "bbox",
             "decoder_input_ids")  # fmt: skip
    yield {name: named(name, config) for name in usual if name in parameters}
    wide = noise(ROWS, TOKENS, int(first_of(config, "hidden_size", "d_model", default=16)))
    for name in ("hidden_states", "inputs_embeds"):
        if name in parameters:
            yield {name: wide}
    if main not in ("input_ids",):
        size = int(first_of(config, "input_size", "feature_size", "num_features", default=1))
        yield {main: noise(ROWS, TOKENS, size)}


def main_inputs(module: Any, pretrained: list[Any]) -> list[Any]:
    """What the first layer of a LightningModule may want, likeliest first: the pretrained parts', then any layer's."""
    found = []
    for model in pretrained:
        value = named(getattr(model, "main_input_name", "input_ids"), config_of(model))
        found += [] if value is None else [value]
    for layer in module.modules():
        value = for_layer(layer)
        if value is not None and all(not same_kind(value, known) for known in found):
            found.append(value)
        if len(found) > 4:
            break
    return found or [ids(None)]


def for_layer(layer: Any) -> Any:
    """An input that a basic layer accepts."""
    nn = torch.nn
    if isinstance(layer, nn.Linear):
        return noise(ROWS, layer.in_features)
    if isinstance(layer, nn.Conv2d):
        return noise(ROWS, layer.in_channels, 32, 32)
    if isinstance(layer, nn.Conv1d):
        return noise(ROWS, layer.in_channels, 64)
    if isinstance(layer, nn.Embedding):
        return (torch.arange(ROWS * TOKENS) % max(layer.num_embeddings, 1)).view(ROWS, TOKENS)
    if isinstance(layer, nn.RNNBase):
        return noise(ROWS, TOKENS, layer.input_size)
    return None


def same_kind(one: Any, other: Any) -> bool:
    """Whether two tensors are alike for a layer."""
    return bool(one.shape == other.shape and one.dtype == other.dtype)


def label(kind: str) -> Any:
    """Labels of one kind: a class a row, a class a token, a number a row, several classes a row, a column."""
    if kind == "class":
        return torch.arange(ROWS) % 2
    if kind == "tokens":
        return ids(None) % 2
    if kind == "float":
        return torch.arange(ROWS).float() / ROWS
    if kind == "hot":
        return torch.eye(2)[torch.arange(ROWS) % 2]
    return (torch.arange(ROWS).float() / ROWS).view(ROWS, 1)


def is_label(name: str) -> bool:
    """Whether a name means what is to be learnt."""
    low = name.lower()
    return low in ("y", "ys", "lbl", "lbls", "tgt", "targets", "gt") or any(word in low for word in LABELS)


class Batch(dict):  # type: ignore[type-arg]
    """A mapping whose entries are also attributes, as the batches of tokenizers and of PyTorch Geometric are."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self:
            raise AttributeError(name)
        return self[name]


def batches(layout: Layout, main: list[Any], config: Any, signature: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Batches of a layout with each main input and each kind of label, and what each is."""
    for value, kind in itertools.product(main, LABEL_KINDS):

        def entry(name: str, value: Any = value, kind: str = kind) -> Any:
            if is_label(name):
                return label(kind)
            known = named(name, config)
            return value if known is None else known

        if layout.kind() == "tuple":
            made: Any = tuple(filled(names_of(layout), entry))
        elif layout.kind() == "mapping":
            keys = layout.keys | layout.fields or {*signature, "labels"}
            made = Batch({key: entry(key) for key in sorted(keys)})
        else:
            made = value
        shape = "x".join(map(str, value.shape))
        yield f"{layout.kind()}, main input {shape}, labels {kind}", made
        # The next kind of label would give the same batch, so the usual pair is tried once.
        if layout.kind() == "tensor" and kind == LABEL_KINDS[0]:
            yield f"pair, main input {shape}, labels {kind}", (value, label(kind))


def names_of(layout: Layout) -> list[Any]:
    """The names in a tuple; for one that is only indexed, an input first and labels last."""
    if layout.names is not None:
        return layout.names
    size = max(2, max(layout.indices) + 1)
    return ["x", *["attention_mask"] * (size - 2), "labels"]


def filled(names: list[Any], entry: Any) -> list[Any]:
    """A value for each name, nested as the names are."""
    return [tuple(filled(name, entry)) if isinstance(name, list) else entry(name) for name in names]
