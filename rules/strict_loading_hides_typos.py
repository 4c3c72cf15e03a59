"""Loading is not strict although every weight is saved.

`strict_loading = False` is for modules that leave something out of their checkpoints. Where nothing is left out it
only hides mistakes: after a layer has been renamed, the Trainer resumes from an old checkpoint without its weights and
says nothing. Lightning >= 2.2.

Bad:

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.strict_loading = False  # expect: LL304
            self.net = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            return self.net(batch).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-2)

Fixed:

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear(4, 1)

        def training_step(self, batch, batch_idx):
            return self.net(batch).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=1e-2)

Good: something is left out that `from_pretrained` loads again

    class Regressor(L.LightningModule):
        def __init__(self):
            super().__init__()
            self.strict_loading = False
            self.encoder = AutoModel.from_pretrained("google-bert/bert-base-uncased").requires_grad_(False)
            self.net = nn.Linear(self.encoder.config.hidden_size, 1)

        def state_dict(self, *args, **kwargs):
            state = super().state_dict(*args, **kwargs)
            return {name: value for name, value in state.items() if not name.startswith("encoder.")}

        def training_step(self, batch, batch_idx):
            hidden = self.encoder(input_ids=batch["input_ids"]).last_hidden_state[:, 0]
            return self.net(hidden).pow(2).mean()

        def configure_optimizers(self):
            return torch.optim.SGD(self.net.parameters(), lr=1e-2)

There is no automatic fix: the author may have old checkpoints to load, and can say so in a suppression.
"""

from collections.abc import Iterator

from lintlight.api import Claim, Finding, LightningClass, Rule, Severity


class StrictLoadingHidesTypos(Rule):
    code = "LL304"
    severity = Severity.WARNING
    since = "0.1.0"
    lightning = ">=2.2"

    def check_class(self, cls: LightningClass) -> Iterator[Finding]:
        placed = cls.checkpoint.needlessly_lenient() if cls.checkpoint is not None else None
        if placed is not None:
            yield self.found(
                placed,
                "`strict_loading = False`, but every key is saved: a checkpoint with a misnamed or missing key is "
                "loaded without an error; take it out",
                cls=cls,
                help="take the line out, or say in a suppression which checkpoints need it",
                probe=cls.probe_request(Claim.TYPOS_HIDDEN),
            )
