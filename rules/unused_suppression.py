"""A suppression silences nothing.

The mistake that it was written for is gone, or never stood on its line. Left there, it would hide the next one. Only
codes that are on in this run are judged, so that checking with `--select` leaves the other comments alone. Nor is a
comment judged in a class or function that files outside of the run name: checked together with them it may be needed.

The fix takes the code out of the comment, or the comment out of the file; no code changes, so it is safe.

Bad:

    LEARNING_RATE = 2e-5  # lintlight: ignore[LL101] -- frozen below  # expect: LL002

Fixed:

    LEARNING_RATE = 2e-5

Good:

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained(  # lintlight: ignore[LL101] -- dropout is meant to be off
                "google-bert/bert-base-uncased"
            )

        def training_step(self, batch, batch_idx):
            return self.bert(**batch).last_hidden_state.mean()

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=2e-5)
"""

from lintlight.api import Rule, Severity


class UnusedSuppression(Rule):
    """Reported after all other rules have spoken."""

    code = "LL002"
    severity = Severity.WARNING
    since = "0.1.0"
