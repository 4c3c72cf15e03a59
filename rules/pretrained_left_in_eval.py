"""A pretrained submodule is trained in eval mode.

`from_pretrained()` returns its model in eval mode, and since Lightning 2.2 the Trainer keeps the mode that each
submodule has when `fit` starts. Dropout, layer drop, SpecAugment, router jitter and gradient checkpointing then stay
off and batch norm keeps its old statistics for the whole training run, without any error. Lightning before 2.2
called `.train()` at the start of `fit`.

Nothing is said of a part that is frozen, used without gradients, left out of the optimizer, or put into eval mode by
the author. `--probe` tells what is lost.

A note, where nothing or little is lost:

- model families without any dropout (Llama, Qwen, Mistral, ViT, CLIP, ESM-2, ...), and models of which all rates are
  set to 0, and SpecAugment is off;
- models of which only LoRA's adapters learn, whose own dropout is on, if any;
- while the project stays on a Lightning before 2.2: its requirements say so, or a hook, an import or an argument of
  the Trainer that Lightning 2.0 removed.

Medium confidence, where the project's YAML decides, or its structured configs: what Hydra's `_target_`, LightningCLI's
`class_path` and `model:` build. Each experiment of a Hydra project counts. So does what a command line's parser says of
an option that nobody gives (`--freeze`, `action="store_true"`).

Low confidence:

- another choice of the configuration would be right, or a flag or its only configuration decides what is frozen, or
  what is frozen is the choice by default;
- a callback, or a command line, that is named there may switch the module;
- the project only runs the class with weights that it loads, or trains it in a loop of its own.

Bad:

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")  # expect: LL101
            self.head = nn.Linear(self.bert.config.hidden_size, 2)

        def training_step(self, batch, batch_idx):
            hidden = self.bert(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return F.cross_entropy(self.head(hidden), batch["labels"])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=2e-5)

Fixed:

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased").train()
            self.head = nn.Linear(self.bert.config.hidden_size, 2)

        def training_step(self, batch, batch_idx):
            hidden = self.bert(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return F.cross_entropy(self.head(hidden), batch["labels"])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=2e-5)

Good: frozen on purpose

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased").requires_grad_(False)
            self.head = nn.Linear(self.bert.config.hidden_size, 2)

        def training_step(self, batch, batch_idx):
            hidden = self.bert(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return F.cross_entropy(self.head(hidden), batch["labels"])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.head.parameters(), lr=2e-5)

The fix changes what the training computes, as intended, so it is unsafe.
"""

from collections.abc import Iterator

from lintlight.api import Claim, Finding, Grad, LightningClass, Mode, Pretrained, Rule, Severity, fixes


class PretrainedLeftInEval(Rule):
    code = "LL101"
    since = "0.1.0"
    lightning = ">=2.2"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        for part in cls.pretrained():
            if part.override or part.freezing or part.useless_switch:
                continue  # LL103, LL104: one code for one cause
            is_partly = part.grad is Grad.PARTLY
            if part.lora:
                what = f"the base model of `{part.shown}` is in eval mode while its adapters are trained"
            elif part.mode is Mode.MIXED:
                what = f"`{part.shown}` is trained with a part of it in eval mode"
            elif is_partly:
                what = f"`{part.shown}`, partly frozen, is trained in eval mode"
            else:
                what = f"`{part.shown}` is trained in eval mode"
            loss = _loss(part)
            if part.zeroed:
                message = f"{what}, which loses {loss}: its dropout rates are set to 0"
            elif part.without_dropout is None:
                freeze = "freeze all of it" if is_partly else "freeze it"
                message = f"{what}: `{part.origin.factory}()` left it there; call `.train()` on it, or {freeze}"
            else:
                message = f"{what}, which loses {loss}: {part.without_dropout} models have no dropout by default"
            unless = "none of it is meant to learn" if is_partly else "it is not meant to learn"
            yield self.found(
                part.span,
                message,
                cls=cls,
                attribute=part.name,
                related=part.related,
                help=f"{_remedy(part)}, or `{part.shown}.requires_grad_(False)` if {unless}",
                confidence=part.confidence,
                severity=Severity.INFO if part.lora or part.without_dropout or part.zeroed else None,
                fix=None if part.lora or part.wanted_in_eval else fixes.train_where_loaded(cls, part, part.span),
                probe=cls.probe_request(Claim.TRAINED_IN_EVAL, part.name),
            )


def _loss(part: Pretrained) -> str:
    """What a model without dropout loses in eval mode: those of diffusers checkpoint gradients in either mode."""
    return "nothing" if part.origin.library.startswith("diffusers.") else "nothing but gradient checkpointing"


def _remedy(part: Pretrained) -> str:
    """Where the call stands in a configuration file, it cannot be written there."""
    if part.origin.by_file:
        return f"call `{part.shown}.train()` once it is built"
    return f"write `{part.origin.factory}(...).train()`"
