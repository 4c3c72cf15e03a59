"""`.eval()` is called during training and not undone before the next step.

Lightning remembers and restores modes around validation only. An `.eval()` in `training_step` or in a training hook
stays in force: since Lightning 2.2 for the rest of the run, before that until the next validation. Dropout is off and
batch norm is frozen from then on, without any error. Validation hooks are quiet: there the mode is put back. So is
eval mode that a step sets right before it runs what learns, or only for a part of each step. What a hook sets before
the step, as `on_train_epoch_start` does, counts as meant for training, unless it then runs there, as to sample from it.

Bad:

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 1))

        def training_step(self, batch, batch_idx):
            return self.net(batch).pow(2).mean()

        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.net.eval()  # expect: LL102
            with torch.no_grad():
                self.sample = self.net(batch)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-3)

Fixed:

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 1))

        def training_step(self, batch, batch_idx):
            return self.net(batch).pow(2).mean()

        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.net.eval()
            with torch.no_grad():
                self.sample = self.net(batch)
            self.net.train()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-3)

Good: the mode is put back whatever it was

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.1), nn.Linear(8, 1))

        def training_step(self, batch, batch_idx):
            return self.net(batch).pow(2).mean()

        def on_train_batch_end(self, outputs, batch, batch_idx):
            was_training = self.net.training
            self.net.eval()
            with torch.no_grad():
                self.sample = self.net(batch)
            self.net.train(was_training)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-3)

There is no fix: only the author knows where eval mode is to end.
"""

from collections.abc import Iterator
from dataclasses import replace

from lintlight.api import Claim, Confidence, Finding, LeftInEval, LightningClass, ProbeRequest, Rule


class EvalLeftOn(Rule):
    code = "LL102"
    since = "0.1.0"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        for left in cls.left_in_eval():
            in_callback = cls.is_in_a_callback(left.span)
            module = "pl_module" if in_callback else "self"
            name = f"{module}.{left.attribute}" if left.attribute else module
            yield self.found(
                left.span,
                f"`{name}` stays in eval mode after `{left.hook}`: Lightning does not switch it back; "
                "call `.train()` when done",
                cls=cls,
                attribute=left.attribute or None,
                help=f"write `{name}.train()` after the last use in eval mode",
                confidence=left.confidence,
                probe=_request(cls, left, in_callback),
            )


def _request(cls: LightningClass, left: LeftInEval, in_callback: bool) -> ProbeRequest | None:
    """What the probe is to see; nothing where it may begin at the first step, or at any later one."""
    if left.learns_at_once and left.confidence is not Confidence.HIGH:
        return None
    claim = Claim.TRAINED_IN_EVAL if left.learns_at_once else Claim.EVAL_LEFT_ON
    return replace(cls.probe_request(claim, left.learns_at_once or left.attribute), in_callback=in_callback)
