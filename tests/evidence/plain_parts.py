"""Which parts of transformers' models have neither dropout nor batch norm, whatever its rate.

For each class that has such a part: what is in it that has a mode; a forward that asks for the mode says so in its
source. Run `python -m tests.evidence.plain_parts > tests/evidence/plain_parts.out`.
"""

import inspect
import re
import warnings

import torch
import transformers
from torch import nn

PARTS = ("feature_extractor", "pooler", "classifier", "pre_classifier")
KINDS = re.compile(r"\w+(Model|For(SequenceClassification|TokenClassification|CTC|XVector|PreTraining|Audio\w+))")
WITH_MODES = re.compile(r"functional\.dropout|\.training\b(?!\s*=)")
"""In the source of what a part consists of; gradient checkpointing asks for the mode, too, and computes the same."""


def in_it(part: nn.Module) -> str:
    """What has a mode in a part, by its class."""
    found = {
        type(each).__name__
        for each in part.modules()
        if isinstance(each, nn.modules.batchnorm._BatchNorm) or "drop" in type(each).__name__.lower()
    }
    own = {type(each) for each in part.modules() if type(each).__module__.startswith("transformers")}
    sources = {cls.__name__: inspect.getsource(cls).replace("_requires_grad and self.training", "") for cls in own}
    found |= {f"{name}'s code" for name, source in sources.items() if WITH_MODES.search(source)}
    return ", ".join(sorted(found)) or "nothing"


def main() -> None:
    """Print one line for each part of each class that its default configuration builds."""
    print(f"transformers {transformers.__version__}")
    for name in sorted(dir(transformers)):
        if not KINDS.fullmatch(name) or name.startswith("Auto"):
            continue
        cls = getattr(transformers, name)
        try:
            with torch.device("meta"):
                model = cls(cls.config_class())
        except Exception:  # noqa: BLE001 -- more is needed than the defaults, or a package is not there
            continue
        for path, part in model.named_modules():
            if path.rpartition(".")[2] in PARTS and path.count(".") < 2:
                print(f"{name}.{path}: {in_it(part)}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    main()
