"""In manual optimization, an optimizer is stepped outside `training_step`.

Lightning counts optimizer steps only while `training_step` runs. A step in another hook moves the weights, but
`global_step` stays 0: `max_steps` is never reached, and `ModelCheckpoint` writes no checkpoint at all, without any
error. Helpers called from `training_step` and `on_after_backward` run inside it and are counted. All versions.

Confidence is medium for an optimizer that Lightning never gets, where another one is stepped in `training_step`: it may
train something beside the model, a probe say, that is not meant to count.

Bad:

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.automatic_optimization = False
            self.net = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            self.optimizers().zero_grad()
            self.manual_backward(self.net(batch).pow(2).mean())

        def on_train_batch_end(self, outputs, batch, batch_idx):
            self.optimizers().step()  # expect: LL201

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-3)

Fixed:

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.automatic_optimization = False
            self.net = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            optimizer = self.optimizers()
            optimizer.zero_grad()
            self.manual_backward(self.net(batch).pow(2).mean())
            optimizer.step()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-3)

Good: stepped where the gradients are ready, still inside `training_step`

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.automatic_optimization = False
            self.net = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            self.optimizers().zero_grad()
            self.manual_backward(self.net(batch).pow(2).mean())

        def on_after_backward(self):
            self.optimizers().step()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-3)

There is no fix: only the author knows where in `training_step` the step belongs.
"""

from collections.abc import Iterator

from lintlight.api import Claim, Confidence, Finding, LightningClass, Rule, Severity


class StepOutsideTrainingStep(Rule):
    code = "LL201"
    since = "0.1.0"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        steps = list(cls.steps())
        others_count = any(step.is_counted for step in steps)
        lost = (
            "`global_step` tells of fewer steps than there are"
            if others_count
            else "`global_step` stays 0 and no checkpoint is written"
        )
        for step in steps:
            if step.is_outside:
                yield self.found(
                    step.span,
                    f"the optimizer is stepped in `{step.hook}`, where Lightning does not count: {lost}; "
                    "step it in `training_step`",
                    cls=cls,
                    severity=Severity.WARNING if others_count else None,
                    related=step.related,
                    confidence=Confidence.MEDIUM if others_count and step.wrapped is False else step.confidence,
                    help="move the step into `training_step`, or into `on_after_backward`",
                    probe=cls.probe_request(Claim.NOT_EVERY_STEP_COUNTS if others_count else Claim.NO_STEP_COUNTS),
                )
