"""A `train()` override is meant to set the modes, but Lightning does not call it.

Before Lightning 2.2, `fit` called `model.train()`, and overriding `train()` was the way to keep a frozen backbone in
eval mode or to put a pretrained one into train mode. Since 2.2 nothing calls it: `fit` keeps the modes that it finds.
The frozen batch norm then updates its running statistics, the pretrained part trains without dropout, or it is not
frozen at all. No error.
So it is with the `train()` of a submodule, which only `train()` of the whole would call.

For validation `fit` does call it, through `eval()`, with False; never with True. An override that puts averaged weights
in for evaluation and takes them out in train mode (`self.ema.copy_to(...)`, `self.ema.restore(...)`) leaves them in:
after each validation, training goes on from the averaged weights. Take them out in `on_validation_end`.

Bad:

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")
            self.head = nn.Linear(self.bert.config.hidden_size, 2)

        def train(self, mode=True):  # expect: LL103
            super().train(mode)
            self.bert.train(mode)
            return self

        def training_step(self, batch, batch_idx):
            hidden = self.bert(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return F.cross_entropy(self.head(hidden), batch["labels"])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=2e-5)

Fixed:

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")
            self.head = nn.Linear(self.bert.config.hidden_size, 2)

        def on_fit_start(self):
            self.bert.train()

        def training_step(self, batch, batch_idx):
            hidden = self.bert(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return F.cross_entropy(self.head(hidden), batch["labels"])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=2e-5)

Good: the module calls its own override

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")
            self.head = nn.Linear(self.bert.config.hidden_size, 2)
            self.train()

        def train(self, mode=True):
            super().train(mode)
            self.bert.train(mode)
            return self

        def training_step(self, batch, batch_idx):
            hidden = self.bert(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return F.cross_entropy(self.head(hidden), batch["labels"])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=2e-5)

There is no fix: only the author knows whether other code calls the override.
"""

from collections.abc import Iterator

from lintlight.api import Claim, Finding, LightningClass, Related, Rule, in_code


class TrainOverrideIgnored(Rule):
    code = "LL103"
    since = "0.1.0"
    lightning = ">=2.2"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        for part in cls.pretrained():
            if part.freezing is not None:
                yield self.found(
                    part.freezing,
                    f"`fit` never calls this `train()`, so `{part.shown}` is not frozen; freeze it in `__init__`",
                    cls=cls,
                    attribute=part.name,
                    related=(Related("loaded here", part.origin.span), *part.related),
                    help=f"write `{part.shown}.requires_grad_(False)` in `__init__`",
                    confidence=part.confidence,
                )
            elif part.override is not None:
                yield self.found(
                    part.override,
                    f"`fit` never calls this `train()`, so `{part.shown}` is trained in eval mode; "
                    "call `self.train()` in `on_fit_start`",
                    cls=cls,
                    attribute=part.name,
                    related=(Related("loaded here, in eval mode", part.origin.span), *part.related),
                    help=f"write `{part.shown}.train()` in `on_fit_start`",
                    confidence=part.confidence,
                    probe=cls.probe_request(Claim.OVERRIDE_NOT_CALLED, part.name),
                )
        for override in cls.ignored_overrides():
            yield self.found(
                override.span,
                f"`fit` never calls this `train()`, so `{in_code(override.attribute)}` is not in eval mode; "
                "call `.eval()` on it in `__init__`",
                cls=cls,
                attribute=override.attribute,
                help=f"write `{in_code(override.attribute)}.eval()` in `__init__`: Lightning keeps the mode",
                confidence=override.confidence,
                probe=cls.probe_request(Claim.OVERRIDE_NOT_CALLED, override.attribute),
            )
        swapped = cls.swapped_weights()
        if swapped is not None:
            yield self.found(
                swapped.span,
                f"`fit` calls this `train()` with False only: what `{swapped.holder}` puts in for validation stays "
                f"in, and training goes on from it; call `{swapped.undo}` in `on_validation_end`",
                cls=cls,
                related=(
                    Related("put in here, before validation", swapped.put_in),
                    Related("taken out here, which `fit` never asks for", swapped.taken_out),
                ),
                help=f"write `{swapped.undo}` in `on_validation_end`",
                confidence=swapped.confidence,
                probe=cls.probe_request(Claim.WEIGHTS_LEFT_IN),
            )
