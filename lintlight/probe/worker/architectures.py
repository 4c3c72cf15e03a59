"""Which architecture a checkpoint name means, without asking the network."""

from __future__ import annotations

import functools
import glob
import json
import os
import re
from typing import Any, Optional

import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

# Parts of a checkpoint's name that say how big it is or what it was trained on, not what it is.
VARIANT = re.compile(
    r"^(tiny|mini|small|base|medium|large|huge|giant|xs|xl|xxl|x?xlarge|nano|micro|lite|cased|uncased|multilingual|"
    r"chinese|german|english|en|zh|de|fr|hf|chat|instruct|it|pretrained|finetuned|ft|mnli|sst|squad|discriminator|"
    r"generator|whole|word|masking|patch\d+|window\d+|in\d+k|in1k|\d+(\.\d+)?[bmkh]?|\d+m|lv\d+|[lha]\d*)$"
)
VISION_TO_TEXT = "vision-encoder-decoder"
# Families that are named differently from the architecture they share.
ALIASES = {
    "all-minilm-v2": "bert", "all-mpnet-v2": "mpnet", "bertweet": "roberta", "biobert-v1.1": "bert", "clip-vit": "clip",
    "deberta-v3": "deberta-v2", "mdeberta-v3": "deberta-v2", "distilgpt2": "gpt2",
    "distilroberta": "roberta", "finbert": "bert", "flan-t5": "t5", "multi-qa-mpnet-dot-v1": "mpnet", "mt0": "mt5",
    "qwen2.5": "qwen2", "scibert-scivocab": "bert", "t5-v1-1": "t5", "t5-v1.1": "t5", "wav2vec2-xlsr": "wav2vec2",
    # Published under a name of their own.
    "bge": "bert", "bge-v1.5": "bert", "contriever": "bert", "contriever-msmarco": "bert",
    "e5": "bert", "e5-v2": "bert", "specter": "bert", "specter2": "bert", "labse": "bert",
    "bio-clinicalbert": "bert", "phobert": "roberta", "codet5": "t5",
    "codebert": "roberta", "graphcodebert": "roberta", "unixcoder": "roberta", "roberta-wwm-ext": "bert",
    "bert-wwm-ext": "bert", "chemberta-zinc-v1": "roberta", "prot-bert": "bert", "prot-bert-bfd": "bert",
    "biomednlp-pubmedbert-abstract": "bert", "biomednlp-pubmedbert-abstract-fulltext": "bert", "vicuna-v1.5": "llama",
    "tinyllama-v1.0": "llama", "zephyr-beta": "mistral", "zephyr-alpha": "mistral", "bloomz": "bloom", "byt5": "t5",
    "distilbart-cnn": "bart", "kobart-v2": "bart", "koelectra-v3": "electra", "kcelectra": "electra", "kcbert": "bert",
    "kogpt2-v2": "gpt2", "dialogpt": "gpt2", "pythia": "gpt_neox", "pythia-deduped": "gpt_neox", "sapbert": "bert",
    "indobert-p1": "bert", "bert-arabertv2": "bert",
}  # fmt: skip

USUAL = ("bert", "roberta", "t5", "gpt2", "vit", "resnet", "wav2vec2", "whisper", "clip", VISION_TO_TEXT)
"""What stands in where a class loads many architectures and nobody says which."""
BEGINNINGS = {
    "afriberta": "xlm-roberta", "afro-xlmr": "xlm-roberta", "barthez": "mbart", "bartpho": "mbart",
    "bge-m3": "xlm-roberta", "biomedlm": "gpt2", "blip2": "blip-2", "camembertv2": "roberta", "chatyuan-large": "t5",
    "chemberta": "roberta", "chinese-clip": "chinese_clip", "chinese-roberta-l": "bert", "chinese-roberta-wwm": "bert",
    "co-condenser": "bert", "codebert": "roberta", "codeberta": "roberta", "codellama": "llama", "codet5p-220m": "t5",
    "codet5p-770m": "t5", "deberta-v3": "deberta-v2", "declutr": "roberta", "declutr-sci": "bert",
    "deepseek-coder-1": "llama", "deepseek-coder-6": "llama", "deepseek-llm": "llama",
    "deepseek-r1-distill-llama": "llama", "deepseek-r1-distill-qwen": "qwen2", "deit-base-patch": "vit",
    "deit-small-patch": "vit", "deit-tiny-patch": "vit", "dino-vit": "vit", "distil-large": "whisper",
    "distil-medium-en": "whisper", "distil-small-en": "whisper", "distilcamembert": "camembert",
    "dolly-v2": "gpt_neox", "donut": VISION_TO_TEXT, "esm1b": "esm", "esm1v": "esm", "esm2": "esm", "falcon3": "llama",
    "flan-alpaca": "t5", "flan-ul2": "t5", "florence-2": "florence2", "galactica": "opt", "gatortron": "megatron-bert",
    "gemma-2-": "gemma2", "gemma-3-12b": "gemma3", "gemma-3-1b": "gemma3_text", "gemma-3-270m": "gemma3_text",
    "gemma-3-27b": "gemma3", "gemma-3-4b": "gemma3", "indic-bert": "albert", "infoxlm": "xlm-roberta",
    "long-t5": "longt5", "mdeberta-v3": "deberta-v2", "minilm-l": "bert", "mit-b": "segformer", "mms-1b": "wav2vec2",
    "mms-300m": "wav2vec2", "ms-marco-minilm": "bert", "multilingual-e5-base": "xlm-roberta",
    "multilingual-e5-large": "xlm-roberta", "multilingual-e5-small": "bert", "muril": "bert",
    "nli-deberta-v3": "deberta-v2", "nllb-200": "m2m_100", "nucleotide-transformer": "esm",
    "paraphrase-minilm": "bert", "paraphrase-mpnet": "mpnet", "paraphrase-multilingual-minilm": "bert",
    "paraphrase-multilingual-mpnet": "xlm-roberta", "phi-4": "phi3", "phobert": "roberta", "qwen1-5": "qwen2",
    "rbt": "bert", "redpajama-incite": "gpt_neox", "robbert": "roberta", "scifive": "t5", "smollm": "llama",
    "smollm3": "smollm3", "splade-cocondenser": "bert", "starcoder": "gpt_bigcode", "starcoder2": "starcoder2",
    "t0-": "t5", "t0pp": "t5", "tinyclip": "clip", "tk-instruct": "t5", "trocr": VISION_TO_TEXT, "ul2": "t5",
    "vit-gpt2": VISION_TO_TEXT, "xlm-align": "xlm-roberta", "yi-1": "llama", "yi-34b": "llama", "yi-6b": "llama",
    "yi-9b": "llama",
}  # fmt: skip
"""How the names of some families begin that say nothing of the architecture in any other way."""
SUFFIXES = ("distilbert", "roberta", "deberta", "electra", "bert", "bart", "gpt2", "t5")
"""Families that give their name to the end of others': `clinicalbert` is a BERT, and no ALBERT."""

_CLASS = re.compile(r"^class (\w+)\(", re.M)
_MODEL_TYPE = re.compile(r"""^    model_type(?:\s*:\s*\w+)?\s*=\s*["']([^"']+)["']""", re.M)
_CHECKPOINT = re.compile(r"""(?:checkpoint=["']|huggingface\.co/)([\w.-]+/[\w.-]+?)["')\s]""")


class Architecture:
    """A model type, how it was found, and the configuration file when there is one."""

    def __init__(self, model_type: str, how: str, config_file: Optional[str] = None) -> None:
        self.model_type, self.how, self.config_file = model_type, how, config_file


@functools.lru_cache(maxsize=1)
def checkpoint_table() -> dict[str, tuple[str, ...]]:
    """Checkpoint name -> model types, from the documentation in transformers' own configuration classes."""
    table: dict[str, set[str]] = {}
    folder = os.path.join(os.path.dirname(transformers.__file__), "models")
    for path in glob.glob(os.path.join(folder, "*", "configuration_*.py")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        starts = [found.start() for found in _CLASS.finditer(text)]
        before = 0
        for start, end in zip(starts, [*starts[1:], len(text)]):
            model_type = _MODEL_TYPE.search(text, start, end)
            if model_type and model_type.group(1) in CONFIG_MAPPING_NAMES:
                # The checkpoint stands in the decorator above the class, or in the docstring inside it.
                decorated = text.rfind("@auto_docstring", before, start)
                for found in _CHECKPOINT.finditer(text, decorated if decorated >= 0 else start, end):
                    table.setdefault(found.group(1).lower(), set()).add(model_type.group(1))
                    break
            before = end
    return {name: tuple(sorted(types)) for name, types in table.items()}


@functools.lru_cache(maxsize=1)
def stems() -> dict[str, tuple[str, ...]]:
    """Checkpoint name without size and variant -> model types."""
    found: dict[str, set[str]] = {}
    for name, types in checkpoint_table().items():
        found.setdefault(stem(name), set()).update(types)
    return {name: tuple(sorted(types)) for name, types in found.items()}


def stem(name: str) -> str:
    """`google-bert/bert-large-cased` -> `bert`."""
    words = re.split(r"[-_]", name.lower().split("/")[-1])
    return "-".join(word for word in words if not VARIANT.match(word)) or words[0]


def resolve(
    name: str, allowed: Optional[frozenset[str]], told: dict[str, str], caches: list[str]
) -> Optional[Architecture]:
    """The architecture of a checkpoint; `allowed` restricts it to the model types of the class that loads it."""
    if name in told:
        return Architecture(told[name], "told")
    config_file = cached_config(name, caches)
    if config_file:
        with open(config_file, encoding="utf-8") as file:
            model_type = json.load(file).get("model_type", "")
        if model_type in CONFIG_MAPPING_NAMES:
            return Architecture(model_type, "cache", config_file)
    if allowed is not None and len(allowed) == 1:
        return Architecture(next(iter(allowed)), "class")
    table = checkpoint_table()
    exact = [types for key, types in table.items() if key == name.lower() or key.split("/")[-1] == name.lower()]
    of_family = family_of(name)
    family = [(of_family,)] if of_family else [stems().get(stem(name), ())]
    for how, candidates in (("table", exact), ("family", family)):
        types = fitting({kind for group in candidates for kind in group}, allowed, name)
        if len(types) == 1:
            return Architecture(types[0], how)
    guess = longest_contained(name, allowed) or of_folders(name, allowed)
    return Architecture(guess, "name") if guess else None


def of_folders(name: str, allowed: Optional[frozenset[str]]) -> Optional[str]:
    """What the folders are called in which a checkpoint of one's own lies, the innermost first: a guess."""
    *folders, _ = name.strip("/").split("/")
    guesses = (longest_contained(folder, allowed) for folder in reversed(folders if len(folders) > 1 else []))
    return next((guess for guess in guesses if guess), None)


def any_of(allowed: frozenset[str]) -> Architecture:
    """A usual architecture among those that a class loads, as a guess."""
    return Architecture(next((kind for kind in USUAL if kind in allowed), min(allowed)), "name")


def family_of(name: str) -> str:
    """The model type that a family of checkpoints shares; "" for a name of no known family."""
    text = "-".join(words(name))
    begins = [each for each in BEGINNINGS if text.startswith(each)]
    if begins or stem(name) in ALIASES:
        kind = BEGINNINGS[max(begins, key=len)] if begins else ALIASES[stem(name)]
        return kind if kind in CONFIG_MAPPING_NAMES else ""
    named = [kind for kind in CONFIG_MAPPING_NAMES if flat(kind) == flat(stem(name))]
    first = max((kind for kind in CONFIG_MAPPING_NAMES if begins_with(text, kind)), key=len, default="")
    return max(named, key=len, default=first)


def begins_with(text: str, kind: str) -> bool:
    """Whether a name begins with a model type, and no number of a version follows: `phi-3.5` is no `phi`."""
    return re.match("-".join(map(re.escape, words(kind))) + r"(?!-\d+(-|$))(-|$)", text) is not None


def fitting(types: set[str], allowed: Optional[frozenset[str]], name: str) -> list[str]:
    """Those of the types that the loading class accepts; of several, the one that is named alike."""
    left = sorted(kind for kind in types if allowed is None or kind in allowed)
    if len(left) > 1:
        named = [kind for kind in left if flat(kind) == flat(stem(name))]
        return named or [kind for kind in left if flat(kind) in flat(name)] or left
    return left


def longest_contained(name: str, allowed: Optional[frozenset[str]]) -> Optional[str]:
    """The longest model type whose name is part of the checkpoint's, from word to word: a guess, never more."""
    text = "-".join(words(name)) + "-"
    kinds = [kind for kind in CONFIG_MAPPING_NAMES if allowed is None or kind in allowed]
    inside = [kind for kind in kinds if "-" + "-".join(words(kind)) + "-" in "-" + text]
    ends = [kind for kind in SUFFIXES if kind in kinds and kind + "-" in text]
    begins = [kind for kind in kinds if len(kind) > 3 and "-" + flat(kind) in "-" + text]
    return max(inside or ends or begins, key=len, default=None)


def words(name: str) -> list[str]:
    """`google/ByT5-small` -> `byt5`, `small`: the parts of a checkpoint's own name."""
    return [word for word in re.split(r"[^a-z0-9]+", name.lower().split("/")[-1]) if word]


def flat(name: str) -> str:
    """A name without punctuation and case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def cached_config(name: str, caches: list[str]) -> Optional[str]:
    """The `config.json` of a checkpoint in a hub cache, newest revision first."""
    for cache in caches:
        pattern = os.path.join(
            glob.escape(cache), "models--" + name.replace("/", "--"), "snapshots", "*", "config.json"
        )
        files = sorted(glob.glob(pattern), key=os.path.getmtime)
        if files:
            return files[-1]
    return None


def types_of(auto_class: Any) -> frozenset[str]:
    """The model types that an Auto class can load."""
    mapping = getattr(auto_class, "_model_mapping", None)
    config_names = getattr(mapping, "_config_mapping", {})
    return frozenset(kind for kind in config_names if kind in getattr(mapping, "_model_mapping", {}))
