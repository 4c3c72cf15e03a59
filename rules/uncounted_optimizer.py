"""In manual optimization, an optimizer that Lightning has not wrapped is stepped.

Lightning counts the steps of the wrappers that `self.optimizers()` returns. The raw optimizer - stored in
`configure_optimizers`, taken from `self.trainer.optimizers`, unwrapped by `.optimizer` or asked for with
`use_pl_optimizer=False` - moves the weights just as well, but `global_step` stays 0: `max_steps` is never reached,
and `ModelCheckpoint` writes no checkpoint at all, without any error. One counted step a batch, by another optimizer,
is enough to keep the counter running, but not one in the other branch of a setting (`if self.sam: ... else: ...`). All
versions.

Bad:

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.automatic_optimization = False
            self.net = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            optimizer = self.optimizers(use_pl_optimizer=False)
            optimizer.zero_grad()
            self.manual_backward(self.net(batch).pow(2).mean())
            optimizer.step()  # expect: LL202

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

Good: the raw optimizer is only read

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.automatic_optimization = False
            self.net = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            raw = self.optimizers(use_pl_optimizer=False)
            self.log("lr", raw.param_groups[0]["lr"])
            optimizer = self.optimizers()
            optimizer.zero_grad()
            self.manual_backward(self.net(batch).pow(2).mean())
            optimizer.step()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-3)

The fix is offered where the raw optimizer is asked for in the same function and only zeroed and stepped. Steps are
counted from then on, so `max_steps`, schedules and checkpoints begin to act: unsafe.
"""

from collections.abc import Iterator

from lintlight.api import Claim, Finding, LightningClass, Rule, fixes

RAW = (
    "this optimizer is not wrapped by Lightning",
    "step the one that `self.optimizers()` returns",
    "take the optimizer from `self.optimizers()`",
)
INSIDE = (
    "`second_step()` steps the optimizer inside, past Lightning's wrapper",
    "call `.step(closure)`, where `closure` computes the loss and its gradients once more",
    "replace the two calls by `optimizer.step(closure)`",
)


class UncountedOptimizer(Rule):
    code = "LL202"
    since = "0.1.0"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        steps = list(cls.steps())
        counts = any(step.is_counted for step in steps)
        for step in steps:
            if step.wrapped is False and not step.is_outside and (step.is_alone or not counts):
                what, advice, help_ = INSIDE if step.past else RAW
                yield self.found(
                    step.span,
                    f"{what}, so its steps are not counted: `global_step` stays 0 and no checkpoint is written; "
                    f"{advice}",
                    cls=cls,
                    related=step.related,
                    confidence=step.confidence,
                    help=help_,
                    probe=cls.probe_request(Claim.NO_STEP_COUNTS) if not counts else None,
                    fix=fixes.wrapped_optimizer(cls, step.span),
                )
