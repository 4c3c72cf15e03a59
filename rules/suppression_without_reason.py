"""A suppression does not say why.

A reason behind ` -- ` tells the next reader what was known when the comment was written, and lets a reviewer disagree.
This rule is off by default; turn it on with `--extend-select LL003`.

Bad:

    class Classifier(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained(  # lintlight: ignore[LL101]  # expect: LL003
                "google-bert/bert-base-uncased"
            )

        def training_step(self, batch, batch_idx):
            return self.bert(**batch).last_hidden_state.mean()

        def configure_optimizers(self):
            return torch.optim.AdamW(self.parameters(), lr=2e-5)

Fixed:

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

Good: no suppression at all

    LEARNING_RATE = 2e-5
"""

from lintlight.api import Rule, Severity


class SuppressionWithoutReason(Rule):
    """Reported after all other rules have spoken."""

    code = "LL003"
    severity = Severity.WARNING
    since = "0.1.0"
    default = False
