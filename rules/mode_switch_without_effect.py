"""A switch to train mode has no effect on a pretrained submodule that is trained.

`from_pretrained()` returns its model in eval mode, and Lightning since 2.2 leaves it there. The author meant to switch
it to train mode, but the switch does nothing: `.train` is not called, it runs before the model is loaded, it sets
`.training`, which reaches no submodule, or it stands in a hook that runs too late (`on_train_batch_end`,
`on_after_backward`), that nobody calls on a module (`on_sanity_check_start`), or after which Lightning puts every mode
back (all validation hooks). Dropout stays off for the first steps or for good.

Bad:

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained("google-bert/bert-base-uncased")
            self.head = nn.Linear(self.bert.config.hidden_size, 2)
            self.bert.train  # expect: LL104

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
            self.bert.train()

        def training_step(self, batch, batch_idx):
            hidden = self.bert(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return F.cross_entropy(self.head(hidden), batch["labels"])

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=2e-5)

Good: in a hook that runs before the first step

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

The fix changes what the training computes, as intended, so it is unsafe.
"""

from collections.abc import Iterator

from lintlight.api import Asked, Claim, Finding, LightningClass, Related, Rule, fixes

WHY = {
    Asked.UNCALLED: "`.train` is not called",
    Asked.FLAG: "setting `.training` reaches no submodule",
}


class ModeSwitchWithoutEffect(Rule):
    code = "LL104"
    since = "0.1.0"
    lightning = ">=2.2"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        for part in cls.pretrained():
            switch = part.useless_switch
            if switch is None or part.override or part.freezing:
                continue
            why = WHY.get(switch.asked) or (
                "it comes before the model is loaded"
                if switch.hook in {"__init__", "script"}
                else f"in `{switch.hook}` it comes too late, or is undone"
            )
            yield self.found(
                switch.span,
                f"this does not put `{part.shown}` into train mode: {why}; call `.train()` where it is loaded",
                cls=cls,
                attribute=part.name,
                related=(Related("loaded here, in eval mode", part.origin.span), *part.related),
                help=f"write `{part.origin.factory}(...).train()`",
                confidence=part.confidence,
                fix=fixes.call_train(cls, part, switch.span) or fixes.train_where_loaded(cls, part, switch.span),
                probe=cls.probe_request(Claim.TRAINED_IN_EVAL, part.name),
            )
