"""Parts of transformers' models in which nothing depends on the mode: no dropout, no batch norm.

Seen with transformers 5.23 (`tests/evidence/plain_parts.out`).
"""

from __future__ import annotations

import re

from lintlight.semantics.heap import Origin

POOLED = (
    "Albert|Bert|BigBird|Bros|Camembert|Canine|Data2VecText|Ernie|Esm|LayoutLM|Longformer|Luke|MPNet|MegatronBert|"
    "RemBert|Roberta|XLMRoberta|XLMRobertaXL"
)
ONE_LAYER = "Albert|Bert|Canine|Deberta|DebertaV2|DistilBert|Ernie|LayoutLM|Luke|MegatronBert|MobileBert|RemBert"
FOR_WORDS = f"{POOLED}|ConvBert|Deberta|DebertaV2|DistilBert|Electra|MobileBert"
PLAIN: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "feature_extractor": (
            r"(Data2VecAudio|Hubert|SEW|SEWD|UniSpeech|UniSpeechSat|Wav2Vec2|Wav2Vec2Conformer|WavLM)(Model|For\w+)"
        ),
        "pooler": rf"({POOLED})Model",
        "classifier": rf"({ONE_LAYER})ForSequenceClassification|({FOR_WORDS})ForTokenClassification",
        "pre_classifier": "DistilBertForSequenceClassification",
    }.items()
}
"""The name of a part -> the classes that it is plain in. With a head of more layers (RoBERTa's) dropout is a part."""
PUBLISHED = {
    "Bert": "(google-bert/)?bert-(base|large)-.+",
    "DistilBert": "(distilbert/)?distilbert-base-.+",
    "Roberta": "(FacebookAI/)?roberta-(base|large).*|(distilbert/)?distilroberta-base",
    "XLMRoberta": "(FacebookAI/)?xlm-roberta-(base|large).*",
    "DebertaV2": "microsoft/m?deberta-v[23]-.+",
    "Hubert": "facebook/hubert-.+",
    "Wav2Vec2": "facebook/wav2vec2-(base|large|xls).*",
    "WavLM": "microsoft/wavlm-.+",
}
"""What checkpoints are called that an automatic class makes such a model of."""


def is_plain(origin: Origin, part: str) -> bool:
    """Whether a part of the model that was loaded is surely the same in any mode."""
    package, _, name = origin.library.rpartition(".")
    if package != "transformers" or part not in PLAIN:
        return False
    if name.startswith("AutoModel"):
        family = next((each for each, names in PUBLISHED.items() if re.fullmatch(names, origin.checkpoint or "")), "")
        name = f"{family}Model" if name == "AutoModel" else family + name.removeprefix("AutoModel")
    return PLAIN[part].fullmatch(name) is not None
