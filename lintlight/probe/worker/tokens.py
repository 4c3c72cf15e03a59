"""Stand-ins for tokenizers, processors and generation configurations that are not on this machine."""

from __future__ import annotations

import functools
import importlib
import os
from typing import Any, Callable
from unittest.mock import MagicMock

import transformers

from . import architectures
from .standin import StandIns

SPECIAL = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]",
           "mask_token": "[MASK]", "bos_token": "<s>", "eos_token": "</s>"}  # fmt: skip
WORDS = 1000
FILES = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "spiece.model",
         "sentencepiece.bpe.model")  # fmt: skip

NAMES = ("pretrained_model_name_or_path", "pretrained_model_name")
"""What the loaders call the name of a checkpoint, where it is given as a keyword."""


def tokenizer() -> Any:
    """A real tokenizer of some thousand words; its ids fit the smallest vocabulary of a stand-in."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    vocabulary = {token: number for number, token in enumerate([*SPECIAL.values(), *map(str, range(WORDS))])}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token=SPECIAL["unk_token"]))
    # Some code asks for the number of a line break.
    core.pre_tokenizer = pre_tokenizers.Split(Regex(r"\n|\w+|[^\w\s]+"), "removed", invert=True)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=core, model_max_length=512, **SPECIAL)


AUTO = {
    "AutoImageProcessor": ("image_processing_auto", "IMAGE_PROCESSOR_MAPPING_NAMES"),
    "AutoFeatureExtractor": ("feature_extraction_auto", "FEATURE_EXTRACTOR_MAPPING_NAMES"),
}
"""Auto classes, and the tables in which transformers says what they make for a model type."""
PARTS = {"image_processor": "AutoImageProcessor", "feature_extractor": "AutoFeatureExtractor"}
"""Parts of processors, and what makes them."""


def processor(cls: Any, name: str, stand_ins: StandIns) -> Any:
    """An image processor or feature extractor with its defaults; a pliable object where it has none."""
    kind = cls.__name__
    made = of_family(kind, name, stand_ins) if kind in AUTO else constructed(cls)
    if made is None:
        made = MagicMock(name=kind)
        made.tokenizer = tokenizer()
        for part, auto in PARTS.items() if kind not in AUTO else ():
            setattr(made, part, of_family(auto, name, stand_ins) or getattr(made, part))
    return made


def of_family(kind: str, name: str, stand_ins: StandIns) -> Any:
    """What an Auto class makes for a checkpoint, with its defaults; None where that is not known."""
    file, table = AUTO[kind]
    known = architectures.resolve(name, None, stand_ins.told, stand_ins.caches)
    try:
        module = importlib.import_module(f"transformers.models.auto.{file}")
        names = getattr(module, table).get(known.model_type if known else "") or ()
    except (ImportError, AttributeError):
        return None
    # The table names one class, or some that are slower and faster, or one for each library.
    listed = names.values() if isinstance(names, dict) else [names] if isinstance(names, str) else names
    made = (constructed(getattr(transformers, each, None)) for each in listed if each)
    return next((each for each in made if each is not None), None)


def constructed(cls: Any) -> Any:
    """An object with its defaults, or None."""
    try:
        return cls()
    except Exception:  # noqa: BLE001  # constructors of any of some hundred processors
        return None


def install(stand_ins: StandIns) -> None:
    """Put the stand-ins into transformers, in this process only."""
    for name in ("AutoTokenizer", "PreTrainedTokenizerBase"):
        replace(stand_ins, getattr(transformers, name, None), lambda cls, checkpoint: tokenizer(), FILES)
    for name in ("ProcessorMixin", "AutoProcessor", "AutoImageProcessor", "AutoFeatureExtractor", "BaseImageProcessor",
                 "FeatureExtractionMixin", "ImageProcessingMixin", "AutoVideoProcessor"):  # fmt: skip
        made = functools.partial(processor, stand_ins=stand_ins)
        replace(stand_ins, getattr(transformers, name, None), made, ("preprocessor_config.json",))
    replace(stand_ins, transformers.GenerationConfig, lambda cls, checkpoint: cls(), ("generation_config.json",))


def replace(stand_ins: StandIns, owner: Any, make: Callable[[Any, str], Any], files: tuple[str, ...]) -> None:
    """Let `owner.from_pretrained` read a local folder for real, and answer `make(cls, name)` for anything else."""
    try:
        real = owner.from_pretrained.__func__
    except (AttributeError, ImportError):
        # This version has no such class, or a placeholder for one whose own dependencies are missing.
        return

    def from_pretrained(cls: Any, *arguments: Any, **options: Any) -> Any:
        name, *rest = [*(options.pop(each) for each in NAMES if each in options), *arguments]
        path = stand_ins.folder_with(files, name)
        if path is not None:
            return real(cls, path, *rest, **options)
        if stand_ins.real_weights:
            return real(cls, name, *rest, **options)
        return make(cls, os.fspath(name))

    owner.from_pretrained = classmethod(from_pretrained)
