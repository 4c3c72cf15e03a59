"""`strict_loading` is set where it has no effect, or too late.

Lightning reads `strict_loading` before it loads a checkpoint: `load_from_checkpoint` right after `__init__`, the
Trainer before `on_fit_start`. Set before `super().__init__()` it is reset, `_strict_loading` on the class is reset
too, in `setup`, `configure_model` or `on_load_checkpoint` it comes too late for `load_from_checkpoint`, in later hooks
too late for everything. Keys that are left out of the checkpoint then make loading fail, as if it had not been set.
Lightning >= 2.2.

Bad:

    class LatentRegressor(L.LightningModule):
        def __init__(self):
            self.strict_loading = False  # expect: LL303
            super().__init__()
            self.encoder = nn.Linear(4, 4).requires_grad_(False)
            self.head = nn.Linear(4, 1)

        def state_dict(self, *args, **kwargs):
            state = super().state_dict(*args, **kwargs)
            return {name: value for name, value in state.items() if not name.startswith("encoder.")}

        def training_step(self, batch, batch_idx):
            return self.head(self.encoder(batch)).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.head.parameters(), lr=1e-2)

Fixed:

    class LatentRegressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.strict_loading = False
            self.encoder = nn.Linear(4, 4).requires_grad_(False)
            self.head = nn.Linear(4, 1)

        def state_dict(self, *args, **kwargs):
            state = super().state_dict(*args, **kwargs)
            return {name: value for name, value in state.items() if not name.startswith("encoder.")}

        def training_step(self, batch, batch_idx):
            return self.head(self.encoder(batch)).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.head.parameters(), lr=1e-2)

Good: on the class

    class LatentRegressor(L.LightningModule):
        strict_loading = False

        def __init__(self):
            super().__init__()
            self.encoder = nn.Linear(4, 4).requires_grad_(False)
            self.head = nn.Linear(4, 1)

        def state_dict(self, *args, **kwargs):
            state = super().state_dict(*args, **kwargs)
            return {name: value for name, value in state.items() if not name.startswith("encoder.")}

        def training_step(self, batch, batch_idx):
            return self.head(self.encoder(batch)).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.head.parameters(), lr=1e-2)

The fix is unsafe: keys that are missing go unnoticed from then on, as was asked for.
"""

from collections.abc import Iterator

from lintlight.api import Claim, Finding, LightningClass, Related, Rule, loading_fixes


class StrictLoadingIgnored(Rule):
    code = "LL303"
    since = "0.1.0"
    lightning = ">=2.2"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        if cls.checkpoint is None:
            return
        for span, why, misfit in cls.checkpoint.asked_in_vain():
            yield self.found(
                span,
                f"`strict_loading = False` does not help here: {why}; set it in `__init__`, after `super().__init__()`",
                cls=cls,
                related=(Related(f"keys are {misfit.what.value} here", misfit.span), *misfit.related),
                help="move it right behind `super().__init__()`",
                confidence=misfit.confidence,
                fix=loading_fixes.ask_in_time(cls, span),
                probe=cls.probe_request(Claim.RESUME_FAILS),
            )
