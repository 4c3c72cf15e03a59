"""Stand-ins for tokenizers, processors and generation configurations that are not on this machine."""

from __future__ import annotations

import os
from typing import Any, Callable
from unittest.mock import MagicMock

import transformers

from .standin import StandIns

SPECIAL = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]",
           "mask_token": "[MASK]", "bos_token": "<s>", "eos_token": "</s>"}  # fmt: skip
WORDS = 1000
FILES = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "spiece.model",
         "sentencepiece.bpe.model")  # fmt: skip


def tokenizer() -> Any:
    """A real tokenizer of some thousand words; its ids fit the smallest vocabulary of a stand-in."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {token: number for number, token in enumerate([*SPECIAL.values(), *map(str, range(WORDS))])}
    core = Tokenizer(models.WordLevel(vocabulary, unk_token=SPECIAL["unk_token"]))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=core, model_max_length=512, **SPECIAL)


def processor(cls: Any) -> Any:
    """An image processor or feature extractor with its defaults; a pliable object where it has none."""
    try:
        return cls()
    except Exception:  # noqa: BLE001  # constructors of any of some hundred processors
        pliable = MagicMock(name=cls.__name__)
        pliable.tokenizer = tokenizer()
        return pliable


def install(stand_ins: StandIns) -> None:
    """Put the stand-ins into transformers, in this process only."""
    for name in ("AutoTokenizer", "PreTrainedTokenizerBase"):
        replace(stand_ins, getattr(transformers, name, None), lambda cls: tokenizer(), FILES)
    for name in ("ProcessorMixin", "AutoProcessor", "AutoImageProcessor", "AutoFeatureExtractor", "BaseImageProcessor",
                 "FeatureExtractionMixin", "ImageProcessingMixin", "AutoVideoProcessor"):  # fmt: skip
        replace(stand_ins, getattr(transformers, name, None), processor, ("preprocessor_config.json",))
    replace(stand_ins, transformers.GenerationConfig, lambda cls: cls(), ("generation_config.json",))


def replace(stand_ins: StandIns, owner: Any, make: Callable[[Any], Any], files: tuple[str, ...]) -> None:
    """Let `owner.from_pretrained` read a local folder for real, and answer `make(cls)` for anything else."""
    try:
        real = owner.from_pretrained.__func__
    except (AttributeError, ImportError):
        # This version has no such class, or a placeholder for one whose own dependencies are missing.
        return

    def from_pretrained(cls: Any, name: Any, *arguments: Any, **options: Any) -> Any:
        for base in ["", *stand_ins.folders]:
            path = os.path.abspath(os.path.join(base, os.fspath(name)))
            if any(os.path.isfile(os.path.join(path, file)) for file in files):
                return real(cls, path, *arguments, **options)
        if stand_ins.real_weights:
            return real(cls, name, *arguments, **options)
        return make(cls)

    owner.from_pretrained = classmethod(from_pretrained)
