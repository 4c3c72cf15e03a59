"""Which heads of transformers drop anything themselves, beside the model that they sit on.

For each class that has a head: the name under which it holds that model, and the dropouts with a rate above zero that
lie outside of it, with the default configuration. A head that drops something by a function says so in its source.

Run `python -m tests.evidence.heads > tests/evidence/heads.out`.
"""

import inspect
import re
import warnings

import torch
import transformers
from transformers.models.auto import modeling_auto

KINDS = """SEQUENCE_CLASSIFICATION AUDIO_CLASSIFICATION IMAGE_CLASSIFICATION TOKEN_CLASSIFICATION CTC CAUSAL_LM
QUESTION_ANSWERING MASKED_LM"""


def dropped(model: transformers.PreTrainedModel) -> str:
    """What drops something in the head of a model."""
    below = set(model.base_model.modules())
    names = [
        name
        for name, module in model.named_modules()
        if module not in below and re.search("drop", type(module).__name__, re.IGNORECASE) and getattr(module, "p", 1)
    ]
    calls = re.findall(r"\bdropout\(", inspect.getsource(type(model)).replace("self.dropout(", ""))
    return ", ".join([*names, *calls]) or "nothing"


def main() -> None:
    """Print one line for each class that its default configuration builds."""
    print(f"transformers {transformers.__version__}")
    found: set[str] = set()
    for kind in KINDS.split():
        for names in getattr(modeling_auto, f"MODEL_FOR_{kind}_MAPPING_NAMES").values():
            found.update([names] if isinstance(names, str) else names)
    for name in sorted(found):
        cls = getattr(transformers, name, None)
        try:
            with torch.device("meta"):
                model = cls(cls.config_class())
        except Exception as error:  # noqa: BLE001 -- more is needed than the defaults, or a package is not there
            print(f"{name}: not built, {type(error).__name__}")
            continue
        if model.base_model is not model:
            print(f"{name}: on `{model.base_model_prefix}`, {dropped(model)}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    main()
