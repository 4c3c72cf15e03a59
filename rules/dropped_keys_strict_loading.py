"""A checkpoint has other keys than the module, and loading is strict.

A `state_dict` or `on_save_checkpoint` that leaves keys out, renames or adds some makes checkpoints that
`Trainer.fit(ckpt_path=...)`, `Trainer.test(ckpt_path=...)` and `load_from_checkpoint` refuse: "Missing key(s) in
state_dict" or "Unexpected key(s)". Nobody notices until the run is to be resumed, after it has been paid for. All
versions; `strict_loading` exists since Lightning 2.2.

A hook that takes the whole state dict out of the checkpoint (`checkpoint.clear()`, `del checkpoint["state_dict"]`)
makes them fail with a `KeyError`, whether loading is strict or not.

It is quiet where loading copes: `self.strict_loading = False` after `super().__init__()`, a `load_state_dict` that is
not strict, or an `on_load_checkpoint`, `_load_from_state_dict` or load hook that puts the keys back.

Bad:

    class LatentRegressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.encoder = AutoModel.from_pretrained("google-bert/bert-base-uncased").requires_grad_(False)
            self.head = nn.Linear(self.encoder.config.hidden_size, 1)

        def on_save_checkpoint(self, checkpoint):
            for name in list(checkpoint["state_dict"]):
                if name.startswith("encoder."):
                    del checkpoint["state_dict"][name]  # expect: LL301

        def training_step(self, batch, batch_idx):
            hidden = self.encoder(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return self.head(hidden).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.head.parameters(), lr=1e-2)

Fixed:

    class LatentRegressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.strict_loading = False
            self.encoder = AutoModel.from_pretrained("google-bert/bert-base-uncased").requires_grad_(False)
            self.head = nn.Linear(self.encoder.config.hidden_size, 1)

        def on_save_checkpoint(self, checkpoint):
            for name in list(checkpoint["state_dict"]):
                if name.startswith("encoder."):
                    del checkpoint["state_dict"][name]

        def training_step(self, batch, batch_idx):
            hidden = self.encoder(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return self.head(hidden).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.head.parameters(), lr=1e-2)

Good: the keys are put back when the checkpoint is loaded

    class LatentRegressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.encoder = AutoModel.from_pretrained("google-bert/bert-base-uncased").requires_grad_(False)
            self.head = nn.Linear(self.encoder.config.hidden_size, 1)

        def on_save_checkpoint(self, checkpoint):
            for name in list(checkpoint["state_dict"]):
                if name.startswith("encoder."):
                    del checkpoint["state_dict"][name]

        def on_load_checkpoint(self, checkpoint):
            for name, value in self.encoder.state_dict().items():
                checkpoint["state_dict"]["encoder." + name] = value

        def training_step(self, batch, batch_idx):
            hidden = self.encoder(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return self.head(hidden).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.head.parameters(), lr=1e-2)

The fix is safe when a new module surely has again all that is left out: models without a head that a plain
`from_pretrained` loads, frozen and in eval mode all the time, in code that writes no weights. Otherwise it is unsafe,
because non-strict loading silently loses what is not the same again: random weights, averages of other weights, what
is unfrozen later, running statistics.
"""

from collections.abc import Iterator
from dataclasses import replace

from lintlight.api import Claim, Finding, LightningClass, Rule, loading_fixes

STRICT_LOADING = (2, 2)
"""The Lightning that brought the switch."""
LENIENT = "`self.strict_loading = False` after `super().__init__()`"
HELP = f"write {LENIENT} if a new module has again what is left out: loaded from elsewhere, and never changed"
LOSES = "non-strict loading would lose what is random, averaged, unfrozen later or run in train mode: keep that"
PUT_BACK = "put the keys back in `on_load_checkpoint`"
KEEP = "keep every key that is trained, under the name that the module has for it"
KEEP_ALL = "keep them in the checkpoint, under the names that the module has for them"
EMPTIED = "leave it in, or save no checkpoint at all: `Trainer(enable_checkpointing=False)`"


class DroppedKeysStrictLoading(Rule):
    code = "LL301"
    since = "0.1.0"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        if cls.checkpoint is None:
            return
        has_switch = cls.runs_before(STRICT_LOADING) is None
        for misfit in cls.checkpoint.fails_to_load():
            what = f"keys are {misfit.what.value} when the checkpoint is saved, but loading it is strict"
            failure = f'"{misfit.error} key(s) in state_dict"'
            if misfit.is_emptied:
                what, failure = "the state dict is taken out of the checkpoint when that is saved", "a `KeyError`"
                advice, help_ = EMPTIED, 'take single keys out of `checkpoint["state_dict"]`, if any'
            elif misfit.loses:  # loading what fits would lose it, and nobody would notice
                advice, help_ = KEEP, "let everything that is trained stay in it, as `super()` has it"
            elif misfit.loses is None and has_switch:
                advice, help_ = (
                    f"keep those that are trained, and set {LENIENT} if a new module has the others again",
                    HELP,
                )
            elif not loading_fixes.loses_nothing(cls, misfit):
                otherwise = f", or set {LENIENT} if a new module surely has the same again" if has_switch else ""
                advice, help_ = KEEP_ALL + otherwise, LOSES if has_switch else KEEP_ALL
            elif has_switch:
                advice, help_ = f"set {LENIENT}, or {PUT_BACK}", HELP
            else:
                advice, help_ = PUT_BACK, PUT_BACK
            yield self.found(
                misfit.span,
                f"{what}: resuming fails with {failure}; {advice}",
                cls=cls,
                related=misfit.related,
                help=help_,
                confidence=misfit.confidence,
                fix=loading_fixes.load_leniently(cls, misfit) if has_switch and misfit.loses is False else None,
                probe=replace(cls.probe_request(Claim.RESUME_FAILS), in_callback=misfit.in_callback),
            )
