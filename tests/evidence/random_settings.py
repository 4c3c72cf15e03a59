"""Which settings of a configuration make a model of transformers compute something else in train mode.

For each class: all its settings that look like a rate of something random are set to 0, then each alone to 0.5. Those
are named with which a forward in train mode draws random numbers; `*` stands before one that is above 0 by default, and
`~` behind one that also works when it is set on `.config` of a model that was made with the defaults; with `?` no
forward ran.
What `rates.OF_CLASSES` asks for is set to 0 in the end, SpecAugment to False, and the rest left as it is by default.
Run `python -m tests.evidence.random_settings > tests/evidence/random_settings.out`.
"""

import copy
import re
import sys
import warnings
from typing import Any

import torch
import transformers

from lintlight.probe.worker import inputs, shrink
from lintlight.semantics.knowledge import rates
from tests.evidence import no_dropout

CLASSES = """
Bert:Model,ForSequenceClassification,ForTokenClassification Roberta:Model,ForSequenceClassification Electra:Model
DebertaV2:Model,ForSequenceClassification Longformer:Model Albert:Model,ForSequenceClassification,ForTokenClassification
DistilBert:Model,ForSequenceClassification,ForTokenClassification,ForQuestionAnswering,ForMaskedLM
GPT2:Model,LMHeadModel OPT:Model,ForCausalLM Bart:Model,ForConditionalGeneration MBart:Model Pegasus:Model
M2M100:Model,ForConditionalGeneration Marian:MTModel
T5:Model,ForConditionalGeneration,EncoderModel MT5:Model,ForConditionalGeneration,EncoderModel UMT5:Model
Swin:Model,ForImageClassification Swinv2:Model,ForImageClassification Beit:Model,ForImageClassification
Segformer:Model,ForImageClassification
Wav2Vec2:Model,ForCTC,ForSequenceClassification Hubert:Model,ForCTC WavLM:Model,ForCTC,ForSequenceClassification
UniSpeech:Model,ForCTC UniSpeechSat:Model,ForCTC Data2VecAudio:Model,ForCTC SEW:Model,ForCTC SEWD:Model,ForCTC
Wav2Vec2Conformer:Model,ForCTC Wav2Vec2Bert:Model,ForCTC
Whisper:Model,ForConditionalGeneration,ForAudioClassification
Mixtral:Model Falcon:Model Llama:Model ViT:Model ModernBert:Model
""".split()
BUDGET_MB = 30
WORD = re.compile(r"drop|jitter|mask_(time|feature)_prob")
NEEDED: dict[str, dict[str, Any]] = {
    **no_dropout.NEEDED,
    "wavlm": {"hidden_size": 32, "num_attention_heads": 2, "num_hidden_layers": 2, "intermediate_size": 64},
    "wav2vec2-conformer": {"vocab_size": 32},
    "wav2vec2-bert": {"vocab_size": 32},
}
SPEECH = {"input_values": torch.randn(2, 8000)}
INPUTS = {"wav2vec2-bert": {"input_features": torch.randn(2, 60, 160)}}
"""What cannot be made up from the signature of the forward."""


def is_random(config: Any, cls: Any, late: dict[str, Any]) -> bool | None:
    """Whether a forward in train mode draws random numbers, or gives something else; None where none runs."""
    torch.manual_seed(0)
    model = cls(copy.deepcopy(config))
    for name, value in late.items():
        setattr(model.config, name, value)
    given = INPUTS.get(config.model_type, SPEECH if model.main_input_name == "input_values" else None)
    for arguments in [given] if given is not None else inputs.for_model(model):
        try:
            _, still = no_dropout.forward(model.eval(), arguments)
            drawn, moving = no_dropout.forward(model.train(), arguments)
        except (RuntimeError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError):
            continue
        return drawn or any(not torch.equal(a, b) for a, b in zip(still, moving, strict=True))
    return None


def with_values(config: Any, values: dict[str, Any]) -> Any:
    """A copy of a configuration with other values."""
    changed = copy.deepcopy(config)
    for name, value in values.items():
        setattr(changed, name, value)
    return changed


def line(cls: Any) -> str:
    """What is random in one class."""
    config = cls.config_class(**NEEDED.get(cls.config_class.model_type, {}))
    config, _, _ = shrink.fit(config, cls, BUDGET_MB)
    default = {
        name: value
        for name, value in config.to_dict().items()
        if WORD.search(name) and not isinstance(value, str | dict | list)
    }
    masks = {"apply_spec_augment": True} if "mask_time_prob" in default else {}
    off = with_values(config, dict.fromkeys(default, 0.0) | masks)
    found: list[str] = []
    for name, value in default.items():
        seen = is_random(with_values(off, {name: 0.5}), cls, {})
        if seen is None:
            found.append(f"{name}?")
        kept = with_values(config, {other: 0.0 for other in default if "mask" not in other})
        late = is_random(kept, cls, {**dict.fromkeys(default, 0.0), **masks, name: 0.5}) if seen else False
        found += [f"{'*' if value else ''}{name}{'~' if late else ''}"] if seen else []
    said = "".join(f"; {name}={getattr(config, name, None)}" for name in masks)
    zero = rates.required(cls.__name__)
    if zero:
        unknown = sorted(zero - default.keys())
        rest = is_random(with_values(config, dict.fromkeys(zero, 0.0) | dict.fromkeys(masks, False)), cls, {})
        said += f"; left with {' '.join(sorted(zero))} at 0: {'random' if rest else 'nothing'}"
        said += f" (it has no {' '.join(unknown)})" if unknown else ""
    return (" ".join(found) or "none") + said


def main() -> None:
    """One line for each class."""
    warnings.simplefilter("ignore")
    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    for each in sys.argv[1:] or CLASSES:
        family, _, heads = each.partition(":")
        for head in heads.split(","):
            print(f"{family + head:38}{line(getattr(transformers, family + head))}", flush=True)


if __name__ == "__main__":
    main()
